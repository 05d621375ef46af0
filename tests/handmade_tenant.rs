//! The bundled recording is what its program writes, and fit to be shown.

#[path = "../host-test/examples/handmade_tenant/tenant/mod.rs"]
mod tenant;

use std::path::Path;

#[test]
fn the_recording_is_what_the_program_writes() {
    let bundled = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/recordings/handmade-tenant.har"));
    let folder = tempfile::tempdir().expect("a folder");
    let fresh = folder.path().join("handmade-tenant.har");
    tenant::tape().write_file(&fresh).expect("written");
    let read = |path: &Path| std::fs::read_to_string(path).expect("readable");
    assert!(
        read(bundled) == read(&fresh),
        "tests/recordings/handmade-tenant.har is not up to date: cargo run -p source-host --example handmade_tenant"
    );
}

#[test]
fn the_recording_is_small_and_holds_no_credential() {
    let bundled = include_str!("recordings/handmade-tenant.har");
    assert!(bundled.len() < 170_000, "{} bytes", bundled.len());
    for credential in ["s3cret-0", "t0ken-00"] {
        assert!(!bundled.contains(credential), "{credential}");
    }
    assert_eq!(bundled.matches("[REDACTED]").count(), 55 + 1, "one for each request, one for the token");
}
