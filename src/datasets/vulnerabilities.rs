//! CVEs on machines: the export of the tenant, its changes, or `/api/machines/{id}/vulnerabilities`.

mod finding;
mod known;
pub(super) mod per_device;
pub(super) mod record;
#[cfg(test)]
mod tests;

use defender_rows::event::{Content, Draft, Format, Kind, Refs, Relation};
use defender_rows::record::{DeviceFacts, DeviceFields, Record, Value, field_table};
use defender_rows::tally::Tolerated;

use crate::catalog::DatasetName;
use crate::datasets::mapping::{MapScope, Outcome, Subject};
use crate::memory::{FilterReason, Standing};
use crate::ocsf::architecture::Architecture;
use crate::ocsf::class::Activity;
use crate::ocsf::os_version::OsVersion;
use crate::ocsf::package::Package;
use crate::ocsf::word::{EXPLOITABILITY, SCORE_MAX};
use crate::ocsf::{Moment, Source};
use finding::{Finding, Fix, canonical_cve};

field_table! {
    /// Members of a row of the export and of its changes. Source: "Export software vulnerabilities assessment per
    /// device", and columns seen in the wild.
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
        Status = "status",
        EventTimestamp = "eventTimestamp",
        ProductCategory = "productCategory",
    }
}

const DEVICE: DeviceFields<Field> = DeviceFields {
    id: Field::DeviceId,
    hostname: Field::DeviceName,
    os_platform: Field::OsPlatform,
    group_id: Some(Field::RbacGroupId),
    group_name: Field::RbacGroupName,
};

/// What the content hash leaves out: what the key is made of, what moves with every sighting, and how it came about.
const SEALED_OR_VOLATILE: [Field; 9] = [
    Field::Id,
    Field::DeviceId,
    Field::SoftwareVendor,
    Field::SoftwareName,
    Field::SoftwareVersion,
    Field::CveId,
    Field::LastSeenTimestamp,
    Field::Status,
    Field::EventTimestamp,
];

