//! CVEs themselves: `/api/vulnerabilities`, first all of them, then those that were changed.
//!
//! The list holds every CVE that is known, and only those that concern a machine are told. Findings refer to them: what
//! would be repeated on every device is told once here.

#[cfg(test)]
mod tests;

use defender_rows::event::{Draft, Kind, Refs};

use super::vulnerabilities::record::CveRecord;
use crate::catalog::DatasetName;
use crate::datasets::mapping::{MapScope, Outcome, Subject};
use crate::memory::FilterReason;

/// One CVE.
pub(super) fn map(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let record = match CveRecord::parse(row) {
        Ok(record) => record,
        Err(reason) => return Outcome::Rejected(reason),
    };
    // Before anything is remembered of it: these are most of the list.
    if !record.may_be_exposed() {
        return Outcome::Filtered(FilterReason::NotExposed);
    }
    let key = scope.events.keys().cve(record.cve());
    if !scope.seen.receive(Kind::Vulnerability, key.as_str()) {
        return Outcome::Duplicate;
    }
    let draft = Draft { kind: Kind::Vulnerability, key, refs: Refs::default(), content: record.content() };
    record.emit(None, DatasetName::Cves, "vulnerabilities", draft, scope);
    Outcome::Emitted
}
