use defender_rows::event::{Format, OcsfVersion};
use defender_rows::tally::RejectReason;
use serde_json::{Value as Json, json};

use super::*;
use crate::datasets::mapping::{Outcome, Subject};
use crate::datasets::testing::{COLLECTED_MS, DEVICE, FACTS, Run};

const D: Subject<'static> = Subject::Device(FACTS);

fn record() -> Json {
    json!({
        "id": "va-_-google-_-chrome", "productName": "chrome", "recommendationName": "Update Google Chrome",
        "weaknesses": 12, "vendor": "google", "recommendedVersion": "119.0.6045.160", "recommendedVendor": null,
        "recommendedProgram": null, "recommendationCategory": "Application", "subCategory": "", "severityScore": 8.1,
        "publicExploit": true, "activeAlert": false, "associatedThreats": ["8bbe6a4a"], "remediationType": "Update",
        "status": "Active", "configScoreImpact": 0.0, "exposureImpact": 1.25, "totalMachineCount": 9,
        "exposedMachinesCount": 3, "nonProductivityImpactedAssets": 0, "relatedComponent": "Google Chrome",
        "exposedCriticalDevices": 1,
    })
}

fn reference() -> Json {
    json!({ "id": DEVICE, "computerDnsName": "srv-7", "osPlatform": "WindowsServer2019", "rbacGroupName": "Servers" })
}

#[test]
fn the_catalogue_is_about_the_tenant() {
    let mut run = Run::ocsf();
    let text = record().to_string();
    let docs = run.emit(catalogue::map, &text, Subject::Tenant);
    assert_eq!(docs.len(), 1);
    let body = docs[0].body();
    assert_eq!(docs[0].key(), "recommendation:va-_-google-_-chrome");
    assert_eq!(docs[0].refs(), ["affects application:google/chrome"]);
    assert_eq!(docs[0].json["schema"], "ocsf/1.8.0/2007");
    assert_eq!((&body["severity_id"], &body["severity"]), (&json!(4), &json!("High")));
    assert_eq!((&body["status_id"], &body["status"]), (&json!(1), &json!("New")));
    assert_eq!(body["time"], COLLECTED_MS);
    assert_eq!(body["finding_info"]["uid"], "7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01/va-_-google-_-chrome");
    assert_eq!(body["finding_info"]["title"], "Update Google Chrome");
    assert_eq!(body["application"], json!({ "name": "chrome", "uid": "google-_-chrome", "type": "Software" }));
    assert_eq!(body["remediation"]["desc"], "Update Google Chrome (recommended version 119.0.6045.160)");
    for name in
        ["weaknesses", "severityScore", "exposedMachinesCount", "totalMachineCount", "relatedComponent", "vendor"]
    {
        assert_eq!(body["unmapped"][name], record()[name], "{name}");
    }
    run.handed_over();
    assert_eq!(run.map(catalogue::map, &text, Subject::Tenant), Outcome::Duplicate);
    assert_eq!(run.tolerated(), []);
}

#[test]
fn configuration_recommendations_name_no_product() {
    let row = json!({ "id": "sca-_-scid-2", "recommendationName": "Turn on X", "recommendedVersion": "", "status": "Exception",
        "recommendationCategory": "Security controls", "severityScore": "9.5" });
    let docs = Run::ocsf().emit(catalogue::map, &row.to_string(), Subject::Tenant);
    let body = docs[0].body();
    assert!(docs[0].refs().is_empty() && body["application"].is_null());
    assert_eq!(body["compliance"], json!({ "control": "sca-_-scid-2", "category": "Security controls" }));
    for (count, status_id, status) in [(json!(0), 1, "Pass"), (json!("3"), 3, "Fail")] {
        let mut row = row.clone();
        row["exposedMachinesCount"] = count;
        let docs = Run::ocsf().emit(catalogue::map, &row.to_string(), Subject::Tenant);
        let compliance = docs[0].at("/compliance");
        assert_eq!((&compliance["status_id"], &compliance["status"]), (&json!(status_id), &json!(status)));
    }
    assert_eq!((&body["status_id"], &body["status"]), (&json!(3), &json!("Suppressed")));
    assert_eq!(body["severity_id"], 5);
    assert_eq!(body["remediation"]["desc"], "Turn on X");
}

