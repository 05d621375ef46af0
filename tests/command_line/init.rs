//! From nothing to a configuration.

use crate::support::program::{Output, Program};
use crate::support::terminal::typing;
use std::path::Path;

const CLIENT: &str = "0f1e2d3c-4b5a-4678-8899-aabbccddeeff";
const GIVEN: [&str; 4] = ["--tenant-id", "contoso.example", "--client-id", CLIENT];

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Program::new().current_dir(folder).args(arguments).run()
}

#[test]
fn what_is_written_is_valid_and_the_next_steps_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let choice = ["--datasets", "devices,cves", "--inventory", "--secret-env", "SECRET", "--out", "a.toml"];
    let made = run(folder.path(), &[&["init"][..], &GIVEN, &choice].concat());
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.contains("Machine.Read.All") && !made.stdout.contains("Software.Read.All"), "{}", made.stdout);
    for command in
        ["permissions --config a.toml --format az > register.sh", "check --config a.toml", "run --config a.toml"]
    {
        assert!(made.stderr.contains(command), "{}", made.stderr);
    }
    let valid = run(folder.path(), &["validate", "--config", "a.toml"]);
    assert_eq!(valid.code, 0, "{}", valid.stderr);
    let text = std::fs::read_to_string(folder.path().join("a.toml")).expect("written");
    assert!(
        text.starts_with("#:schema ./a.schema.json\n") && text.contains("software = { enabled = false }"),
        "{text}"
    );
    let schema = std::fs::read_to_string(folder.path().join("a.schema.json")).expect("written");
    assert_eq!(schema, run(folder.path(), &["describe", "--schema", "host"]).stdout);
}

#[test]
fn what_is_there_is_kept_and_nothing_is_written_that_would_not_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |arguments: &[&str], part: &str| {
        let output = run(folder.path(), arguments);
        assert!(output.code == 2 && output.stderr.contains(part), "{arguments:?}: {}", output.stderr);
        assert!(!folder.path().join("defender.toml").exists());
    };
    refused(&["init"], "--tenant-id is missing");
    refused(&[&["init", "--datasets", "device"][..], &GIVEN].concat(), "did you mean `devices`?");
    refused(&["init", "--tenant-id", "no tenant", "--client-id", CLIENT], "tenant_id");
    refused(&[&["init", "--cloud", "china"][..], &GIVEN].concat(), "cloud");
    std::fs::write(folder.path().join("defender.schema.json"), "mine").expect("written");
    refused(&[&["init"][..], &GIVEN].concat(), "defender.schema.json is there already");
    refused(&[&["init", "--out", "s.toml", "--sink", "s.toml"][..], &GIVEN].concat(), "sink");
    std::fs::write(folder.path().join("b.toml"), "mine").expect("written");
    refused(&[&["init", "--out", "b.toml"][..], &GIVEN].concat(), "b.toml is there already");
    assert_eq!(std::fs::read_to_string(folder.path().join("b.toml")).expect("there"), "mine");
}

#[test]
fn on_a_terminal_it_asks() {
    let folder = tempfile::tempdir().expect("a folder");
    // The blank takes the first dataset away.
    let Some(shown) = typing(folder.path(), &["init"], &format!("contoso.example\r{CLIENT}\r \r")) else { return };
    assert!(shown.contains("Directory (tenant) ID") && shown.contains("Datasets to read"), "{shown}");
    let text = std::fs::read_to_string(folder.path().join("defender.toml")).expect("written");
    for line in ["tenant_id = \"contoso.example\"", "devices = { enabled = false }", "software = { enabled = true }"] {
        assert!(text.contains(line), "{line}: {text}");
    }
}
