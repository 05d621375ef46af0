//! Real recorded traffic, through the library and through the program.

mod support;

use source_host::contract::error_case;
use source_host::engine::CallError;
use source_host::runner::RunError;
use std::collections::HashSet;
use support::program::{Output, Program};
use support::{complete, dataset, recorded, schemas, shared, upserts};

const RECORDING: &str = "machine-vulnerabilities.har";
const PER_DEVICE: &str = "datasets.vulnerabilities.strategy=per_device";

#[test]
fn machines_and_their_vulnerabilities() {
    let Some(run) = recorded(RECORDING) else { return };
    let run = complete(run.datasets(&["devices", "vulnerabilities"]).set(PER_DEVICE));
    assert_eq!((upserts(&run, "device"), upserts(&run, "vulnerability")), (9, 51));
    let keys: HashSet<&str> = run.sink.events.iter().map(|event| event.key.as_str()).collect();
    let upserts = run.sink.events.iter().filter(|event| matches!(event.kind.as_str(), "device" | "vulnerability"));
    assert!(keys.len() >= 60 && upserts.count() == 60, "no two are about one asset");
    assert_eq!(dataset(&run, "vulnerabilities").calls, 9, "one for each machine");
    if shared("reference/ocsf-schemas").is_some() {
        assert!(schemas::check_all(run.documents()) >= 60);
    }
}

#[test]
fn the_program_does_the_same() {
    let Some(recording) = shared(&format!("recordings/{RECORDING}")) else { return };
    let output = Program::new().arg("replay").arg(&recording).args([
        "--match",
        "path",
        "--datasets",
        "devices,vulnerabilities",
        "--set",
        PER_DEVICE,
    ]);
    let Output { code, stdout, stderr } = output.run();
    assert_eq!(code, 0, "{stderr}");
    let count = |kind: &str| {
        let start = format!("\"kind\":\"{kind}\",\"op\":\"upsert\"");
        stdout.lines().filter(|line| line.contains(&start)).count()
    };
    assert_eq!((count("device"), count("vulnerability")), (9, 51));
    schemas::check_all(stdout.lines());
    assert!(stderr.contains("devices") && stderr.contains("complete"), "{stderr}");
}

#[test]
fn a_wrong_secret_is_named_with_its_cure() {
    refused("token-invalid-secret.har", "AADSTS7000215", "Copy the column Value, not Secret ID");
}

#[test]
fn an_unknown_tenant_is_named_with_its_cure() {
    refused("token-invalid-tenant.har", "AADSTS900023", "Copy the directory (tenant) id");
}

fn refused(recording: &str, code: &str, cure: &str) {
    let Some(harness) = recorded(recording) else { return };
    let run = support::run(harness);
    let Some(RunError::Call(CallError::Source(error))) = &run.error else { panic!("{:?}", run.error) };
    assert_eq!(error_case(error), "unauthenticated");
    assert_eq!(run.sink.count, 0, "a refused sign-in is no snapshot");
    let Some(path) = shared(&format!("recordings/{recording}")) else { return };
    let Output { code: exit, stdout, stderr } =
        Program::new().args(["-vv", "replay"]).arg(&path).args(["--match", "path"]).run();
    assert_eq!(exit, 1, "{stderr}");
    assert_eq!(stdout, "");
    assert_eq!(stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{stderr}");
    let line = stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
    assert!(line.contains("unauthenticated") && line.contains(code) && line.contains(cure), "{line}");
    assert!(!stderr.contains("client_secret=") && !stderr.contains("Bearer"), "{stderr}");
}
