use defender_rows::event::OcsfVersion;
use serde_json::{Value as Json, json};

use super::*;
use crate::datasets::testing::{COLLECTED_MS, DEVICE, Run};

const T: Subject<'static> = Subject::Tenant;

fn row() -> Json {
    json!({
        "deviceId": DEVICE, "rbacGroupId": 86, "rbacGroupName": "Servers", "deviceName": "srv-7",
        "osPlatform": "WindowsServer2019", "softwareVendor": "google", "softwareName": "chrome",
        "softwareVersion": "87.0.4280.88", "numberOfWeaknesses": 3, "diskPaths": ["C:\\chrome.exe"],
        "registryPaths": [], "softwareFirstSeenTimestamp": "2020-12-30 11:07:15", "endOfSupportStatus": "None",
        "endOfSupportDate": null,
    })
}

fn with(changes: Json) -> String {
    let mut row = row();
    for (name, value) in changes.as_object().unwrap() {
        row[name] = value.clone();
    }
    row.to_string()
}

#[test]
fn a_row_is_a_product_version_on_a_device() {
    let mut run = Run::ocsf();
    let docs = run.emit(map, &row().to_string(), T);
    let kinds: Vec<_> = docs.iter().map(|doc| doc.event.kind).collect();
    assert_eq!(kinds, [Kind::Application, Kind::Software]);
    let doc = &docs[1];
    assert_eq!(doc.key(), format!("software:{DEVICE}/google/chrome/87.0.4280.88"));
    assert_eq!(doc.refs(), [format!("installed_on device:{DEVICE}"), "part_of application:google/chrome".into()]);
    let body = doc.body();
    assert_eq!(body["time"], COLLECTED_MS);
    assert_eq!(body["message"], "google chrome 87.0.4280.88 on srv-7");
    assert_eq!(
        body["sbom"],
        json!({
            "package": { "name": "chrome", "version": "87.0.4280.88", "vendor_name": "google", "type_id": 1,
                "type": "Application", "cpe_name": "cpe:2.3:a:google:chrome:87.0.4280.88:*:*:*:*:*:*:*" },
            "software_components": [], "type_id": 99, "type": "Inventory row",
        })
    );
    assert_eq!(body["product"], json!({ "name": "chrome", "vendor_name": "google", "version": "87.0.4280.88" }));
    assert_eq!(body["device"]["groups"][0]["uid"], "86");
    assert_eq!(
        body["unmapped"],
        json!({ "numberOfWeaknesses": 3, "diskPaths": ["C:\\chrome.exe"],
            "softwareFirstSeenTimestamp": "2020-12-30 11:07:15", "endOfSupportStatus": "None" })
    );
    assert!(body["observables"].is_null());
    assert_eq!(run.tolerated(), []);
}

#[test]
fn a_product_is_announced_once_and_every_edge_is_kept() {
    let mut run = Run::ocsf();
    let docs = run.emit(map, &row().to_string(), T);
    assert_eq!(docs[0].key(), "application:google/chrome");
    assert_eq!(
        docs[0].at("/unmapped"),
        &json!({ "application": { "softwareVendor": "google", "softwareName": "chrome" } })
    );
    assert_eq!(docs[0].at("/type_name"), "Base Event: application");
    for device in ["a", "b", "c"] {
        let docs = run.emit(map, &with(json!({ "deviceId": device.repeat(40), "softwareVersion": "88" })), T);
        assert_eq!(docs.len(), 1);
        assert_eq!(docs[0].refs()[0], format!("installed_on device:{}", device.repeat(40)));
    }
}

#[test]
fn empty_members_are_no_values() {
    for value in [json!(null), json!("")] {
        let mut row = row();
        for (_, member) in row.as_object_mut().unwrap().iter_mut() {
            *member = value.clone();
        }
        row["deviceId"] = json!(DEVICE);
        row["softwareName"] = json!("tool");
        let docs = Run::ocsf().emit(map, &row.to_string(), T);
        assert_eq!(docs[0].key(), "application:/tool");
        assert_eq!(docs[1].key(), format!("software:{DEVICE}//tool/"));
        assert_eq!(
            docs[1].at("/sbom/package"),
            &json!({ "name": "tool", "version": "unknown", "type_id": 1, "type": "Application" })
        );
        assert_eq!(docs[1].at("/message"), &json!(format!("tool on {DEVICE}")));
    }
}

#[test]
fn operating_systems_are_told_apart() {
    let row = with(json!({ "softwareVendor": "microsoft", "softwareName": "windows_10", "softwareVersion": "10.0.1" }));
    let docs = Run::ocsf().emit(map, &row, T);
    assert_eq!(docs[1].at("/sbom/package/type_id"), 2);
    assert_eq!(docs[1].at("/sbom/package/cpe_name"), "cpe:2.3:o:microsoft:windows_10:10.0.1:*:*:*:*:*:*:*");
}

#[test]
fn rows_that_are_not_emitted_say_why() {
    let mut run = Run::ocsf();
    for (row, reason) in [
        ("null".to_owned(), RejectReason::Malformed),
        (with(json!({ "deviceId": null })), RejectReason::NoIdentity),
        (with(json!({ "softwareName": "" })), RejectReason::NoIdentity),
    ] {
        assert_eq!(run.map(map, &row, T), Outcome::Rejected(reason));
    }
    assert!(run.events.is_empty());
}

#[test]
fn hashes_do_not_depend_on_the_time_of_reading() {
    for format in [Format::Ocsf, Format::Native] {
        let hashes = |now: i64, row: &str| {
            let mut run = Run::new(format, OcsfVersion::V1_8);
            run.events.collected_at(now);
            let docs = run.emit(map, row, T);
            docs.iter().map(|doc| doc.event.content_hash.clone()).collect::<Vec<_>>()
        };
        let first = hashes(1, &row().to_string());
        assert_eq!(first, hashes(86_400_000, &row().to_string()));
        assert_ne!(first[1], hashes(1, &with(json!({ "numberOfWeaknesses": 4 })))[1]);
        assert_eq!(first[0], hashes(1, &with(json!({ "numberOfWeaknesses": 4 })))[0]);
    }
}

#[test]
fn native_bodies_are_the_rows() {
    let text = row().to_string();
    let docs = Run::native().emit(map, &text, T);
    assert_eq!(docs[0].body(), &json!({ "softwareVendor": "google", "softwareName": "chrome" }));
    assert!(docs[1].event.document.ends_with(&format!("\"body\":{text}}}")));
}
