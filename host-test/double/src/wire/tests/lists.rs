//! The shorter lists and the rarer exports: ids are unique, rows join, a walk can start anywhere.

use crate::model::Moment;
use crate::period::Period;
use crate::wire::testing::{query, raw, read, tenant};
use crate::wire::{
    ALERTS, ALERTS_WITH_EVIDENCE, ANTIVIRUS, BROWSER_EXTENSIONS, CERTIFICATES, CONFIGURATION_SCORE, Collection,
    DEVICE_INFO, DIRECTORY_DEVICES, EXPOSURE_BY_GROUP, EXPOSURE_SCORE, GROUP_CHANGES, GROUPS, GROUPS_WITH_MEMBERS,
    HARDWARE_FIRMWARE, IDENTITY_INFO, INDICATORS, INFO_GATHERING, INVESTIGATIONS, MACHINE_ACTIONS, MACHINE_ALERTS,
    MACHINES, MANAGED_DEVICES, Query, REMEDIATION_TASKS, SECURE_SCORES, SECURITY_ALERTS, SECURITY_INCIDENTS, SOFTWARE,
    USER_CHANGES, USERS, VULNERABILITIES,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const ALL: [(&str, Collection, &[&str]); 26] = [
    ("alerts", ALERTS, &["id"]),
    ("alerts with evidence", ALERTS_WITH_EVIDENCE, &["id"]),
    ("antivirus", ANTIVIRUS, &["id"]),
    ("extensions", BROWSER_EXTENSIONS, &["DeviceId", "BrowserName", "ExtensionId"]),
    ("certificates", CERTIFICATES, &["deviceId", "thumbprint", "path"]),
    ("exposure by group", EXPOSURE_BY_GROUP, &["rbacGroupName"]),
    ("hardware", HARDWARE_FIRMWARE, &["deviceId", "componentType"]),
    ("indicators", INDICATORS, &["id"]),
    ("gathering", INFO_GATHERING, &["DeviceId"]),
    ("investigations", INVESTIGATIONS, &["id"]),
    ("actions", MACHINE_ACTIONS, &["id"]),
    ("tasks", REMEDIATION_TASKS, &["id"]),
    ("users", USERS, &["id"]),
    ("user changes", USER_CHANGES, &["id"]),
    ("groups", GROUPS, &["id"]),
    ("groups with members", GROUPS_WITH_MEMBERS, &["id", "members@delta"]),
    ("group changes", GROUP_CHANGES, &["id", "members@delta"]),
    ("devices", DIRECTORY_DEVICES, &["id"]),
    ("managed devices", MANAGED_DEVICES, &["id"]),
    ("security alerts", SECURITY_ALERTS, &["id"]),
    ("incidents", SECURITY_INCIDENTS, &["id"]),
    ("secure scores", SECURE_SCORES, &["id"]),
    ("device info", DEVICE_INFO, &["DeviceId"]),
    ("identities", IDENTITY_INFO, &["AccountObjectId"]),
    ("exposure", EXPOSURE_SCORE, &["time"]),
    ("configuration score", CONFIGURATION_SCORE, &["time"]),
];

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

#[test]
fn rows_are_json_with_unique_keys_and_a_walk_can_start_anywhere() {
    for seed in [1, 6] {
        let tenant = tenant(seed);
        for (name, collection, key) in ALL {
            let query = Query { since: Period(20), ..query(Period(90), "") };
            let all = raw(&tenant, collection, query);
            assert!(!all.is_empty(), "{name}");
            let mut keys = BTreeSet::new();
            for (row, _) in &all {
                let row: Value = serde_json::from_slice(row).unwrap();
                let key: Vec<String> = key.iter().map(|name| row[name].to_string()).collect();
                assert!(keys.insert(key), "{name}: twice the same key in {row}");
            }
            for place in (0..all.len()).step_by(all.len().div_ceil(20)) {
                let from = all[place].1;
                assert_eq!(raw(&tenant, collection, Query { from, ..query })[..], all[place + 1..], "{name} {from:?}");
            }
        }
    }
}

/// Whoever asks for what was updated since a time misses nothing but where it is.
#[test]
fn a_weakness_that_looks_different_was_updated_since() {
    let records = |seed, period| {
        let tenant = tenant(seed);
        let rows = read(&tenant, VULNERABILITIES, query(period, ""));
        rows.into_iter().map(|mut row| {
            row.as_object_mut().unwrap().remove("exposedMachines");
            (text(&row, "id"), row)
        })
    };
    let (mut different, mut new) = (0, 0);
    for seed in 0..8 {
        let before: BTreeMap<_, _> = records(seed, Period(40)).collect();
        let read_at = Moment::start_of(Period(40).tick());
        for (id, row) in records(seed, Period(200)) {
            let is_same = before.get(&id) == Some(&row);
            let updated = text(&row, "updatedOn");
            let (year, month, day) = read_at.date();
            let is_updated = updated[..10] >= *format!("{year:04}-{month:02}-{day:02}");
            match before.get(&id) {
                Some(old) => {
                    assert!(is_same || is_updated && text(old, "updatedOn") < updated, "{old} {row}");
                    different += u32::from(!is_same);
                }
                // One that was known before may be listed for a device that has it now.
                None => new += u32::from(is_updated),
            }
        }
    }
    assert!(different > 20 && new > 20, "{different} {new}");
}

#[test]
fn alerts_actions_and_investigations_join_and_move_on() {
    let mut states = BTreeSet::new();
    for seed in 0..5 {
        let tenant = tenant(seed);
        let period = Period(70);
        let mut machines = BTreeSet::new();
        for past in 0..=period.0 {
            machines.extend(tenant.devices(Period(past)).map(|device| device.id()));
        }
        let alerts = read(&tenant, ALERTS, query(period, ""));
        let ids: BTreeSet<String> = alerts.iter().map(|row| text(row, "id")).collect();
        for row in &alerts {
            states.insert(text(row, "status"));
            assert!(machines.contains(row["machineId"].as_str().unwrap()));
            assert_eq!(row["evidence"], Value::Array(Vec::new()));
            assert!(row["mitreTechniques"].is_array());
            assert_eq!(row["status"] == "Resolved", !row["resolvedTime"].is_null());
        }
        for row in read(&tenant, MACHINE_ACTIONS, query(period, "")) {
            assert!(machines.contains(row["machineId"].as_str().unwrap()));
        }
        for past in period.0 - 12..=period.0 {
            let actions = read(&tenant, MACHINE_ACTIONS, query(Period(past), ""));
            states.extend(actions.iter().map(|row| text(row, "status")));
        }
        for row in read(&tenant, INVESTIGATIONS, query(period, "")) {
            assert!(ids.contains(row["triggeringAlertId"].as_str().unwrap()));
            let number: u64 = row["id"].as_str().unwrap().parse().unwrap();
            assert!(alerts.iter().any(|alert| alert["investigationId"] == number));
        }
        // The same alerts, device by device, of the devices that are still there.
        let mut of_devices = 0;
        for device in tenant.devices(period) {
            let id = device.id();
            for row in read(&tenant, MACHINE_ALERTS, query(period, &id)) {
                assert_eq!(row["machineId"], id);
                of_devices += 1;
            }
        }
        let there: BTreeSet<String> = tenant.devices(period).map(|device| device.id()).collect();
        assert_eq!(of_devices, alerts.iter().filter(|row| there.contains(row["machineId"].as_str().unwrap())).count());
        for row in read(&tenant, ALERTS_WITH_EVIDENCE, query(period, "")) {
            for user in row["evidence"].as_array().unwrap().iter().filter(|piece| !piece["aadUserId"].is_null()) {
                let index = (0..tenant.account_count(period)).find(|index| {
                    let account = tenant.account(*index);
                    user["aadUserId"] == account.object_id && user["userSid"] == account.sid
                });
                assert!(index.is_some(), "{user}");
            }
        }
    }
    for state in ["New", "InProgress", "Resolved", "Pending", "Succeeded"] {
        assert!(states.contains(state), "{state} is missing in {states:?}");
    }
}

#[test]
fn an_alert_only_moves_on_when_it_says_so() {
    for seed in 0..4 {
        let tenant = tenant(seed);
        let mut moved = 0;
        for period in 0..40 {
            let (was, is) = (
                read(&tenant, ALERTS, query(Period(period), "")),
                read(&tenant, ALERTS, query(Period(period + 1), "")),
            );
            assert!(is.len() >= was.len());
            for (was, is) in was.iter().zip(&is) {
                assert_eq!(was["id"], is["id"]);
                if was["status"] != is["status"] {
                    assert!(was["lastUpdateTime"].as_str() < is["lastUpdateTime"].as_str());
                    moved += 1;
                }
            }
        }
        assert!(moved > 0);
    }
}

#[test]
fn exports_are_about_devices_that_report_and_have_their_oddities() {
    let (mut unknown, mut unset, mut modes) = (0, 0, BTreeSet::new());
    for seed in 0..5 {
        let tenant = tenant(seed);
        let period = Period(33);
        let machines: BTreeSet<String> =
            read(&tenant, MACHINES, query(period, "")).iter().map(|row| text(row, "id")).collect();
        let about = |collection: Collection, name: &str| {
            let rows = read(&tenant, collection, query(period, ""));
            assert!(rows.iter().all(|row| machines.contains(row[name].as_str().unwrap())));
            rows
        };
        for row in about(BROWSER_EXTENSIONS, "DeviceId") {
            assert!(row["RbacGroupId"].is_number() && row["Permissions"].is_array());
        }
        for row in about(CERTIFICATES, "deviceId") {
            unknown += usize::from(row["notAfter"] == "0001-01-01T00:00:00Z");
            unset += usize::from(row["keyUsageArray"].is_null());
        }
        for row in about(HARDWARE_FIRMWARE, "deviceId") {
            let fields: Value = serde_json::from_str(row["additionalFields"].as_str().unwrap()).unwrap();
            assert!(fields.is_object() && row["rbacGroupId"].is_number());
        }
        assert!(about(INFO_GATHERING, "DeviceId").iter().all(|row| row["DeviceGatheredInfo"].is_object()));
        for row in about(ANTIVIRUS, "machineId") {
            modes.insert(text(&row, "avMode"));
            assert!(["True", "False", "Unknown"].contains(&row["avIsSignatureUpToDate"].as_str().unwrap()));
        }
        let products: BTreeSet<String> =
            read(&tenant, SOFTWARE, query(period, "")).iter().map(|row| text(row, "id")).collect();
        for row in read(&tenant, REMEDIATION_TASKS, query(period, "")) {
            assert!(row["productId"].is_null() || products.contains(row["productId"].as_str().unwrap()), "{row}");
            assert!(row["fixedDevices"].as_u64() <= row["targetDevices"].as_u64());
        }
    }
    assert!(unknown > 0 && unset > 0 && modes.len() > 2, "{unknown} {unset} {modes:?}");
}
