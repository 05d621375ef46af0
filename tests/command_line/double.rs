//! The double as a program: what it says, how it ends, and that the documented walk works.

use crate::support::double::Running;
use crate::support::program::Program;
use std::process::{Command, Stdio};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        eprintln!("skipped: there is no {program} on this machine");
    }
    there
}

#[test]
fn the_documented_walk_works_as_written() {
    if !is_there("curl") || !is_there("bash") {
        return;
    }
    let page = std::fs::read_to_string(PAGE).expect("the page is there");
    let (_, rest) = page.split_once("<!-- walk: begin -->\n```bash\n").expect("the walk has a begin");
    let (script, _) = rest.split_once("```\n<!-- walk: end -->").expect("the walk has an end");
    let folder = tempfile::tempdir().expect("a folder");
    let double = Running::start(folder.path(), &[]);
    let output = Command::new("bash")
        .args(["-c", script])
        .env("DOUBLE", double.origin())
        .current_dir(folder.path())
        .output()
        .expect("bash starts");
    let shown = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<serde_json::Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert_eq!(rows[0]["value"].as_array().map(Vec::len), Some(2), "{shown}");
    assert!(rows.len() == 3 && rows[1..].iter().all(|row| row["deviceId"].is_string()), "{shown}");
    let (log, code) = double.interrupt();
    assert_eq!(code, Some(0), "{log}");
    for family in ["sign-in", "machines", "vulnerability-files", "files", "4 requests, 0 over a quota, 0 faults"] {
        assert!(log.contains(family), "{family}: {log}");
    }
}

#[test]
fn the_source_runs_against_it_as_it_says() {
    for tls in [&[][..], &["--tls", "--ca-out", "ca.pem"]] {
        let folder = tempfile::tempdir().expect("a folder");
        let double = Running::start(folder.path(), tls);
        std::fs::write(folder.path().join("c.toml"), double.config()).expect("written");
        let run = Program::new().current_dir(folder.path()).env("DEFENDER_CLIENT_SECRET", "double-secret");
        let run = run.args(["run", "--once", "--config", "c.toml"]).run();
        assert_eq!(run.code, 0, "{}", run.stderr);
        let truth = Program::new().args(["double", "--truth"]).run();
        let devices = truth.stdout.lines().filter(|line| line.contains("\"fact\":\"device\"")).count();
        assert!(devices > 10 && run.stdout.lines().count() > devices, "{devices}: {}", run.stderr);
        let (log, code) = double.interrupt();
        assert!(code == Some(0) && log.contains(" 0 over a quota, 0 faults"), "{log}");
    }
}

#[test]
fn a_plan_asks_nobody_unless_it_is_wanted_and_knows_after_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let double = Running::start(folder.path(), &[]);
    let config = format!("{}\n[sink]\ntype = \"file\"\npath = \"events.ndjson\"\n", double.config());
    std::fs::write(folder.path().join("c.toml"), config).expect("written");
    let program = || Program::new().current_dir(folder.path());
    let with_secret = || program().env("DEFENDER_CLIENT_SECRET", "double-secret");
    let plan = |program: Program, more: &[&str]| {
        let output = program.args(["plan", "--config", "c.toml"]).args(more).run();
        assert_eq!(output.code, 0, "{}", output.stderr);
        output.stdout
    };
    let total = |text: &str| {
        let report: serde_json::Value = serde_json::from_str(text).expect("the plan is JSON");
        report["total"].clone()
    };
    let offline = plan(program(), &[]);
    assert!(offline.contains("WindowsDefenderATP  Machine.Read.All") && offline.contains(">= 2"), "{offline}");
    assert!(offline.lines().all(|line| line.chars().count() <= 100), "{offline}");
    assert!(total(&plan(program(), &["--json"]))["calls"].is_null());
    let refused = program().args(["plan", "--online", "--config", "c.toml"]).run();
    assert!(refused.code == 2 && refused.stderr.contains("DEFENDER_CLIENT_SECRET"), "{}", refused.stderr);
    let online = total(&plan(with_secret(), &["--online", "--json"]));
    let run = with_secret().args(["run", "--once", "--config", "c.toml"]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let known = total(&plan(program(), &["--json"]));
    let calls = online["calls"].as_u64().expect("all was counted");
    // The next run looks for changes, twice, instead of for files.
    assert_eq!(known["calls"].as_u64(), Some(calls + 1), "{online} {known}");
    let (log, _) = double.interrupt();
    // With the files of two exports, a token each time, and the two lists of three requests that were counted before.
    assert!(log.contains(&format!("{} requests, 0 over", calls + 2 * 4 + 2 + 6)), "{calls}: {log}");
}

