//! What is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Scripts of the clients.
pub(crate) const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/clients");

/// Where the packages are.
const ROOMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/clients");

fn skipped(what: &str) {
    let is_required = std::env::var("CLIENTS").is_ok_and(|value| value == "required");
    assert!(!is_required, "CLIENTS=required, but there is no {what}; tests/clients/install installs it");
    eprintln!("SKIPPED: there is no {what} on this machine; tests/clients/install installs it");
}

/// The interpreter of the clients from PyPI; says why there is none.
pub(crate) fn python() -> Option<PathBuf> {
    let program = Path::new(ROOMS).join("python/bin/python");
    if Path::new(ROOMS).join("requirements.txt").is_file() && program.is_file() {
        return Some(program);
    }
    skipped("virtual environment with the clients from PyPI");
    None
}

/// The recording proxy from PyPI; says why there is none.
pub(crate) fn mitmdump() -> Option<PathBuf> {
    let program = Path::new(ROOMS).join("mitmproxy/bin/mitmdump");
    if Path::new(ROOMS).join("mitmproxy.txt").is_file() && program.is_file() {
        return Some(program);
    }
    skipped("mitmproxy");
    None
}

/// The browser of Debian; says why there is none.
pub(crate) fn browser() -> Option<&'static Path> {
    let program = Path::new("/usr/bin/chromium-headless-shell");
    if program.is_file() {
        return Some(program);
    }
    skipped("chromium-headless-shell");
    None
}

/// Where the packages from npm are; says why there are none, or no Node.
pub(crate) fn node() -> Option<PathBuf> {
    let folder = Path::new(ROOMS).join("node");
    let program = Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !program.is_ok_and(|status| status.success()) {
        skipped("Node");
        return None;
    }
    if folder.join("node_modules/@kusto/language-service-next").is_dir() {
        return Some(folder);
    }
    skipped("folder with the packages from npm");
    None
}
