//! The facts are what the rows say: read from the rows alone and compared.

use super::*;
use crate::model::Shape;
use crate::wire::testing::{query, read, tenant};
use crate::wire::{
    DEVICE_LOGON_EVENTS, LOGON_USERS, MACHINE_RECOMMENDATIONS, MACHINE_VULNERABILITIES, MACHINES,
    RECOMMENDATION_MACHINES, RECOMMENDATIONS, SECURE_CONFIGURATION, SOFTWARE_INVENTORY, VULNERABILITIES,
    VULNERABILITY_EXPORT,
};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}")).to_owned()
}

fn read_machine(row: &Value, facts: &mut BTreeSet<Fact>) {
    let id = text(row, "id");
    assert!(facts.insert(Fact::Device { id: id.clone() }), "{id} twice");
    if let Some(into) = row["mergedIntoMachineId"].as_str() {
        facts.insert(Fact::MergedInto { device: id.clone(), into: into.to_owned() });
    }
    let mut address = |value: &Value| {
        if let Some(ip) = value.as_str().map(|text| text.parse::<IpAddr>().unwrap())
            && !ip.is_loopback()
            && !ip.is_unspecified()
        {
            facts.insert(Fact::Address { device: id.clone(), address: ip.to_string() });
        }
    };
    address(&row["lastIpAddress"]);
    for element in row["ipAddresses"].as_array().unwrap() {
        if element["type"] != "SoftwareLoopback" {
            address(&element["ipAddress"]);
        }
    }
    if let Some(group) = row["rbacGroupName"].as_str() {
        assert_ne!(row["rbacGroupId"], 0);
        facts.insert(Fact::InGroup { device: id, group: group.to_owned() });
    }
}

/// Whether the domain of an account is the device that it was seen on.
fn is_named_like(account: &str, device: &Value) -> bool {
    let label = device.as_str().and_then(|name| name.split('.').next()).unwrap_or_default();
    account.split('\\').next().is_some_and(|domain| domain.eq_ignore_ascii_case(label))
}

/// Reads a period's facts through the collections, the way with the fewest assumptions for each.
fn read_facts(tenant: &Arc<Tenant>, period: Period) -> BTreeSet<Fact> {
    let mut facts = BTreeSet::new();
    let machines = read(tenant, MACHINES, query(period, ""));
    for machine in &machines {
        read_machine(machine, &mut facts);
        let device = text(machine, "id");
        for row in read(tenant, LOGON_USERS, query(period, &device)) {
            let sid = row.get("accountSid").and_then(Value::as_str).map(str::to_owned);
            let account = text(&row, "id");
            let is_own = sid.is_none() && is_named_like(&account, &machine["computerDnsName"]);
            if !is_own {
                facts.insert(Fact::User { sid: sid.clone(), account: account.clone() });
            }
            assert!(facts.insert(Fact::LoggedOn { device: device.clone(), sid, account, is_own }), "{row} twice");
        }
    }
    for row in read(tenant, DEVICE_LOGON_EVENTS, query(period, "")) {
        let sid = Some(text(&row, "AccountSid")).filter(|sid| !sid.is_empty());
        let account = format!("{}\\{}", text(&row, "AccountDomain"), text(&row, "AccountName"));
        let device = text(&row, "DeviceId");
        let is_own = sid.is_none() && is_named_like(&account, &row["DeviceName"]);
        assert!(facts.insert(Fact::RecentLogon { device, sid, account, is_own }), "{row} twice");
    }
    for row in read(tenant, SOFTWARE_INVENTORY, query(period, "")) {
        let (vendor, name) = (text(&row, "softwareVendor"), text(&row, "softwareName"));
        facts.insert(Fact::Application { vendor: vendor.clone(), name: name.clone() });
        let (device, version) = (text(&row, "deviceId"), text(&row, "softwareVersion"));
        assert!(facts.insert(Fact::Installed { device, vendor, name, version }), "{row} twice");
    }
    for row in read(tenant, VULNERABILITY_EXPORT, query(period, "")) {
        let (vendor, name) = (text(&row, "softwareVendor"), text(&row, "softwareName"));
        let (device, version) = (text(&row, "deviceId"), text(&row, "softwareVersion"));
        let fact = match row["cveId"].as_str() {
            None => Fact::WithoutWeakness { device, vendor, name, version },
            Some(cve) => Fact::Finding { device, vendor, name, version, cve: cve.to_owned() },
        };
        assert!(facts.insert(fact), "{row} twice");
    }
    for row in read(tenant, VULNERABILITIES, query(period, "")) {
        if row["exposedMachines"] != 0 {
            let updated = OffsetDateTime::parse(&text(&row, "updatedOn"), &Rfc3339).unwrap();
            let updated = i64::try_from(updated.unix_timestamp_nanos() / 1_000_000).unwrap();
            let fact = Fact::Weakness { cve: text(&row, "id"), updated };
            assert!(facts.insert(fact), "{row} twice");
        }
    }
    for row in read(tenant, RECOMMENDATIONS, query(period, "")) {
        let id = text(&row, "id");
        for row in read(tenant, RECOMMENDATION_MACHINES, query(period, &id)) {
            facts.insert(Fact::Recommended { device: text(&row, "id"), id: id.clone() });
        }
        assert!(facts.insert(Fact::Recommendation { id }), "{row} twice");
    }
    facts
}

