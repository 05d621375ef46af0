use defender_rows::event::{Format, OcsfVersion};
use defender_rows::tally::RejectReason;
use serde_json::{Value as Json, json};

use super::*;
use crate::datasets::testing::{COLLECTED_MS, Run};

const T: Subject<'static> = Subject::Tenant;

/// A record with every member that is documented or was seen.
fn record() -> Json {
    json!({
        "id": "CVE-2023-5517", "name": "CVE-2023-5517", "description": "A flaw in `named`", "severity": "High",
        "cvssV3": 7.5, "cvssVector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "exposedMachines": 3,
        "publishedOn": "2024-02-13T00:00:00Z", "updatedOn": "2024-03-04T03:15:06.577Z",
        "firstDetected": "2024-02-14T13:51:06Z", "publicExploit": true, "exploitVerified": false, "exploitInKit": false,
        "exploitTypes": ["Remote"], "exploitUris": ["https://one.example", "https://two.example"],
        "cveSupportability": "Supported", "tags": ["ZeroDay"], "epss": 0.97,
    })
}

fn with(changes: Json) -> String {
    let mut record = record();
    for (name, value) in changes.as_object().unwrap() {
        record[name] = value.clone();
    }
    record.to_string()
}

#[test]
fn a_full_record_is_mapped_without_a_device() {
    let mut run = Run::ocsf();
    let docs = run.emit(map, &record().to_string(), T);
    let (doc, body) = (&docs[0], docs[0].body());
    assert_eq!((docs.len(), doc.key()), (1, "vulnerability:CVE-2023-5517"));
    assert!(doc.refs().is_empty());
    assert_eq!((&body["type_uid"], &body["severity_id"]), (&json!(502_102), &json!(1)), "it is no finding");
    assert_eq!(body["time"], COLLECTED_MS, "when it was changed is a member of its own");
    assert_eq!(body["message"], "CVE-2023-5517");
    for name in ["device", "resources", "finding_info", "vulnerabilities", "status_id", "vendor_attributes"] {
        assert!(body[name].is_null(), "{name}");
    }
    assert_eq!(
        body["osint"],
        json!([{
            "uid": "7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01/CVE-2023-5517",
            "value": "CVE-2023-5517",
            "type_id": 10,
            "type": "Vulnerability",
            "vendor_name": "Microsoft",
            "severity_id": 4,
            "severity": "High",
            "src_url": "https://security.microsoft.com/vulnerabilities/vulnerability/CVE-2023-5517/overview\
                ?tid=7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01",
            "vulnerabilities": [{
                "title": "CVE-2023-5517", "desc": "A flaw in `named`", "severity": "High", "vendor_name": "Microsoft",
                "is_exploit_available": true, "exploit_type": "Remote", "exploit_ref_url": "https://one.example",
                "first_seen_time": 1_707_918_666_000_i64,
                "cve": {
                    "uid": "CVE-2023-5517", "created_time": 1_707_782_400_000_i64, "modified_time": 1_709_522_106_577_i64,
                    "references": ["https://one.example", "https://two.example"],
                    "cvss": [{ "base_score": 7.5, "version": "3.1", "depth": "Base", "severity": "High",
                        "vector_string": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "vendor_name": "Microsoft" }],
                    "epss": { "score": "0.97" },
                },
            }],
        }])
    );
    assert_eq!(
        body["unmapped"],
        json!({ "exposedMachines": 3, "publicExploit": true, "exploitVerified": false, "exploitInKit": false,
            "cveSupportability": "Supported", "tags": ["ZeroDay"] })
    );
    assert_eq!(doc.at("/metadata/log_name"), "vulnerabilities");
    assert_eq!(doc.at("/metadata/original_event_uid"), "CVE-2023-5517");
    assert_eq!(run.tolerated(), []);
}

