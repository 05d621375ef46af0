//! Findings, as exports and pages tell them.

mod catalogue;
mod meaning;

use defender_rows::event::OcsfVersion;
use defender_rows::tally::RejectReason;
use serde_json::{Value as Json, json};

use super::*;
use crate::datasets::mapping::MapFn;
use crate::datasets::testing::{COLLECTED_MS, DEVICE, FACTS, Run};

const T: Subject<'static> = Subject::Tenant;
const D: Subject<'static> = Subject::Device(FACTS);

/// A row of the export with every member that is documented or was seen.
fn row() -> Json {
    json!({
        "id": "x_google_chrome_81_CVE-2020-16011_",
        "deviceId": DEVICE,
        "rbacGroupId": 86,
        "rbacGroupName": "Servers",
        "deviceName": "srv-7.contoso.example",
        "osPlatform": "WindowsServer2019",
        "osVersion": "10.0.17763.1",
        "osArchitecture": "x64",
        "softwareVendor": "google",
        "softwareName": "chrome",
        "softwareVersion": "81.0.4044.138",
        "cveId": "CVE-2020-16011",
        "vulnerabilitySeverityLevel": "High",
        "recommendedSecurityUpdate": "Chrome security update",
        "recommendedSecurityUpdateId": "200002",
        "recommendedSecurityUpdateUrl": "https://update.example/200002",
        "diskPaths": ["C:\\Program Files\\Chrome\\chrome.exe"],
        "registryPaths": ["HKEY_LOCAL_MACHINE\\SOFTWARE\\Chrome"],
        "lastSeenTimestamp": "2026-11-20 10:13:34.8476880",
        "firstSeenTimestamp": "2020-07-26 02:13:43",
        "endOfSupportStatus": "EOS Version",
        "endOfSupportDate": "2021-05-11T00:00:00+00:00",
        "exploitabilityLevel": "ExploitIsPublic",
        "recommendationReference": "va-_-google-_-chrome",
        "securityUpdateAvailable": true,
        "cvssScore": 9.6,
        "cveMitigationStatus": "None",
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
fn a_full_row_is_mapped() {
    let mut run = Run::ocsf();
    let docs = run.emit(map, &row().to_string(), T);
    assert_eq!(docs.len(), 1);
    let doc = &docs[0];
    assert_eq!(doc.key(), format!("vulnerability:{DEVICE}/google/chrome/81.0.4044.138/CVE-2020-16011"));
    assert_eq!(
        doc.refs(),
        [
            format!("affects device:{DEVICE}"),
            format!("affects software:{DEVICE}/google/chrome/81.0.4044.138"),
            "part_of vulnerability:CVE-2020-16011".to_owned(),
            "remediated_by recommendation:va-_-google-_-chrome".to_owned(),
        ]
    );
    let body = doc.body();
    assert_eq!(body["type_uid"], 200_201);
    assert_eq!((&body["severity_id"], &body["severity"]), (&json!(4), &json!("High")));
    assert_eq!((&body["status_id"], &body["status"]), (&json!(1), &json!("New")));
    assert_eq!(body["time"], 1_595_729_623_000_i64);
    assert_eq!(body["metadata"]["original_time"], "2020-07-26 02:13:43");
    assert_eq!(body["message"], "CVE-2020-16011 in google chrome 81.0.4044.138 on srv-7.contoso.example");
    assert_eq!(
        body["device"],
        json!({
            "uid": DEVICE, "hostname": "srv-7.contoso.example", "type_id": 1, "type": "Server",
            "os": { "name": "Windows Server 2019", "type_id": 100, "type": "Windows", "build": "17763" },
            "groups": [{ "uid": "86", "name": "Servers", "type": "Defender device group" }],
            "hw_info": { "cpu_bits": 64, "cpu_architecture_id": 1, "cpu_architecture": "x86" },
        })
    );
    assert_eq!(
        body["finding_info"],
        json!({
            "uid": "x_google_chrome_81_CVE-2020-16011_",
            "title": "CVE-2020-16011 in google chrome 81.0.4044.138",
            "types": ["Vulnerability"],
            "data_sources": ["Microsoft Defender Vulnerability Management"],
            "product": { "name": "Microsoft Defender Vulnerability Management", "vendor_name": "Microsoft" },
            "created_time": 1_595_729_623_000_i64,
            "first_seen_time": 1_595_729_623_000_i64,
            "last_seen_time": 1_795_169_614_847_i64,
            "src_url": "https://security.microsoft.com/vulnerabilities/vulnerability/CVE-2020-16011/overview\
                ?tid=7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01",
        })
    );
    assert_eq!(
        body["vulnerabilities"],
        json!([{
            "title": "CVE-2020-16011", "severity": "High", "vendor_name": "Microsoft", "is_exploit_available": true,
            "is_fix_available": true, "fix_coverage_id": 1, "fix_coverage": "Complete",
            "first_seen_time": 1_595_729_623_000_i64, "last_seen_time": 1_795_169_614_847_i64,
            "cve": { "uid": "CVE-2020-16011", "cvss": [{ "base_score": 9.6, "version": "unknown",
                "severity": "High", "vendor_name": "Microsoft" }] },
            "affected_packages": [{ "name": "chrome", "version": "81.0.4044.138", "vendor_name": "google", "type_id": 1,
                "type": "Application", "cpe_name": "cpe:2.3:a:google:chrome:81.0.4044.138:*:*:*:*:*:*:*",
                "path": "C:\\Program Files\\Chrome\\chrome.exe" }],
            "remediation": { "desc": "Chrome security update", "references": ["https://update.example/200002"],
                "kb_article_list": [{ "uid": "KB200002", "title": "Chrome security update",
                    "src_url": "https://update.example/200002", "install_state_id": 2,
                    "install_state": "Not Installed" }] },
        }])
    );
    assert_eq!(
        body["resources"],
        json!([{ "uid": DEVICE, "name": "srv-7.contoso.example", "type": "Device", "role_id": 3, "role": "Affected",
            "hostname": "srv-7.contoso.example" }])
    );
    assert_eq!(body["vendor_attributes"], json!({ "severity_id": 4, "severity": "High" }));
    assert_eq!(
        body["unmapped"],
        json!({
            "osVersion": "10.0.17763.1",
            "osArchitecture": "x64",
            "registryPaths": ["HKEY_LOCAL_MACHINE\\SOFTWARE\\Chrome"],
            "endOfSupportStatus": "EOS Version",
            "endOfSupportDate": "2021-05-11T00:00:00+00:00",
            "exploitabilityLevel": "ExploitIsPublic",
            "recommendationReference": "va-_-google-_-chrome",
            "cveMitigationStatus": "None",
        })
    );
    assert_eq!(doc.at("/metadata/original_event_uid"), "x_google_chrome_81_CVE-2020-16011_");
    let observables = body["observables"].as_array().unwrap().iter();
    assert_eq!(
        observables.map(|it| (it["type_id"].as_i64().unwrap(), it["value"].as_str().unwrap())).collect::<Vec<_>>(),
        [(18, "CVE-2020-16011"), (1, "srv-7.contoso.example"), (47, DEVICE)]
    );
    assert_eq!(run.tolerated(), []);
}

#[test]
fn a_lean_body_says_everything_once() {
    let full = Run::ocsf().emit(map, &row().to_string(), T);
    let lean = Run::lean().emit(map, &row().to_string(), T);
    let [full, lean] = [&full[0], &lean[0]];
    assert_eq!((&full.event.key, &full.event.content_hash), (&lean.event.key, &lean.event.content_hash));
    let mut body = lean.body().clone();
    for same in ["unmapped", "time", "message"] {
        assert_eq!(body.as_object_mut().unwrap().remove(same).as_ref(), Some(&full.body()[same]));
    }
    assert_eq!(
        body,
        json!({
            "class_uid": 2002, "category_uid": 2, "activity_id": 1, "type_uid": 200_201, "severity_id": 4, "status_id": 1,
            "device": {
                "uid": DEVICE, "hostname": "srv-7.contoso.example", "type_id": 1,
                "os": { "name": "Windows Server 2019", "type_id": 100, "build": "17763" },
                "groups": [{ "uid": "86", "name": "Servers" }],
                "hw_info": { "cpu_bits": 64, "cpu_architecture_id": 1 },
            },
            "finding_info": {
                "uid": "x_google_chrome_81_CVE-2020-16011_",
                "title": "CVE-2020-16011 in google chrome 81.0.4044.138",
                "first_seen_time": 1_595_729_623_000_i64, "last_seen_time": 1_795_169_614_847_i64,
            },
            "resources": [{ "uid": DEVICE, "role_id": 3 }],
            "vulnerabilities": [{
                "is_exploit_available": true, "is_fix_available": true,
                "cve": { "uid": "CVE-2020-16011", "cvss": [{ "base_score": 9.6, "version": "unknown" }] },
                "affected_packages": [{ "name": "chrome", "version": "81.0.4044.138", "vendor_name": "google", "type_id": 1,
                    "cpe_name": "cpe:2.3:a:google:chrome:81.0.4044.138:*:*:*:*:*:*:*",
                    "path": "C:\\Program Files\\Chrome\\chrome.exe" }],
                "remediation": { "desc": "Chrome security update",
                    "kb_article_list": [{ "uid": "KB200002", "src_url": "https://update.example/200002",
                        "install_state_id": 2 }] },
            }],
            "metadata": {
                "version": "1.8.0",
                "product": { "name": "Microsoft Defender for Endpoint", "vendor_name": "Microsoft" },
                "tenant_uid": "7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01", "uid": lean.event.content_hash[..32],
                "log_name": "machines.software_vulnerabilities",
            },
        })
    );
    let unknown = with(json!({ "vulnerabilitySeverityLevel": "Severe", "osArchitecture": "s390x" }));
    let doc = &Run::lean().emit(map, &unknown, T)[0];
    assert_eq!((doc.at("/severity_id"), doc.at("/severity")), (&json!(99), &json!("Severe")), "a word of the source");
    assert_eq!(doc.at("/device/hw_info"), &json!({ "cpu_architecture_id": 99, "cpu_architecture": "s390x" }));
}

#[test]
fn a_row_that_names_no_recommendation_has_no_relation_to_one() {
    let mut run = Run::ocsf();
    for reference in [json!(null), json!(""), json!(" "), json!(["va-_-a-_-b"])] {
        let docs = run.emit(map, &with(json!({ "recommendationReference": reference })), T);
        assert_eq!(docs[0].refs().len(), 3, "{reference}");
    }
}

#[test]
fn software_without_a_cve_is_not_a_finding() {
    let mut run = Run::ocsf();
    for cve in [json!(null), json!(""), json!(" ")] {
        let row = with(json!({ "cveId": cve, "vulnerabilitySeverityLevel": null, "cvssScore": null }));
        assert_eq!(run.map(map, &row, T), Outcome::Filtered(FilterReason::NoCve));
    }
    assert!(run.events.is_empty());
}

#[test]
fn weaknesses_outside_the_cve_programme_are_findings_without_a_link() {
    let docs = Run::ocsf().emit(map, &with(json!({ "cveId": "TVM-2020-0002" })), T);
    assert!(docs[0].key().ends_with("/TVM-2020-0002"));
    assert_eq!(docs[0].at("/vulnerabilities/0/cve/uid"), "TVM-2020-0002");
    assert!(docs[0].at("/finding_info/src_url").is_null());
}

#[test]
fn every_other_member_may_be_null_or_empty() {
    for value in [json!(null), json!("")] {
        let mut row = row();
        for (_, member) in row.as_object_mut().unwrap().iter_mut() {
            *member = value.clone();
        }
        row["deviceId"] = json!(DEVICE);
        row["cveId"] = json!("CVE-2020-16011");
        let mut run = Run::ocsf();
        let docs = run.emit(map, &row.to_string(), T);
        let body = docs[0].body();
        assert_eq!(docs[0].key(), format!("vulnerability:{DEVICE}////CVE-2020-16011"));
        assert_eq!(
            docs[0].refs(),
            [format!("affects device:{DEVICE}"), "part_of vulnerability:CVE-2020-16011".to_owned()]
        );
        assert_eq!((&body["severity_id"], &body["severity"]), (&json!(0), &json!("Unknown")));
        assert_eq!(body["time"], COLLECTED_MS);
        assert_eq!(body["finding_info"]["uid"], format!("{DEVICE}////CVE-2020-16011"));
        assert_eq!(body["device"], json!({ "uid": DEVICE, "type_id": 0, "type": "Unknown" }));
        let weakness =
            json!({ "title": "CVE-2020-16011", "vendor_name": "Microsoft", "cve": { "uid": "CVE-2020-16011" } });
        assert_eq!(body["vulnerabilities"], json!([weakness]));
        assert!(body["vendor_attributes"].is_null());
        assert_eq!(run.tolerated(), []);
    }
}

#[test]
fn other_spellings_are_read() {
    let row = with(json!({
        "deviceId": DEVICE.to_uppercase(), "rbacGroupId": "0", "rbacGroupName": "UnassignedGroup", "cveId": "cve-2020-16011",
        "cvssScore": "9.6", "securityUpdateAvailable": "False", "recommendedSecurityUpdateId": "RHSA-2020:1",
        "recommendedSecurityUpdate": null, "recommendedSecurityUpdateUrl": null, "osArchitecture": "mips",
        "vulnerabilitySeverityLevel": "Severe", "exploitabilityLevel": "ExploitIsRumoured", "diskPaths": "C:\\one",
        "softwareVersion": "", "osPlatform": "Cisco IOS", "lastSeenTimestamp": "2026-11-20T10:13:34Z",
        "firstSeenTimestamp": "2020-07-26", "somethingNew": { "a": [null] },
    }));
    let mut run = Run::ocsf();
    let docs = run.emit(map, &row, T);
    let body = docs[0].body();
    let vulnerability = &body["vulnerabilities"][0];
    assert_eq!(body["device"]["uid"], DEVICE);
    assert!(body["device"]["groups"].is_null());
    assert_eq!(body["unmapped"]["rbacGroupName"], "UnassignedGroup");
    assert_eq!(body["unmapped"]["somethingNew"], json!({ "a": [null] }));
    assert_eq!((&body["severity_id"], &body["severity"]), (&json!(99), &json!("Severe")));
    assert_eq!(
        body["device"]["os"],
        json!({ "name": "Cisco IOS", "type_id": 99, "type": "Cisco IOS", "version": "10.0.17763.1" })
    );
    assert_eq!(vulnerability["cve"]["uid"], "CVE-2020-16011");
    assert_eq!(vulnerability["cve"]["cvss"][0]["base_score"], 9.6);
    assert_eq!(vulnerability["is_exploit_available"], true);
    assert_eq!(vulnerability["is_fix_available"], false);
    assert_eq!(vulnerability["fix_coverage"], "None");
    assert_eq!(vulnerability["affected_packages"][0]["version"], "unknown");
    assert_eq!(vulnerability["affected_packages"][0]["path"], "C:\\one");
    assert_eq!(vulnerability["remediation"]["desc"], "RHSA-2020:1");
    assert_eq!(vulnerability["remediation"]["kb_article_list"][0]["uid"], "RHSA-2020:1");
    assert_eq!(
        run.tolerated(),
        [
            ("unknown_column", 1),
            ("unknown_word.exploitabilityLevel", 1),
            ("unknown_word.osArchitecture", 1),
            ("unknown_word.osPlatform", 1),
            ("unknown_word.severity", 1),
        ]
    );
}

#[test]
fn only_what_is_between_0_and_10_is_a_score() {
    for (given, score) in [
        (json!(-1), None),
        (json!(99.9), None),
        (json!("NaN"), None),
        (json!("7,5"), None),
        (json!(1e308), None),
        (json!(10.01), None),
        (json!(0), Some(json!(0))),
        (json!("7.5"), Some(json!(7.5))),
        (json!(10.0), Some(json!(10.0))),
    ] {
        for (map, subject, row) in [
            (map as MapFn, T, with(json!({ "cvssScore": given, "vulnerabilitySeverityLevel": null }))),
            (per_device::map, D, json!({ "id": "CVE-2026-1000", "cvssV3": given }).to_string()),
        ] {
            let mut run = Run::ocsf();
            let doc = run.emit(map, &row, subject).remove(0);
            let found = doc.at("/vulnerabilities/0/cve/cvss/0/base_score");
            assert_eq!(found.as_f64(), score.as_ref().and_then(Json::as_f64), "{given}");
            let kept = [doc.at("/unmapped/cvssScore"), doc.at("/unmapped/cvssV3")];
            assert_eq!(kept.contains(&&given), score.is_none(), "{given} {kept:?}");
            assert_eq!(doc.at("/severity_id") == &json!(0), score.is_none(), "{given}");
        }
    }
}

#[test]
fn only_identifiers_of_cves_are_put_in_capitals() {
    for (given, expected) in [
        ("cve-2026-8", "CVE-2026-8"),
        ("Cve-2026-12345", "CVE-2026-12345"),
        ("GHSA-xxxx-yyyy-zzzz", "GHSA-xxxx-yyyy-zzzz"),
        ("cve-like-thing", "cve-like-thing"),
        ("TVM-2020-0002", "TVM-2020-0002"),
    ] {
        let mut run = Run::ocsf();
        let doc = run.emit(map, &with(json!({ "cveId": given })), T).remove(0);
        assert_eq!(doc.at("/vulnerabilities/0/cve/uid"), expected);
        assert!(doc.key().ends_with(&given.to_uppercase()), "one key, whatever its letters: {}", doc.key());
    }
}

#[test]
fn what_is_under_exception_does_not_look_open() {
    for (word, id, name) in [
        (json!("UnderException"), 3, "Suppressed"),
        (json!("underexception"), 3, "Suppressed"),
        (json!("PartialException"), 1, "New"),
        (json!("RemediationRequired"), 1, "New"),
        (json!("NoActionRequired"), 99, "NoActionRequired"),
        (json!(null), 1, "New"),
        (json!("Whatever"), 99, "Whatever"),
    ] {
        let row = json!({ "id": "CVE-2026-1000", "status": word }).to_string();
        for (map, subject, is_finding) in [(per_device::map as MapFn, D, true), (crate::datasets::cves::map, T, false)]
        {
            let mut run = Run::ocsf();
            let doc = run.emit(map, &row, subject).remove(0);
            let (id, name) = if is_finding { (json!(id), json!(name)) } else { (Json::Null, Json::Null) };
            assert_eq!((doc.at("/status_id"), doc.at("/status")), (&id, &name), "{word}");
            assert_eq!(doc.at("/unmapped/status"), &word);
            assert_eq!(run.tolerated.get("unknown_word.status"), u64::from(word == "Whatever"));
        }
    }
}

#[test]
fn a_score_stands_in_for_a_missing_word() {
    for (score, severity) in [(0.0, 1), (3.9, 2), (5.0, 3), (8.8, 4), (9.8, 5)] {
        let docs = Run::ocsf().emit(map, &with(json!({ "vulnerabilitySeverityLevel": null, "cvssScore": score })), T);
        assert_eq!(docs[0].at("/severity_id"), severity, "{score}");
    }
}

#[test]
fn further_paths_are_not_lost() {
    let docs = Run::ocsf().emit(map, &with(json!({ "diskPaths": ["a", "b"] })), T);
    assert_eq!(docs[0].at("/vulnerabilities/0/affected_packages/0/path"), "a");
    assert_eq!(docs[0].at("/unmapped/diskPaths"), &json!(["a", "b"]));
    let docs = Run::ocsf().emit(map, &with(json!({ "diskPaths": [] })), T);
    assert!(docs[0].at("/unmapped/diskPaths").is_null());
    let docs = Run::ocsf().emit(map, &with(json!({ "diskPaths": { "odd": 1 } })), T);
    assert_eq!(docs[0].at("/unmapped/diskPaths"), &json!({ "odd": 1 }));
}

#[test]
fn the_hash_sees_changes_and_nothing_else() {
    for format in [Format::Ocsf, Format::Native] {
        let hash = |row: &str| Run::new(format, OcsfVersion::V1_8).emit(map, row, T)[0].event.content_hash.clone();
        let first = hash(&row().to_string());
        assert_eq!(first, hash(&with(json!({ "lastSeenTimestamp": "2026-11-21 10:00:00" }))));
        let row = row();
        let members = row.as_object().unwrap();
        let reversed: Vec<_> = members.iter().rev().map(|(name, value)| format!("{:?}:{value}", name)).collect();
        assert_eq!(first, hash(&format!("{{{}}}", reversed.join(","))));
        for change in [json!({ "cvssScore": 9.7 }), json!({ "securityUpdateAvailable": false }), json!({ "new": 1 })] {
            assert_ne!(first, hash(&with(change)));
        }
    }
}

#[test]
fn rows_that_are_not_emitted_say_why() {
    let mut run = Run::ocsf();
    for (row, expected) in [
        ("7".to_owned(), RejectReason::Malformed),
        (with(json!({ "deviceId": null })), RejectReason::NoIdentity),
        (row().to_string().replace("Chrome security", "\\udfff"), RejectReason::Malformed),
    ] {
        assert_eq!(run.map(map, &row, T), Outcome::Rejected(expected), "{row}");
    }
    assert_eq!(run.map(per_device::map, r#"{"id":"CVE-2020-1"}"#, T), Outcome::Rejected(RejectReason::NoIdentity));
    assert_eq!(run.map(per_device::map, r#"{"id":null}"#, D), Outcome::Rejected(RejectReason::NoIdentity));
    assert!(run.events.is_empty());
}

#[test]
fn native_bodies_are_the_rows() {
    let text = row().to_string();
    let docs = Run::native().emit(map, &text, T);
    assert_eq!(docs[0].json["schema"], "native/vulnerabilities");
    assert!(docs[0].event.document.ends_with(&format!("\"body\":{text}}}")));
    assert_eq!(docs[0].refs().len(), 4);
}

#[test]
fn roles_of_resources_are_for_newer_releases() {
    for version in OcsfVersion::ALL {
        let docs = Run::new(Format::Ocsf, version).emit(map, &row().to_string(), T);
        assert_eq!(docs[0].at("/resources/0/role_id").is_null(), version < OcsfVersion::V1_6);
    }
}
