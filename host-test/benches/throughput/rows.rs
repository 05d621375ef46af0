//! What reading a row by our own code gains over `serde_json` on the same rows. Both run natively here.
//!
//! A row has to be held to the grammar of JSON, its known members have to be found whatever the case of their names, and
//! all others kept as they are. `serde_json` is let off the last two: it skips members that it does not know.

use bytes::Bytes;
use defender_rows::record::{Record, field_table};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::hint::black_box;

/// Rows that are read in one turn.
const ROWS: usize = 20_000;

field_table! {
    Field {
        Id = "id",
        DeviceId = "deviceId",
        RbacGroupId = "rbacGroupId",
        RbacGroupName = "rbacGroupName",
        DeviceName = "deviceName",
        OsPlatform = "osPlatform",
        OsVersion = "osVersion",
        OsArchitecture = "osArchitecture",
        SoftwareVendor = "softwareVendor",
        SoftwareName = "softwareName",
        SoftwareVersion = "softwareVersion",
        CveId = "cveId",
        Severity = "vulnerabilitySeverityLevel",
        Update = "recommendedSecurityUpdate",
        UpdateId = "recommendedSecurityUpdateId",
        UpdateUrl = "recommendedSecurityUpdateUrl",
        DiskPaths = "diskPaths",
        RegistryPaths = "registryPaths",
        FirstSeen = "firstSeenTimestamp",
        LastSeen = "lastSeenTimestamp",
        Exploitability = "exploitabilityLevel",
        Recommendation = "recommendationReference",
        UpdateAvailable = "securityUpdateAvailable",
        CvssScore = "cvssScore",
    }
}

/// The row as a structure that borrows its texts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "what is measured is how they come to be")]
struct Borrowed<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    device_id: Option<Cow<'a, str>>,
    rbac_group_id: Option<i64>,
    #[serde(borrow)]
    rbac_group_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    device_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    os_platform: Option<Cow<'a, str>>,
    #[serde(borrow)]
    os_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    os_architecture: Option<Cow<'a, str>>,
    #[serde(borrow)]
    software_vendor: Option<Cow<'a, str>>,
    #[serde(borrow)]
    software_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    software_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cve_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    vulnerability_severity_level: Option<Cow<'a, str>>,
    #[serde(borrow)]
    recommended_security_update: Option<Cow<'a, str>>,
    #[serde(borrow)]
    recommended_security_update_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    recommended_security_update_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    disk_paths: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    registry_paths: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    first_seen_timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    last_seen_timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    exploitability_level: Option<Cow<'a, str>>,
    #[serde(borrow)]
    recommendation_reference: Option<Cow<'a, str>>,
    security_update_available: Option<bool>,
    cvss_score: Option<f64>,
}

/// The row as a structure of its members as they came, which is what passes into an event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "what is measured is how they come to be")]
struct Raw<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    device_id: Option<&'a RawValue>,
    #[serde(borrow)]
    rbac_group_id: Option<&'a RawValue>,
    #[serde(borrow)]
    rbac_group_name: Option<&'a RawValue>,
    #[serde(borrow)]
    device_name: Option<&'a RawValue>,
    #[serde(borrow)]
    os_platform: Option<&'a RawValue>,
    #[serde(borrow)]
    os_version: Option<&'a RawValue>,
    #[serde(borrow)]
    os_architecture: Option<&'a RawValue>,
    #[serde(borrow)]
    software_vendor: Option<&'a RawValue>,
    #[serde(borrow)]
    software_name: Option<&'a RawValue>,
    #[serde(borrow)]
    software_version: Option<&'a RawValue>,
    #[serde(borrow)]
    cve_id: Option<&'a RawValue>,
    #[serde(borrow)]
    vulnerability_severity_level: Option<&'a RawValue>,
    #[serde(borrow)]
    recommended_security_update: Option<&'a RawValue>,
    #[serde(borrow)]
    recommended_security_update_id: Option<&'a RawValue>,
    #[serde(borrow)]
    recommended_security_update_url: Option<&'a RawValue>,
    #[serde(borrow)]
    disk_paths: Option<&'a RawValue>,
    #[serde(borrow)]
    registry_paths: Option<&'a RawValue>,
    #[serde(borrow)]
    first_seen_timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    last_seen_timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    exploitability_level: Option<&'a RawValue>,
    #[serde(borrow)]
    recommendation_reference: Option<&'a RawValue>,
    #[serde(borrow)]
    security_update_available: Option<&'a RawValue>,
    #[serde(borrow)]
    cvss_score: Option<&'a RawValue>,
}

/// The first rows of the page, a text each.
pub(crate) fn rows(chunks: &[Bytes]) -> Vec<String> {
    let mut text = String::new();
    for chunk in chunks {
        text.push_str(std::str::from_utf8(chunk).expect("the page is ASCII"));
        if text.len() > ROWS * 1200 {
            break;
        }
    }
    let list = text.split_once('[').map_or("", |(_, list)| list);
    let rows: Vec<String> = list.split_inclusive("},").take(ROWS).map(|row| row.trim_end_matches(',').into()).collect();
    assert_eq!(rows.len(), ROWS);
    rows
}

/// By our own code; how many of them have a CVE.
pub(crate) fn ours(rows: &[String]) -> usize {
    let read = |row: &&String| {
        let record = Record::<Field>::parse(row).expect("the row is JSON");
        black_box(&record).peek(Field::CveId).is_some()
    };
    rows.iter().filter(read).count()
}

/// By `serde_json`, into a structure that borrows.
pub(crate) fn borrowed(rows: &[String]) -> usize {
    let read = |row: &&String| {
        let record: Borrowed<'_> = serde_json::from_str(row).expect("the row is JSON");
        black_box(&record).cve_id.is_some()
    };
    rows.iter().filter(read).count()
}

/// By `serde_json`, into members as they came.
pub(crate) fn raw(rows: &[String]) -> usize {
    let read = |row: &&String| {
        let record: Raw<'_> = serde_json::from_str(row).expect("the row is JSON");
        black_box(&record).cve_id.is_some()
    };
    rows.iter().filter(read).count()
}
