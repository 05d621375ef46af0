//! The tables say what the other calls say.

use crate::model::Tenant;
use crate::period::Period;
use crate::wire::testing::{query, read, tenant};
use crate::wire::{
    Collection, DEVICE_INFO, DEVICE_LOGON_EVENTS, DEVICE_NETWORK_INFO, DEVICE_TVM_SECURE_CONFIGURATION_ASSESSMENT,
    DEVICE_TVM_SOFTWARE_INVENTORY, DEVICE_TVM_SOFTWARE_VULNERABILITIES, HARDWARE_FIRMWARE, IDENTITY_INFO, LOGON_USERS,
    MACHINES, SECURE_CONFIGURATION, SOFTWARE_INVENTORY, Shard, USERS, VULNERABILITY_EXPORT,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const TABLES: [Collection; 7] = [
    DEVICE_INFO,
    DEVICE_LOGON_EVENTS,
    DEVICE_NETWORK_INFO,
    DEVICE_TVM_SECURE_CONFIGURATION_ASSESSMENT,
    DEVICE_TVM_SOFTWARE_INVENTORY,
    DEVICE_TVM_SOFTWARE_VULNERABILITIES,
    IDENTITY_INFO,
];

fn rows(tenant: &Arc<Tenant>, collection: Collection, period: u32) -> Vec<Value> {
    read(tenant, collection, query(Period(period), ""))
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

/// The named columns of every row, in order. Numbers and booleans as text.
fn columns(rows: &[Value], names: &[&str]) -> Vec<Vec<String>> {
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => u32::from(*flag).to_string(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut list: Vec<Vec<String>> =
        rows.iter().map(|row| names.iter().map(|name| shown(row.get(*name).unwrap())).collect()).collect();
    list.sort_unstable();
    list
}

#[test]
fn the_tables_of_vulnerability_management_have_the_rows_of_the_exports() {
    for seed in 0..6 {
        let tenant = tenant(seed);
        for period in [0, 9, 70] {
            assert_eq!(
                columns(
                    &rows(&tenant, DEVICE_TVM_SOFTWARE_INVENTORY, period),
                    &["DeviceId", "SoftwareVendor", "SoftwareName", "SoftwareVersion"]
                ),
                columns(
                    &rows(&tenant, SOFTWARE_INVENTORY, period),
                    &["deviceId", "softwareVendor", "softwareName", "softwareVersion"]
                ),
            );
            let mut export = rows(&tenant, VULNERABILITY_EXPORT, period);
            export.retain(|row| !row["cveId"].is_null());
            assert_eq!(
                columns(
                    &rows(&tenant, DEVICE_TVM_SOFTWARE_VULNERABILITIES, period),
                    &[
                        "DeviceId",
                        "SoftwareName",
                        "SoftwareVersion",
                        "CveId",
                        "VulnerabilitySeverityLevel",
                        "RecommendedSecurityUpdateId"
                    ],
                ),
                columns(
                    &export,
                    &[
                        "deviceId",
                        "softwareName",
                        "softwareVersion",
                        "cveId",
                        "vulnerabilitySeverityLevel",
                        "recommendedSecurityUpdateId"
                    ],
                ),
            );
            assert_eq!(
                columns(
                    &rows(&tenant, DEVICE_TVM_SECURE_CONFIGURATION_ASSESSMENT, period),
                    &[
                        "DeviceId",
                        "ConfigurationId",
                        "IsCompliant",
                        "IsApplicable",
                        "IsExpectedUserImpact",
                        "ConfigurationImpact"
                    ],
                ),
                columns(
                    &rows(&tenant, SECURE_CONFIGURATION, period),
                    &[
                        "deviceId",
                        "configurationId",
                        "isCompliant",
                        "isApplicable",
                        "isExpectedUserImpact",
                        "configurationImpact"
                    ],
                ),
            );
        }
    }
}

#[test]
fn device_info_has_the_devices_and_their_users() {
    let (mut users, mut merged) = (0, 0);
    for seed in 0..6 {
        let tenant = tenant(seed);
        for period in [0, 17, 90] {
            let machines: BTreeMap<String, Value> =
                rows(&tenant, MACHINES, period).into_iter().map(|row| (text(&row, "id"), row)).collect();
            let table = rows(&tenant, DEVICE_INFO, period);
            assert_eq!(table.len(), machines.len());
            for row in &table {
                let id = text(row, "DeviceId");
                let machine = &machines[&id];
                assert_eq!(text(row, "DeviceName"), text(machine, "computerDnsName"));
                assert_eq!(text(row, "AadDeviceId"), text(machine, "aadDeviceId"));
                assert_eq!(text(row, "MergedToDeviceId"), text(machine, "mergedIntoMachineId"));
                assert_eq!(text(row, "MachineGroup"), text(machine, "rbacGroupName"));
                let listed: Vec<Value> = serde_json::from_str(row["LoggedOnUsers"].as_str().unwrap()).unwrap();
                let logons = read(&tenant, LOGON_USERS, query(Period(period), &id));
                assert_eq!(listed.len(), logons.len());
                for (listed, logon) in listed.iter().zip(&logons) {
                    assert_eq!(
                        (&listed["UserName"], &listed["DomainName"]),
                        (&logon["accountName"], &logon["accountDomain"])
                    );
                    // The table knows identifiers that the call leaves out.
                    if let Some(sid) = logon["accountSid"].as_str() {
                        assert_eq!(listed["Sid"], sid);
                    }
                    users += 1;
                }
            }
            for row in table.iter().filter(|row| row["MergedToDeviceId"] != "") {
                let survivor = table.iter().find(|other| other["DeviceId"] == row["MergedToDeviceId"]).unwrap();
                assert_eq!(text(survivor, "MergedDeviceIds"), format!("[\"{}\"]", text(row, "DeviceId")));
                merged += 1;
            }
            for event in rows(&tenant, DEVICE_LOGON_EVENTS, period) {
                let logons = read(&tenant, LOGON_USERS, query(Period(period), &text(&event, "DeviceId")));
                let is_same = |logon: &Value| {
                    text(logon, "accountName").eq_ignore_ascii_case(event["AccountName"].as_str().unwrap())
                        && text(logon, "accountDomain").eq_ignore_ascii_case(event["AccountDomain"].as_str().unwrap())
                };
                assert!(logons.iter().any(is_same), "{event}");
            }
        }
    }
    assert!(users > 100 && merged > 0, "{users} {merged}");
}

#[test]
fn interfaces_have_the_addresses_of_their_devices() {
    for seed in 0..4 {
        let tenant = tenant(seed);
        let machines: BTreeMap<String, Value> =
            rows(&tenant, MACHINES, 21).into_iter().map(|row| (text(&row, "id"), row)).collect();
        let table = rows(&tenant, DEVICE_NETWORK_INFO, 21);
        assert!(!table.is_empty());
        for row in table {
            let known = machines[&text(&row, "DeviceId")]["ipAddresses"].as_array().unwrap();
            let listed: Vec<Value> = serde_json::from_str(row["IPAddresses"].as_str().unwrap()).unwrap();
            for address in listed {
                let is_same = |known: &Value| {
                    known["ipAddress"] == address["IPAddress"] && known["macAddress"] == row["MacAddress"]
                };
                assert!(known.iter().any(is_same), "{row}");
            }
        }
    }
}

#[test]
fn identities_lead_from_every_logon_to_the_directory() {
    let mut found = 0;
    for seed in 0..5 {
        let tenant = tenant(seed);
        for period in [0, 40] {
            let table = rows(&tenant, IDENTITY_INFO, period);
            let users = rows(&tenant, USERS, period);
            assert_eq!(
                columns(
                    &table,
                    &[
                        "AccountObjectId",
                        "AccountUpn",
                        "OnPremSid",
                        "CloudSid",
                        "AccountDisplayName",
                        "IsAccountEnabled"
                    ]
                ),
                columns(
                    &users,
                    &[
                        "id",
                        "userPrincipalName",
                        "onPremisesSecurityIdentifier",
                        "securityIdentifier",
                        "displayName",
                        "accountEnabled"
                    ]
                ),
            );
            let mut sids: BTreeSet<String> = BTreeSet::new();
            for row in &table {
                sids.extend([text(row, "OnPremSid"), text(row, "CloudSid")]);
            }
            // Who has left the directory stays in the log.
            let gone: BTreeSet<String> = (0..tenant.account_count(Period(period)))
                .filter(|index| tenant.person(*index, Period(period)).is_none())
                .map(|index| tenant.account(index).sid)
                .collect();
            for device in rows(&tenant, DEVICE_INFO, period) {
                let listed: Vec<Value> = serde_json::from_str(device["LoggedOnUsers"].as_str().unwrap()).unwrap();
                for user in
                    listed.iter().filter(|user| ["CORP", "LAB", "AzureAD"].contains(&text(user, "DomainName").as_str()))
                {
                    let sid = text(user, "Sid");
                    assert!(sids.contains(&sid) || gone.contains(&sid), "{user}");
                    found += 1;
                }
            }
        }
    }
    assert!(found > 100, "{found}");
}

#[test]
fn make_and_model_agree_with_the_export() {
    let tenant = tenant(2);
    let table: BTreeMap<String, Value> =
        rows(&tenant, DEVICE_INFO, 8).into_iter().map(|row| (text(&row, "DeviceId"), row)).collect();
    for row in rows(&tenant, HARDWARE_FIRMWARE, 8) {
        let fields: Value = serde_json::from_str(row["additionalFields"].as_str().unwrap()).unwrap();
        assert!(fields.is_object());
        if row["componentType"] == "Hardware" {
            let device = &table[&text(&row, "deviceId")];
            assert_eq!((&row["manufacturer"], &row["componentName"]), (&device["Vendor"], &device["Model"]));
        }
    }
}

#[test]
fn columns_have_the_types_of_hunting() {
    for seed in 0..3 {
        let tenant = tenant(seed);
        for table in TABLES {
            let list = rows(&tenant, table, 12);
            assert!(!list.is_empty(), "{}", table.context);
            let names: Vec<_> = list[0].as_object().unwrap().keys().cloned().collect();
            for row in &list {
                let row = row.as_object().unwrap();
                assert_eq!(row.keys().cloned().collect::<Vec<_>>(), names, "{}: rows differ in columns", table.context);
                for (name, value) in row {
                    assert!(!value.is_boolean() && !value.is_array() && !value.is_object(), "{name}: {value}");
                    if name == "Timestamp" {
                        assert_eq!(value.as_str().unwrap().len(), "2026-01-01T00:00:00.0000000Z".len());
                    }
                }
            }
        }
    }
}

#[test]
fn passing_over_other_devices_loses_no_row_of_a_shard() {
    let tenant = tenant(3);
    for collection in TABLES {
        let all = rows(&tenant, collection, 40);
        assert!(!all.is_empty(), "{}", collection.context);
        let of_devices = all[0].get("DeviceId").is_some();
        for number in 0..4 {
            let shard = Shard { of: 4, number };
            let mut narrowed = (collection.open)(&tenant, query(Period(40), "")).unwrap();
            narrowed.narrow(shard);
            let (mut found, mut out) = (Vec::new(), Vec::new());
            while narrowed.next(&mut out).is_some() {
                found.push(serde_json::from_slice::<Value>(&std::mem::take(&mut out)).unwrap());
            }
            let wanted = all.iter().filter(|row| !of_devices || shard.has(&text(row, "DeviceId")));
            assert!(found.iter().eq(wanted), "{} {number}", collection.context);
            assert!(!of_devices || found.len() < all.len(), "{} {number}", collection.context);
        }
    }
}
