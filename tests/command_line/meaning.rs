//! What the events of whole runs against the double mean.

use crate::support::double::Running;
use crate::support::program::Program;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const SECTIONS: &str = "\n[state]\npath = \"state.json\"\n\n[sink]\ntype = \"file\"\npath = \"PATH\"\n";

/// Bodies of the events of one run, with the operation that the envelope names.
fn run(folder: &Path, double: &Running, file: &str) -> Vec<(String, Value)> {
    let config = double.config().replace("[source.config]", "[source.config]\ndatasets.cves.enabled = true");
    let config = format!("{config}{}", SECTIONS.replace("PATH", file));
    std::fs::write(folder.join("c.toml"), config).expect("written");
    let program = Program::new().current_dir(folder).env("DEFENDER_CLIENT_SECRET", "double-secret");
    let output = program.args(["run", "--once", "--config", "c.toml"]).run();
    assert_eq!(output.code, 0, "{}", output.stderr);
    let text = std::fs::read_to_string(folder.join(file)).expect("events");
    let read = |line: &str| {
        let mut event: Value = serde_json::from_str(line).expect("JSON");
        (event["op"].as_str().expect("an operation").to_owned(), event["body"].take())
    };
    text.lines().map(read).collect()
}

/// Events by class and activity.
fn counts(events: &[(String, Value)]) -> BTreeMap<(i64, i64), usize> {
    let mut counts = BTreeMap::new();
    for (_, body) in events.iter().filter(|(_, body)| body["class_uid"].is_i64()) {
        let number = |name: &str| body[name].as_i64().expect("a number");
        *counts.entry((number("class_uid"), number("activity_id"))).or_default() += 1;
    }
    counts
}

#[test]
fn a_second_run_of_an_unchanged_tenant_creates_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let double = Running::start(folder.path(), &[]);
    let first = run(folder.path(), &double, "1.ndjson");
    let (created, second) = (counts(&first), counts(&run(folder.path(), &double, "2.ndjson")));
    println!("first run {created:?}, second run {second:?}");
    for class in [2002, 2003, 2007] {
        assert!(created[&(class, 1)] > 3 && !created.contains_key(&(class, 2)), "{created:?}");
        assert_eq!(second.get(&(class, 1)), None, "{second:?}");
    }
    assert!(second[&(2003, 2)] > 3 && second[&(2007, 2)] > 3, "{second:?}");
    let mut findings = first.iter().filter(|(_, body)| body["class_uid"] == 2002);
    assert!(findings.all(|(_, body)| body["device"]["uid"].is_string()), "a finding that is on no device");
}

#[test]
fn what_is_said_of_a_system_is_the_same_in_every_class() {
    let folder = tempfile::tempdir().expect("a folder");
    let double = Running::start(folder.path(), &[]);
    let events = run(folder.path(), &double, "1.ndjson");
    let mut said = BTreeMap::<(String, &str), BTreeSet<String>>::new();
    let mut classes = BTreeSet::new();
    for (_, body) in &events {
        for name in ["version", "build"] {
            let (uid, value) = (&body["device"]["uid"], &body["device"]["os"][name]);
            let (Some(uid), Some(value)) = (uid.as_str(), value.as_str()) else { continue };
            said.entry((uid.to_owned(), name)).or_default().insert(value.to_owned());
            classes.insert((body["class_uid"].as_i64(), name));
        }
    }
    for ((uid, name), values) in &said {
        assert_eq!(values.len(), 1, "os.{name} of {uid} is {values:?}");
    }
    for class in [(5001, "version"), (5001, "build"), (2002, "version"), (2002, "build")] {
        assert!(classes.contains(&(Some(class.0), class.1)), "{classes:?}");
    }
}

/// `time` is when something was collected, but of findings that say when they were made, changed or closed.
#[test]
fn time_is_one_thing_for_each_class() {
    let folder = tempfile::tempdir().expect("a folder");
    let double = Running::start(folder.path(), &[]);
    for file in ["1.ndjson", "2.ndjson"] {
        let mut of_findings = BTreeMap::<(i64, bool), usize>::new();
        for (_, body) in run(folder.path(), &double, file) {
            let (Some(time), class) = (body["time"].as_i64(), body["class_uid"].as_i64()) else { continue };
            let class = class.expect("a class");
            let is_collected = body["metadata"]["logged_time"] == time;
            if class / 1000 != 2 {
                assert!(is_collected && body["metadata"]["original_time"].is_null(), "{body}");
                continue;
            }
            let times = ["created_time", "modified_time"].map(|name| body["finding_info"][name].as_i64());
            assert!(is_collected || times.contains(&Some(time)), "{body}");
            *of_findings.entry((class, is_collected)).or_default() += 1;
        }
        println!("{file}: {of_findings:?}");
        assert!(of_findings.keys().any(|(class, is_collected)| *class == 2003 && *is_collected), "{of_findings:?}");
    }
}
