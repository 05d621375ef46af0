use defender_rows::event::OcsfVersion;
use serde_json::{Value as Json, json};

use super::*;
use crate::datasets::testing::{COLLECTED_MS, DEVICE, FACTS, Run};

const D: Subject<'static> = Subject::Device(FACTS);

/// A user with every member of older and newer samples.
fn row() -> Json {
    json!({
        "id": "contoso\\User1", "accountName": "User1", "accountDomain": "contoso", "accountSid": "S-1-5-21-1-2-3-1104",
        "firstSeen": "2019-12-18T08:02:54Z", "lastSeen": "2026-11-19T08:01:48Z", "mostPrevalentMachineId": null,
        "leastPrevalentMachineId": null, "logonTypes": "Interactive, Network", "logOnMachinesCount": 8,
        "isDomainAdmin": true, "isOnlyNetworkUser": null,
    })
}

#[test]
fn a_row_is_an_account_and_its_use_of_a_device() {
    let mut run = Run::ocsf();
    let docs = run.emit(map, &row().to_string(), D);
    assert_eq!(docs.len(), 2);
    let (asset, edge) = (&docs[0], &docs[1]);
    assert_eq!(asset.key(), "user:s-1-5-21-1-2-3-1104");
    assert!(asset.refs().is_empty());
    assert!(asset.at("/metadata/profiles").is_null() && asset.at("/device").is_null());
    assert_eq!(
        asset.at("/user"),
        &json!({ "uid": "S-1-5-21-1-2-3-1104", "uid_alt": "contoso\\User1", "name": "User1", "domain": "contoso",
            "type_id": 2, "type": "Admin" })
    );
    assert_eq!(edge.key(), format!("user:{DEVICE}/s-1-5-21-1-2-3-1104"));
    assert_eq!(edge.refs(), [format!("logged_on device:{DEVICE}"), "part_of user:s-1-5-21-1-2-3-1104".into()]);
    assert_eq!(edge.at("/metadata/profiles"), &json!(["host"]));
    assert_eq!(
        edge.at("/user/account"),
        &json!({ "name": "User1", "uid": "S-1-5-21-1-2-3-1104", "type_id": 19, "type": "ActiveDirectory Account" })
    );
    assert_eq!(edge.at("/device/uid"), DEVICE);
    assert_eq!(edge.at("/start_time"), 1_576_656_174_000_i64);
    assert_eq!(edge.at("/end_time"), 1_795_075_308_000_i64);
    assert_eq!(edge.at("/time"), COLLECTED_MS, "when it was seen has members of its own");
    assert_eq!(
        edge.at("/unmapped"),
        &json!({ "logonTypes": "Interactive, Network", "logOnMachinesCount": 8, "isDomainAdmin": true })
    );
    assert_eq!(run.tolerated(), []);
}

#[test]
fn an_account_is_announced_once_and_every_edge_is_kept() {
    let mut run = Run::ocsf();
    run.emit(map, &row().to_string(), D);
    let other = "c".repeat(40);
    let docs = run.emit(map, &row().to_string(), Subject::Device(DeviceFacts { id: &other, ..FACTS }));
    assert_eq!(docs.len(), 1);
    assert_eq!(docs[0].refs()[0], format!("logged_on device:{other}"));
}

#[test]
fn accounts_are_identified_by_what_there_is() {
    for (row, account, name, domain) in [
        (json!({ "id": "CONTOSO\\User1" }), "contoso%5Cuser1", json!("User1"), json!("CONTOSO")),
        (json!({ "id": "user1", "accountDomain": "contoso" }), "contoso%5Cuser1", json!("user1"), json!("contoso")),
        (json!({ "accountName": "x", "accountDomain": "PC7" }), "pc7%5Cx", json!("x"), json!("PC7")),
        (json!({ "id": "AzureAD\\Jürgen Ä" }), "azuread%5Cj%C3%BCrgen%20%C3%84", json!("Jürgen Ä"), json!("AzureAD")),
    ] {
        let docs = Run::ocsf().emit(map, &row.to_string(), D);
        assert_eq!(docs[0].key(), format!("user:{account}"), "{row}");
        assert_eq!(docs[1].key(), format!("user:{DEVICE}/{account}"));
        assert_eq!(docs[0].at("/user/name"), &name);
        assert_eq!(docs[0].at("/user/domain"), &domain);
        assert_eq!(docs[1].at("/time"), COLLECTED_MS);
    }
}

