//! `source-host inventory`, and `run` with an inventory, as people meet them.

use crate::script::{World, complete, device, finding, key};
use crate::support::program::{Output, Program};
use crate::support::server::Server;
use crate::support::source::{self, program, token};
use source_host::inventory::Rules;
use source_host::lock::Lock;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn ask(path: &Path, args: &[&str]) -> Output {
    Program::new().arg("inventory").args(args).arg("--path").arg(path).run()
}

fn answer(path: &Path, args: &[&str]) -> String {
    let Output { code, stdout, stderr } = ask(path, args);
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

fn world() -> World {
    let mut world = World::with(Rules { grace_runs: 0, ..Rules::default() });
    world.run(&[
        complete("devices", &[device("a", 1), device("b", 1)]),
        complete("vulnerabilities", &[finding("a", "c", 1)]),
    ]);
    world.run(&[complete("devices", &[device("a", 2)]), complete("vulnerabilities", &[finding("a", "c", 1)])]);
    world
}

#[test]
fn summary_changes_show_sql_and_export() {
    let world = world();
    let path = &world.path();
    let summary = answer(path, &["summary"]);
    assert!(summary.contains("device") && summary.contains("last run run-2"), "{summary}");
    let summary: serde_json::Value = serde_json::from_str(&answer(path, &["summary", "--json"])).expect("JSON");
    assert_eq!(summary["kinds"][0]["deleted"], 1, "{summary}");
    assert_eq!(summary["datasets"][1]["assets"], 1, "{summary}");

    let changes = answer(path, &["changes", "--since", "1970-01-01"]);
    let what: Vec<_> =
        changes.lines().map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        what,
        ["new vulnerability mde:t:vulnerability:a/c", "changed device mde:t:device:a", "deleted device mde:t:device:b"],
        "{changes}"
    );
    assert_eq!(answer(path, &["changes", "--since", "1d", "--json"]), "");

    let shown = answer(path, &["show", &key("device", "b")]);
    assert!(shown.contains("state        deleted") && shown.contains("\"content\": 1"), "{shown}");
    let shown: serde_json::Value =
        serde_json::from_str(&answer(path, &["show", &key("vulnerability", "a/c"), "--json"])).expect("JSON");
    assert_eq!(shown["relations"][0]["key"], key("device", "a"));

    assert_eq!(
        answer(path, &["sql", "SELECT key, state FROM assets WHERE kind = 'device' ORDER BY key"]),
        "key\tstate\nmde:t:device:a\tactive\nmde:t:device:b\tdeleted\n"
    );
    assert_eq!(answer(path, &["--json", "sql", "SELECT 1 AS one"]), "{\"one\":1}\n");
    let exported = answer(path, &["export"]);
    let keys: Vec<_> = exported.lines().map(|line| crate::support::envelope(line)["key"].to_string()).collect();
    assert_eq!(keys, ["\"mde:t:device:a\"", "\"mde:t:vulnerability:a/c\""]);
}

#[test]
fn questions_that_make_no_sense_are_usage_errors() {
    let world = world();
    let path = &world.path();
    for (args, words) in [
        (&["show", "nothing"][..], "no asset has the key nothing"),
        (&["sql", "DELETE FROM meta"], "only statements that read are allowed"),
        (&["sql", "SELECT 1; SELECT 2"], "only one statement"),
        (&["sql", "SELECT x"], "no such column"),
        (&["changes", "--since", "soon"], "--since: neither"),
    ] {
        let Output { code, stdout, stderr } = ask(path, args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?} {stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(words) && stderr.lines().count() == 1, "{stderr}");
    }
    let Output { code, stderr, .. } = ask(Path::new("no-such.db"), &["summary"]);
    assert!(code == 2 && stderr.contains("no inventory at no-such.db"), "{stderr}");
    let Output { code, stderr, .. } = Program::new().args(["inventory", "summary"]).run();
    assert!(code == 2 && stderr.contains("--config FILE or --path FILE"), "{stderr}");
}

fn configure(folder: &Path, server: &Server, state: &str) {
    source::configure(folder, server, 1000, &format!("[state]\n{state}\n[sink]\npath = \"events.ndjson\"\n"));
}

fn run(folder: &Path, args: &[&str]) -> Output {
    program(folder, "run").args(args).run()
}

#[test]
fn a_tenant_that_loses_its_devices_is_not_believed() {
    let is_empty = Arc::new(AtomicBool::new(false));
    let rule = Arc::clone(&is_empty);
    let server = Server::handmade(move |asked| {
        let machines = asked.contains("/api/machines?$top") && rule.load(Ordering::Relaxed);
        if machines { Some((200, br#"{"value":[]}"#.to_vec())) } else { token(asked) }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let state = "inventory = true\ngrace_runs = 0";
    configure(folder.path(), &server, state);
    let only = ["--datasets", "devices"];
    let events = || std::fs::read_to_string(folder.path().join("events.ndjson")).unwrap_or_default().lines().count();
    let Output { code, stderr, .. } = run(folder.path(), &only);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("inventory: 3"), "{stderr}");
    let before = events();
    assert_eq!(run(folder.path(), &only).code, 0);
    assert_eq!(events(), before, "nothing is new");

    is_empty.store(true, Ordering::Relaxed);
    let Output { code, stderr, .. } = run(folder.path(), &only);
    let error = stderr.lines().find(|line| line.starts_with("error: ")).expect("an error");
    assert!(code == 1 && error.contains("missing from devices") && error.contains("--allow-mass-delete"), "{stderr}");
    assert_eq!(events(), before);
    let Output { code, stderr, .. } = run(folder.path(), &["--datasets", "devices", "--allow-mass-delete"]);
    assert_eq!(code, 0, "{stderr}");
    let text = std::fs::read_to_string(folder.path().join("events.ndjson")).expect("written");
    let last: Vec<_> = text.lines().skip(before).collect();
    assert!(!last.is_empty() && last.iter().all(|line| line.contains("\"op\":\"delete\"")), "{last:?}");
    let place = ["inventory", "summary", "--json", "--config", "c.toml"];
    let Output { stdout, .. } = Program::new().current_dir(folder.path()).args(place).run();
    let summary: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(summary["kinds"][0]["active"], 0, "{summary}");
    let Output { code, stderr, .. } = program(folder.path(), "plan").run();
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn what_is_wrong_with_the_file_is_said_before_any_request() {
    let server = Server::handmade(token);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("inventory.db");
    configure(folder.path(), &server, "inventory = true\npath = \"inventory.db\"");
    std::fs::write(&path, "{}").expect("written");
    let Output { code, stderr, .. } = run(folder.path(), &[]);
    assert!(code == 2 && stderr.contains("error: ") && stderr.contains("is not an inventory"), "{stderr}");
    std::fs::remove_file(&path).expect("removed");
    let lock = Lock::beside(&path).expect("it is free");
    let Output { code, stderr, .. } = run(folder.path(), &[]);
    let who = format!("in use by process {};", std::process::id());
    assert!(code == 2 && stderr.contains(&who), "{stderr}");
    drop(lock);
    assert!(server.asked().is_empty(), "{:?}", server.asked());
    assert_eq!(run(folder.path(), &["--datasets", "devices"]).code, 0);
    configure(folder.path(), &server, "");
    let Output { code, stderr, .. } = run(folder.path(), &["--allow-mass-delete"]);
    assert!(code == 2 && stderr.contains("needs `inventory = true`"), "{stderr}");
}