fn shapes() -> impl Iterator<Item = Shape> {
    let odd = [
        Shape { seed: 900, devices: 0, ..Shape::default() },
        Shape { seed: 901, devices: 1, users: 0, ..Shape::default() },
        Shape { seed: 902, devices: 25, users: 1, software_per_device: 0, ..Shape::default() },
        Shape { seed: 903, devices: 25, software_per_device: 1, findings_per_device: 90, ..Shape::default() },
        Shape { seed: 904, devices: 25, findings_per_device: 0, ..Shape::default() },
        Shape { seed: 905, devices: 25, recommendations: 0, ..Shape::default() },
        Shape { seed: 906, devices: 25, recommendations: 1, ..Shape::default() },
    ];
    (0..9).map(|seed| Shape { seed, devices: 24, ..Shape::default() }).chain(odd)
}

#[test]
fn the_facts_are_what_the_rows_say() {
    for shape in shapes() {
        let tenant = Arc::new(Tenant::new(shape));
        for period in [0, 1, 29, 200].map(Period) {
            let stated = read_facts(&tenant, period);
            let list: Vec<Fact> = tenant.facts(period).collect();
            let known: BTreeSet<Fact> = list.iter().cloned().collect();
            assert_eq!(known.len(), list.len(), "a fact is stated twice");
            let wrong: Vec<_> = known.symmetric_difference(&stated).take(5).collect();
            assert!(wrong.is_empty(), "{:?} {period:?}: {wrong:#?}", tenant.shape());
        }
    }
}

#[test]
fn the_other_ways_to_the_same_facts_lead_to_them() {
    for seed in 0..6 {
        let tenant = tenant(seed);
        for period in [0, 31].map(Period) {
            let facts: BTreeSet<Fact> = tenant.facts(period).collect();
            let (mut edges, mut pairs) = (BTreeSet::new(), BTreeSet::new());
            for fact in &facts {
                match fact {
                    Fact::Recommended { device, id } => _ = edges.insert((device.clone(), id.clone())),
                    Fact::Finding { device, cve, .. } => _ = pairs.insert((device.clone(), cve.clone())),
                    _ => {}
                }
            }
            let (mut by_device, mut by_row, mut weak) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            for device in tenant.devices(period) {
                let device = device.id();
                for row in read(&tenant, MACHINE_RECOMMENDATIONS, query(period, &device)) {
                    assert!(by_device.insert((device.clone(), text(&row, "id"))));
                }
                for row in read(&tenant, MACHINE_VULNERABILITIES, query(period, &device)) {
                    assert!(weak.insert((device.clone(), text(&row, "id"))), "{row} twice");
                }
            }
            for row in read(&tenant, VULNERABILITY_EXPORT, query(period, "")) {
                if !row["cveId"].is_null() {
                    by_row.insert((text(&row, "deviceId"), text(&row, "recommendationReference")));
                }
            }
            for row in read(&tenant, SECURE_CONFIGURATION, query(period, "")) {
                if row["isApplicable"] == true && row["isCompliant"] == false {
                    by_row.insert((text(&row, "deviceId"), text(&row, "recommendationReference")));
                }
            }
            assert_eq!(by_device, edges);
            assert_eq!(by_row, edges);
            assert_eq!(weak, pairs);
        }
    }
}

#[test]
fn facts_are_about_listed_devices_and_end_where_they_should() {
    for seed in 0..4 {
        let tenant = tenant(seed);
        for period in [0, 17, 90].map(Period) {
            let listed: BTreeSet<String> = tenant.devices(period).map(|device| device.id()).collect();
            for fact in tenant.facts(period) {
                let (device, other) = match &fact {
                    Fact::MergedInto { device, into } => (device, into),
                    Fact::Address { device, .. }
                    | Fact::InGroup { device, .. }
                    | Fact::LoggedOn { device, .. }
                    | Fact::Installed { device, .. }
                    | Fact::Finding { device, .. }
                    | Fact::WithoutWeakness { device, .. }
                    | Fact::Recommended { device, .. } => (device, device),
                    _ => continue,
                };
                assert!(listed.contains(device) && listed.contains(other), "{fact:?}");
            }
        }
    }
}
