//! Whatever a row holds, the mappers neither panic nor write anything that is not an event.

use defender_rows::event::{Format, OcsfVersion};
use proptest::prelude::*;

use super::mappers::{list_mapper, mapper};
use super::testing::{DEVICE, FACTS, Run};
use crate::catalog::{ALL, DatasetSpec};
use crate::datasets::mapping::{MapFn, Outcome, Subject};

/// Member names of all wire records.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "aadDeviceId", "accountDomain", "accountName", "accountSid", "activeAlert", "agentVersion", "assetCriticalityLevel",
    "associatedThreats", "cloudProvider", "computerDnsName", "configScoreImpact", "cveId", "cveMitigationStatus",
    "cveSupportability", "cvssScore", "cvssV3", "cvssVector", "defenderAvStatus", "description", "deviceId",
    "deviceName", "deviceValue", "diskPaths", "endOfSupportDate", "endOfSupportStatus", "epss", "eventTimestamp",
    "exclusionReason", "exploitInKit", "exploitTypes", "exploitUris", "exploitVerified", "exploitabilityLevel",
    "exposedCriticalDevices", "exposedMachines", "exposedMachinesCount", "exposureImpact", "exposureLevel",
    "firstDetected", "firstSeen", "firstSeenTimestamp", "hasUnpatchableCve", "healthStatus", "id", "ipAddress",
    "ipAddresses", "isAadJoined", "isDomainAdmin", "isExcluded", "isLocalAdmin", "isOnlyNetworkUser",
    "isPotentialDuplication", "lastExternalIpAddress", "lastIpAddress", "lastSeen", "lastSeenTimestamp",
    "leastPrevalentMachineId", "logOnMachinesCount", "logonTypes", "macAddress", "machineTags", "managedBy",
    "managedByStatus", "mergedIntoMachineId", "mostPrevalentMachineId", "name", "nonProductivityImpactedAssets",
    "numberOfWeaknesses", "onboardingStatus", "operationalStatus", "osArchitecture", "osBuild", "osPlatform",
    "osProcessor", "osVersion", "patchFirstAvailable", "productCategory", "productName", "publicExploit", "publishedOn",
    "rbacGroupId", "rbacGroupName", "recommendationCategory", "recommendationName", "recommendationReference",
    "recommendedProgram", "recommendedSecurityUpdate", "recommendedSecurityUpdateId", "recommendedSecurityUpdateUrl",
    "recommendedVendor", "recommendedVersion", "registryPaths", "relatedComponent", "remediationType", "resourceId",
    "riskScore", "securityUpdateAvailable", "severity", "severityScore", "softwareFirstSeenTimestamp", "softwareName",
    "softwareTags", "softwareVendor", "softwareVersion", "status", "subCategory", "subscriptionId", "tags",
    "totalMachineCount", "type", "updatedOn", "vendor", "version", "vmId", "vmMetadata", "vulnerabilitySeverityLevel",
    "weaknesses",
];

/// Texts that mean something somewhere.
const WORDS: &[&str] = &[
    "",
    " ",
    "None",
    "Unknown",
    "High",
    "low",
    "Active",
    "Onboarded",
    "Windows 10",
    "WindowsServer2019",
    "Ubuntu",
    "Azure",
    "10.0.0.4",
    "127.0.0.1",
    "fe80::1%eth0",
    "::ffff:1.2.3.4",
    "001122AABBCC",
    "000000000000",
    "0123456789ABCDEF",
    "2026-11-20T10:13:34.8476880Z",
    "2026-11-20 10:13:34",
    "0001-01-01T00:00:00Z",
    "9999-99-99",
    "2021-05-11T00:00:00+00:00",
    "True",
    "False",
    "7.5",
    "1e400",
    "99.9",
    "-",
    "64-bit",
    "x64",
    "10.0.0.4.",
    "0011.22aa.bbcc",
    "UnderException",
    "GHSA-xxxx-yyyy-zzzz",
    "CVE-2020-16011",
    "TVM-2020-0002",
    "va-_-google-_-chrome",
    "contoso\\user",
    "S-1-5-18",
    "200002",
    "RHSA-1:2",
    "CVSS:3.1/AV:N/E:U",
    "CVSS:/",
    "NoExploit",
    "Tunnel",
    "google",
    "chrome",
    "windows_10",
    "microsoft",
    "C:\\a\\b",
    "\u{1F600}\n\t\u{7f}\u{0}",
    "Unassigned",
    "a.b.c",
    "..",
];

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(WORDS).prop_map(|word| serde_json::to_string(word).unwrap()),
        1 => any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        1 => prop::sample::select(vec![r#""\ud83d\ude00""#, r#""\u0041\\u""#, r#""\/""#, r#""\ud800""#, "1E5", "-0.0", "1e999"])
            .prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|number| format!("{number:e}")),
        2 => prop::sample::select(vec!["null", "true", "false", "0", "86", "9.6", "[]", "{}"]).prop_map(str::to_owned),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => prop::sample::select(NAMES).prop_map(str::to_owned),
        1 => prop::sample::select(NAMES).prop_map(|name| name.to_uppercase()),
        1 => "[a-zA-Z@. \"\\\\]{0,6}",
    ]
}

