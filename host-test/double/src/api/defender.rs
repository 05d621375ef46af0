//! The Defender API: paths behind `/api` and `/api/v1.0`.
//!
//! Quotas and pages are those of Microsoft's pages for each call. Where they print no quota, 50 calls a minute and
//! 1,500 an hour are assumed: the least that they print for any call that reads one device.

use super::quota::{Family, Quota};
use super::resource::{Feature, Resource};
use super::route::Content::{ById, Entity, Files, Find, Hunt, List, Snapshot, Whole};
use super::route::Partition::{Devices, Groups};
use super::route::{Content, Finder, HuntStyle, Route};
use super::rows;
use http::Method;

/// Reading devices, alerts and actions.
const COMMON: Quota = Quota { per_minute: 100, per_hour: 1500 };

/// Vulnerabilities of one device, and every call without a printed quota.
const CAREFUL: Quota = Quota { per_minute: 50, per_hour: 1500 };

/// Exports as JSON.
const JSON_EXPORT: Quota = Quota { per_minute: 30, per_hour: 1000 };

/// Exports as files.
const FILE_EXPORT: Quota = Quota { per_minute: 5, per_hour: 20 };

/// Rows of an export's page if the request does not say.
pub(crate) const SNAPSHOT_PAGE: u64 = 50_000;

/// Most rows of an export's page.
pub(crate) const SNAPSHOT_MOST: u64 = 200_000;

const MACHINE: &[&str] = &["Machine.Read.All", "Machine.ReadWrite.All"];
const USER: &[&str] = &["User.Read.All"];
const ALERT: &[&str] = &["Alert.Read.All", "Alert.ReadWrite.All"];
const SOFTWARE: &[&str] = &["Software.Read.All"];
const VULNERABILITY: &[&str] = &["Vulnerability.Read.All"];
const RECOMMENDATION: &[&str] = &["SecurityRecommendation.Read.All"];
const SCORE: &[&str] = &["Score.Read.All"];
const REMEDIATION: &[&str] = &["RemediationTasks.Read.All"];
const BASELINE: &[&str] = &["SecurityBaselinesAssessment.Read.All"];
const INDICATOR: &[&str] = &["Ti.ReadWrite.All", "Ti.ReadWrite"];

const FILE: &[&str] = &["File.Read.All"];
const ADDRESS: &[&str] = &["Ip.Read.All"];
const URL: &[&str] = &["URL.Read.All"];
const INCIDENT: &[&str] = &["Incident.Read.All", "Incident.ReadWrite.All"];
const HUNT: &[&str] = &["AdvancedQuery.Read.All"];
const HUNT_XDR: &[&str] = &["AdvancedHunting.Read.All"];

/// Members that a row is found by.
const ID: &[&str] = &["id"];

/// Incidents.
const INCIDENTS: Quota = Quota { per_minute: 50, per_hour: 1500 };

/// Hunting queries.
const HUNTING: Quota = Quota { per_minute: 45, per_hour: 1500 };

/// A call of the API itself.
fn api(
    path: &'static str,
    roles: &'static [&'static str],
    family: &'static str,
    quota: Quota,
    content: Content,
) -> Route {
    Route {
        method: Method::GET,
        path,
        resource: Resource::Defender,
        roles,
        feature: Feature::Defender,
        family: Family::new(family),
        quota,
        content,
    }
}

/// A call of vulnerability management, which has a licence of its own.
fn tvm(
    path: &'static str,
    roles: &'static [&'static str],
    family: &'static str,
    quota: Quota,
    content: Content,
) -> Route {
    Route { feature: Feature::VulnerabilityManagement, ..api(path, roles, family, quota, content) }
}

