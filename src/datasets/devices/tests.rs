mod addresses;

use defender_rows::event::OcsfVersion;
use defender_rows::record::FieldTable as _;
use serde_json::json;

use super::*;
use crate::config::Config;
use crate::datasets::testing::{COLLECTED_MS, DEVICE, Doc, Run};
use crate::memory::{DeviceFilter, FilterReason};

const T: Subject<'static> = Subject::Tenant;

/// A machine with every member that is documented or was recorded.
fn full() -> String {
    json!({
        "id": DEVICE.to_uppercase(),
        "mergedIntoMachineId": null,
        "isPotentialDuplication": false,
        "isExcluded": true,
        "exclusionReason": "DuplicateDevice",
        "computerDnsName": "srv-7.contoso.example",
        "firstSeen": "2024-01-02T03:04:05.678901Z",
        "lastSeen": "2026-11-20T17:12:35.4409708Z",
        "osPlatform": "WindowsServer2019",
        "osVersion": null,
        "osProcessor": "x64",
        "version": "1809",
        "lastIpAddress": "10.50.11.140",
        "lastExternalIpAddress": "203.0.113.7",
        "agentVersion": "10.8760.17763.6414",
        "osBuild": 17763,
        "healthStatus": "Active",
        "deviceValue": "High",
        "rbacGroupId": 86,
        "rbacGroupName": "Servers",
        "riskScore": "Medium",
        "exposureLevel": "High",
        "isAadJoined": true,
        "aadDeviceId": "80fe8ff8-2624-418e-9591-41f0491218f9",
        "machineTags": ["tier0"],
        "defenderAvStatus": "Updated",
        "onboardingStatus": "Onboarded",
        "osArchitecture": "64-bit",
        "managedBy": "Intune",
        "managedByStatus": "Success",
        "ipAddresses": [
            { "ipAddress": "2001:DB8::140", "macAddress": "00005e005301", "type": "Ethernet", "operationalStatus": "Up" },
            { "ipAddress": "10.50.11.140", "macAddress": "00005E005301", "type": "Ethernet", "operationalStatus": "Up" },
            { "ipAddress": "127.0.0.1", "macAddress": null, "type": "SoftwareLoopback", "operationalStatus": "Up" },
            { "ipAddress": "::1", "macAddress": "000000000000", "type": "Other", "operationalStatus": "Up" },
        ],
        "vmMetadata": { "vmId": "2ca81940-456f-4e56-b80a-68b4f3d3da23", "cloudProvider": "Azure",
            "resourceId": "/subscriptions/1/vm", "subscriptionId": "193f89dc-6225-4a80-bacb-96b32fbf6dd0" },
    })
    .to_string()
}

