//! `/security/alerts_v2` and `/security/incidents`: the newest first, words in camel case, evidence by type.

use crate::model::{Alert, Incident, Moment, Tenant, Who};
use crate::period::Period;
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Each;
use crate::wire::json::{Object, nested};
use crate::wire::time::sevenths;
use std::sync::Arc;

/// Alerts of the tenant.
pub const SECURITY_ALERTS: Collection = Collection { context: "security/alerts_v2", open: alerts };

/// Incidents without their alerts.
pub const SECURITY_INCIDENTS: Collection = Collection {
    context: "security/incidents",
    open: |tenant, query| {
        incidents(tenant, query, |tenant, _, incident, out| {
            let mut row = Object::open(out);
            write_incident(tenant, incident, &mut row);
            row.close();
        })
    },
};

/// Incidents with their alerts.
pub const SECURITY_INCIDENTS_WITH_ALERTS: Collection = Collection {
    context: "security/incidents",
    open: |tenant, query| {
        incidents(tenant, query, |tenant, period, incident, out| {
            let mut row = Object::open(out);
            write_incident(tenant, incident, &mut row);
            row.list("alerts", &incident.alerts, |alert, out| write_alert(tenant, period, alert, out));
            row.close();
        })
    },
};

fn alerts(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<Alert>| list.extend(tenant.alert(index, period));
    Each::backward(tenant, query, tenant.alert_count(query.period), load, write_alert)
}

fn incidents(
    tenant: &Arc<Tenant>,
    query: Query<'_>,
    write: fn(&Tenant, Period, &Incident, &mut Vec<u8>),
) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, place, period, list: &mut Vec<Incident>| list.extend(tenant.incident(place, period));
    Each::backward(tenant, query, tenant.incident_count(query.period), load, write)
}

/// A word as Graph writes it: it begins with a small letter.
fn camel(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// `detectionSource` of Graph.
fn source(source: &str) -> &'static str {
    match source {
        "WindowsDefenderAv" => "antivirus",
        "WindowsDefenderAtp" => "microsoftDefenderForEndpoint",
        "SmartScreen" => "smartScreen",
        "CustomerTI" => "customTi",
        _ => "customDetection",
    }
}

/// Severities, the least first.
const SEVERITIES: [&str; 5] = ["UnSpecified", "Informational", "Low", "Medium", "High"];

fn severity(word: &str) -> &'static str {
    match word {
        "Informational" => "informational",
        "Low" => "low",
        "Medium" => "medium",
        "High" => "high",
        _ => "unknown",
    }
}

fn write_verdict(row: &mut Object<'_>, verdict: Option<(&str, &str)>) {
    row.optional("classification", verdict.map(|(word, _)| camel(word)).as_deref());
    row.optional("determination", verdict.map(|(_, word)| camel(word)).as_deref());
}

fn write_moment(row: &mut Object<'_>, name: &str, moment: Option<Moment>) {
    match moment {
        Some(moment) => sevenths(row.name(name), moment),
        None => row.null(name),
    }
}

