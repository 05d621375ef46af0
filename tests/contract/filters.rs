//! Filters: who is left out, that it is counted, and that nothing about them comes by another way.

use crate::support::{complete, dataset, envelope, handmade_run};
use source_host::contract::{DatasetReceipt, total};
use source_host::testing::TestRun;
use std::collections::BTreeSet;

fn devices(run: &TestRun) -> BTreeSet<String> {
    let devices = run.sink.events.iter().filter(|event| event.kind == "device");
    devices.map(|event| event.key.rsplit(':').next().unwrap_or_default().to_owned()).collect()
}

fn account(run: &TestRun, name: &str) -> (u64, u64) {
    let DatasetReceipt { emitted, filtered, .. } = dataset(run, name);
    (*emitted, total(filtered))
}

#[test]
fn each_filter_leaves_out_whom_it_should() {
    for (filter, left, software) in [
        (r#"filters.exclude_platforms=["mobile"]"#, 11, 17),
        (r#"filters.exclude_platforms=["Windows10","cisco ios"]"#, 10, 14),
        (r#"filters.require=["dns_name"]"#, 12, 18),
        (r#"filters.require=["ip_address"]"#, 11, 17),
        ("filters.stale_days=30", 12, 18),
        ("filters.stale_days=1", 12, 18),
        (r#"filters.include_tags=["Finance"]"#, 2, 5),
        (r#"filters.exclude_tags=["Tier 0"]"#, 12, 17),
        (r#"filters.include_device_groups=["Servers"]"#, 4, 6),
        (r#"filters.exclude_device_groups=["Phones","Servers"]"#, 7, 11),
    ] {
        let run = complete(handmade_run().set(filter));
        assert_eq!(account(&run, "devices"), (left, 13 - left), "{filter}");
        assert_eq!(account(&run, "software"), (software, 18 - software), "{filter}");
        let kept = devices(&run);
        assert_eq!(kept.len() as u64, left, "{filter}");
        for event in &run.sink.events {
            let body = envelope(&event.document)["body"].take();
            if let (Some(device), false) = (body["device"]["uid"].as_str(), event.kind == "device") {
                assert!(kept.contains(device), "{filter}: {}", event.key);
            }
        }
        assert_eq!(dataset(&run, "device_users").calls, left, "{filter}: nobody else is asked about");
    }
}

#[test]
fn a_minimum_bounds_the_requests_and_not_the_list() {
    for (filters, asked) in [
        (&["filters.min_risk=medium"][..], 2),
        (&["filters.min_risk=high"], 1),
        (&["filters.min_exposure=high"], 2),
        (&["filters.min_risk=medium", "filters.min_exposure=high"], 3),
    ] {
        let prepare = filters.iter().fold(handmade_run(), |run, filter| run.set(filter));
        let run = complete(prepare.set("datasets.vulnerabilities.strategy=per_device"));
        assert_eq!(account(&run, "devices"), (13, 0), "{filters:?}");
        assert_eq!(dataset(&run, "device_users").calls, asked, "{filters:?}");
        assert_eq!(dataset(&run, "vulnerabilities").calls, asked, "{filters:?}");
        assert_eq!(account(&run, "software"), (18, 0), "the export costs no request for each device");
    }
}

#[test]
fn a_dataset_that_needs_the_devices_reads_them_and_emits_none() {
    let run = complete(handmade_run().datasets(&["device_users"]).set(r#"filters.include_tags=["Finance"]"#));
    assert!(devices(&run).is_empty());
    assert_eq!(dataset(&run, "device_users").calls, 2);
    assert_eq!(dataset(&run, "devices").strategy, "roster", "its account says why it was read");
}
