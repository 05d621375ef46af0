//! `run` against a server on this machine: sink, state file, and what is written when it fails midway.

use crate::support::program::Output;
use crate::support::server::Server;
use crate::support::source::{self, program, token};
use crate::support::{complete, envelope, handmade_run};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const PLACES: &str = r#"
[state]
path = "state.json"
[sink]
path = "events.ndjson"
"#;

fn configure(folder: &Path, server: &Server) {
    source::configure(folder, server, 10, PLACES);
}

fn start(folder: &Path, args: &[&str]) -> Output {
    program(folder, "run").args(args).run()
}

fn events(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("events.ndjson")).unwrap_or_default()
}

/// Keys and hashes of some lines.
fn identities(lines: &str) -> BTreeSet<(String, String)> {
    let identity = |line: &str| {
        let line = envelope(line);
        (line["key"].to_string(), format!("{}{}", line["op"], line["hash"]))
    };
    lines.lines().map(identity).collect()
}

fn holds_no_secret(text: &str) {
    assert!(!text.contains("cAnArY"), "{text}");
}

/// Whether the stored position is in the middle of a run, rather than where the next one starts.
fn has_position_in_run(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("state.json")).expect("there is a position");
    let state: Value = serde_json::from_str(&text).expect("JSON");
    let checkpoint: Value = serde_json::from_str(state["checkpoint"].as_str().expect("a text")).expect("JSON");
    !checkpoint["run"].is_null()
}

#[test]
fn a_run_delivers_what_a_replay_delivers() {
    let server = Server::handmade(token);
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), &server);
    let Output { code, stdout, stderr } = start(folder.path(), &["-vv"]);
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    assert_eq!(identities(&events(folder.path())), identities(&complete(handmade_run()).ndjson()));
    assert!(!has_position_in_run(folder.path()), "a finished run has none");
    holds_no_secret(&format!("{stderr}{}", events(folder.path())));
    assert_eq!(server.asked().iter().filter(|asked| asked.starts_with("POST ")).count(), 1);

    let Output { code, stderr, .. } = start(folder.path(), &["--once", "--datasets", "devices"]);
    assert_eq!(code, 0, "{stderr}");
    let starts =
        events(folder.path()).matches("\"key\":\"mde:11111111-2222-4333-8444-555555555555:snapshot:devices\"").count();
    assert_eq!(starts, 4, "a second run starts afresh and adds to the file: two markers each");
}

#[test]
fn a_recorded_run_can_be_replayed_and_holds_no_secret() {
    let server = Server::handmade(token);
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), &server);
    let Output { code, stderr, .. } = program(folder.path(), "record").args(["--out", "tape"]).run();
    assert_eq!(code, 0, "{stderr}");
    let recorded = events(folder.path());
    for file in std::fs::read_dir(folder.path().join("tape")).expect("a folder of recordings").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("a recording is text");
        assert!(text.contains("[REDACTED]"));
        holds_no_secret(&text);
    }
    let Output { code, stdout, stderr } = program(folder.path(), "replay").arg("tape").run();
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(identities(&stdout), identities(&recorded));
}

#[test]
fn a_run_that_failed_midway_goes_on_where_it_was() {
    let fails = Arc::new(AtomicBool::new(true));
    let rule = Arc::clone(&fails);
    let server = Server::handmade(move |asked| {
        let refused = asked.contains("SoftwareVulnerabilitiesByMachine") && rule.load(Ordering::Relaxed);
        if refused { Some((401, b"{}".to_vec())) } else { token(asked) }
    });
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), &server);
    let Output { code, stderr, .. } = start(folder.path(), &[]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("error: unauthenticated: GET /api/machines/SoftwareVulnerabilitiesByMachine"), "{stderr}");
    let state = std::fs::read_to_string(folder.path().join("state.json")).expect("the position is kept");
    holds_no_secret(&format!("{stderr}{state}{}", events(folder.path())));
    let before = events(folder.path());
    assert!(before.contains("snapshot:software") && !before.contains("snapshot:vulnerabilities"));

    fails.store(false, Ordering::Relaxed);
    let asked_before = server.asked().len();
    let Output { code, stderr, .. } = start(folder.path(), &[]);
    assert_eq!(code, 0, "{stderr}");
    let asked = server.asked()[asked_before..].join("\n");
    assert!(
        !asked.contains("logonusers") && !asked.contains("SoftwareInventory"),
        "what was read is not read again: {asked}"
    );
    assert_eq!(identities(&events(folder.path())), identities(&complete(handmade_run()).ndjson()));
    assert!(!has_position_in_run(folder.path()));
}

#[test]
fn a_position_of_another_configuration_is_refused_until_it_is_reset() {
    let server =
        Server::handmade(
            |asked| {
                if asked.contains("SoftwareInventory") { Some((401, b"{}".to_vec())) } else { token(asked) }
            },
        );
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), &server);
    assert_eq!(start(folder.path(), &[]).code, 1);
    let Output { code, stderr, .. } = start(folder.path(), &["--set", "format=native"]);
    assert!(code == 1 && stderr.contains("--reset-state"), "{code} {stderr}");
    let Output { code, stderr, .. } =
        start(folder.path(), &["--set", "format=native", "--reset-state", "--datasets", "devices"]);
    assert_eq!(code, 0, "{stderr}");
    std::fs::write(folder.path().join("state.json"), "{ damaged").expect("written");
    let Output { code, stderr, .. } = start(folder.path(), &["--datasets", "devices"]);
    assert!(code == 2 && stderr.contains("state.json"), "{code} {stderr}");
}

#[test]
fn a_host_that_is_not_on_the_list_is_not_called() {
    let server = Server::handmade(token);
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), &server);
    let path = folder.path().join("c.toml");
    let text = std::fs::read_to_string(&path).expect("text");
    let without: Vec<_> = text.lines().filter(|line| !line.starts_with("hosts")).collect();
    std::fs::write(path, without.join("\n")).expect("written");
    let Output { code, stderr, .. } = start(folder.path(), &[]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("[sandbox.hosts]"), "{stderr}");
    assert!(server.asked().is_empty(), "{:?}", server.asked());
    holds_no_secret(&stderr);
}

#[test]
fn what_cannot_be_read_completely_fails_the_run_and_keeps_the_rest() {
    let server = Server::handmade(|asked| {
        if asked.contains("/api/recommendations") { Some((403, b"{}".to_vec())) } else { token(asked) }
    });
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), &server);
    let Output { code, stderr, .. } = start(folder.path(), &[]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("not read completely: recommendations"), "{stderr}");
    assert!(stderr.contains("SecurityRecommendation.Read.All"), "{stderr}");
    assert!(events(folder.path()).contains("snapshot_end"));
    holds_no_secret(&stderr);
}

#[test]
fn a_token_that_no_header_holds_is_said_in_words() {
    let server = Server::handmade(|asked| {
        let token = "t".repeat(60 * 1024);
        let body = format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{token}"}}"#);
        asked.starts_with("POST ").then(|| (200, body.into_bytes()))
    });
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), &server);
    for verb in ["run", "check"] {
        let Output { code, stdout, stderr } = program(folder.path(), verb).run();
        assert_eq!((code, stdout.as_str()), (1, ""), "{verb}: {stderr}");
        let words = "headers of one of its requests are longer than 32768 bytes";
        assert!(stderr.contains(words) && stderr.contains("the access token is that long"), "{verb}: {stderr}");
        assert!(stderr.contains("fewer roles") && !stderr.contains("bug"), "{verb}: {stderr}");
    }
}
