//! CVEs on machines: the export of the tenant, or `/api/machines/{id}/vulnerabilities`.

mod finding;
mod per_device;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use finding::{Finding, Fix};

use super::{DatasetName, DatasetSpec, MapScope, Outcome, Paging, Permission, Route, Strategy, StrategySpec, Subject};
use crate::config::Format;
use crate::event::{Content, Draft, Kind, Refs, Relation};
use crate::filter::FilterReason;
use crate::http::Quota;
use crate::normalize::Source;
use crate::normalize::package::Package;
use crate::normalize::word::{self, EXPLOITABILITY};
use crate::receipt::Tolerated;
use crate::record::{DeviceFields, Record, Value, field_table};

/// CVEs on machines.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Vulnerabilities,
    description: "CVEs that affect machines, with the product versions that have them",
    permissions: &[Permission::defender("Vulnerability.Read.All")],
    kinds: &[Kind::Vulnerability],
    strategies: &[
        StrategySpec {
            name: Strategy::Bulk,
            route: Route {
                path: "/api/machines/SoftwareVulnerabilitiesByMachine",
                paging: Paging::NextLink { page_size: 200_000 },
                quota: Quota::documented(30, 1_000),
                purpose: "vulnerabilities of all machines",
            },
            map,
            catalogue: None,
        },
        StrategySpec {
            name: Strategy::Files,
            route: Route {
                path: "/api/machines/SoftwareVulnerabilitiesExport",
                paging: Paging::Files,
                quota: Quota::documented(5, 20),
                purpose: "list of the files with the vulnerabilities of all machines",
            },
            map,
            catalogue: None,
        },
        StrategySpec {
            name: Strategy::PerDevice,
            route: Route {
                path: "/api/machines/{id}/vulnerabilities",
                paging: Paging::Single,
                quota: Quota::documented(50, 1_500),
                purpose: "vulnerabilities of one machine",
            },
            map: per_device::map,
            catalogue: None,
        },
    ],
};

field_table! {
    /// Members of a row of the export. Source: "Export software vulnerabilities assessment per device", and columns
    /// seen in the wild.
    Field {
        Id = "id",
        DeviceId = "deviceId",
        RbacGroupId = "rbacGroupId",
        RbacGroupName = "rbacGroupName",
        DeviceName = "deviceName",
        OsPlatform = "osPlatform",
        OsVersion = "osVersion",
        OsArchitecture = "osArchitecture",
        SoftwareVendor = "softwareVendor",
        SoftwareName = "softwareName",
        SoftwareVersion = "softwareVersion",
        CveId = "cveId",
        VulnerabilitySeverityLevel = "vulnerabilitySeverityLevel",
        RecommendedSecurityUpdate = "recommendedSecurityUpdate",
        RecommendedSecurityUpdateId = "recommendedSecurityUpdateId",
        RecommendedSecurityUpdateUrl = "recommendedSecurityUpdateUrl",
        DiskPaths = "diskPaths",
        RegistryPaths = "registryPaths",
        LastSeenTimestamp = "lastSeenTimestamp",
        FirstSeenTimestamp = "firstSeenTimestamp",
        EndOfSupportStatus = "endOfSupportStatus",
        EndOfSupportDate = "endOfSupportDate",
        ExploitabilityLevel = "exploitabilityLevel",
        RecommendationReference = "recommendationReference",
        SecurityUpdateAvailable = "securityUpdateAvailable",
        CvssScore = "cvssScore",
        CveMitigationStatus = "cveMitigationStatus",
    }
}

const DEVICE: DeviceFields<Field> = DeviceFields {
    id: Field::DeviceId,
    hostname: Field::DeviceName,
    os_platform: Field::OsPlatform,
    os_version: Some(Field::OsVersion),
    group_id: Some(Field::RbacGroupId),
    group_name: Field::RbacGroupName,
};

/// What the content hash leaves out: what the key is made of, and what moves with every sighting.
const SEALED_OR_VOLATILE: [Field; 7] = [
    Field::Id,
    Field::DeviceId,
    Field::SoftwareVendor,
    Field::SoftwareName,
    Field::SoftwareVersion,
    Field::CveId,
    Field::LastSeenTimestamp,
];

