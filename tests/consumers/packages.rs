//! What is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Scripts of the consumers.
pub(crate) const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/consumers");

const TARGET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target");

fn skipped(what: &str) {
    let is_required = std::env::var("CONSUMERS").is_ok_and(|value| value == "required");
    assert!(!is_required, "CONSUMERS=required, but there is no {what}; tests/consumers/install installs it");
    eprintln!("SKIPPED: there is no {what} on this machine; tests/consumers/install installs it");
}

/// A call of the interpreter with the libraries from PyPI; says why there is none.
pub(crate) fn python() -> Option<Command> {
    let program = Path::new(TARGET).join("consumers/python/bin/python");
    let wanted = std::fs::read(Path::new(SCRIPTS).join("requirements.txt")).expect("the list is there");
    let is_installed = std::fs::read(Path::new(TARGET).join("consumers/requirements.txt")).is_ok_and(|it| it == wanted);
    if !is_installed || !program.is_file() {
        skipped("virtual environment with the consumers from PyPI");
        return None;
    }
    let mut command = Command::new(program);
    // Nothing may be written into the checkout.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

/// Tenzir; says why there is none.
pub(crate) fn tenzir() -> Option<PathBuf> {
    let program = Path::new(TARGET).join("hosts/tenzir/bin/tenzir");
    if program.is_file() {
        return Some(program);
    }
    skipped("Tenzir");
    None
}

/// The folder of the programs of PostgreSQL; says why there is none.
pub(crate) fn postgresql() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    found.retain(|folder| folder.join("postgres").is_file());
    found.sort();
    if found.is_empty() {
        skipped("PostgreSQL");
    }
    found.pop()
}

/// Where the report of a test run is put for people.
pub(crate) fn report() -> PathBuf {
    let folder = Path::new(TARGET).join("consumers");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join("report.md")
}