#[test]
fn every_other_member_may_be_null_or_empty() {
    for value in [json!(null), json!("")] {
        let mut record = record();
        for (name, member) in record.as_object_mut().unwrap().iter_mut() {
            if name != "id" {
                *member = value.clone();
            }
        }
        let mut run = Run::ocsf();
        let docs = run.emit(map, &record.to_string(), T);
        assert_eq!(docs[0].key(), "vulnerability:CVE-2023-5517", "that no number is known is not that there is none");
        assert_eq!(
            (docs[0].at("/osint/0/severity_id"), docs[0].at("/osint/0/severity")),
            (&json!(0), &json!("Unknown"))
        );
        let bare = json!([{ "title": "CVE-2023-5517", "vendor_name": "Microsoft", "cve": { "uid": "CVE-2023-5517" } }]);
        assert_eq!(docs[0].at("/osint/0/vulnerabilities"), &bare);
    }
    let docs = Run::ocsf().emit(map, r#"{"ID":"tvm-2024-0001"}"#, T);
    assert_eq!(docs[0].key(), "vulnerability:TVM-2024-0001");
    assert!(docs[0].at("/osint/0/src_url").is_null(), "no public page");
}

#[test]
fn other_spellings_are_read() {
    let mut run = Run::ocsf();
    let row = with(json!({
        "id": "cve-2023-5517", "name": "Looney", "cvssV3": "7.5", "cvssVector": "AV:N/AC:L", "severity": "Grave",
        "exposedMachines": "2", "publishedOn": "0001-01-01T00:00:00Z", "updatedOn": "2024-03-04 03:15:06.5770000",
        "publicExploit": "False", "exploitTypes": "Local", "exploitUris": "https://one.example", "epss": 1.2e-5,
        "cveSupportability": ["Supported"], "@odata.type": "x", "somethingNew": [null],
    }));
    let docs = run.emit(map, &row, T);
    let vulnerability = &docs[0].at("/osint/0/vulnerabilities/0").clone();
    assert_eq!((&vulnerability["title"], &vulnerability["exploit_type"]), (&json!("Looney"), &json!("Local")));
    assert_eq!(vulnerability["is_exploit_available"], false);
    assert_eq!(vulnerability["cve"]["references"], json!(["https://one.example"]));
    assert_eq!(vulnerability["cve"]["cvss"][0]["version"], "3");
    assert_eq!(vulnerability["cve"]["epss"]["score"], "0.000012");
    assert_eq!(vulnerability["cve"]["modified_time"], 1_709_522_106_577_i64);
    assert!(vulnerability["cve"]["created_time"].is_null());
    assert_eq!((docs[0].at("/osint/0/severity_id"), docs[0].at("/osint/0/severity")), (&json!(99), &json!("Grave")));
    assert_eq!(docs[0].at("/unmapped/somethingNew"), &json!([null]));
    assert_eq!(docs[0].at("/unmapped/cveSupportability"), &json!(["Supported"]));
    assert_eq!(run.tolerated(), [("unknown_column", 1), ("unknown_word.severity", 1), ("year_1_date", 1)]);
}

#[test]
fn a_score_stands_in_for_a_missing_word() {
    let docs = Run::ocsf().emit(map, &with(json!({ "severity": null, "cvssV3": 9.8 })), T);
    assert_eq!(docs[0].at("/osint/0/severity_id"), 5);
}

#[test]
fn what_no_machine_has_is_left_out_and_counted() {
    let mut run = Run::ocsf();
    for exposed in [json!(0), json!("0"), json!(0.0), json!("-0")] {
        let row = with(json!({ "exposedMachines": exposed }));
        assert_eq!(run.map(map, &row, T), Outcome::Filtered(FilterReason::NotExposed), "{row}");
    }
    assert!(run.events.is_empty());
    // It is not remembered either: when it comes once more it may have a machine.
    assert_eq!(run.map(map, &with(json!({ "exposedMachines": 1 })), T), Outcome::Emitted);
    assert_eq!(run.map(map, &with(json!({ "exposedMachines": 1 })), T), Outcome::Emitted, "the batch decides");
    run.handed_over();
    assert_eq!(run.map(map, &with(json!({ "exposedMachines": 1 })), T), Outcome::Duplicate);
    assert_eq!(run.map(map, &with(json!({ "id": "cve-2023-5517" })), T), Outcome::Duplicate);
}

#[test]
fn rows_that_are_not_emitted_say_why() {
    let mut run = Run::ocsf();
    for (row, expected) in [
        ("7".to_owned(), RejectReason::Malformed),
        (with(json!({ "id": null })), RejectReason::NoIdentity),
        (with(json!({ "id": " ", "exposedMachines": 0 })), RejectReason::NoIdentity),
        (with(json!({ "id": { "a": 1 } })), RejectReason::NoIdentity),
    ] {
        assert_eq!(run.map(map, &row, T), Outcome::Rejected(expected), "{row}");
    }
    assert!(run.events.is_empty());
}

#[test]
fn the_hash_sees_changes_and_not_how_many_machines_there_are() {
    for format in [Format::Ocsf, Format::Native] {
        let hash = |row: &str| Run::new(format, OcsfVersion::V1_8).emit(map, row, T)[0].event.content_hash.clone();
        let first = hash(&record().to_string());
        assert_eq!(first, hash(&with(json!({ "exposedMachines": 4000 }))));
        for change in [json!({ "updatedOn": "2024-03-05T00:00:00Z" }), json!({ "epss": 0.98 }), json!({ "new": 1 })] {
            assert_ne!(first, hash(&with(change)));
        }
    }
}

#[test]
fn native_bodies_are_the_records() {
    let text = record().to_string();
    let docs = Run::native().emit(map, &text, T);
    assert_eq!(docs[0].json["schema"], "native/cves");
    assert!(docs[0].event.document.ends_with(&format!("\"body\":{text}}}")));
}