/// Two of them on two devices are two accounts.
#[test]
fn what_each_device_has_for_itself_is_no_account_of_the_tenant() {
    let sid = |sid: &str| json!({ "id": "x\\y", "accountName": "y", "accountDomain": "x", "accountSid": sid });
    for (row, account) in [
        (json!({ "id": "root" }), "root"),
        (json!({ "accountName": "root", "accountDomain": "" }), "root"),
        (json!({ "accountName": "svc", "accountDomain": "\\" }), "svc"),
        (json!({ "id": "\\\\svc", "accountName": "svc", "accountDomain": "\\" }), "svc"),
        (json!({ "id": "\\\\svc", "accountDomain": "\\\\" }), "svc"),
        (json!({ "id": "\\svc" }), "svc"),
        (json!({ "id": "\\svc", "accountName": "svc", "accountDomain": null }), "svc"),
        (json!({ "id": ".\\svc" }), ".%5Csvc"),
        (json!({ "id": "NT AUTHORITY\\SYSTEM" }), "nt%20authority%5Csystem"),
        (json!({ "id": "nt service\\x", "accountName": "x" }), "nt%20service%5Cx"),
        (json!({ "id": "SRV-7\\admin" }), "srv-7%5Cadmin"),
        (json!({ "accountSid": "S-1-5-18" }), "s-1-5-18"),
        (sid("S-1-5-32-544"), "s-1-5-32-544"),
        (sid("s-1-5-90-0-1"), "s-1-5-90-0-1"),
    ] {
        let mut run = Run::ocsf();
        for device in [DEVICE, "b"] {
            let subject = Subject::Device(DeviceFacts { id: device, ..FACTS });
            let docs = run.emit(map, &row.to_string(), subject);
            assert_eq!(docs.len(), 1, "{row}");
            assert_eq!(docs[0].key(), format!("user:{device}/{account}"));
            assert_eq!(docs[0].refs(), [format!("logged_on device:{device}")]);
        }
    }
    for row in [sid("S-1-5-21-1-2-3-500"), sid("S-1-12-1-1-2-3-4"), json!({ "id": "CORP\\root" })] {
        assert_eq!(Run::ocsf().emit(map, &row.to_string(), D).len(), 2, "{row}");
    }
}

/// Letters of either case, and the order of words, say nothing.
#[test]
fn an_account_told_in_two_spellings_is_one() {
    let told = |id: &str, name: &str, domain: &str, types: &str, sid: Json| {
        let row =
            json!({ "id": id, "accountName": name, "accountDomain": domain, "logonTypes": types, "accountSid": sid });
        let docs = Run::ocsf().emit(map, &row.to_string(), D);
        docs.into_iter().map(|doc| (doc.event.key, doc.event.content_hash)).collect::<Vec<_>>()
    };
    for sid in [Json::Null, json!("S-1-5-21-1-2-3-4")] {
        assert_eq!(
            told("CORP\\Ann", "Ann", "CORP", "Interactive, Network", sid.clone()),
            told("corp\\ann", "ann", "corp", "Network,Interactive", sid.clone())
        );
        let ann = told("CORP\\Ann", "Ann", "CORP", "", sid.clone());
        assert_ne!(ann[1], told("CORP\\Anne", "Anne", "CORP", "", sid)[1], "a new name is news");
    }
}

