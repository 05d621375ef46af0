//! Walks and ways to a subject.

use crate::model::{Advice, Shape, Tenant};
use crate::period::Period;
use crate::wire::testing::{query, raw, read, tenant};
use crate::wire::{
    Collection, LOGON_USERS, MACHINE, MACHINE_MISSING_KBS, MACHINE_RECOMMENDATIONS, MACHINE_SOFTWARE,
    MACHINE_VULNERABILITIES, MACHINES, MACHINES_VULNERABILITIES, NON_CPE_SOFTWARE, Position, Query,
    RECOMMENDATION_MACHINES, RECOMMENDATION_SOFTWARE, RECOMMENDATION_VULNERABILITIES, RECOMMENDATIONS,
    SECURE_CONFIGURATION, SOFTWARE, SOFTWARE_DISTRIBUTIONS, SOFTWARE_INVENTORY, SOFTWARE_MACHINES,
    SOFTWARE_VULNERABILITIES, VULNERABILITIES, VULNERABILITY_CHANGES, VULNERABILITY_EXPORT, VULNERABILITY_MACHINES,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;
use std::sync::Arc;

const WHOLE: [(&str, Collection); 9] = [
    ("machines", MACHINES),
    ("inventory", SOFTWARE_INVENTORY),
    ("findings", VULNERABILITY_EXPORT),
    ("pairs", MACHINES_VULNERABILITIES),
    ("plain", NON_CPE_SOFTWARE),
    ("configuration", SECURE_CONFIGURATION),
    ("recommendations", RECOMMENDATIONS),
    ("software", SOFTWARE),
    ("vulnerabilities", VULNERABILITIES),
];

#[test]
fn a_walk_can_start_behind_any_row() {
    for seed in 0..3 {
        let tenant = Arc::new(Tenant::new(Shape { seed, devices: 12, ..Shape::default() }));
        let period = Period(21);
        let changes = ("changes", VULNERABILITY_CHANGES);
        for (name, collection) in WHOLE.into_iter().chain([changes]) {
            let query = Query { since: Period(4), ..query(period, "") };
            let all = raw(&tenant, collection, query);
            assert!(!all.is_empty(), "{name}");
            for place in (0..all.len()).step_by(all.len().div_ceil(40)) {
                let from = all[place].1;
                let rest = raw(&tenant, collection, Query { from, ..query });
                assert_eq!(rest[..], all[place + 1..], "{name} from {from:?}");
            }
            let behind = Query { from: Position { subject: u32::MAX, row: u32::MAX }, ..query };
            assert!(raw(&tenant, collection, behind).is_empty(), "{name}");
            // A row number that does not exist leads to the next subject, not out of bounds.
            let odd = Query { from: Position { subject: 0, row: u32::MAX }, ..query };
            assert!(raw(&tenant, collection, odd).len() <= all.len(), "{name}");
        }
    }
}

#[test]
fn two_tenants_of_a_shape_are_the_same_and_two_seeds_are_not() {
    let bytes = |seed, collection: Collection| -> Vec<u8> {
        raw(&tenant(seed), collection, query(Period(9), "")).into_iter().flat_map(|(row, _)| row).collect()
    };
    for (name, collection) in WHOLE {
        assert!(bytes(7, collection) == bytes(7, collection), "{name}");
        assert!(bytes(7, collection) != bytes(8, collection), "{name}");
    }
}

#[test]
fn machines_come_in_order_of_their_ids_and_new_ones_in_between() {
    let tenant = Arc::new(Tenant::new(Shape { devices: 300, ..Shape::default() }));
    let ids = |period| -> Vec<String> {
        let rows = read(&tenant, MACHINES, query(Period(period), ""));
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let (first, later) = (ids(0), ids(40));
    assert_eq!(first.len(), 300);
    for list in [&first, &later] {
        assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
    }
    let new: Vec<_> = later.iter().filter(|id| !first.contains(id)).collect();
    assert!(!new.is_empty() && first.iter().any(|id| !later.contains(id)));
    assert!(new.iter().any(|id| **id < *first.last().unwrap()));
}

#[test]
fn a_machine_is_found_by_id_and_by_name_in_any_case() {
    for seed in 0..5 {
        let tenant = tenant(seed);
        let period = Period(11);
        for row in read(&tenant, MACHINES, query(period, "")) {
            let id = row["id"].as_str().unwrap();
            assert_eq!(read(&tenant, MACHINE, query(period, id)), from_ref(&row));
            assert_eq!(read(&tenant, MACHINE, query(period, &id.to_ascii_uppercase())), from_ref(&row));
            let Some(name) = row["computerDnsName"].as_str().filter(|name| !name.is_empty()) else { continue };
            let Some(mut rows) = (MACHINE.open)(&tenant, query(period, &name.to_ascii_uppercase())) else { continue };
            let mut found = Vec::new();
            rows.next(&mut found);
            let found: Value = serde_json::from_slice(&found).unwrap();
            assert_eq!(found["computerDnsName"], row["computerDnsName"]);
        }
    }
}

#[test]
fn a_tenant_goes_on_for_decades() {
    let tenant = Arc::new(Tenant::new(Shape { devices: 10, ..Shape::default() }));
    for period in [Period(3000), Period(60_000)] {
        for (name, collection) in WHOLE {
            assert!(!read(&tenant, collection, query(period, "")).is_empty(), "{name}");
        }
        for row in read(&tenant, VULNERABILITIES, query(period, "")) {
            assert!((VULNERABILITY_MACHINES.open)(&tenant, query(period, row["id"].as_str().unwrap())).is_some());
        }
        let backwards = Query { since: Period(period.0 + 9), ..query(period, "") };
        assert!(read(&tenant, VULNERABILITY_CHANGES, backwards).is_empty());
        // A span that is longer than any that is allowed does not fail either.
        let long = Query { since: Period(0), ..query(period, "") };
        assert!(!read(&tenant, VULNERABILITY_CHANGES, long).is_empty());
    }
}

#[test]
fn what_does_not_exist_is_not_opened() {
    let tenant = tenant(1);
    let below = [
        MACHINE,
        LOGON_USERS,
        MACHINE_MISSING_KBS,
        MACHINE_RECOMMENDATIONS,
        MACHINE_SOFTWARE,
        MACHINE_VULNERABILITIES,
        RECOMMENDATION_MACHINES,
        RECOMMENDATION_SOFTWARE,
        RECOMMENDATION_VULNERABILITIES,
        SOFTWARE_DISTRIBUTIONS,
        SOFTWARE_MACHINES,
        SOFTWARE_VULNERABILITIES,
        VULNERABILITY_MACHINES,
    ];
    let long = "x".repeat(4000);
    let strange = [
        "",
        "x",
        "-",
        "--",
        "a-_-b",
        "va-_-",
        "va-_-x-_-y",
        "sca-_-scid-0",
        "sca-_-scid-",
        "CVE-2026-999999999999999999999",
    ];
    let zeros = "0".repeat(40);
    for subject in strange.into_iter().chain(["CVE-2026-999", "CVE-99999-1000", "wks-99999", "ä-ö", &long, &zeros]) {
        for collection in below {
            assert!((collection.open)(&tenant, query(Period(3), subject)).is_none(), "{subject}");
        }
    }
}

#[test]
fn catalogues_agree_with_the_exports() {
    for seed in 0..4 {
        let tenant = tenant(seed);
        let period = Period(13);
        let mut by_cve: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut by_product: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in read(&tenant, VULNERABILITY_EXPORT, query(period, "")) {
            if let Some(cve) = row["cveId"].as_str() {
                by_cve.entry(cve.into()).or_default().insert(row["deviceId"].as_str().unwrap().into());
            }
        }
        for row in read(&tenant, SOFTWARE_INVENTORY, query(period, "")) {
            let id = format!("{}-_-{}", row["softwareVendor"].as_str().unwrap(), row["softwareName"].as_str().unwrap());
            by_product.entry(id).or_default().insert(row["deviceId"].as_str().unwrap().into());
        }
        let ids = |rows: Vec<Value>| -> BTreeSet<String> {
            rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };
        for row in read(&tenant, VULNERABILITIES, query(period, "")) {
            let cve = row["id"].as_str().unwrap();
            let devices = by_cve.remove(cve).unwrap_or_default();
            assert_eq!(row["exposedMachines"], devices.len(), "{cve}");
            assert_eq!(ids(read(&tenant, VULNERABILITY_MACHINES, query(period, cve))), devices, "{cve}");
        }
        assert!(by_cve.is_empty(), "missing in the catalogue: {by_cve:?}");
        for row in read(&tenant, SOFTWARE, query(period, "")) {
            let id = row["id"].as_str().unwrap();
            let devices = by_product.remove(id).unwrap();
            assert_eq!(ids(read(&tenant, SOFTWARE_MACHINES, query(period, id))), devices, "{id}");
            let weaknesses = read(&tenant, SOFTWARE_VULNERABILITIES, query(period, id));
            assert_eq!(row["weaknesses"], weaknesses.len());
            assert!(!read(&tenant, SOFTWARE_DISTRIBUTIONS, query(period, id)).is_empty());
        }
        assert!(by_product.is_empty(), "missing in the catalogue: {by_product:?}");
        for row in read(&tenant, RECOMMENDATIONS, query(period, "")) {
            let id = row["id"].as_str().unwrap();
            let devices = read(&tenant, RECOMMENDATION_MACHINES, query(period, id)).len();
            assert_eq!(row["exposedMachinesCount"], devices, "{id}");
            assert!(row["totalMachineCount"].as_u64().unwrap() >= devices as u64);
            let product = (RECOMMENDATION_SOFTWARE.open)(&tenant, query(period, id));
            assert_eq!(product.is_some(), id.starts_with("va-_-"));
            let weaknesses = read(&tenant, RECOMMENDATION_VULNERABILITIES, query(period, id));
            assert_eq!(weaknesses.is_empty(), id.starts_with("sca-_-"), "{id}");
        }
        assert!(tenant.advice(period).iter().any(|advice| matches!(advice, Advice::Configuration(_))));
    }
}
