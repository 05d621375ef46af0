//! CVEs: everything, then what was updated, in a run each.

use crate::support::service::{asked, handmade_behind, harness, page};
use crate::support::{complete, dataset, envelope, finished, tally, upserts};
use source_host::contract::{Completeness, Operation};
use source_host::testing::{FakeTransport, Harness, Reply};
use std::time::Duration;

/// Part of a request for what was updated.
const UPDATED: &str = "$filter=updatedOn%20ge%20";

const NEWS: [&str; 3] = [
    r#"{"id":"CVE-2025-90210","severity":"Critical","exposedMachines":2,"updatedOn":"2026-01-16T00:00:00Z"}"#,
    r#"{"id":"CVE-2026-90009","severity":"Low","exposedMachines":1,"updatedOn":"2026-01-16T01:00:00Z"}"#,
    r#"{"id":"CVE-2025-90101","severity":"Low","exposedMachines":0,"updatedOn":"2026-01-16T02:00:00Z"}"#,
];

/// The hand-made tenant, with another answer to what was updated.
fn network(updated: Reply) -> FakeTransport {
    let last = page(&NEWS[2..], None);
    let list = FakeTransport::new().on("GET", "$skip=2&$filter", last).on("GET", "$skip=3&$filter", page(&[], None));
    handmade_behind(list.on("GET", UPDATED, updated))
}

fn cves(network: &FakeTransport) -> Harness {
    harness(network).datasets(&["cves"])
}

/// A run a day after one that read everything.
fn second(network: &FakeTransport) -> Harness {
    let first = complete(cves(network)).receipt.expect("it finished");
    let day = Duration::from_secs(86_400);
    let start = source_host::clock::parse(&first.started_at).expect("a time");
    cves(network).start_time(start + day).checkpoint(first.checkpoint)
}

#[test]
fn what_was_updated_follows_everything() {
    let network = network(page(&NEWS, None));
    let run = finished(second(&network));
    let account = dataset(&run, "cves");
    assert_eq!((account.completeness, account.strategy.as_str()), (Completeness::Changes, "delta"), "{account:?}");
    assert_eq!((account.received, account.emitted, account.calls), (3, 2, 3));
    assert_eq!(tally(&account.filtered, "not_exposed"), 1, "and it is no deletion");
    assert_eq!(upserts(&run, "vulnerability"), 2);
    assert!(run.sink.events.iter().all(|event| event.operation == Operation::Upsert));
    assert!(run.documents().all(|document| envelope(document)["dataset"] == "cves"));
    // The run before began on the 15th at six.
    assert_eq!(asked(&network, "$filter=updatedOn%20ge%202026-01-12T06:00:00.000Z"), 3);
}

#[test]
fn a_service_that_knows_no_such_filter_is_read_whole() {
    let refusal = Reply::json(r#"{"error":{"code":"BadRequest"}}"#).with_status(400);
    let run = complete(second(&network(refusal)));
    let account = dataset(&run, "cves");
    assert_eq!((account.strategy.as_str(), account.emitted), ("bulk", 9), "{account:?}");
    assert_eq!(account.reason, "the service refused the changes");
}

#[test]
fn they_are_off_unless_asked_for() {
    let network = handmade_behind(FakeTransport::new());
    let run = complete(harness(&network));
    assert_eq!(asked(&network, "/api/vulnerabilities?"), 0);
    assert!(run.receipt.expect("it finished").datasets.iter().all(|account| account.dataset != "cves"));
}
