//! What becomes of the hand-made tenant, line by line. `BLESS=1` writes the files anew.

mod support;

use source_host::contract::{Completeness, Event};
use source_host::har;
use source_host::replay::ReplayOptions;
use source_host::testing::{Harness, TestRun};
use std::collections::BTreeSet;
use std::path::PathBuf;
use support::{complete, dataset, datasets, handmade_run, tally, upserts};

const VULNERABILITIES_PER_DEVICE: &str = "datasets.vulnerabilities.strategy=per_device";
const RECOMMENDATIONS_PER_DEVICE: &str = "datasets.recommendations.strategy=per_device";

/// Compares a run with its file, and with the same run once more.
fn compare(name: &str, prepare: impl Fn() -> Harness) -> TestRun {
    let run = complete(prepare());
    let actual = run.ndjson();
    assert!(actual == complete(prepare()).ndjson(), "{name}: two replays differ");
    compare_text(name, &actual);
    run
}

fn compare_text(name: &str, actual: &str) {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden")).join(name);
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, actual).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}; run with BLESS=1"));
    for (number, (expected, actual)) in expected.lines().zip(actual.lines()).enumerate() {
        assert_eq!(expected, actual, "{name} line {}; if it is meant to be so, run with BLESS=1", number + 1);
    }
    assert_eq!(expected.lines().count(), actual.lines().count(), "{name}: number of lines");
}

#[test]
fn the_sample_of_the_demo() {
    let exchanges = har::parse(include_bytes!("recordings/sample-tenant.har"), "the sample").expect("a recording");
    let run = complete(Harness::replay(exchanges, ReplayOptions::default()));
    let line = |event: &Event| format!("{:?} {} {}\n", event.operation, event.key, event.content_hash);
    compare_text("sample.txt", &run.sink.events.iter().map(line).collect::<String>());
}

#[test]
fn the_run_after_the_sample_reads_what_changed() {
    let sample = || {
        let exchanges = har::parse(include_bytes!("recordings/sample-tenant.har"), "the sample").expect("a recording");
        Harness::replay(exchanges, ReplayOptions::default())
    };
    let first = complete(sample());
    let told: BTreeSet<_> = first.sink.events.iter().map(|event| event.key.clone()).collect();
    let receipt = first.receipt.expect("a receipt");
    let run = support::finished(sample().checkpoint(receipt.checkpoint));
    let account = dataset(&run, "vulnerabilities");
    assert_eq!((account.completeness, account.strategy.as_str()), (Completeness::Changes, "delta"), "{account:?}");
    assert_eq!(dataset(&run, "software").completeness, Completeness::Unchanged);
    let findings = run.sink.events.iter().filter(|event| event.kind == "vulnerability");
    let types = findings.map(|event| (support::body(event)["type_uid"].as_u64(), told.contains(&event.key)));
    // What came was in the files already: the window of changes begins before they were made.
    let expected = [(Some(200_202), true), (Some(200_203), false)];
    assert_eq!(types.collect::<BTreeSet<_>>(), expected.into(), "some came, some went");
}

#[test]
fn everything_as_ocsf() {
    let run = compare("ocsf.ndjson", handmade_run);
    for (name, received, emitted) in [
        ("devices", 13, 13),
        ("device_users", 18, 18),
        ("software", 18, 18),
        ("vulnerabilities", 16, 14),
        ("recommendations", 13, 13),
    ] {
        let account = dataset(&run, name);
        assert_eq!((account.received, account.emitted), (received, emitted), "{account:?}");
        let events: u64 = account.events.iter().map(|tally| tally.count).sum();
        let of = |tally: &source_host::contract::Tally| upserts(&run, &tally.name) as u64 >= tally.count;
        assert!(events >= emitted && account.events.iter().all(of), "{account:?}");
    }
    assert_eq!(datasets(&run).len(), 5);
    assert_eq!(tally(&dataset(&run, "vulnerabilities").filtered, "no_cve"), 2);
    assert_eq!(support::closed_snapshots(&run), support::DATASETS);
    // The made-up column and the platform that no table has are kept and counted.
    let devices = dataset(&run, "devices");
    assert_eq!(tally(&devices.tolerated, "unknown_column"), 1);
    assert!(run.ndjson().contains("\"deviceRole\":\"Engineering station\""));
    assert!(run.waits.is_empty());
}

#[test]
fn everything_as_native() {
    let run = compare("native.ndjson", || handmade_run().set("format=native"));
    assert!(run.documents().all(|document| !document.contains("\"class_uid\"")));
}

#[test]
fn everything_as_lean_ocsf() {
    let lean = compare("lean.ndjson", || handmade_run().set("body=lean"));
    let full = complete(handmade_run());
    for kind in ["vulnerability", "recommendation", "software", "device", "user", "ip_address"] {
        let bytes = |run: &TestRun| -> usize {
            let of_kind = run.sink.events.iter().filter(|event| event.kind == kind);
            of_kind.map(|event| event.document.len()).sum()
        };
        let percent = bytes(&lean) * 100 / bytes(&full);
        println!("{kind}: {percent} %");
        assert!(percent <= 70, "a lean {kind} has {percent} % of the bytes");
    }
    let bytes = |run: &TestRun| run.documents().map(str::len).sum::<usize>();
    assert!(bytes(&lean) * 100 <= bytes(&full) * 60, "{} of {}", bytes(&lean), bytes(&full));
}

#[test]
fn vulnerabilities_per_device() {
    let run = compare("vulnerabilities_per_device.ndjson", || {
        handmade_run().datasets(&["vulnerabilities"]).set(VULNERABILITIES_PER_DEVICE)
    });
    assert_eq!(dataset(&run, "vulnerabilities").calls, 13, "one for each device");
}

#[test]
fn cves() {
    let run = compare("cves.ndjson", || handmade_run().datasets(&["cves"]));
    let account = dataset(&run, "cves");
    assert_eq!((account.received, account.emitted, account.calls), (11, 9, 3), "{account:?}");
    assert_eq!(tally(&account.filtered, "not_exposed"), 2);
    let findings = complete(handmade_run().datasets(&["vulnerabilities"]));
    let told: BTreeSet<&str> = run.sink.events.iter().map(|event| event.key.as_str()).collect();
    for document in findings.documents().filter(|document| document.contains("\"kind\":\"vulnerability\"")) {
        let refs = support::envelope(document)["refs"].take();
        let of = refs.as_array().expect("a list").iter().find(|it| it["rel"] == "part_of").expect("it is of a CVE");
        assert!(told.contains(of["key"].as_str().expect("a key")), "{of}");
    }
}

#[test]
fn recommendations_per_device() {
    let run = compare("recommendations_per_device.ndjson", || {
        handmade_run().datasets(&["recommendations"]).set(RECOMMENDATIONS_PER_DEVICE)
    });
    assert_eq!(dataset(&run, "recommendations").calls, 13, "one for each device");
}

#[test]
fn formats_and_versions_agree_on_keys_and_hashes() {
    let identities = |harness: Harness| -> Vec<(String, String)> {
        let events = complete(harness).sink.events;
        events.into_iter().map(|event| (event.key, event.content_hash)).collect()
    };
    let ocsf = identities(handmade_run());
    assert_eq!(ocsf, identities(handmade_run().set("format=native")), "the hash is about the content, not the shape");
    assert_eq!(ocsf, identities(handmade_run().set("ocsf_version=1.5.0")));
    assert_eq!(ocsf, identities(handmade_run().set("body=lean")));
    assert_eq!(ocsf, identities(handmade_run().limits(3, u32::MAX)), "nor does the size of batches matter");
}
