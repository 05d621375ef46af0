//! `/api/machines/{id}/vulnerabilities`: the CVE as the catalogue describes it, for one device.

use super::finding::Finding;
use super::{SPEC, canonical_cve};
use crate::config::Format;
use crate::datasets::{MapScope, Outcome, Subject};
use crate::event::{Content, Draft, Kind, Refs, Relation};
use crate::normalize::Source;
use crate::receipt::RejectReason;
use crate::record::{Record, field_table};

field_table! {
    /// Members of a vulnerability record. Source: "Vulnerability resource type" and recorded answers.
    Field {
        Id = "id",
        Name = "name",
        Description = "description",
        Severity = "severity",
        CvssV3 = "cvssV3",
        CvssVector = "cvssVector",
        ExposedMachines = "exposedMachines",
        PublishedOn = "publishedOn",
        UpdatedOn = "updatedOn",
        FirstDetected = "firstDetected",
        PublicExploit = "publicExploit",
        ExploitVerified = "exploitVerified",
        ExploitInKit = "exploitInKit",
        ExploitTypes = "exploitTypes",
        ExploitUris = "exploitUris",
        CveSupportability = "cveSupportability",
        Tags = "tags",
        Epss = "epss",
    }
}

/// Flags that say that an exploit exists, weakest first.
const EXPLOIT_FLAGS: [Field; 3] = [Field::PublicExploit, Field::ExploitVerified, Field::ExploitInKit];

/// One CVE on the device that was asked about.
pub(super) fn map(row: &str, subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let text = row;
    let row = match Record::<Field>::parse(text) {
        Ok(row) => row,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let (Subject::Device(facts), Some(cve)) = (subject, row.text(Field::Id).map(canonical_cve)) else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    let keys = scope.events.keys();
    let mut content = Content::default();
    // How many other machines are exposed says nothing about this one.
    row.content(&mut content, &[Field::ExposedMachines]);
    content.device(&facts);
    let draft = Draft {
        content,
        kind: Kind::Vulnerability,
        key: keys.vulnerability_on_device(facts.id, &cve),
        refs: Refs::default().with(Relation::Affects, &keys.device(facts.id)).with(Relation::PartOf, &keys.cve(&cve)),
    };
    if scope.events.format() == Format::Native {
        scope.events.native(draft, SPEC.name.as_str(), text);
        row.account(scope.tolerated);
        return Outcome::Emitted;
    }

    let name = row.text(Field::Name).filter(|name| !name.eq_ignore_ascii_case(&cve));
    let description = row.text(Field::Description);
    let severity = row.text(Field::Severity);
    let vector = row.text(Field::CvssVector);
    let types = row.list(Field::ExploitTypes).join(", ");
    let uri = row.first(Field::ExploitUris);
    let exploit = EXPLOIT_FLAGS.into_iter().filter_map(|flag| row.peek(flag)?.flag()).reduce(|a, b| a || b);
    let finding = Finding {
        uid: &[facts.id, "/", &cve],
        cve: &cve,
        title: name.as_deref(),
        description: description.as_deref(),
        severity: severity.as_deref(),
        score: row.number(Field::CvssV3),
        vector: vector.as_deref(),
        epss: row.number(Field::Epss),
        published: row.time(Field::PublishedOn),
        updated: row.time(Field::UpdatedOn),
        is_exploit_available: exploit,
        exploit_types: Some(&*types).filter(|types| !types.is_empty()),
        exploit_uri: uri.as_deref(),
        // The record is the catalogue's: first detection anywhere in the tenant.
        first_seen: row.time(Field::FirstDetected),
        is_first_seen_on_device: false,
        ..Finding::default()
    };
    let source =
        Source { log_name: "machines.vulnerabilities", profiles: &[], original_uid: finding.uid, original_time: None };
    finding.emit(scope, draft, &source, &facts, None, |out| row.leftovers(out));
    row.account(scope.tolerated);
    Outcome::Emitted
}
