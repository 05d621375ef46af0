//! Every event is valid OCSF, in every version that is offered.

mod support;

use source_host::testing::Harness;
use support::{DATASETS, complete, handmade_run, ocsf, recorded, schemas, shared};

const VERSIONS: [&str; 5] = ["1.9.0", "1.8.0", "1.7.0", "1.6.0", "1.5.0"];

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
        let per_device = || PER_DEVICE.iter().fold(handmade_run(), |run, change| run.set(change));
        let checked = check(per_device(), version);
        assert!(checked > 100, "{checked} events of {version}");
        for run in [handmade_run(), per_device(), handmade_run().datasets(&["cves"])] {
            check(run.set("body=lean"), version);
        }
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
fn the_check_of_intelligence_can_fail() {
    if shared("reference/ocsf-schemas").is_none() {
        return;
    }
    let run = complete(handmade_run().datasets(&["cves"]));
    let known = run.documents().find(|document| document.contains("\"ocsf/1.8.0/5021\"")).expect("a CVE");
    assert_eq!(schemas::faults(known), Some(vec![]));
    for (from, to) in [
        ("\"type_id\":10", "\"type_id\":15"),
        ("\"value\"", "\"values\""),
        ("\"osint\":[", "\"osint\":[],\"osints\":["),
        ("502102", "502101"),
        ("\"cve\":{\"uid\"", "\"cve\":{\"id\""),
        ("OSINT Inventory Info\"", "Osint\""),
    ] {
        let broken = known.replacen(from, to, 1);
        assert_ne!(broken, *known, "{from}");
        assert_ne!(schemas::faults(&broken), Some(vec![]), "{from} may become {to}");
    }
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

/// Each change makes one fault that no JSON Schema sees.
#[test]
fn what_no_schema_can_say_is_checked() {
    let run = complete(handmade_run());
    let first = |schema: &str| run.documents().find(|document| document.contains(schema)).expect("an event");
    let is_account = |document: &&str| document.contains("ocsf/1.8.0/5003\"") && !document.contains("\"profiles\"");
    let account = run.documents().find(is_account).expect("an account of the tenant");
    let (device, address, finding) = (first("ocsf/1.8.0/5001\""), first("ocsf/1.8.0/0\""), first("ocsf/1.8.0/2002\""));
    for (document, from, to, fault) in [
        (device, "\"type_uid\":500102", "\"type_uid\":500101", "type_uid 500101"),
        (device, "\"category_uid\":5", "\"category_uid\":2", "category_uid 2"),
        (device, "{\"name\":\"device.hostname\"", "{\"name\":\"device.host\"", "leads to no attribute"),
        (device, "{\"name\":\"device.uid\"", "{\"name\":\"device.hostname\"", "and there stands"),
        (device, "\"severity\":\"Informational\"", "\"severity\":\"Info\"", "severity_id 1"),
        (device, "Inventory Info: Collect", "Inventory Info: Log", "type_name"),
        (device, "\"device\":{\"uid\"", "\"device\":{\"tags\":[],\"uid\"", "device.tags is []"),
        (address, "\"profiles\":[\"host\"],", "", "profile host"),
        (account, "\"tenant_uid\"", "\"profiles\":[\"host\"],\"tenant_uid\"", "profile host"),
        (finding, "\"cve\":{", "\"cwe\":{\"uid\":\"CWE-1\"},\"cve\":{", "must have just one"),
        (finding, "\"vulnerabilities\":[{", "\"vulnerabilities\":[{\"kb_articles\":[\"KB1\"],", "is deprecated"),
    ] {
        if fault == "is deprecated" && shared("reference/ocsf-schemas").is_none() {
            continue;
        }
        assert_eq!(ocsf::faults(document), Some(vec![]));
        let broken = document.replacen(from, to, 1);
        assert_ne!(broken, *document, "{from} in {document}");
        let faults = ocsf::faults(&broken).expect("it is OCSF");
        assert!(faults.iter().any(|it| it.contains(fault)), "{to}: {faults:?}");
    }
}
