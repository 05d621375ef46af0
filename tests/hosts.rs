//! The same bytes on every host: starts `tests/hosts/compare.py`, which runs the component on the bundled host, wasmtime
//! from Rust and from the command line, Node and Python, and in real pipelines, and compares what they give.
//!
//! Hosts that are not installed are skipped by name, with `HOSTS=required` they are failures. `tests/hosts/install`
//! installs all of them. `SOURCE_HOST=FILE` measures another build of the bundled host.

use std::path::{Path, PathBuf};
use std::process::Command;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/hosts");
const OLDEST_PYTHON: &str = "import sys; sys.exit(sys.version_info < (3, 11))";

fn python() -> Option<Command> {
    let answer = Command::new("python3").args(["-c", OLDEST_PYTHON]).status();
    answer.is_ok_and(|status| status.success()).then(|| {
        let mut python = Command::new("python3");
        // Nothing may be written into the checkout.
        python.current_dir(SCRIPTS).env("PYTHONDONTWRITEBYTECODE", "1");
        python
    })
}

fn is_required() -> bool {
    std::env::var("HOSTS").is_ok_and(|value| value == "required")
}

fn skipped() -> bool {
    assert!(!is_required(), "HOSTS=required, but there is no Python 3.11 or newer");
    eprintln!("SKIPPED: there is no Python 3.11 or newer on this machine");
    true
}

#[test]
fn the_comparison_notices_what_differs() {
    let Some(mut python) = python() else {
        assert!(skipped());
        return;
    };
    let output = python.args(["-m", "unittest", "test_same", "test_truth"]).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_host_gives_the_same_events() {
    let Some(mut python) = python() else {
        assert!(skipped());
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let component = std::env::var_os("SHIPPED_COMPONENT").map_or_else(
        || {
            let file = folder.path().join("defender_source.wasm");
            std::fs::write(&file, source_host::engine::EMBEDDED).expect("written");
            file
        },
        PathBuf::from,
    );
    let host = std::env::var_os("SOURCE_HOST").map_or_else(|| env!("CARGO_BIN_EXE_source-host").into(), PathBuf::from);
    let tests = std::env::current_exe().expect("a program");
    let examples = tests.parent().and_then(Path::parent).expect("two folders").join("examples");
    python.arg("compare.py").arg("--component").arg(component).arg("--source-host").arg(host);
    python.env("EMBED_EXAMPLE", examples.join("embed"));
    if is_required() {
        python.arg("--required");
    }
    let output = python.output().expect("it starts");
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    eprintln!("{said}{wrong}");
    assert!(output.status.success(), "{wrong}");
}