/// One row of the export or of its changes: one CVE of one product version on one device.
pub(super) fn map(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
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
    let cve = row.text(Field::CveId).map(canonical_cve);
    let name = row.text(Field::SoftwareName);
    // The schema has no package without a name: what is said of one stays as it is.
    let of_package = |field| row.text_if(field, name.is_some());
    let [vendor, version] = [Field::SoftwareVendor, Field::SoftwareVersion].map(of_package);
    let parts = [vendor.as_deref(), name.as_deref(), version.as_deref()].map(Option::unwrap_or_default);

    let keys = scope.events.keys();
    let key = keys.vulnerability(facts.id, parts[0], parts[1], parts[2], cve.as_deref().unwrap_or_default());
    let happened = happened(&row, scope.tolerated, scope.seen.window.is_some());
    let changed_at = happened.and_then(|_| row.time(Field::EventTimestamp));
    if let (Some(window), Some(happened)) = (&mut scope.seen.window, happened) {
        // Before any filter: a row that moves to a device group that is left out is not gone.
        if window.meet(key.as_str(), changed_at, happened != Happened::Fixed) == Standing::Passed {
            return Outcome::Duplicate;
        }
    }
    if let Some(reason) = scope.filter.row(&facts) {
        return Outcome::Filtered(reason);
    }
    let Some(cve) = cve else {
        // Software is listed whether or not a weakness is known.
        return Outcome::Filtered(FilterReason::NoCve);
    };
    let is_gone = happened == Some(Happened::Fixed);
    let mut refs = Refs::default();
    if !is_gone {
        refs.push(Relation::Affects, &keys.device(facts.id));
        if name.is_some() {
            refs.push(Relation::Affects, &keys.software(facts.id, parts[0], parts[1], parts[2]));
        }
        refs.push(Relation::PartOf, &keys.cve(&cve));
    }
    let reference = row.peek(Field::RecommendationReference).and_then(|value| value.text().flatten());
    if let (Some(recommendation), false) = (reference, is_gone) {
        refs.push(Relation::RemediatedBy, &keys.recommendation(&recommendation));
    }
    let mut content = Content::default();
    row.content(&mut content, &SEALED_OR_VOLATILE);
    let draft = Draft { content, kind: Kind::Vulnerability, key, refs };
    if scope.events.format() == Format::Native {
        match is_gone {
            true => scope.events.native_end(draft, DatasetName::Vulnerabilities.as_str(), text),
            false => scope.events.native(draft, DatasetName::Vulnerabilities.as_str(), text),
        }
        row.account(scope.tolerated);
        return Outcome::Emitted;
    }

    let path = name.as_ref().and_then(|_| row.first(Field::DiskPaths));
    let id = row.text(Field::Id);
    let severity = row.text(Field::VulnerabilitySeverityLevel);
    let architecture = row.peek(Field::OsArchitecture).and_then(|value| value.text().flatten());
    let architecture = Architecture::read(architecture.as_deref(), scope.tolerated);
    if architecture.says_it_all() {
        row.skip(Field::OsArchitecture);
    }
    let update = row.text(Field::RecommendedSecurityUpdate);
    let update_id = row.text(Field::RecommendedSecurityUpdateId);
    let update_url = row.text(Field::RecommendedSecurityUpdateUrl);
    let os_version = row.peek(Field::OsVersion).and_then(|value| value.text().flatten());
    let os = OsVersion::read(os_version.as_deref(), facts.os_platform);
    if os.says_it_all() {
        row.skip(Field::OsVersion);
    }
    let facts = DeviceFacts { os_version: os.release, os_build: os.build, ..facts };
    let first_seen = row.time(Field::FirstSeenTimestamp);
    let activity = match happened {
        None => scope.history.activity(first_seen),
        // What was gone and came back is new, though it was first seen long ago.
        Some(Happened::New) => scope.history.activity(changed_at.or(first_seen)),
        Some(Happened::Updated) => Activity::Update,
        Some(Happened::Fixed) => Activity::Close,
    };
    let fallback_id = [facts.id, "/", parts[0], "/", parts[1], "/", parts[2], "/", &cve];
    let finding = Finding {
        uid: match &id {
            Some(id) => &[id],
            None => &fallback_id,
        },
        cve: &cve,
        severity: severity.as_deref(),
        score: row.number_at_most(Field::CvssScore, SCORE_MAX),
        is_exploit_available: exploit(&row, scope.tolerated),
        is_fix_available: row.flag(Field::SecurityUpdateAvailable),
        first_seen,
        is_first_seen_here: true,
        last_seen: row.time(Field::LastSeenTimestamp),
        created: first_seen.or(changed_at.filter(|_| happened == Some(Happened::New))),
        modified: changed_at,
        package: name.as_deref().map(|name| Package { vendor: vendor.as_deref(), name, version: version.as_deref() }),
        path: path.as_deref(),
        fix: Fix { title: update.as_deref(), id: update_id.as_deref(), url: update_url.as_deref() },
        ..Finding::of(activity)
    };
    let log_name = match happened {
        Some(_) => "machines.software_vulnerability_changes",
        None => "machines.software_vulnerabilities",
    };
    // The change, if that is what is told; else the finding's beginning, if it is told as new.
    let created = first_seen.filter(|_| activity == Activity::Create);
    let moment = changed_at.map(|at| (at, Field::EventTimestamp));
    let moment = moment.or(created.map(|at| (at, Field::FirstSeenTimestamp)));
    let spelled = moment.and_then(|(_, field)| row.peek(field).and_then(Value::string));
    let moment = moment.map(|(ms, _)| Moment { ms, spelled: spelled.as_deref() });
    let source = Source { log_name, profiles: &[], original_uid: finding.uid, moment };
    finding.emit(scope, draft, &source, &facts, &architecture, |out| row.leftovers(out));
    row.account(scope.tolerated);
    Outcome::Emitted
}

/// What a row of the changes says that happened to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happened {
    /// It was found.
    New,
    /// It is judged differently, or was found elsewhere on the device.
    Updated,
    /// It is gone.
    Fixed,
}

impl Happened {
    /// The words of the service.
    const WORDS: [(&'static str, Self); 3] = [("New", Self::New), ("Updated", Self::Updated), ("Fixed", Self::Fixed)];
}

/// What a row of the changes says that happened; `None` for a row of the export.
fn happened(row: &Record<'_, Field>, tolerated: &mut Tolerated, is_change: bool) -> Option<Happened> {
    if !is_change {
        return None;
    }
    let word = row.peek(Field::Status).and_then(|value| value.text().flatten()).unwrap_or_default();
    let known = Happened::WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&word));
    match known {
        Some(_) => row.skip(Field::Status),
        None => tolerated.count("unknown_word.status"),
    }
    // That something is gone has to be said.
    Some(known.map_or(Happened::Updated, |(_, happened)| *happened))
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
