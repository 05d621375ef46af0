//! Every event is valid OCSF, in every version that is offered.

mod support;

use source_host::testing::Harness;
use support::{DATASETS, complete, handmade_run, recorded, schemas, shared};

const VERSIONS: [&str; 4] = ["1.8.0", "1.7.0", "1.6.0", "1.5.0"];

/// A way of reading that yields other events than the default.
const PER_DEVICE: [&str; 2] =
    ["datasets.vulnerabilities.strategy=per_device", "datasets.recommendations.strategy=per_device"];

fn check(harness: Harness, version: &str) -> usize {
    let run = complete(harness.set(&format!("ocsf_version={version}")));
    assert!(run.documents().any(|document| document.starts_with(&format!("{{\"schema\":\"ocsf/{version}/"))));
    schemas::check_all(run.documents())
}

#[test]
fn events_of_the_sample_tenant_are_valid_in_every_version() {
    if shared("reference/ocsf-schemas").is_none() {
        return;
    }
    for version in VERSIONS {
        let checked = check(handmade_run(), version);
        assert!(checked > 100, "{checked} events of {version}");
        let checked = check(handmade_run().datasets(&["cves"]), version);
        assert_eq!(checked, 9, "CVEs of {version}");
        let per_device = PER_DEVICE.iter().fold(handmade_run(), |run, change| run.set(change));
        let checked = check(per_device, version);
        assert!(checked > 100, "{checked} events of {version}");
        println!("{version}: valid");
    }
}

#[test]
fn events_of_real_recordings_are_valid_in_every_version() {
    if shared("reference/ocsf-schemas").is_none() {
        return;
    }
    let mut total = 0;
    for (recording, datasets, changes) in [
        ("machines.har", &["devices"][..], &[][..]),
        ("machines-with-organization.har", &["devices"], &[]),
        ("machine-by-id.har", &["devices"], &[]),
        ("machine-vulnerabilities.har", &["devices", "vulnerabilities"], &PER_DEVICE[..1]),
        ("machine-vulnerabilities-with-organization.har", &["devices", "vulnerabilities"], &PER_DEVICE[..1]),
    ] {
        for version in VERSIONS {
            let Some(run) = recorded(recording) else { return };
            let run = changes.iter().fold(run.datasets(datasets), |run, change| run.set(change));
            let checked = check(run, version);
            assert!(checked >= 9, "{checked} events of {version} from {recording}");
            total += checked;
        }
    }
    println!("{total} events are valid");
}

#[test]
fn the_check_can_fail() {
    if shared("reference/ocsf-schemas").is_none() {
        return;
    }
    let run = complete(handmade_run().datasets(&DATASETS[..1]));
    let device = run.documents().find(|document| document.contains("\"ocsf/1.8.0/5001\"")).expect("a device");
    assert_eq!(schemas::faults(device), Some(vec![]));
    for (from, to) in [
        ("\"severity_id\":1", "\"severity_id\":77"),
        ("\"class_name\"", "\"klass_name\""),
        ("\"time\":", "\"time\":\"x\",\"timex\":"),
        ("ocsf/1.8.0/5001", "ocsf/1.8.0/2002"),
    ] {
        let broken = device.replacen(from, to, 1);
        assert_ne!(broken, *device);
        assert_ne!(schemas::faults(&broken), Some(vec![]), "{from} may become {to}");
    }
}