fn write_alert(tenant: &Tenant, period: Period, alert: &Alert, out: &mut Vec<u8>) {
    let incident = alert.incident.map(|number| number.to_string());
    let mut row = Object::open(out);
    row.text("id", &alert.id);
    row.text("providerAlertId", &alert.id);
    row.optional("incidentId", incident.as_deref());
    row.text("status", &camel(alert.progress.as_str()));
    row.text("severity", severity(alert.kind.severity));
    write_verdict(&mut row, alert.verdict);
    row.text("serviceSource", "microsoftDefenderForEndpoint");
    row.text("detectionSource", source(alert.kind.source));
    row.text("productName", "Microsoft Defender for Endpoint");
    row.text("detectorId", &alert.draw.at("detector").guid());
    row.text("tenantId", &tenant.id());
    row.text("title", alert.kind.title);
    row.text("description", &format!("{} on a device of the tenant.\nLook at its time line.", alert.kind.title));
    row.text("recommendedActions", "");
    row.text("category", alert.kind.category);
    row.optional("assignedTo", alert.assigned.as_deref());
    row.text("alertWebUrl", &format!("https://security.microsoft.com/alerts/{}", alert.id));
    row.optional(
        "incidentWebUrl",
        incident.map(|incident| format!("https://security.microsoft.com/incidents/{incident}")).as_deref(),
    );
    row.null("actorDisplayName");
    row.optional("threatDisplayName", alert.kind.family);
    row.optional("threatFamilyName", alert.kind.family);
    row.texts("mitreTechniques", alert.kind.techniques.iter().copied());
    sevenths(row.name("createdDateTime"), alert.created);
    sevenths(row.name("lastUpdateDateTime"), alert.updated);
    write_moment(&mut row, "resolvedDateTime", alert.resolved);
    sevenths(row.name("firstActivityDateTime"), alert.created.before(900));
    sevenths(row.name("lastActivityDateTime"), alert.created.before(60));
    row.list("comments", alert.assigned.iter(), |who, out| {
        nested(out, |comment| {
            comment.text("comment", "Looked at it.\n\"Nothing\" to see.");
            comment.text("createdByDisplayName", who);
            sevenths(comment.name("createdDateTime"), alert.updated);
        });
    });
    row.texts("systemTags", []);
    let pieces = [Piece::Device, Piece::User, Piece::Other];
    let pieces = pieces.into_iter().filter(|piece| *piece != Piece::User || alert.logon.is_some());
    row.list("evidence", pieces, |piece, out| write_evidence(tenant, period, alert, piece, out));
    row.close();
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Device,
    User,
    Other,
}

