//! What the end-to-end tests share: the recordings, and the checks that every run has to pass.
#![allow(dead_code, unreachable_pub, reason = "every test is a program of its own and uses its part")]

pub mod components;
pub mod corpus;
pub mod described;
pub mod double;
pub mod ocsf;
pub mod program;
pub mod relay;
pub mod remembered;
pub mod schemas;
pub mod server;
pub mod service;
pub mod sound;
pub mod source;
pub mod terminal;

use serde_json::Value;
use source_host::contract::{self, Completeness, DatasetReceipt, Event, Operation};
use source_host::har::{self, Exchange};
use source_host::replay::{Matching, ReplayOptions};
use source_host::testing::{Harness, TestRun};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The recording of the hand-made tenant, which has few rows and every oddity of the service.
pub const HANDMADE: &[u8] = include_bytes!("../recordings/handmade-tenant.har");
/// The tenant in it.
pub const HANDMADE_TENANT: &str = "11111111-2222-4333-8444-555555555555";
/// All datasets that are on by default, in the order of reading.
pub const DATASETS: [&str; 5] = ["devices", "device_users", "software", "vulnerabilities", "recommendations"];

/// The exchanges of the hand-made tenant.
pub fn handmade() -> Vec<Exchange> {
    har::parse(HANDMADE, "the hand-made tenant").expect("the bundled recording is valid")
}

/// An empty page of a list.
pub const NO_ROWS: &[u8] = br#"{"value":[]}"#;

/// Whether an address asks for what is behind the last row of a list that is read by offset: the page that begins with
/// that row is recorded, and nothing follows it.
pub fn is_behind_the_last_row(exchanges: &[Exchange], url: &str) -> bool {
    let Some((list, rest)) = url.split_once("&$skip=") else { return false };
    let (skip, rest) = rest.split_at(rest.find('&').unwrap_or(rest.len()));
    let before = skip.parse::<u64>().ok().and_then(|skip| skip.checked_sub(1));
    let before = before.map(|skip| format!("{list}&$skip={skip}{rest}"));
    before.is_some_and(|before| exchanges.iter().any(|exchange| exchange.url == before.as_str()))
}

/// A run against the hand-made tenant.
pub fn handmade_run() -> Harness {
    in_pages(Harness::replay(handmade(), ReplayOptions::default()))
}

/// Reads by pages, which is what the hand-made tenant has.
pub fn in_pages(harness: Harness) -> Harness {
    harness.set("datasets.software.strategy=bulk").set("datasets.vulnerabilities.strategy=bulk")
}

/// Something beside the checkout. Prints why a test is skipped if it is not there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")).join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there", path.display());
    None
}

/// A run against a recording beside the checkout, with pages cut out of it.
pub fn recorded(name: &str) -> Option<Harness> {
    let path = shared(&format!("recordings/{name}"))?;
    let exchanges = har::read_file(&path).expect("the recording is valid");
    Some(in_pages(Harness::replay(exchanges, ReplayOptions { matching: Matching::Path, ..ReplayOptions::default() })))
}

/// Runs, and checks everything that holds for every run: well-formed envelopes that say what the typed fields say,
/// snapshots that open and close, accounts that reconcile, and bodies that their schema accepts and that hold to what no
/// schema can say.
pub fn run(harness: Harness) -> TestRun {
    let run = harness.run();
    check(&run);
    run
}

/// Runs to the end. Anything else is a failure.
pub fn finished(harness: Harness) -> TestRun {
    let run = run(harness);
    assert!(run.error.is_none(), "{:?}", run.error);
    assert!(run.receipt.is_some() && run.positions.finished, "the run did not finish");
    run
}

/// Runs to the end with every dataset read completely.
pub fn complete(harness: Harness) -> TestRun {
    let run = finished(harness);
    for dataset in datasets(&run) {
        assert_eq!(dataset.completeness, Completeness::Complete, "{dataset:?}");
        assert!(dataset.failure.is_none(), "{dataset:?}");
    }
    run
}

/// The accounts of a finished run.
pub fn datasets(run: &TestRun) -> &[DatasetReceipt] {
    run.receipt.as_ref().map_or(&[], |receipt| &receipt.datasets)
}

/// The account of one dataset.
pub fn dataset<'a>(run: &'a TestRun, name: &str) -> &'a DatasetReceipt {
    let found = datasets(run).iter().find(|dataset| dataset.dataset == name);
    found.unwrap_or_else(|| panic!("no account of {name}: {:?}", run.error))
}

