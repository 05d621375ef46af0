//! Snapshots: markers around a complete read, whatever request fails.

use crate::support::service::{handmade_behind, handmade_with, harness};
use crate::support::{body, closed_snapshots, complete, dataset, datasets, finished, handmade_run};
use source_host::contract::{Completeness, Operation};
use source_host::testing::{FakeTransport, Reply};
use std::collections::HashSet;

#[test]
fn the_end_carries_the_number_of_rows_that_became_events() {
    let mut keys = HashSet::new();
    let mut ends = 0;
    let run = complete(handmade_run());
    for event in &run.sink.events {
        // One of these for each row; products, accounts and addresses come besides.
        let is_of_a_row = match event.kind.as_str() {
            "device" | "software" | "vulnerability" | "recommendation" => true,
            "user" => event.key.contains('/'),
            _ => false,
        };
        match event.operation {
            Operation::SnapshotBegin => keys.clear(),
            Operation::SnapshotEnd => {
                let body = body(event);
                assert_eq!(body["count"].as_u64(), Some(keys.len() as u64), "{body}");
                let name = body["dataset"].as_str().unwrap_or_default();
                assert_eq!(body["count"].as_u64(), Some(dataset(&run, name).emitted), "{body}");
                ends += 1;
            }
            Operation::Upsert | Operation::Delete => {
                assert!(!is_of_a_row || keys.insert(event.key.clone()), "twice: {}", event.key);
            }
        }
    }
    assert_eq!(ends, 5);
}

#[test]
fn whichever_request_fails_no_incomplete_read_is_closed() {
    let network = handmade_with(|_, reply| reply);
    complete(harness(&network));
    let requests = network.requests();
    for failing in &requests[1..] {
        let url = failing.url.clone();
        let network = handmade_behind(
            FakeTransport::new().answer(move |seen| (seen.url == url).then(|| Reply::status(400).body("{}"))),
        );
        let run = finished(harness(&network));
        let closed = closed_snapshots(&run);
        for dataset in datasets(&run) {
            let is_closed = closed.contains(&dataset.dataset);
            assert_eq!(is_closed, dataset.completeness == Completeness::Complete, "{}: {dataset:?}", failing.url);
        }
        assert!(closed.len() < 5, "{}: somebody missed it", failing.url);
        assert!(run.sink.events.iter().all(|event| !matches!(event.operation, Operation::Delete)));
    }
}