fn write_evidence(tenant: &Tenant, period: Period, alert: &Alert, piece: Piece, out: &mut Vec<u8>) {
    let device = tenant.device(alert.device);
    nested(out, |row| {
        let kind = match (piece, alert.kind.evidence) {
            (Piece::Device, _) => "deviceEvidence",
            (Piece::User, _) => "userEvidence",
            (_, "Process") => "processEvidence",
            (_, "Ip") => "ipEvidence",
            (_, "Url") => "urlEvidence",
            (_, "Registry") => "registryKeyEvidence",
            _ => "fileEvidence",
        };
        row.text("@odata.type", &format!("#microsoft.graph.security.{kind}"));
        sevenths(row.name("createdDateTime"), alert.created);
        row.text("verdict", "suspicious");
        row.text("remediationStatus", "none");
        row.null("remediationStatusDetails");
        row.texts("roles", []);
        row.texts("tags", []);
        match kind {
            "deviceEvidence" => {
                let group = device.group(period);
                sevenths(row.name("firstSeenDateTime"), device.first_seen());
                row.text("mdeDeviceId", &device.id());
                row.optional("azureAdDeviceId", device.entra_device_id().as_deref());
                row.optional("deviceDnsName", device.name().as_deref());
                row.text("osPlatform", device.platform().name);
                match device.release().build {
                    Some(build) => row.number("osBuild", build),
                    None => row.null("osBuild"),
                }
                row.text("version", device.release().version);
                row.text("healthStatus", &camel(device.health(period)));
                row.text("riskScore", &camel(device.risk(period).unwrap_or("None")));
                row.number("rbacGroupId", group.map_or(0, |group| group.id));
                row.optional("rbacGroupName", group.map(|group| group.name));
                row.text("onboardingStatus", &camel(device.onboarding(period).as_str()));
                row.text("defenderAvStatus", &camel(device.antivirus(period).unwrap_or("Unknown")));
                let addresses: Vec<String> =
                    device.addresses(period).iter().map(|address| address.ip.to_string()).collect();
                row.texts("ipInterfaces", addresses.iter().map(String::as_str));
                match device.virtual_machine() {
                    None => row.null("vmMetadata"),
                    Some(machine) => row.object("vmMetadata", |metadata| {
                        metadata.text("vmId", &machine.id);
                        metadata.text("cloudProvider", "azure");
                        metadata.text("resourceId", &machine.resource_id);
                        metadata.optional("subscriptionId", machine.subscription.as_deref());
                    }),
                }
                row.list("loggedOnUsers", alert.logon.iter(), |logon, out| {
                    let (domain, name) = device.logon_name(logon.who);
                    nested(out, |user| {
                        user.text("accountName", &name);
                        user.text("domainName", &domain);
                    });
                });
            }
            "userEvidence" => {
                let Some(logon) = alert.logon else { return };
                let (domain, name) = device.logon_name(logon.who);
                row.object("userAccount", |user| {
                    user.text("accountName", &name);
                    user.text("domainName", &domain);
                    user.optional("userSid", device.logon_sid(logon.who).as_deref());
                    match logon.who {
                        Who::Directory(index) => {
                            let account = tenant.account(index);
                            user.text("azureAdUserId", &account.object_id);
                            user.text("userPrincipalName", &account.principal);
                            user.text("displayName", &account.display_name);
                        }
                        Who::Local { .. } => user.nulls(&["azureAdUserId", "userPrincipalName", "displayName"]),
                    }
                });
            }
            "ipEvidence" => {
                let last = alert.draw.at("evidence").below(254) + 1;
                row.text("ipAddress", &format!("198.51.100.{last}"));
                row.null("countryLetterCode");
            }
            "urlEvidence" => {
                let number = alert.draw.at("evidence").below(1000);
                row.text("url", &format!("https://reported.example/{number}?q=\"x\""));
            }
            "registryKeyEvidence" => {
                row.text("registryKey", r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run");
                row.text("registryHive", "HKEY_LOCAL_MACHINE");
            }
            "processEvidence" => {
                row.text("mdeDeviceId", &device.id());
                row.text("detectionStatus", "detected");
                row.text("processCommandLine", r#""tool.exe" -q "C:\x y""#);
                row.number("processId", alert.draw.at("evidence").at("pid").below(20_000) * 4);
            }
            _ => {
                row.text("mdeDeviceId", &device.id());
                row.text("detectionStatus", "detected");
                row.object("fileDetails", |file| {
                    file.text("fileName", "tool.exe");
                    file.text("filePath", r"C:\Users\Public\müller");
                });
            }
        }
    });
}

fn write_incident(tenant: &Tenant, incident: &Incident, row: &mut Object<'_>) {
    let alerts = &incident.alerts;
    let rank = |word: &str| SEVERITIES.iter().position(|known| *known == word);
    let worst = alerts.iter().map(|alert| alert.kind.severity).max_by_key(|word| rank(word)).unwrap_or_default();
    let first = alerts.first();
    let is_resolved = incident.progress() == crate::model::Progress::Resolved;
    row.text("id", &incident.number.to_string());
    row.text("tenantId", &tenant.id());
    row.text("status", if is_resolved { "resolved" } else { "active" });
    row.text("severity", severity(worst));
    row.text("incidentWebUrl", &format!("https://security.microsoft.com/incidents/{}", incident.number));
    row.null("redirectIncidentId");
    row.text("displayName", first.map_or("", |alert| alert.kind.title));
    write_moment(row, "createdDateTime", first.map(|alert| alert.created));
    write_moment(row, "lastUpdateDateTime", alerts.iter().map(|alert| alert.updated).max());
    row.optional("assignedTo", first.and_then(|alert| alert.assigned.as_deref()));
    write_verdict(row, first.filter(|_| is_resolved).and_then(|alert| alert.verdict));
    row.texts("customTags", []);
    row.texts("systemTags", []);
    row.null("description");
    row.optional("lastModifiedBy", first.and_then(|alert| alert.assigned.as_deref()));
    row.null("resolvingComment");
    row.null("summary");
    row.texts("comments", []);
}