#[test]
fn the_same_seed_has_the_same_truth() {
    let truth = |seed: &str, day: &str| {
        let output = Program::new().args(["double", "--truth", "--seed", seed, "--day", day]).run();
        assert_eq!((output.code, output.stderr.as_str()), (0, ""));
        output.stdout
    };
    let first = truth("5", "3");
    assert!(first.lines().count() > 100);
    assert_eq!(first, truth("5", "3"));
    assert_ne!(first, truth("6", "3"));
    assert_ne!(first, truth("5", "30"));
}

#[test]
fn mistakes_are_one_line_and_exit_2() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("s.toml"), "[[fault]]\nkind = \"trottle\"\n").expect("written");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    for (args, part) in [
        (&["--scenario", "s.toml"][..], "did you mean `throttle`?"),
        (&["--scenario", "none.toml"], "cannot read the scenario none.toml"),
        (&["--listen", address.as_str()], "choose another address, or port 0"),
        (&["--listen", "127.0.0.1:0", "--tls", "--ca-out", "none/ca.pem"], "check the path given to --ca-out"),
    ] {
        let output = Program::new().current_dir(folder.path()).arg("double").args(args).run();
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{args:?}: {}", output.stderr);
        assert_eq!(output.stderr.lines().count(), 1, "{args:?}: {}", output.stderr);
        assert!(output.stderr.starts_with("error: ") && output.stderr.contains(part), "{args:?}: {}", output.stderr);
    }
    for args in [&["--devices", "0"][..], &["--devices", "many"], &["--tls"], &["--listen", "here"], &["--dya", "1"]] {
        let output = Program::new().arg("double").args(args).run();
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{args:?}: {}", output.stderr);
    }
}

#[test]
fn a_check_as_json_has_a_document_also_when_signing_in_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let double = Running::start(folder.path(), &[]);
    std::fs::write(folder.path().join("c.toml"), double.config()).expect("written");
    let check = |secret: &str, more: &[&str]| {
        let program = Program::new().current_dir(folder.path()).env("DEFENDER_CLIENT_SECRET", secret);
        let output = program.args(["check", "--config", "c.toml", "--json"]).args(more).run();
        let report: serde_json::Value = serde_json::from_str(&output.stdout).expect("a document");
        (output.code, report["findings"].clone())
    };
    let (code, findings) = check("wrong-secret", &[]);
    assert_eq!((code, findings.as_array().map(Vec::len)), (1, Some(1)), "{findings}");
    assert!(findings[0]["severity"] == "error" && findings[0]["subject"] == "unauthenticated", "{findings}");
    assert!(findings[0]["message"].as_str().is_some_and(|it| it.contains("AADSTS7000215")), "{findings}");
    let (code, findings) = check("double-secret", &["--datasets", "devices"]);
    assert_eq!(code, 0, "{findings}");
    let grants: Vec<_> = findings.as_array().expect("a list").iter().filter(|it| it["remedy"] != "").collect();
    assert!(
        !grants.is_empty() && grants.iter().all(|it| it["remedy"].as_str().unwrap_or_default().contains(" of ")),
        "{findings}"
    );
}
