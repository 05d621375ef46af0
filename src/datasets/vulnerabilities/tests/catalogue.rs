//! Records of the catalogue, as each device is asked for them.

use super::*;

/// A record as it was recorded, with the newer member `epss`.
fn record() -> Json {
    json!({
        "@odata.type": "#microsoft.windowsDefenderATP.api.PublicVulnerabilityDto",
        "id": "CVE-2023-5517", "name": "CVE-2023-5517", "description": "A flaw in `named`", "severity": "High",
        "cvssV3": 7.5, "cvssVector": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:U/RL:O/RC:C", "exposedMachines": 1,
        "publishedOn": "2024-02-13T00:00:00Z", "updatedOn": "2024-03-04T03:15:06.577Z",
        "firstDetected": "2024-02-14T13:51:06Z", "publicExploit": false, "exploitVerified": false, "exploitInKit": true,
        "exploitTypes": ["Remote", "Denial of service"], "exploitUris": ["https://exploit.example"],
        "cveSupportability": "Supported", "tags": ["test"], "epss": 0.00012,
    })
}

#[test]
fn a_catalogue_record_is_mapped_for_its_device() {
    let mut run = Run::ocsf();
    let docs = run.emit(per_device::map, &record().to_string(), D);
    let body = docs[0].body();
    assert_eq!(docs[0].key(), format!("vulnerability:{DEVICE}/CVE-2023-5517"));
    assert_eq!(docs[0].refs(), [format!("affects device:{DEVICE}"), "part_of vulnerability:CVE-2023-5517".to_owned()]);
    assert_eq!(body["message"], "CVE-2023-5517 on srv-7.contoso.example");
    assert_eq!(body["resources"][0]["criticality"], "High");
    assert!(body["finding_info"]["first_seen_time"].is_null());
    assert_eq!(
        body["vulnerabilities"],
        json!([{
            "title": "CVE-2023-5517", "desc": "A flaw in `named`", "severity": "High", "vendor_name": "Microsoft",
            "is_exploit_available": true, "exploit_type": "Denial of service, Remote", "exploit_ref_url": "https://exploit.example",
            "first_seen_time": 1_707_918_666_000_i64,
            "cve": {
                "uid": "CVE-2023-5517", "created_time": 1_707_782_400_000_i64, "modified_time": 1_709_522_106_577_i64,
                "cvss": [{ "base_score": 7.5, "version": "3.0", "depth": "Temporal", "severity": "High",
                    "vector_string": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:U/RL:O/RC:C",
                    "vendor_name": "Microsoft" }],
                "epss": { "score": "0.00012" },
            },
        }])
    );
    assert_eq!(
        body["unmapped"],
        json!({ "publicExploit": false, "exploitVerified": false, "exploitInKit": true, "cveSupportability": "Supported",
            "exploitTypes": ["Denial of service", "Remote"], "tags": ["test"], "exposedMachines": 1 })
    );
    assert_eq!(run.tolerated(), []);
}

#[test]
fn small_probabilities_are_decimal_strings() {
    let row = record().to_string().replace("0.00012", "1.2E-05");
    let docs = Run::ocsf().emit(per_device::map, &row, D);
    assert_eq!(docs[0].at("/vulnerabilities/0/cve/epss/score"), "0.000012");
}

#[test]
fn an_empty_catalogue_record_is_mapped_too() {
    let row = json!({ "id": "CVE-2023-4911", "name": "Looney", "description": "", "severity": null, "cvssV3": null,
        "cvssVector": "", "publishedOn": "0001-01-01T00:00:00Z", "updatedOn": "0001-01-01T00:00:00Z", "exploitTypes": [],
        "exploitUris": ["a", "b"], "cveSupportability": "", "epss": null, "publicExploit": null });
    let mut run = Run::ocsf();
    let docs = run.emit(per_device::map, &row.to_string(), D);
    assert_eq!(
        docs[0].at("/vulnerabilities"),
        &json!([{ "title": "Looney", "vendor_name": "Microsoft", "exploit_ref_url": "a", "cve": { "uid": "CVE-2023-4911" } }])
    );
    assert_eq!(docs[0].at("/unmapped"), &json!({ "exploitUris": ["a", "b"], "cveSupportability": "" }));
    assert_eq!(run.tolerated(), [("year_1_date", 2)]);
}

#[test]
fn exposure_of_other_machines_does_not_change_the_hash() {
    for format in [Format::Ocsf, Format::Native] {
        let hash = |exposed: u64| {
            let mut row = record();
            row["exposedMachines"] = json!(exposed);
            Run::new(format, OcsfVersion::V1_8).emit(per_device::map, &row.to_string(), D)[0].event.content_hash.clone()
        };
        assert_eq!(hash(1), hash(900));
    }
}

#[test]
fn long_descriptions_are_cut_and_counted() {
    let mut row = record();
    row["description"] = json!("é".repeat(10_000));
    let mut run = Run::ocsf();
    let docs = run.emit(per_device::map, &row.to_string(), D);
    assert_eq!(docs[0].at("/vulnerabilities/0/desc").as_str().unwrap().len(), 8192);
    assert_eq!(run.tolerated(), [("text_cut", 1)]);
}
