//! Rows that are one thing, in whatever order they come.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A value with the elements of its lists and the members of its objects in another order.
fn shuffled(value: &Value, seed: usize) -> String {
    match value {
        Value::Array(elements) => {
            let mut texts: Vec<_> = elements.iter().map(|element| shuffled(element, seed / 3)).collect();
            let turn = seed % texts.len().max(1);
            texts.rotate_left(turn);
            format!("[{}]", texts.join(if seed.is_multiple_of(2) { "," } else { ", " }))
        }
        Value::Object(members) => {
            let member = |(name, member): (&String, &Value)| format!("{}:{}", json!(name), shuffled(member, seed / 3));
            let mut texts: Vec<_> = members.iter().map(member).collect();
            let turn = seed % texts.len().max(1);
            texts.rotate_left(turn);
            format!("{{{}}}", texts.join(","))
        }
        other => other.to_string(),
    }
}

/// Rows in the order of a seed, each of them shuffled.
fn in_order(rows: &[Value], seed: usize) -> Vec<String> {
    let mut left: Vec<_> = rows.iter().collect();
    let mut texts = Vec::new();
    let mut draw = seed;
    while !left.is_empty() {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        texts.push(shuffled(left.swap_remove((draw >> 33) % left.len()), draw >> 20));
    }
    texts
}

fn device(n: u8) -> Value {
    json!({ "id": id(n), "computerDnsName": format!("pc{n}.contoso.example"), "osPlatform": "Windows11",
        "onboardingStatus": "Onboarded", "machineTags": ["b", "a", "c"], "lastIpAddress": "10.0.0.1",
        "ipAddresses": [
            { "ipAddress": "10.0.0.1", "macAddress": "00155D000001", "type": "Ethernet", "operationalStatus": "Up" },
            { "ipAddress": "fe80::1", "macAddress": "00155D000001", "type": "Ethernet", "operationalStatus": "Up" },
            { "ipAddress": null, "macAddress": "00155D000002", "type": "IEEE80211", "operationalStatus": "Down" },
        ],
        "vmMetadata": { "vmId": "v", "cloudProvider": "Azure", "resourceId": "r", "subscriptionId": null } })
}

/// Users of a device: each account is told in several spellings or with different values.
fn users() -> Vec<Value> {
    let user = |id: &str, name: &str, domain: &str, types: &str, seen: &str| {
        json!({ "id": id, "accountName": name, "accountDomain": domain, "logonTypes": types, "firstSeen": seen,
            "isDomainAdmin": false })
    };
    vec![
        user("CORP\\Ann", "Ann", "CORP", "Interactive", "2026-01-01T00:00:00Z"),
        user("corp\\ann", "ann", "corp", "Interactive", "2026-01-02T00:00:00Z"),
        user("Corp\\ANN", "ANN", "Corp", "Network", "2026-01-02T00:00:00Z"),
        user("root", "root", "", "Batch", "2026-01-01T00:00:00Z"),
        user("\\root", "root", "", "Batch, Network", "2026-01-01T00:00:00Z"),
    ]
}

/// Findings and software of one product in spellings and at paths of their own.
fn products(cve: Option<&str>) -> Vec<Value> {
    let mut rows = Vec::new();
    for n in [1, 2] {
        for (vendor, path, score) in
            [("acme", "c:\\a", 7.5), ("Acme", "c:\\b", 7.5), ("ACME", "c:\\a", 7.5), ("acme", "c:\\c", 9.0)]
        {
            rows.push(json!({ "deviceId": id(n), "deviceName": format!("pc{n}"), "softwareVendor": vendor,
                "softwareName": "tool", "softwareVersion": "1.0", "cveId": cve, "diskPaths": [path, "c:\\z", "c:\\y"],
                "cvssScore": score, "id": format!("{n}-{vendor}-{path}") }));
        }
    }
    rows
}

