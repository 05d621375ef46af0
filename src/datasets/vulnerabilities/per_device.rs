//! `/api/machines/{id}/vulnerabilities`: the CVE as the catalogue describes it, for one device.

use defender_rows::event::{Draft, Kind, Refs, Relation};
use defender_rows::tally::RejectReason;

use super::record::CveRecord;
use crate::catalog::DatasetName;
use crate::datasets::mapping::{MapScope, Outcome, Subject};

/// One CVE on the device that was asked about.
pub(in crate::datasets) fn map(row: &str, subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let record = match CveRecord::parse(row) {
        Ok(record) => record,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let Subject::Device(facts) = subject else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    let keys = scope.events.keys();
    let mut content = record.content();
    content.device(&facts);
    let draft = Draft {
        content,
        kind: Kind::Vulnerability,
        key: keys.vulnerability_on_device(facts.id, record.cve()),
        refs: Refs::default()
            .with(Relation::Affects, &keys.device(facts.id))
            .with(Relation::PartOf, &keys.cve(record.cve())),
    };
    record.emit(Some(&facts), DatasetName::Vulnerabilities, "machines.vulnerabilities", draft, scope);
    Outcome::Emitted
}