#[test]
fn accounts_are_of_entra_of_a_domain_or_of_their_device() {
    let windows = Some("Windows11");
    for (row, platform, version, expected) in [
        (json!({ "id": "AzureAD\\ann" }), windows, OcsfVersion::V1_8, json!(6)),
        (json!({ "id": "ann", "accountSid": "S-1-12-1-5-6-7-8" }), windows, OcsfVersion::V1_5, json!(6)),
        (json!({ "id": "corp\\ann" }), windows, OcsfVersion::V1_8, json!(19)),
        (json!({ "id": "corp\\ann" }), Some("Ubuntu"), OcsfVersion::V1_9, json!(19)),
        (json!({ "id": "corp\\ann" }), windows, OcsfVersion::V1_7, json!(1)),
        (json!({ "id": "srv-7\\ann" }), windows, OcsfVersion::V1_8, json!(2)),
        // A machine gives its accounts identifiers as a domain does.
        (json!({ "id": "srv-7\\ann", "accountSid": "S-1-5-21-1-2-3-1001" }), windows, OcsfVersion::V1_8, json!(2)),
        (json!({ "id": "NT AUTHORITY\\SYSTEM" }), windows, OcsfVersion::V1_8, json!(2)),
        (json!({ "id": "root" }), Some("Ubuntu"), OcsfVersion::V1_8, json!(9)),
        (json!({ "id": "root" }), Some("macOS"), OcsfVersion::V1_8, json!(7)),
        (json!({ "id": "root" }), Some("Android"), OcsfVersion::V1_8, Json::Null),
        (json!({ "id": "root" }), None, OcsfVersion::V1_8, Json::Null),
    ] {
        let subject = Subject::Device(DeviceFacts { os_platform: platform, ..FACTS });
        let docs = Run::new(Format::Ocsf, version).emit(map, &row.to_string(), subject);
        let edge = docs.last().expect("an event");
        assert_eq!(edge.at("/user/account/type_id"), &expected, "{row} on {platform:?} in {version:?}");
    }
}

#[test]
fn a_user_is_of_the_type_that_the_row_tells() {
    for (row, expected) in [
        (json!({ "id": "a\\b", "isDomainAdmin": "True" }), (2, "Admin")),
        (json!({ "id": "a\\b", "isDomainAdmin": "False" }), (1, "User")),
        (json!({ "id": "NT AUTHORITY\\SYSTEM", "isDomainAdmin": false }), (3, "System")),
        (json!({ "id": "a\\b" }), (0, "Unknown")),
    ] {
        let docs = Run::ocsf().emit(map, &row.to_string(), D);
        for doc in docs {
            assert_eq!((doc.at("/user/type_id"), doc.at("/user/type")), (&json!(expected.0), &json!(expected.1)));
        }
    }
}

#[test]
fn rows_that_are_not_emitted_say_why() {
    let mut run = Run::ocsf();
    for (row, subject, reason) in [
        ("{", D, RejectReason::Malformed),
        ("{}", D, RejectReason::NoIdentity),
        (r#"{"id":"","accountName":null}"#, D, RejectReason::NoIdentity),
        (r#"{"accountDomain":"contoso"}"#, D, RejectReason::NoIdentity),
        (r#"{"id":"a\\b"}"#, Subject::Tenant, RejectReason::NoIdentity),
    ] {
        assert_eq!(run.map(map, row, subject), Outcome::Rejected(reason), "{row}");
    }
}

#[test]
fn the_account_does_not_depend_on_the_device() {
    for format in [Format::Ocsf, Format::Native] {
        let asset = |id: &str, platform: &'static str, last_seen: &str| {
            let mut row = row();
            row["lastSeen"] = json!(last_seen);
            row["logOnMachinesCount"] = json!(id.len());
            let subject = Subject::Device(DeviceFacts { id, os_platform: Some(platform), ..FACTS });
            let docs = Run::new(format, OcsfVersion::V1_8).emit(map, &row.to_string(), subject);
            (docs[0].event.key.clone(), docs[0].event.content_hash.clone())
        };
        assert_eq!(asset("a", "Ubuntu", "2026-01-01"), asset("bb", "Windows11", "2026-02-02"));
    }
}

#[test]
fn last_seen_does_not_change_the_hash() {
    for format in [Format::Ocsf, Format::Native] {
        let hash = |last_seen: &str, first_seen: &str| {
            let mut row = row();
            row["lastSeen"] = json!(last_seen);
            row["firstSeen"] = json!(first_seen);
            let docs = Run::new(format, OcsfVersion::V1_8).emit(map, &row.to_string(), D);
            docs[1].event.content_hash.clone()
        };
        assert_eq!(hash("2026-01-01", "2025-01-01"), hash("2026-02-02", "2025-01-01"));
        assert_ne!(hash("2026-01-01", "2025-01-01"), hash("2026-01-01", "2025-01-02"));
    }
}

#[test]
fn native_bodies_are_the_rows() {
    let text = row().to_string();
    let docs = Run::native().emit(map, &text, D);
    assert_eq!(
        docs[0].body(),
        &json!({ "id": "contoso\\User1", "accountName": "User1", "accountDomain": "contoso",
            "accountSid": "S-1-5-21-1-2-3-1104", "isDomainAdmin": true })
    );
    assert!(docs[1].event.document.ends_with(&format!("\"body\":{text}}}")));
}
