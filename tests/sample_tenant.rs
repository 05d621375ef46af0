//! The recording that the demo replays is what the double answers today, and fit to be shown.

#[path = "../host-test/examples/sample_tenant/recording.rs"]
mod recording;

use std::path::Path;

const BUNDLED: &str = include_str!("recordings/sample-tenant.har");

#[test]
fn the_recording_is_what_the_double_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let fresh = folder.path().join("sample-tenant.har");
    let exchanges = recording::record(&fresh).expect("recorded");
    assert!(exchanges > 20, "{exchanges}");
    let fresh = std::fs::read_to_string(Path::new(&fresh)).expect("readable");
    assert!(
        BUNDLED == fresh,
        "tests/recordings/sample-tenant.har is not up to date: cargo run -p source-host --example sample_tenant"
    );
}

#[test]
fn the_recording_is_small_and_holds_no_credential() {
    assert!(BUNDLED.len() < 300_000, "{} bytes", BUNDLED.len());
    assert!(!BUNDLED.contains(defender_double::service::CLIENT_SECRET), "a secret");
    assert!(!BUNDLED.contains("eyJ"), "a token");
    assert!(BUNDLED.contains("[REDACTED]"));
}