/// The count of a reason; 0 if it is not there.
pub fn tally(tallies: &[contract::Tally], name: &str) -> u64 {
    tallies.iter().find(|tally| tally.name == name).map_or(0, |tally| tally.count)
}

/// Number of upserts of a kind.
pub fn upserts(run: &TestRun, kind: &str) -> usize {
    run.sink.events.iter().filter(|event| event.operation == Operation::Upsert && event.kind == kind).count()
}

/// Datasets whose snapshot was closed.
pub fn closed_snapshots(run: &TestRun) -> Vec<String> {
    let ends = run.sink.events.iter().filter(|event| event.operation == Operation::SnapshotEnd);
    ends.map(|event| body(event)["dataset"].as_str().expect("a marker names its dataset").to_owned()).collect()
}

/// The body of an event.
pub fn body(event: &Event) -> Value {
    envelope(&event.document)["body"].take()
}

/// The document of an event.
pub fn envelope(document: &str) -> Value {
    serde_json::from_str(document).unwrap_or_else(|error| panic!("{error} in {document}"))
}

fn check(run: &TestRun) {
    if let Some(receipt) = &run.receipt {
        contract::reconcile(receipt).expect("accounts reconcile");
    }
    for checkpoint in &run.positions.saved {
        assert!(checkpoint.len() <= contract::MAX_CHECKPOINT_BYTES);
    }
    // Rows that are one thing become one event, and the numbers of the others are nobody's.
    let told_again: u64 = run.receipt.iter().flat_map(|receipt| &receipt.datasets).map(|it| it.duplicates).sum();
    let (mut sequence, mut gaps): (Option<u64>, _) = (None, 0);
    let mut open = HashSet::new();
    for event in &run.sink.events {
        let document = envelope(&event.document);
        agrees(event, &document);
        let number = document["seq"].as_u64().expect("seq is a number");
        // The numbers behind a merged record are the host's.
        let is_merged =
            document["refs"].as_array().is_some_and(|refs| refs.iter().any(|it| it["rel"] == "merged_into"));
        let last = number + if is_merged { 1 << 16 } else { 0 };
        let before = sequence.replace(last);
        assert!(before.is_none_or(|before| before < number), "{number} follows {before:?}");
        gaps += before.map_or(0, |before| number - before - 1);
        assert!(gaps <= told_again, "{number} follows {before:?} in one life, and {told_again} rows were told again");
        let of = document["body"]["dataset"].as_str().map(str::to_owned);
        match event.operation {
            Operation::SnapshotBegin => {
                assert!(open.insert(of.clone()) || was_restarted(run, of), "opened twice: {document}")
            }
            // A run that was continued need not have the beginning.
            Operation::SnapshotEnd => drop(open.remove(&of)),
            Operation::Upsert | Operation::Delete => {}
        }
    }
    if run.receipt.is_some() {
        for left in open.into_iter().flatten() {
            assert_ne!(dataset(run, &left).completeness, Completeness::Complete, "{left} was not closed");
        }
    }
    schemas::check_all(run.documents());
    described::check_all(run.documents());
}

/// Whether the account of a dataset says that it was started over.
fn was_restarted(run: &TestRun, name: Option<String>) -> bool {
    name.is_some_and(|name| run.receipt.is_some() && tally(&dataset(run, &name).tolerated, "restarted") > 0)
}

/// Whether a document says what the typed fields of its event say.
fn agrees(event: &Event, document: &Value) {
    let op = match event.operation {
        Operation::Upsert => "upsert",
        Operation::Delete => "delete",
        Operation::SnapshotBegin => "snapshot_begin",
        Operation::SnapshotEnd => "snapshot_end",
    };
    for (member, expected) in [
        ("kind", &*event.kind),
        ("op", op),
        ("key", &*event.key),
        ("observed", &*event.observed_at),
        ("hash", &*event.content_hash),
    ] {
        assert_eq!(document[member], expected, "{member} in {document}");
    }
    assert_eq!(event.content_hash.len(), 64);
    assert!(event.content_hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    let members: Vec<&str> = document.as_object().expect("an object").keys().map(String::as_str).collect();
    let known =
        ["schema", "kind", "op", "key", "run", "seq", "observed", "hash", "refs", "body", "instance", "dataset"];
    assert!(members.iter().all(|member| known.contains(member)), "{members:?}");
    for reference in document["refs"].as_array().expect("refs is a list") {
        assert!(reference["rel"].is_string() && reference["key"].is_string(), "{reference}");
    }
}
