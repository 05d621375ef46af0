//! A CVE as the catalogue describes it, which the service gives for the tenant and for each device.

use std::borrow::Cow;

use defender_rows::event::{Content, Draft, Format, JsonWriter};
use defender_rows::record::{DeviceFacts, Record, Value, field_table};
use defender_rows::tally::RejectReason;

use super::finding::{Finding, canonical_cve};
use super::known;
use crate::catalog::DatasetName;
use crate::datasets::mapping::MapScope;
use crate::ocsf::Source;
use crate::ocsf::architecture::Architecture;
use crate::ocsf::word::SCORE_MAX;

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
        PatchFirstAvailable = "patchFirstAvailable",
        Status = "status",
    }
}

/// Flags that say that an exploit exists, weakest first.
const EXPLOIT_FLAGS: [Field; 3] = [Field::PublicExploit, Field::ExploitVerified, Field::ExploitInKit];

/// Largest probability.
const PROBABILITY_MAX: u64 = 1;

/// One record of the catalogue.
#[derive(Debug)]
pub(in crate::datasets) struct CveRecord<'a> {
    text: &'a str,
    row: Record<'a, Field>,
    cve: Cow<'a, str>,
}

impl<'a> CveRecord<'a> {
    /// Reads a row.
    ///
    /// # Errors
    /// Why the row cannot be used.
    pub(in crate::datasets) fn parse(text: &'a str) -> Result<Self, RejectReason> {
        let row = Record::<Field>::parse(text)?;
        let cve = row.text(Field::Id).map(canonical_cve).ok_or(RejectReason::NoIdentity)?;
        Ok(Self { text, row, cve })
    }

    /// CVE, or Defender's own identifier of a weakness.
    pub(in crate::datasets) fn cve(&self) -> &str {
        &self.cve
    }

    /// Whether a machine has it, as far as the record says.
    pub(in crate::datasets) fn may_be_exposed(&self) -> bool {
        self.row
            .peek(Field::ExposedMachines)
            .and_then(|value| value.number())
            .is_none_or(|number| number.thousandths() != 0)
    }

    /// What the record says, without what the key says, and without the number of machines: that moves with any of them, and the findings say which
    /// they are.
    pub(in crate::datasets) fn content(&self) -> Content {
        let mut content = Content::default();
        self.row.content(&mut content, &[Field::Id, Field::ExposedMachines]);
        content
    }

    /// Queues the event: of the CVE itself, or of the CVE on a device.
    pub(in crate::datasets) fn emit(
        &self,
        device: Option<&DeviceFacts<'_>>,
        dataset: DatasetName,
        log_name: &'static str,
        draft: Draft,
        scope: &mut MapScope<'_>,
    ) {
        match scope.events.format() {
            Format::Native => scope.events.native(draft, dataset.as_str(), self.text),
            Format::Ocsf => self.emit_ocsf(device, log_name, draft, scope),
        }
        self.row.account(scope.tolerated);
    }

    fn emit_ocsf(
        &self,
        device: Option<&DeviceFacts<'_>>,
        log_name: &'static str,
        draft: Draft,
        scope: &mut MapScope<'_>,
    ) {
        let Self { row, cve, .. } = self;
        let name = row.text(Field::Name).filter(|name| !name.eq_ignore_ascii_case(cve));
        let description = row.text(Field::Description);
        let severity = row.text(Field::Severity);
        let score = row.number_at_most(Field::CvssV3, SCORE_MAX);
        // The schema has no vector without a score: alone it stays as it is.
        let vector = row.text_if(Field::CvssVector, score.is_some());
        let status = row.peek(Field::Status).and_then(|value| value.text().flatten());
        let mut types = row.peek(Field::ExploitTypes).and_then(Value::list).unwrap_or_default();
        types.sort_unstable();
        if types.len() <= 1 {
            row.skip(Field::ExploitTypes);
        }
        let types = types.join(", ");
        let uri = row.first(Field::ExploitUris);
        // On a device the address of one exploit is enough: the CVE itself has them all.
        let references = if device.is_none() { row.list(Field::ExploitUris) } else { Vec::new() };
        let exploit = EXPLOIT_FLAGS.into_iter().filter_map(|flag| row.peek(flag)?.flag()).reduce(|a, b| a || b);
        // The record is the catalogue's: first detection anywhere in the tenant, and so not before that on a device.
        let first_seen = row.time(Field::FirstDetected);
        let uid: &[&str] = match device {
            Some(device) => &[device.id, "/", cve],
            None => &[cve],
        };
        let finding = Finding {
            uid,
            cve,
            title: name.as_deref(),
            description: description.as_deref(),
            severity: severity.as_deref(),
            score,
            // The member is named for its version.
            cvss: Some("3"),
            vector: vector.as_deref(),
            epss: row.number_at_most(Field::Epss, PROBABILITY_MAX),
            published: row.time(Field::PublishedOn),
            updated: row.time(Field::UpdatedOn),
            references: &references,
            is_exploit_available: exploit,
            exploit_types: Some(&*types).filter(|types| !types.is_empty()),
            exploit_uri: uri.as_deref(),
            first_seen,
            // Several words have one number: the word itself stays.
            status: status.as_deref(),
            ..Finding::of(scope.history.activity(first_seen))
        };
        let source = Source { log_name, profiles: &[], original_uid: uid, moment: None };
        let unmapped = |out: &mut JsonWriter| row.leftovers(out);
        match device {
            Some(device) => finding.emit(scope, draft, &source, device, &Architecture::default(), unmapped),
            None => known::emit(&finding, scope, draft, &source, unmapped),
        }
    }
}