/// Everything of the tenant, in the order of a seed.
fn tenant(seed: usize) -> Given {
    let service = Service::new();
    let devices = in_order(&[device(1), device(2)], seed);
    let last = devices[1].clone();
    service.on(DEVICES, [Reply::page(&devices)]);
    service.on(DEVICES_AFTER_2, last_page(last));
    for n in [1, 2] {
        service.on(&of_device(n, "logonusers"), [Reply::page(&in_order(&users(), seed + usize::from(n)))]);
    }
    let page = |rows: &[Value]| [Reply::page(&in_order(rows, seed))];
    service.on("/api/machines/SoftwareInventoryByMachine?pageSize=200000", page(&products(None)));
    service
        .on("/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=200000", page(&products(Some("CVE-2026-1000"))));
    let config = config("devices,device_users,software,vulnerabilities")
        .replace(r#","strategy":"per_device""#, r#","strategy":"bulk""#)
        .replace(r#""device_users":{"enabled":true"#, r#""device_users":{"enabled":true,"strategy":"per_device""#)
        .replace(r#""software":{"enabled":true"#, r#""software":{"enabled":true,"strategy":"bulk""#);
    Given::of(&service, open(&service, &config, None), MANY)
}

#[test]
fn rows_that_are_one_thing_are_one_event() {
    let given = tenant(0);
    for (dataset, received, emitted) in
        [("devices", 2, 2), ("device_users", 10, 4), ("software", 8, 2), ("vulnerabilities", 8, 2)]
    {
        let receipt = given.receipt(dataset);
        assert_eq!(
            (receipt.completeness, receipt.received, receipt.emitted),
            (Completeness::Complete, received, emitted),
            "{receipt:?}"
        );
        assert_eq!(receipt.duplicates, received - emitted, "{dataset}");
        let count = format!(
            r#""body":{{"dataset":"{dataset}","count":{emitted},"received":{received},"rejected":0,"filtered":0}}"#
        );
        assert!(given.events.iter().any(|event| event.document.contains(&count)), "{dataset}: {count}");
    }
    let keys: BTreeSet<_> =
        given.events.iter().filter(|event| event.kind != Kind::Snapshot).map(|event| &event.key).collect();
    assert_eq!(keys.len() + 8, given.events.len(), "each key once, and the markers");
    let numbers = given.numbers();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
}

/// An export is written in parts, and what is one thing may be told in two of them.
#[test]
fn rows_of_two_files_are_one_event() {
    const LIST: &str = "/api/machines/SoftwareVulnerabilitiesExport";
    let run = |files: [&str; 2], datasets: &str| {
        let service = service();
        let links = files.map(|file| format!("https://a.blob.core.windows.net/{file}?sig=s"));
        let list = json!({ "exportFiles": links, "generatedTime": "t1" });
        service.on(LIST, [Reply::ok(list.to_string())]);
        let [one, other] = ["c:\\a", "c:\\b"].map(|path| {
            json!({ "deviceId": id(1), "softwareVendor": "acme", "softwareName": "tool", "softwareVersion": "1.0",
                "cveId": "CVE-2026-1000", "diskPaths": [path] })
            .to_string()
        });
        service.on("/1?sig=s", [Reply::ok(one)]);
        service.on("/2?sig=s", [Reply::ok(other)]);
        Given::of(&service, open(&service, &config(datasets).replace("per_device", "files"), None), MANY)
    };
    for datasets in ["vulnerabilities", "devices,vulnerabilities"] {
        let given = run(["1", "2"], datasets);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.received, receipt.emitted, receipt.duplicates), (2, 1, 1), "{datasets}");
        assert_eq!(given.count("vulnerability"), 1, "{datasets}");
        assert_eq!(run(["2", "1"], datasets).identities(), given.identities(), "{datasets}");
    }
}

/// Lists that are read by offset, in which a thing is told twice, in two spellings.
fn lists(seed: usize, datasets: &str) -> Given {
    let service = Service::new();
    let spelled = |row: Value, id: String, more: (&str, Value)| {
        let mut row = row;
        (row["id"], row[more.0]) = (json!(id), more.1);
        row
    };
    let capital = |row: &Value, more| spelled(row.clone(), row["id"].as_str().unwrap().to_uppercase(), more);
    let (first, cve) = (device(171), json!({ "id": "CVE-2026-1", "severity": "High", "exposedMachines": 1 }));
    let advice = json!({ "id": "va-_-acme-_-tool", "recommendationName": "Update", "severityScore": 5, "vendor": "a" });
    for (path, rows) in [
        ("/api/machines?$top=10000", [capital(&first, ("riskScore", json!("High"))), first.clone(), device(2)]),
        (
            "/api/vulnerabilities?$top=8000",
            [
                spelled(cve.clone(), "cve-2026-1".into(), ("severity", json!("Low"))),
                cve.clone(),
                spelled(cve, "CVE-2026-2".into(), ("severity", json!("Low"))),
            ],
        ),
        (
            "/api/recommendations?$top=10000",
            [
                capital(&advice, ("severityScore", json!(8))),
                advice.clone(),
                spelled(advice, "va-_-acme-_-other".into(), ("severityScore", json!(1))),
            ],
        ),
    ] {
        let rows = in_order(&rows, seed);
        service.on(path, [Reply::page(&rows)]);
        service.on(&format!("{path}&$skip=2"), last_page(rows[2].clone()));
    }
    for name in ["VA-_-ACME-_-TOOL", "va-_-acme-_-tool", "va-_-acme-_-other"] {
        let reference = json!({ "id": id(2), "computerDnsName": "pc2", "osPlatform": "Linux" });
        service.on(&format!("/api/recommendations/{name}/machineReferences"), [Reply::page(&[reference.to_string()])]);
    }
    for n in [171, 2] {
        service.on(&of_device(n, "logonusers"), [Reply::page(&in_order(&users(), seed))]);
    }
    let config = config(datasets)
        .replace(r#""device_users":{"enabled":true"#, r#""device_users":{"enabled":true,"strategy":"per_device""#)
        .replace(
            r#""recommendations":{"enabled":true"#,
            r#""recommendations":{"enabled":true,"strategy":"per_recommendation""#,
        );
    Given::of(&service, open(&service, &config, None), MANY)
}

#[test]
fn things_that_lists_tell_twice_are_one_event_whatever_the_order() {
    for datasets in ["devices,cves", "devices,device_users,recommendations"] {
        let known = lists(0, datasets);
        let things = known.events.iter().filter(|event| event.kind != Kind::Snapshot);
        let keys: BTreeSet<_> = things.clone().map(|event| &event.key).collect();
        assert_eq!((keys.len(), things.count()), (keys.len(), keys.len()), "{datasets}: each key once");
        let devices = known.receipt("devices");
        assert_eq!((devices.emitted, devices.duplicates, devices.completeness), (2, 1, Completeness::Complete));
        for seed in 1..12 {
            assert_eq!(lists(seed, datasets).identities(), known.identities(), "{datasets}, order {seed}");
        }
    }
}

proptest! {
    #[test]
    fn the_order_of_rows_and_of_elements_does_not_show(seed: u32) {
        prop_assert_eq!(tenant(seed as usize).identities(), tenant(0).identities());
    }
}