/// An export as JSON.
fn export(path: &'static str, roles: &'static [&'static str], family: &'static str, content: Content) -> Route {
    tvm(path, roles, family, JSON_EXPORT, content)
}

/// An export as files.
fn files(path: &'static str, roles: &'static [&'static str], family: &'static str, content: Content) -> Route {
    tvm(path, roles, family, FILE_EXPORT, content)
}

pub(super) fn table() -> Vec<Route> {
    let list = |rows| List { rows, page: 10_000, most: 10_000 };
    let whole = |rows| Whole { rows, counted: false };
    let counted = |rows| Whole { rows, counted: true };
    let now = |rows| Snapshot { rows, changes: false };
    let by_device = |rows| Files { rows, partition: Devices };
    let by_group = |rows| Files { rows, partition: Groups };
    let mut table = exports(now, by_device, by_group);
    table.extend([
        api("machines", MACHINE, "machines", COMMON, list(&rows::MACHINES)),
        api(
            "machines/findbyip({id})",
            MACHINE,
            "machines",
            COMMON,
            Find { rows: &rows::MACHINES, by: Finder::Address },
        ),
        api("machines/findbytag", MACHINE, "machines", COMMON, Find { rows: &rows::MACHINES, by: Finder::Tag }),
        api("machines/{id}", MACHINE, "machines", COMMON, Entity { rows: &rows::MACHINE }),
        api("machines/{id}/logonusers", USER, "logonusers", COMMON, whole(&rows::LOGON_USERS)),
        api("machines/{id}/alerts", ALERT, "machine-alerts", COMMON, whole(&rows::MACHINE_ALERTS)),
        tvm(
            "machines/{id}/vulnerabilities",
            VULNERABILITY,
            "machine-vulnerabilities",
            CAREFUL,
            counted(&rows::MACHINE_VULNERABILITIES),
        ),
        tvm(
            "machines/{id}/recommendations",
            RECOMMENDATION,
            "machine-recommendations",
            CAREFUL,
            whole(&rows::MACHINE_RECOMMENDATIONS),
        ),
        tvm("machines/{id}/software", SOFTWARE, "machine-software", CAREFUL, whole(&rows::MACHINE_SOFTWARE)),
        tvm("machines/{id}/getmissingkbs", SOFTWARE, "machine-missing-kbs", CAREFUL, whole(&rows::MACHINE_MISSING_KBS)),
        tvm("recommendations", RECOMMENDATION, "recommendations", CAREFUL, list(&rows::RECOMMENDATIONS)),
        tvm(
            "recommendations/{id}",
            RECOMMENDATION,
            "recommendations",
            CAREFUL,
            ById { rows: &rows::RECOMMENDATIONS, keys: ID },
        ),
        tvm(
            "recommendations/{id}/machineReferences",
            RECOMMENDATION,
            "recommendation-machines",
            CAREFUL,
            whole(&rows::RECOMMENDATION_MACHINES),
        ),
        tvm(
            "recommendations/{id}/software",
            SOFTWARE,
            "recommendation-software",
            CAREFUL,
            Entity { rows: &rows::RECOMMENDATION_SOFTWARE },
        ),
        tvm(
            "recommendations/{id}/vulnerabilities",
            VULNERABILITY,
            "recommendation-vulnerabilities",
            CAREFUL,
            whole(&rows::RECOMMENDATION_VULNERABILITIES),
        ),
        tvm("software", SOFTWARE, "software", CAREFUL, list(&rows::SOFTWARE)),
        tvm("software/{id}", SOFTWARE, "software", CAREFUL, ById { rows: &rows::SOFTWARE, keys: ID }),
        tvm(
            "software/{id}/distributions",
            SOFTWARE,
            "software-distributions",
            CAREFUL,
            whole(&rows::SOFTWARE_DISTRIBUTIONS),
        ),
        tvm("software/{id}/machineReferences", SOFTWARE, "software-machines", CAREFUL, whole(&rows::SOFTWARE_MACHINES)),
        tvm(
            "software/{id}/getmissingkbs",
            SOFTWARE,
            "software-missing-kbs",
            CAREFUL,
            whole(&rows::SOFTWARE_MISSING_KBS),
        ),
        tvm(
            "software/{id}/vulnerabilities",
            VULNERABILITY,
            "software-vulnerabilities",
            CAREFUL,
            whole(&rows::SOFTWARE_VULNERABILITIES),
        ),
        tvm(
            "vulnerabilities",
            VULNERABILITY,
            "vulnerabilities",
            CAREFUL,
            List { rows: &rows::VULNERABILITIES, page: 8000, most: 8000 },
        ),
        tvm(
            "vulnerabilities/machinesVulnerabilities",
            VULNERABILITY,
            "machines-vulnerabilities",
            CAREFUL,
            list(&rows::MACHINES_VULNERABILITIES),
        ),
        tvm(
            "vulnerabilities/{id}",
            VULNERABILITY,
            "vulnerabilities",
            CAREFUL,
            ById { rows: &rows::VULNERABILITIES, keys: ID },
        ),
        tvm(
            "vulnerabilities/{id}/machineReferences",
            VULNERABILITY,
            "vulnerability-machines",
            CAREFUL,
            whole(&rows::VULNERABILITY_MACHINES),
        ),
        // 20 rows unless the request says otherwise: the page of this call is the smallest of all.
        api(
            "deviceavinfo",
            MACHINE,
            "deviceavinfo",
            JSON_EXPORT,
            List { rows: &rows::ANTIVIRUS, page: 20, most: 10_000 },
        ),
        api("alerts", ALERT, "alerts", COMMON, list(&rows::ALERTS)),
        api("alerts/{id}", ALERT, "alerts", COMMON, ById { rows: &rows::ALERTS, keys: ID }),
        api("alerts/{id}/machine", MACHINE, "alert-machine", COMMON, Entity { rows: &rows::ALERT_MACHINE }),
        api("alerts/{id}/user", USER, "alert-user", COMMON, Entity { rows: &rows::ALERT_USER }),
        api("alerts/{id}/files", FILE, "alert-files", COMMON, whole(&rows::ALERT_FILES)),
        api("alerts/{id}/ips", ADDRESS, "alert-ips", COMMON, whole(&rows::ALERT_IPS)),
        api("alerts/{id}/domains", URL, "alert-domains", COMMON, whole(&rows::ALERT_DOMAINS)),
        api("users/{id}/machines", MACHINE, "user-machines", COMMON, whole(&rows::USER_MACHINES)),
        api("users/{id}/alerts", ALERT, "user-alerts", COMMON, whole(&rows::USER_ALERTS)),
        Route {
            resource: Resource::Xdr,
            ..api("incidents", INCIDENT, "incidents", INCIDENTS, List { rows: &rows::INCIDENTS, page: 100, most: 100 })
        },
        Route {
            resource: Resource::Xdr,
            ..api(
                "incidents/{id}",
                INCIDENT,
                "incidents",
                INCIDENTS,
                ById { rows: &rows::INCIDENTS, keys: &["incidentId"] },
            )
        },
        Route {
            method: Method::POST,
            feature: Feature::Hunting,
            ..api("advancedqueries/run", HUNT, "hunting", HUNTING, Hunt { style: HuntStyle::Endpoint })
        },
        Route {
            method: Method::POST,
            feature: Feature::Hunting,
            resource: Resource::Xdr,
            ..api("advancedhunting/run", HUNT_XDR, "xdr-hunting", HUNTING, Hunt { style: HuntStyle::Xdr })
        },
        api("machineactions", MACHINE, "machineactions", COMMON, list(&rows::MACHINE_ACTIONS)),
        api("machineactions/{id}", MACHINE, "machineactions", COMMON, ById { rows: &rows::MACHINE_ACTIONS, keys: ID }),
        api("investigations", ALERT, "investigations", COMMON, list(&rows::INVESTIGATIONS)),
        api("investigations/{id}", ALERT, "investigations", COMMON, ById { rows: &rows::INVESTIGATIONS, keys: ID }),
        api("indicators", INDICATOR, "indicators", COMMON, list(&rows::INDICATORS)),
        tvm("baselineProfiles", BASELINE, "baselines", CAREFUL, list(&rows::BASELINE_PROFILES)),
        tvm("baselineConfigurations", BASELINE, "baselines", CAREFUL, list(&rows::BASELINE_CONFIGURATIONS)),
        tvm("exposureScore", SCORE, "scores", CAREFUL, Entity { rows: &rows::EXPOSURE_SCORE }),
        tvm("exposureScore/ByMachineGroups", SCORE, "scores", CAREFUL, whole(&rows::EXPOSURE_BY_GROUP)),
        tvm("configurationScore", SCORE, "scores", CAREFUL, Entity { rows: &rows::CONFIGURATION_SCORE }),
        tvm("remediationTasks", REMEDIATION, "remediation-tasks", CAREFUL, list(&rows::REMEDIATION_TASKS)),
        tvm(
            "remediationTasks/{id}",
            REMEDIATION,
            "remediation-tasks",
            CAREFUL,
            ById { rows: &rows::REMEDIATION_TASKS, keys: ID },
        ),
        tvm(
            "remediationTasks/{id}/machineReferences",
            REMEDIATION,
            "remediation-machines",
            CAREFUL,
            whole(&rows::TASK_MACHINES),
        ),
    ]);
    table
}

/// The exports. They stand in front of the calls for one device, whose id they could be.
fn exports(
    now: fn(&'static rows::Rows) -> Content,
    by_device: fn(&'static rows::Rows) -> Content,
    by_group: fn(&'static rows::Rows) -> Content,
) -> Vec<Route> {
    let changes = Snapshot { rows: &rows::VULNERABILITY_CHANGES, changes: true };
    vec![
        export("machines/SoftwareInventoryByMachine", SOFTWARE, "software-inventory", now(&rows::SOFTWARE_INVENTORY)),
        files(
            "machines/SoftwareInventoryExport",
            SOFTWARE,
            "software-inventory-files",
            by_device(&rows::SOFTWARE_INVENTORY),
        ),
        export(
            "machines/SoftwareVulnerabilitiesByMachine",
            VULNERABILITY,
            "vulnerability-export",
            now(&rows::VULNERABILITY_EXPORT),
        ),
        files(
            "machines/SoftwareVulnerabilitiesExport",
            VULNERABILITY,
            "vulnerability-files",
            by_device(&rows::VULNERABILITY_EXPORT),
        ),
        export("machines/SoftwareVulnerabilityChangesByMachine", VULNERABILITY, "vulnerability-changes", changes),
        // Where the next link of the changes leads.
        export("machines/SoftwareVulnerabilitiesTimeline", VULNERABILITY, "vulnerability-changes", changes),
        export(
            "machines/SoftwareInventoryNoProductCodeByMachine",
            SOFTWARE,
            "non-cpe-software",
            now(&rows::NON_CPE_SOFTWARE),
        ),
        files(
            "machines/SoftwareInventoryNonCpeExport",
            SOFTWARE,
            "non-cpe-software-files",
            by_group(&rows::NON_CPE_SOFTWARE),
        ),
        export(
            "machines/SecureConfigurationsAssessmentByMachine",
            VULNERABILITY,
            "secure-configuration",
            now(&rows::SECURE_CONFIGURATION),
        ),
        files(
            "machines/SecureConfigurationsAssessmentExport",
            VULNERABILITY,
            "secure-configuration-files",
            by_device(&rows::SECURE_CONFIGURATION),
        ),
        files("machines/InfoGatheringExport", VULNERABILITY, "info-gathering-files", by_device(&rows::INFO_GATHERING)),
        export(
            "machines/BrowserExtensionsInventoryByMachine",
            SOFTWARE,
            "browser-extensions",
            now(&rows::BROWSER_EXTENSIONS),
        ),
        files(
            "machines/BrowserExtensionsInventoryExport",
            SOFTWARE,
            "browser-extension-files",
            by_group(&rows::BROWSER_EXTENSIONS),
        ),
        export("machines/certificateAssessmentByMachine", VULNERABILITY, "certificates", now(&rows::CERTIFICATES)),
        files(
            "machines/certificateAssessmentExport",
            VULNERABILITY,
            "certificate-files",
            by_group(&rows::CERTIFICATES),
        ),
        export(
            "machines/HardwareFirmwareInventoryByMachine",
            SOFTWARE,
            "hardware-firmware",
            now(&rows::HARDWARE_FIRMWARE),
        ),
        files(
            "machines/HardwareFirmwareInventoryExport",
            SOFTWARE,
            "hardware-firmware-files",
            by_group(&rows::HARDWARE_FIRMWARE),
        ),
        export(
            "machines/baselineComplianceAssessmentByMachine",
            BASELINE,
            "baseline-compliance",
            now(&rows::BASELINES),
        ),
        files(
            "machines/BaselineComplianceAssessmentExport",
            BASELINE,
            "baseline-compliance-files",
            by_group(&rows::BASELINES),
        ),
    ]
}