#[test]
fn an_identifier_is_enough() {
    let mut run = Run::ocsf();
    let docs = run.emit(catalogue::map, r#"{"id":"x","status":"Odd"}"#, Subject::Tenant);
    let body = docs[0].body();
    assert_eq!((&body["status_id"], &body["status"]), (&json!(99), &json!("Odd")));
    assert_eq!(body["severity_id"], 0);
    assert_eq!(body["remediation"]["desc"], "x");
    let docs = run.emit(on_device::map_own, r#"{"id":"x"}"#, D);
    assert_eq!(docs[0].at("/status_id"), 0);
    assert_eq!(docs[0].at("/compliance/status"), "Fail");
    assert_eq!(run.tolerated(), [("unknown_word.status", 1)]);
}

#[test]
fn references_become_findings_on_their_devices() {
    let mut run = Run::ocsf();
    let tenant = record().to_string();
    let docs = run.emit(on_device::map_reference, &reference().to_string(), Subject::Recommendation(&tenant));
    let body = docs[0].body();
    assert_eq!(docs[0].key(), format!("recommendation:{DEVICE}/va-_-google-_-chrome"));
    assert_eq!(
        docs[0].refs(),
        [
            format!("affects device:{DEVICE}"),
            "part_of recommendation:va-_-google-_-chrome".into(),
            "affects application:google/chrome".into(),
        ]
    );
    assert_eq!(docs[0].json["schema"], "ocsf/1.8.0/2003");
    assert_eq!(body["finding_info"]["uid"], format!("va-_-google-_-chrome/{DEVICE}"));
    assert_eq!(body["finding_info"]["types"], json!(["Recommendation", "Update"]));
    assert_eq!(
        body["compliance"],
        json!({ "control": "va-_-google-_-chrome", "category": "Application", "status_id": 3, "status": "Fail",
            "standards": ["Microsoft Defender Vulnerability Management"] })
    );
    assert_eq!(body["device"]["groups"], json!([{ "name": "Servers", "type": "Defender device group" }]));
    assert_eq!(body["message"], "Update Google Chrome on srv-7");
    assert_eq!(body["unmapped"]["publicExploit"], true);
    for number in ["totalMachineCount", "exposedMachinesCount", "exposureImpact", "weaknesses"] {
        assert!(body["unmapped"][number].is_null(), "{number} is about the tenant");
    }
}

#[test]
fn the_tenants_numbers_do_not_change_findings_on_devices() {
    let hash = |exposed: u64| {
        let mut tenant = record();
        tenant["exposedMachinesCount"] = json!(exposed);
        let tenant = tenant.to_string();
        let docs =
            Run::ocsf().emit(on_device::map_reference, &reference().to_string(), Subject::Recommendation(&tenant));
        docs[0].event.content_hash.clone()
    };
    assert_eq!(hash(1), hash(900));
}

#[test]
fn a_devices_own_list_keeps_its_own_numbers() {
    let mut own = record();
    own["totalMachineCount"] = json!(0);
    own["exposedMachinesCount"] = json!(1);
    let docs = Run::ocsf().emit(on_device::map_own, &own.to_string(), D);
    assert_eq!(docs[0].key(), format!("recommendation:{DEVICE}/va-_-google-_-chrome"));
    assert_eq!(docs[0].at("/unmapped/totalMachineCount"), 0);
    assert_eq!(docs[0].at("/device/hostname"), "srv-7.contoso.example");
    assert_eq!(docs[0].at("/resources/0/criticality"), "High");
    assert_eq!(docs[0].at("/metadata/log_name"), "machines.recommendations");
}

#[test]
fn a_reference_says_how_critical_the_machine_is() {
    let tenant = record().to_string();
    for (level, version, resource, left) in [
        ("High", OcsfVersion::V1_8, json!("High"), Json::Null),
        ("High", OcsfVersion::V1_9, json!("High"), Json::Null),
        ("Normal", OcsfVersion::V1_9, json!("Medium"), json!("Normal")),
        ("None", OcsfVersion::V1_9, Json::Null, json!("None")),
    ] {
        let mut row = reference();
        row["assetCriticalityLevel"] = level.into();
        let mut run = Run::new(Format::Ocsf, version);
        let docs = run.emit(on_device::map_reference, &row.to_string(), Subject::Recommendation(&tenant));
        assert_eq!(docs[0].at("/resources/0/criticality"), &resource, "{level} in {version:?}");
        let has_number = !docs[0].at("/resources/0/criticality_id").is_null();
        assert_eq!(has_number, version == OcsfVersion::V1_9 && !resource.is_null());
        assert_eq!(docs[0].at("/unmapped/machineReference/assetCriticalityLevel"), &left);
    }
}

#[test]
fn empty_references_are_read() {
    let tenant = record().to_string();
    let row = json!({ "id": DEVICE.to_uppercase(), "computerDnsName": null, "osPlatform": "", "rbacGroupName": "None",
        "extra": 1 });
    let mut run = Run::ocsf();
    let docs = run.emit(on_device::map_reference, &row.to_string(), Subject::Recommendation(&tenant));
    assert_eq!(docs[0].at("/device"), &json!({ "uid": DEVICE, "type_id": 0, "type": "Unknown" }));
    assert_eq!(docs[0].at("/unmapped/machineReference/extra"), 1);
    assert_eq!(docs[0].at("/unmapped/machineReference/rbacGroupName"), "None");
    assert_eq!(run.tolerated(), [("unknown_column", 1)]);
}

#[test]
fn rows_that_are_not_emitted_say_why() {
    let mut run = Run::ocsf();
    let tenant = record().to_string();
    let r = Subject::Recommendation(&tenant);
    assert_eq!(run.map(catalogue::map, "{}", Subject::Tenant), Outcome::Rejected(RejectReason::NoIdentity));
    assert_eq!(run.map(catalogue::map, "[", Subject::Tenant), Outcome::Rejected(RejectReason::Malformed));
    assert_eq!(run.map(on_device::map_reference, "{}", r), Outcome::Rejected(RejectReason::NoIdentity));
    assert_eq!(run.map(on_device::map_reference, "nul", r), Outcome::Rejected(RejectReason::Malformed));
    let lost = Subject::Recommendation("{}");
    let reference = reference().to_string();
    assert_eq!(run.map(on_device::map_reference, &reference, lost), Outcome::Rejected(RejectReason::NoIdentity));
    assert_eq!(run.map(on_device::map_own, &tenant, Subject::Tenant), Outcome::Rejected(RejectReason::NoIdentity));
    assert!(run.events.is_empty());
}

#[test]
fn subjects_are_catalogue_records() {
    assert_eq!(subject_id(&record().to_string()).as_deref(), Some("va-_-google-_-chrome"));
    assert_eq!(subject_id(r#"{"ID":"sca-_-scid-2"}"#).as_deref(), Some("sca-_-scid-2"));
    assert_eq!(subject_id(r#"{"id":""}"#), None);
    assert_eq!(subject_id("7"), None);
}

#[test]
fn products_are_read_from_identifiers() {
    assert_eq!(product("va-_-google-_-chrome"), Some(("google", "chrome")));
    for id in ["sca-_-scid-2", "va-_-google", "va-_--_-x", "va-_-a-_-b-_-c", "google-_-chrome", ""] {
        assert_eq!(product(id), None, "{id}");
    }
}

#[test]
fn native_bodies_are_the_records() {
    let text = record().to_string();
    let docs = Run::native().emit(catalogue::map, &text, Subject::Tenant);
    assert!(docs[0].event.document.ends_with(&format!("\"body\":{text}}}")));
    let docs = Run::native().emit(on_device::map_own, &text, D);
    assert!(docs[0].event.document.ends_with(&format!("\"body\":{text}}}")));
    let docs = Run::new(Format::Native, OcsfVersion::V1_5).emit(
        on_device::map_reference,
        &reference().to_string(),
        Subject::Recommendation(&text),
    );
    assert_eq!(docs[0].body(), &json!({ "recommendationId": "va-_-google-_-chrome", "machineReference": reference() }));
}
