//! Every null and every oddity that collectors have to live with is there.

use crate::model::{Shape, Tenant};
use crate::period::Period;
use crate::wire::testing::{query, read};
use crate::wire::{
    LOGON_USERS, MACHINE_MISSING_KBS, MACHINE_SOFTWARE, MACHINE_VULNERABILITIES, MACHINES, MACHINES_VULNERABILITIES,
    NON_CPE_SOFTWARE, RECOMMENDATIONS, SECURE_CONFIGURATION, SOFTWARE_INVENTORY, VULNERABILITIES, VULNERABILITY_EXPORT,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn big() -> Arc<Tenant> {
    Arc::new(Tenant::new(Shape { seed: 4, devices: 600, recommendations: 100, ..Shape::default() }))
}

fn some(rows: &[Value], what: &str, holds: impl Fn(&Value) -> bool) {
    let count = rows.iter().filter(|row| holds(row)).count();
    assert!(count > 0 && count < rows.len(), "{what}: {count} of {}", rows.len());
}

#[test]
fn machines() {
    let rows = read(&big(), MACHINES, query(Period(8), ""));
    for name in [
        "mergedIntoMachineId",
        "exclusionReason",
        "computerDnsName",
        "osProcessor",
        "lastIpAddress",
        "lastExternalIpAddress",
        "agentVersion",
        "osBuild",
        "deviceValue",
        "rbacGroupName",
        "riskScore",
        "exposureLevel",
        "isAadJoined",
        "aadDeviceId",
        "osArchitecture",
        "vmMetadata",
    ] {
        some(&rows, name, |row| row[name].is_null());
    }
    assert!(rows.iter().all(|row| row["osVersion"].is_null() && row["rbacGroupId"].is_u64()));
    some(&rows, "no defenderAvStatus", |row| row.get("defenderAvStatus").is_none());
    some(&rows, "empty name", |row| row["computerDnsName"] == "");
    some(&rows, "no address", |row| row["ipAddresses"] == Value::Array(Vec::new()));
    some(&rows, "duplicates", |row| row["isPotentialDuplication"] == true);
    some(&rows, "tags", |row| !row["machineTags"].as_array().unwrap().is_empty());
    some(&rows, "no subscription", |row| !row["vmMetadata"].is_null() && row["vmMetadata"]["subscriptionId"].is_null());
    some(&rows, "Arc", |row| row["vmMetadata"]["resourceId"].as_str().is_some_and(|id| id.contains("HybridCompute")));
    some(&rows, "last address is not listed", |row| {
        let list = row["ipAddresses"].as_array().unwrap();
        !row["lastIpAddress"].is_null() && list.iter().all(|address| address["ipAddress"] != row["lastIpAddress"])
    });
    for status in ["Onboarded", "CanBeOnboarded", "Unsupported", "InsufficientInfo"] {
        some(&rows, status, |row| row["onboardingStatus"] == status);
    }
    for health in ["Active", "Inactive", "Unknown", "ImpairedCommunication"] {
        some(&rows, health, |row| row["healthStatus"] == health);
    }
    for platform in ["Windows11", "WindowsServer2022", "macOS", "Ubuntu", "RedHatEnterpriseLinux", "iOS", "Android"] {
        some(&rows, platform, |row| row["osPlatform"] == platform);
    }
    let digits: BTreeSet<usize> = (rows.iter())
        .map(|row| {
            row["lastSeen"].as_str().unwrap().trim_end_matches('Z').split_once('.').map_or(0, |parts| parts.1.len())
        })
        .collect();
    assert_eq!(digits, BTreeSet::from([0, 3, 6, 7]));
    let mut macs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        for address in row["ipAddresses"].as_array().unwrap() {
            if let Some(mac) = address["macAddress"].as_str() {
                assert_eq!(mac.len(), 12);
                macs.entry(mac).or_default().insert(row["computerDnsName"].as_str().unwrap_or_default());
            }
        }
    }
    assert!(macs["000000000000"].len() > 1);
    assert!(macs.iter().any(|(mac, names)| *mac != "000000000000" && names.len() > 1), "no shared dock");
    let elements: Vec<Value> = rows.iter().flat_map(|row| row["ipAddresses"].as_array().unwrap().clone()).collect();
    some(&elements, "loopback without MAC", |it| it["type"] == "SoftwareLoopback" && it["macAddress"].is_null());
    some(&elements, "no type", |it| it["type"].is_null());
    some(&elements, "APIPA", |it| it["ipAddress"].as_str().unwrap().starts_with("169.254."));
    some(&elements, "link-local", |it| it["ipAddress"].as_str().unwrap().starts_with("fe80::"));
    some(&elements, "unspecified", |it| it["ipAddress"] == "0.0.0.0");
}