fn object(values: impl Strategy<Value = String>, size: usize) -> impl Strategy<Value = String> {
    prop::collection::vec((name(), values), 0..size).prop_map(|members| {
        let members: Vec<_> =
            members.iter().map(|(name, value)| format!("{}: {value}", serde_json::to_string(name).unwrap())).collect();
        format!("{{{}}}", members.join(",\n "))
    })
}

fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|elements| format!("[{}]", elements.join(" ,"))),
            object(inner, 6),
        ]
    })
}

/// The members of a machine that hold objects.
fn nested() -> impl Strategy<Value = String> {
    let address = (scalar(), scalar(), scalar()).prop_map(|(address, mac, kind)| {
        format!(r#"{{"ipAddress":{address},"macAddress":{mac},"type":{kind},"operationalStatus":"Up"}}"#)
    });
    let vm = (scalar(), scalar()).prop_map(|(provider, subscription)| {
        format!(r#"{{"vmId":"v","cloudProvider":{provider},"subscriptionId":{subscription},"x":1}}"#)
    });
    (prop::collection::vec(address, 0..6), vm)
        .prop_map(|(addresses, vm)| format!(r#""ipAddresses":[{}],"vmMetadata":{vm},"#, addresses.join(",")))
}

/// A row that often has an identity.
fn row() -> impl Strategy<Value = String> {
    let identity = prop_oneof![
        Just(String::new()),
        nested().prop_map(|members| format!(r#""id":"{DEVICE}",{members}"#)),
        Just(format!(r#""deviceId":"{DEVICE}","softwareName":"chrome","cveId":"CVE-2020-16011","#)),
        Just(r#""id":"CVE-2020-16011","#.to_owned()),
    ];
    (identity, object(value(), 24)).prop_map(|(identity, row)| match identity.strip_suffix(',') {
        Some(members) if row == "{}" => format!("{{{members}}}"),
        _ => row.replacen('{', &format!("{{{identity}"), 1),
    })
}

fn mappers() -> Vec<MapFn> {
    let of = |dataset: &DatasetSpec| {
        let ways = dataset.strategies.iter().map(|way| mapper(dataset.name, way.name));
        ways.chain(list_mapper(dataset.name).map(|list| list.map)).collect::<Vec<_>>()
    };
    ALL.into_iter().flat_map(of).collect()
}

fn check(row: &str, recommendation: &str) {
    for version in OcsfVersion::ALL {
        for format in [Format::Ocsf, Format::Native] {
            for map in mappers() {
                for subject in [Subject::Tenant, Subject::Device(FACTS), Subject::Recommendation(recommendation)] {
                    let mut run = Run::new(format, version);
                    let outcome = run.map(map, row, subject);
                    // Reading the events back checks the documents.
                    assert_eq!(outcome == Outcome::Emitted, !run.take().is_empty(), "{outcome:?}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_row_is_an_event_or_an_outcome(row in row(), recommendation in object(scalar(), 8)) {
        check(&row, &recommendation);
    }

    #[test]
    fn any_text_is_an_outcome(row in any::<String>()) {
        check(&row, "{}");
    }

    #[test]
    fn mapping_twice_gives_the_same(row in row()) {
        for map in mappers() {
            let subject = Subject::Device(FACTS);
            let (mut one, mut two) = (Run::ocsf(), Run::ocsf());
            let mut native = Run::native();
            two.events.collected_at(7);
            native.map(map, &row, subject);
            if one.map(map, &row, subject) != Outcome::Emitted {
                continue;
            }
            two.map(map, &row, subject);
            for ((one, two), native) in one.take().iter().zip(&two.take()).zip(&native.take()) {
                prop_assert_eq!(&one.event.content_hash, &native.event.content_hash);
                prop_assert_eq!(&one.event.key, &two.event.key);
                prop_assert_eq!(&one.event.content_hash, &two.event.content_hash);
                prop_assert_eq!(one.at("/metadata/uid"), two.at("/metadata/uid"));
            }
        }
    }
}