#[test]
fn a_full_record_is_mapped() {
    let mut run = Run::ocsf();
    let docs = run.emit(map, &full(), T);
    assert_eq!(docs.len(), 3);
    let device = &docs[0];
    assert_eq!(device.key(), format!("device:{DEVICE}"));
    assert_eq!(
        device.refs(),
        [
            format!("has ip_address:{DEVICE}/10.50.11.140"),
            format!("has ip_address:{DEVICE}/2001%3Adb8%3A%3A140"),
            "member_of device_group:86".into(),
        ]
    );
    assert_eq!(device.json["schema"], "ocsf/1.8.0/5001");
    let body = device.body();
    assert_eq!(body["time"], COLLECTED_MS, "when it was seen is a member of its own");
    assert_eq!(body["message"], "srv-7.contoso.example (WindowsServer2019) Active, risk Medium, exposure High");
    assert_eq!(
        body["device"],
        json!({
            "uid": DEVICE,
            "uid_alt": "80fe8ff8-2624-418e-9591-41f0491218f9",
            "hostname": "srv-7.contoso.example",
            "name": "srv-7",
            "domain": "contoso.example",
            "type_id": 1,
            "type": "Server",
            "os": { "name": "Windows Server 2019", "type_id": 100, "type": "Windows", "version": "1809", "build": "17763" },
            "ip": "10.50.11.140",
            "mac": "00:00:5E:00:53:01",
            "network_interfaces": [
                { "ip": "10.50.11.140", "mac": "00:00:5E:00:53:01", "type_id": 1, "type": "Wired" },
                { "ip": "2001:db8::140", "mac": "00:00:5E:00:53:01", "type_id": 1, "type": "Wired" },
            ],
            "first_seen_time": 1_704_164_645_678_i64,
            "last_seen_time": 1_795_194_755_440_i64,
            "is_managed": true,
            "risk_level_id": 2,
            "risk_level": "Medium",
            "groups": [{ "uid": "86", "name": "Servers", "type": "Defender device group" }],
            "agent_list": [{ "name": "Microsoft Defender for Endpoint", "vendor_name": "Microsoft", "type_id": 1,
                "type": "Endpoint Detection and Response", "version": "10.8760.17763.6414" }],
            "hw_info": { "cpu_bits": 64, "cpu_architecture_id": 1, "cpu_architecture": "x86" },
            "org": { "uid": "7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01" },
            "instance_uid": "2ca81940-456f-4e56-b80a-68b4f3d3da23",
        })
    );
    assert_eq!(
        body["cloud"],
        json!({ "provider": "Azure", "account": { "uid": "193f89dc-6225-4a80-bacb-96b32fbf6dd0", "type_id": 13,
            "type": "Azure Subscription" } })
    );
    assert_eq!(body["metadata"]["profiles"], json!(["cloud"]));
    assert_eq!(body["metadata"]["original_event_uid"], DEVICE);
    assert!(body["metadata"]["original_time"].is_null());
    assert_eq!(
        body["enrichments"][0]["src_url"],
        format!("https://security.microsoft.com/machines/{DEVICE}/overview?tid=7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01")
    );
    let unmapped = &body["unmapped"];
    for (name, value) in [
        ("isPotentialDuplication", json!(false)),
        ("isExcluded", json!(true)),
        ("exclusionReason", json!("DuplicateDevice")),
        ("lastExternalIpAddress", json!("203.0.113.7")),
        ("healthStatus", json!("Active")),
        ("deviceValue", json!("High")),
        ("exposureLevel", json!("High")),
        ("isAadJoined", json!(true)),
        ("machineTags", json!(["tier0"])),
        ("defenderAvStatus", json!("Updated")),
        ("onboardingStatus", json!("Onboarded")),
        ("managedBy", json!("Intune")),
        ("managedByStatus", json!("Success")),
        ("osProcessor", json!("x64")),
        ("vmMetadata", json!({ "resourceId": "/subscriptions/1/vm" })),
    ] {
        assert_eq!(unmapped[name], value, "{name}");
    }
    assert_eq!(unmapped["ipAddresses"].as_array().unwrap().len(), 2);
    assert_eq!(unmapped.as_object().unwrap().len(), 16);
    assert_eq!(run.tolerated(), []);
    assert!(run.roster.contains(DEVICE));
}