#[test]
fn logons() {
    let tenant = big();
    let period = Period(8);
    let mut rows = Vec::new();
    let (mut none, mut many) = (0, 0);
    for device in tenant.devices(period) {
        let list = read(&tenant, LOGON_USERS, query(period, &device.id()));
        none += usize::from(list.is_empty());
        many += usize::from(list.len() > 8);
        rows.extend(list);
    }
    assert!(none > 0 && many > 0, "{none} {many}");
    some(&rows, "no accountSid", |row| row.get("accountSid").is_none());
    some(&rows, "null accountSid", |row| row.get("accountSid").is_some_and(Value::is_null));
    some(&rows, "several types", |row| row["logonTypes"].as_str().unwrap().contains(','));
    some(&rows, "cloud", |row| {
        row["accountDomain"] == "AzureAD" && row["accountSid"].as_str().is_none_or(|sid| sid.starts_with("S-1-12-1-"))
    });
    some(&rows, "unknown", |row| row["isOnlyNetworkUser"].is_null());
    some(&rows, "older members", |row| row.get("logOnMachinesCount").is_some());
    some(&rows, "local", |row| row["accountName"] == "Administrator");
    let mut domains: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        assert!(row["firstSeen"].as_str().unwrap()[..19] <= row["lastSeen"].as_str().unwrap()[..19], "{row}");
        domains.entry(row["accountName"].as_str().unwrap()).or_default().insert(row["accountDomain"].as_str().unwrap());
    }
    let shared = |(name, domains): (&&str, &BTreeSet<&str>)| name.contains('.') && domains.len() > 1;
    assert!(domains.iter().any(shared), "no name in two domains");
}

#[test]
fn exports() {
    let tenant = big();
    let rows = |collection| read(&tenant, collection, query(Period(8), ""));
    let findings = rows(VULNERABILITY_EXPORT);
    for name in [
        "deviceName",
        "cveId",
        "cvssScore",
        "vulnerabilitySeverityLevel",
        "recommendedSecurityUpdateId",
        "endOfSupportDate",
    ] {
        some(&findings, name, |row| row[name].is_null());
    }
    some(&findings, "Unassigned", |row| row["rbacGroupName"] == "Unassigned" && row["rbacGroupId"] == 0);
    some(&findings, "TVM-", |row| row["cveId"].as_str().is_some_and(|id| id.starts_with("TVM-")));
    some(&findings, "no fix", |row| row["securityUpdateAvailable"] == false && !row["cveId"].is_null());
    some(&findings, "no path", |row| row["diskPaths"] == Value::Array(Vec::new()));
    for word in ["ExploitIsPublic", "ExploitIsVerified", "ExploitIsInKit"] {
        some(&findings, word, |row| row["exploitabilityLevel"] == word);
    }
    for word in ["Low", "Medium", "High", "Critical"] {
        some(&findings, word, |row| row["vulnerabilitySeverityLevel"] == word);
    }
    for row in &findings {
        let part = |name: &str| row[name].as_str().unwrap_or_default();
        let id = ["deviceId", "softwareName", "softwareVersion", "cveId"].map(part).join("_") + "_";
        assert_eq!(row["id"], id);
        for name in ["firstSeenTimestamp", "lastSeenTimestamp"] {
            let time = part(name);
            assert!(time.as_bytes()[10] == b' ' && !time.ends_with('Z') && time < "2026-01-04", "{row}");
        }
    }
    let inventory = rows(SOFTWARE_INVENTORY);
    some(&inventory, "weak", |row| row["numberOfWeaknesses"].as_u64().unwrap() > 0);
    some(&inventory, "end of support", |row| row["endOfSupportStatus"] != "None");
    let mut versions: BTreeMap<[&str; 2], usize> = BTreeMap::new();
    for row in &inventory {
        *versions.entry(["deviceId", "softwareName"].map(|name| row[name].as_str().unwrap())).or_default() += 1;
    }
    assert!(versions.values().any(|count| *count > 1), "no versions side by side");
    let plain = rows(NON_CPE_SOFTWARE);
    some(&plain, "not ASCII", |row| !row["softwareName"].as_str().unwrap().is_ascii());
    some(&plain, "quotes", |row| row["softwareName"].as_str().unwrap().contains('"'));
    some(&plain, "no vendor", |row| row["softwareVendor"] == "");
    let checks = rows(SECURE_CONFIGURATION);
    some(&checks, "not applicable", |row| row["isApplicable"] == false);
    some(&checks, "no subcategory", |row| row["configurationSubcategory"] == "");
    let advice = rows(RECOMMENDATIONS);
    some(&advice, "exception", |row| row["status"] == "Exception");
    some(&advice, "a space in the category", |row| row["recommendationCategory"] == "Security controls");
    let pairs = rows(MACHINES_VULNERABILITIES);
    some(&pairs, "no KB", |row| row["fixingKbId"].is_null());
    let catalogue = rows(VULNERABILITIES);
    some(&catalogue, "concerns nobody", |row| row["exposedMachines"] == 0);
    some(&catalogue, "no epss", |row| row["epss"].is_null());
}

#[test]
fn lists_of_a_device() {
    let tenant = big();
    let period = Period(8);
    let (mut updates, mut weak) = (0, 0);
    for device in tenant.devices(period).take(80) {
        let id = device.id();
        updates += read(&tenant, MACHINE_MISSING_KBS, query(period, &id)).len();
        for row in read(&tenant, MACHINE_VULNERABILITIES, query(period, &id)) {
            assert!(row["@odata.type"].as_str().unwrap().starts_with('#'));
            assert!(row["exposedMachines"].as_u64().unwrap() > 0);
            weak += 1;
        }
        for row in read(&tenant, MACHINE_SOFTWARE, query(period, &id)) {
            assert!(row.get("version").is_none());
        }
    }
    assert!(updates > 0 && weak > 0);
}
