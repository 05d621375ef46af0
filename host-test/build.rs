//! Builds the component that the host embeds, so that building or testing the host needs no second command.
//!
//! `SOURCE_COMPONENT=<path>` embeds a component that is already built instead.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const TARGET: &str = "wasm32-wasip2";
/// The profile that the component is shipped by; see the workspace's `Cargo.toml`.
const PROFILE: &str = "component";
const ADD_TARGET: &str = "rustup target add wasm32-wasip2";

fn main() -> ExitCode {
    match embed() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // A build script speaks to people through its standard error only.
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn embed() -> Result<(), String> {
    println!("cargo::rerun-if-env-changed=SOURCE_COMPONENT");
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        // There the host is an empty package.
        return Ok(());
    }
    let destination = PathBuf::from(required("OUT_DIR")?).join("component.wasm");
    let built = match env::var_os("SOURCE_COMPONENT") {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", path.to_string_lossy());
            PathBuf::from(path)
        }
        None => build()?,
    };
    std::fs::copy(&built, &destination)
        .map_err(|error| format!("cannot copy the component {}: {error}", built.display()))?;
    Ok(())
}

/// Builds the component with a cargo of its own, in a target directory of its own: the outer cargo holds the lock on
/// the usual one.
fn build() -> Result<PathBuf, String> {
    let host = PathBuf::from(required("CARGO_MANIFEST_DIR")?);
    let workspace = host.parent().ok_or("the host lies outside of its workspace")?;
    for input in ["src", "wit", ".cargo", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml"] {
        println!("cargo::rerun-if-changed={}", workspace.join(input).display());
    }
    ensure_target(workspace)?;
    let target = workspace.join("target").join("component");
    let mut cargo = Command::new(required("CARGO")?);
    cargo
        .current_dir(workspace)
        .args([
            "build",
            "--profile",
            PROFILE,
            "--locked",
            "--target",
            TARGET,
            "-p",
            "defender-source",
            "--lib",
            "--target-dir",
        ])
        .arg(&target);
    for (name, _) in env::vars_os().filter(|(name, _)| leaks(&name.to_string_lossy())) {
        cargo.env_remove(name);
    }
    let status = cargo.status().map_err(|error| format!("cannot start cargo for the component: {error}"))?;
    if !status.success() {
        return Err(format!(
            "the component did not build; see above, or run `cargo build --profile {PROFILE} --target {TARGET} -p defender-source`"
        ));
    }
    Ok(target.join(TARGET).join(PROFILE).join("defender_source.wasm"))
}

fn ensure_target(workspace: &Path) -> Result<(), String> {
    let printed = Command::new(required("RUSTC")?)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|error| format!("cannot start rustc: {error}"))?;
    let directory = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
    if printed.status.success() && Path::new(&directory).is_dir() {
        return Ok(());
    }
    println!("cargo::warning=the target {TARGET} is missing, running `{ADD_TARGET}`");
    let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(workspace).status();
    match added {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("the target {TARGET} is missing and could not be added; run `{ADD_TARGET}`")),
    }
}

/// Whether a variable that is meant for the host's build would change the component's: flags, wrappers (clippy is
/// one), profile overrides and whatever cargo tells this script about its own package.
fn leaks(name: &str) -> bool {
    let kept = ["CARGO_HOME", "CARGO_MAKEFLAGS", "CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTR", "CARGO_TERM_"];
    let flags = ["RUSTFLAGS", "RUSTDOCFLAGS", "RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CLIPPY_ARGS"];
    flags.contains(&name) || name.starts_with("CARGO") && !kept.iter().any(|prefix| name.starts_with(prefix))
}

fn required(name: &str) -> Result<OsString, String> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set {name}; build with cargo"))
}