#[test]
fn nothing_but_an_identity_is_enough() {
    let mut run = Run::ocsf();
    let docs = run.emit(map, &format!(r#"{{"id":"{DEVICE}"}}"#), T);
    assert_eq!(docs.len(), 1);
    assert_eq!(
        docs[0].at("/device"),
        &json!({ "uid": DEVICE, "type_id": 0, "type": "Unknown",
            "os": { "name": "Unknown", "type_id": 0, "type": "Unknown" },
            "org": { "uid": "7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01" } })
    );
    assert_eq!(docs[0].at("/time"), COLLECTED_MS);
    assert_eq!(docs[0].at("/message"), &json!(format!("{DEVICE}, discovered, not onboarded")));
    assert!(docs[0].at("/unmapped").is_null() && docs[0].at("/metadata/profiles").is_null());
    assert!(docs[0].refs().is_empty());
}

#[test]
fn nulls_empty_texts_and_never_are_no_values() {
    let names = Field::NAMES.iter().copied().filter(|name| *name != "id");
    for value in ["null", r#""""#, r#"" ""#] {
        let members: Vec<_> = names.clone().map(|name| format!("\"{name}\":{value}")).collect();
        let row = format!(r#"{{"id":"{DEVICE}",{}}}"#, members.join(","));
        let docs = Run::ocsf().emit(map, &row, T);
        assert_eq!(docs[0].at("/device/os/name"), "Unknown");
        assert!(docs[0].at("/device/hostname").is_null());
        assert!(docs[0].at("/device/agent_list").is_null());
    }
    let mut run = Run::ocsf();
    let row = json!({ "id": DEVICE, "firstSeen": "0001-01-01T00:00:00Z", "lastSeen": "0001-01-01T00:00:00Z",
        "agentVersion": "1.2" });
    let docs = run.emit(map, &row.to_string(), T);
    assert!(docs[0].at("/device/first_seen_time").is_null() && docs[0].at("/metadata/original_time").is_null());
    assert_eq!(docs[0].at("/device/agent_list/0/version"), "1.2");
    assert_eq!(run.tolerated(), [("year_1_date", 2)]);
}

#[test]
fn discovered_devices_have_no_agent_and_say_so() {
    for status in ["CanBeOnboarded", "Unsupported", "InsufficientInfo"] {
        let row = json!({ "id": DEVICE, "computerDnsName": "printer", "onboardingStatus": status, "agentVersion": "1",
            "osPlatform": "Other", "version": "Other", "managedBy": "Unknown", "riskScore": "None" });
        let docs = Run::ocsf().emit(map, &row.to_string(), T);
        let body = docs[0].body();
        assert!(body["device"]["agent_list"].is_null() && body["device"]["is_managed"].is_null());
        assert!(body["device"]["os"]["version"].is_null() && body["device"]["risk_level_id"].is_null());
        assert_eq!(body["unmapped"]["agentVersion"], "1");
        assert_eq!(body["unmapped"]["version"], "Other");
        assert_eq!(body["unmapped"]["riskScore"], "None");
        assert_eq!(body["device"]["name"], "printer");
        assert!(body["device"]["domain"].is_null());
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(&format!("discovered, not onboarded ({status})")), "{message}");
    }
}

#[test]
fn other_spellings_are_read() {
    let row = json!({ "ID": DEVICE, "ComputerDnsName": ".odd.", "OsPlatform": "Windows 10", "RbacGroupId": "86",
        "RbacGroupName": "Servers", "OnboardingStatus": "onboarded", "OsBuild": "19045", "lastSeen": "2026-11-20 17:12:35",
        "osArchitecture": "arm64", "mergedIntoMachineId": "B".repeat(40), "riskScore": "Extreme", "newColumn": [1],
        "aNewOne": null, "vmMetadata": { "cloudProvider": "Unknown", "vmId": "v", "extra": 1 } });
    let mut run = Run::ocsf();
    let docs = run.emit(map, &row.to_string(), T);
    let body = docs[0].body();
    assert_eq!(docs[0].refs(), ["member_of device_group:86".into(), format!("merged_into device:{}", "b".repeat(40))]);
    assert_eq!(body["device"]["os"]["build"], "19045");
    assert_eq!(body["device"]["hostname"], ".odd");
    assert!(body["device"]["name"].is_null());
    assert_eq!(
        body["device"]["hw_info"],
        json!({ "cpu_bits": 64, "cpu_architecture_id": 2, "cpu_architecture": "ARM" })
    );
    assert_eq!((&body["device"]["risk_level_id"], &body["device"]["risk_level"]), (&json!(99), &json!("Extreme")));
    assert_eq!(body["device"]["last_seen_time"], 1_795_194_755_000_i64);
    assert!(body["message"].as_str().unwrap().ends_with(&format!("merged into {}", "b".repeat(40))));
    assert!(body["cloud"].is_null());
    assert_eq!(body["unmapped"]["mergedIntoMachineId"], "B".repeat(40));
    assert_eq!(body["unmapped"]["newColumn"], json!([1]));
    assert_eq!(body["unmapped"]["vmMetadata"], json!({ "cloudProvider": "Unknown", "extra": 1 }));
    assert_eq!(run.tolerated(), [("unknown_column", 3), ("unknown_word.riskScore", 1)]);
}

#[test]
fn an_address_is_no_host_name() {
    for (given, name, domain) in [
        ("10.20.30.40", None, None),
        ("fe80::1", None, None),
        ("::ffff:10.0.0.1.", None, None),
        ("host.example.test.", Some("host"), Some("example.test")),
        ("host.", Some("host"), None),
    ] {
        let row = json!({ "id": DEVICE, "computerDnsName": given, "onboardingStatus": "CanBeOnboarded" });
        let docs = Run::ocsf().emit(map, &row.to_string(), T);
        let device = &docs[0].body()["device"];
        assert_eq!((device["name"].as_str(), device["domain"].as_str()), (name, domain), "{given}");
        assert_eq!(device["hostname"].as_str(), name.map(|_| given.trim_end_matches('.')), "{given}");
        assert_eq!(docs[0].at("/unmapped/computerDnsName").as_str(), Some(given).filter(|_| name.is_none()), "{given}");
        let observables = docs[0].at("/observables").to_string();
        assert_eq!(observables.contains("Hostname"), name.is_some(), "{given}");
    }
}

#[test]
fn interfaces_without_an_address_keep_their_mac() {
    let row = json!({ "id": DEVICE, "ipAddresses": [
        { "ipAddress": null, "macAddress": "001122AABBCC", "type": "Ethernet", "operationalStatus": "Down" },
        { "ipAddress": "", "macAddress": "0011.22aa.bbdd", "type": "IEEE80211", "operationalStatus": "Present" },
        { "ipAddress": "10.0.0.7,10.0.0.8", "macAddress": "00-11-22-AA-BB-EE", "type": "Ethernet" },
        { "ipAddress": "10.0.0.9", "macAddress": "001122AABBFF", "type": "PPP", "operationalStatus": "Up" },
        { "ipAddress": null, "macAddress": "000000000000", "type": "Ethernet" },
        { "ipAddress": null, "macAddress": "0A0000000001", "type": "SoftwareLoopback" },
    ] });
    let mut run = Run::ocsf();
    let docs = run.emit(map, &row.to_string(), T);
    assert_eq!(
        docs[0].at("/device/network_interfaces"),
        &json!([
            { "ip": "10.0.0.9", "mac": "00:11:22:AA:BB:FF", "type_id": 99, "type": "PPP" },
            { "mac": "00:11:22:AA:BB:CC", "type_id": 1, "type": "Wired" },
            { "mac": "00:11:22:AA:BB:DD", "type_id": 2, "type": "Wireless" },
            { "mac": "00:11:22:AA:BB:EE", "type_id": 1, "type": "Wired" },
        ])
    );
    assert_eq!(docs.len(), 2, "one address");
    assert_eq!(docs[0].at("/unmapped/ipAddresses").as_array().unwrap().len(), 6);
    assert_eq!(run.tolerated(), [("unreadable_address", 1)]);
}

#[test]
fn the_hash_sees_changes_and_nothing_else() {
    let hash = |row: &str| Run::ocsf().emit(map, row, T)[0].event.content_hash.clone();
    let native = |row: &str| Run::native().emit(map, row, T)[0].event.content_hash.clone();
    let row = full();
    let seen_later = row.replace("2026-11-20T17", "2026-11-21T09");
    // Other order of columns and addresses, another of the addresses used last, an annotation.
    let mut value: serde_json::Value = serde_json::from_str(&row).unwrap();
    value["ipAddresses"].as_array_mut().unwrap().reverse();
    value["lastIpAddress"] = json!("2001:db8::140");
    let members = value.as_object().unwrap();
    let reordered: Vec<_> = members.iter().rev().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    let reordered = format!("{{\"@odata.type\":\"x\",{}}}", reordered.join(","));
    for hash in [&hash as &dyn Fn(&str) -> String, &native] {
        assert_eq!(hash(&row), hash(&seen_later));
        assert_eq!(hash(&row), hash(&reordered));
        for changed in [
            row.replace("\"High\"", "\"Low\""),
            row.replace("tier0", "tier1"),
            row.replace("10.50.11.140", "10.50.11.141"),
            row.replace("\"isExcluded\":true", "\"isExcluded\":false"),
            row.replace("6414", "6415"),
        ] {
            assert_ne!(hash(&row), hash(&changed), "{changed}");
        }
    }
}

#[test]
fn replaying_gives_the_same() {
    let (mut one, mut two) = (Run::ocsf(), Run::ocsf());
    two.events.collected_at(COLLECTED_MS + 86_400_000);
    let (one, two) = (one.emit(map, &full(), T), two.emit(map, &full(), T));
    for (one, two) in one.iter().zip(&two) {
        assert_eq!(one.event.key, two.event.key);
        assert_eq!(one.event.content_hash, two.event.content_hash);
        assert_eq!(one.at("/metadata/uid"), two.at("/metadata/uid"));
        let strip = |doc: &Doc| {
            let mut body = doc.body().clone();
            (body["metadata"], body["time"]) = (json!(null), json!(null));
            body
        };
        assert_eq!(strip(one), strip(two));
    }
}

#[test]
fn native_bodies_are_the_records() {
    let row = full();
    let docs = Run::native().emit(map, &row, T);
    assert_eq!(docs[0].json["schema"], "native/devices");
    assert!(docs[0].event.document.ends_with(&format!("\"body\":{row}}}")));
    assert_eq!(docs[1].body()["deviceId"], DEVICE);
    assert_eq!(docs[1].at("/ipAddresses/0/macAddress"), "00005E005301");
    let spread = format!("{{\n  \"id\": \"{DEVICE}\",\r\n  \"x\": [ 1 ]\n}}");
    assert_eq!(Run::native().emit(map, &spread, T)[0].at("/x/0"), 1);
    let unlisted = format!(r#"{{"id":"{DEVICE}","lastIpAddress":"10.0.0.4"}}"#);
    let docs = Run::native().emit(map, &unlisted, T);
    assert_eq!(docs[1].body(), &json!({ "deviceId": DEVICE, "lastIpAddress": "10.0.0.4" }));
}

#[test]
fn older_releases_lack_some_attributes() {
    for version in OcsfVersion::ALL {
        let docs = Run::new(Format::Ocsf, version).emit(map, &full(), T);
        let has_uid = docs[0].body()["observables"].as_array().unwrap().iter().any(|one| one["type_id"] == 47);
        assert_eq!(has_uid, version >= OcsfVersion::V1_6);
        assert_eq!(docs[0].at("/metadata/log_format").is_null(), version < OcsfVersion::V1_7);
        assert_eq!(docs[0].at("/metadata/original_event_uid").is_null(), version < OcsfVersion::V1_7);
        assert_eq!(docs[0].json["schema"], format!("ocsf/{}/5001", version.as_str()));
        assert_eq!(docs[0].at("/metadata/version"), version.as_str());
    }
}

#[test]
fn rows_that_are_not_emitted_say_why() {
    let mut run = Run::ocsf();
    for (row, expected) in [
        ("[]", Outcome::Rejected(RejectReason::Malformed)),
        (r#"{"id":"\ud800"}"#, Outcome::Rejected(RejectReason::Malformed)),
        ("{}", Outcome::Rejected(RejectReason::NoIdentity)),
        (r#"{"id":null}"#, Outcome::Rejected(RejectReason::NoIdentity)),
        (r#"{"id":" "}"#, Outcome::Rejected(RejectReason::NoIdentity)),
        (r#"{"id":[]}"#, Outcome::Rejected(RejectReason::NoIdentity)),
    ] {
        assert_eq!(run.map(map, row, T), expected, "{row}");
    }
    let row = full();
    assert_eq!(run.map(enroll, &row, T), Outcome::Emitted);
    assert!(run.events.is_empty());
    assert_eq!(run.roster.len(), 1);
    assert_eq!(run.map(enroll, &row, T), Outcome::Duplicate);
    run.handed_over();
    assert_eq!(run.map(map, &row, T), Outcome::Duplicate);
    assert!(run.events.is_empty());
}

#[test]
fn unwanted_devices_are_filtered_and_not_remembered() {
    let mut run = Run::ocsf();
    let config = r#"{"tenant_id":"contoso.example","client_id":"7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01",
        "filters":{"require":["dns_name","ip_address"]}}"#;
    let config = Config::parse(config).unwrap().filters;
    run.filter = DeviceFilter::new(config, COLLECTED_MS);
    let loopback_only = json!({ "id": DEVICE, "computerDnsName": "pc", "lastIpAddress": "127.0.0.1",
        "ipAddresses": [{ "ipAddress": "::1" }] });
    let outcome = run.map(map, &loopback_only.to_string(), T);
    assert_eq!(outcome, Outcome::Filtered(FilterReason::NoIpAddress));
    assert!(run.events.is_empty() && run.roster.is_empty());
    let with_address = json!({ "id": "b".repeat(40), "computerDnsName": "pc", "lastIpAddress": "10.0.0.4" });
    assert_eq!(run.map(map, &with_address.to_string(), T), Outcome::Emitted);
}
