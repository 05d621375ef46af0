//! CVEs themselves: `/api/vulnerabilities`, first all of them, then those that were changed.
//!
//! The list holds every CVE that is known, and only those that concern a machine are told. Findings refer to them: what
//! would be repeated on every device is told once here.

#[cfg(test)]
mod tests;

use super::vulnerabilities::CveRecord;
use super::{
    Changes, DAY_MS, DatasetName, DatasetSpec, MapScope, Outcome, Paging, Permission, Route, Strategy, StrategySpec,
    Subject,
};
use crate::event::{Draft, Kind, Refs};
use crate::filter::FilterReason;
use crate::http::Quota;

/// CVEs that concern the tenant.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Cves,
    description: "CVEs that concern machines, as Defender's catalogue describes them",
    // Some 30 requests for what the findings say in short.
    enabled: false,
    permissions: &[Permission::defender("Vulnerability.Read.All")],
    kinds: &[Kind::Vulnerability],
    on_devices: false,
    strategies: &[
        StrategySpec { name: Strategy::Bulk, route: ROUTE, map, catalogue: None },
        StrategySpec { name: Strategy::Delta, route: ROUTE, map, catalogue: None },
    ],
    changes: Some(Changes {
        parameter: "&$filter=updatedOn%20ge%20",
        // The time may be that of whoever describes the CVE, and nobody says how long it takes to the list. What is
        // updated in three days is less than a page.
        overlap_ms: 3 * DAY_MS,
        // The service states no bound. But a CVE is not updated when a machine comes to have it.
        reach_days: 30,
        are_events: false,
    }),
    automatic: &[Strategy::Bulk, Strategy::Delta],
};

/// Source of the bound: "List vulnerabilities".
const ROUTE: Route = Route {
    path: "/api/vulnerabilities",
    paging: Paging::Offset { top: 8_000 },
    quota: Quota::ASSUMED,
    purpose: "catalogue of CVEs",
};

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
    record.emit(None, SPEC.name, "vulnerabilities", draft, scope);
    Outcome::Emitted
}