/// One row of the export: one CVE of one product version on one device.
pub fn map(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let text = row;
    let row = match Record::<Field>::parse(text) {
        Ok(row) => row,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let device = match DEVICE.read(&row, scope.tolerated) {
        Ok(device) => device,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let facts = device.facts();
    if let Some(reason) = scope.filter.row(&facts) {
        return Outcome::Filtered(reason);
    }
    let Some(cve) = row.text(Field::CveId).map(canonical_cve) else {
        // Software is listed whether or not a weakness is known.
        return Outcome::Filtered(FilterReason::NoCve);
    };
    let vendor = row.text(Field::SoftwareVendor);
    let name = row.text(Field::SoftwareName);
    let version = row.text(Field::SoftwareVersion);
    let parts = [vendor.as_deref(), name.as_deref(), version.as_deref()].map(Option::unwrap_or_default);

    let keys = scope.events.keys();
    let mut refs = Refs::default().with(Relation::Affects, &keys.device(facts.id));
    if name.is_some() {
        refs.push(Relation::Affects, &keys.software(facts.id, parts[0], parts[1], parts[2]));
    }
    let mut content = Content::default();
    row.content(&mut content, &SEALED_OR_VOLATILE);
    let draft = Draft {
        content,
        kind: Kind::Vulnerability,
        key: keys.vulnerability(facts.id, parts[0], parts[1], parts[2], &cve),
        refs,
    };
    if scope.events.format() == Format::Native {
        scope.events.native(draft, SPEC.name.as_str(), text);
        row.account(scope.tolerated);
        return Outcome::Emitted;
    }

    let path = row.first(Field::DiskPaths);
    let id = row.text(Field::Id);
    let severity = row.text(Field::VulnerabilitySeverityLevel);
    let architecture = row.text(Field::OsArchitecture);
    let update = row.text(Field::RecommendedSecurityUpdate);
    let update_id = row.text(Field::RecommendedSecurityUpdateId);
    let update_url = row.text(Field::RecommendedSecurityUpdateUrl);
    let last_seen = row.time(Field::LastSeenTimestamp);
    let fallback_id = [facts.id, "/", parts[0], "/", parts[1], "/", parts[2], "/", &cve];
    let finding = Finding {
        uid: match &id {
            Some(id) => &[id],
            None => &fallback_id,
        },
        cve: &cve,
        severity: severity.as_deref(),
        score: row.number(Field::CvssScore),
        is_exploit_available: exploit(&row, scope.tolerated),
        is_fix_available: row.flag(Field::SecurityUpdateAvailable),
        first_seen: row.time(Field::FirstSeenTimestamp),
        is_first_seen_on_device: true,
        last_seen,
        package: name.as_deref().map(|name| Package { vendor: vendor.as_deref(), name, version: version.as_deref() }),
        path: path.as_deref(),
        fix: Fix { title: update.as_deref(), id: update_id.as_deref(), url: update_url.as_deref() },
        ..Finding::default()
    };
    let original_time = last_seen.and(row.peek(Field::LastSeenTimestamp).and_then(Value::string));
    let source = Source {
        log_name: "machines.software_vulnerabilities",
        profiles: &[],
        original_uid: finding.uid,
        original_time: original_time.as_deref(),
    };
    let architecture = word::ARCHITECTURE.term(architecture.as_deref(), scope.tolerated);
    finding.emit(scope, draft, &source, &facts, architecture.as_ref(), |out| row.leftovers(out));
    row.account(scope.tolerated);
    Outcome::Emitted
}

/// An identifier as the CVE programme writes it.
fn canonical_cve(cve: Cow<'_, str>) -> Cow<'_, str> {
    if cve.bytes().any(|b| b.is_ascii_lowercase()) { cve.to_ascii_uppercase().into() } else { cve }
}

/// Whether an exploit exists, by `exploitabilityLevel`; the word itself stays in `unmapped`. Every word but the one
/// for "none" means that there is one.
fn exploit(row: &Record<'_, Field>, tolerated: &mut Tolerated) -> Option<bool> {
    let word = row.peek(Field::ExploitabilityLevel)?.text().flatten()?;
    let known = EXPLOITABILITY.iter().find(|(known, _)| known.eq_ignore_ascii_case(&word));
    if known.is_none() {
        tolerated.count("unknown_word.exploitabilityLevel");
    }
    Some(known.is_none_or(|(_, exists)| *exists))
}
