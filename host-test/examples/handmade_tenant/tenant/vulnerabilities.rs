//! CVEs on machines, as the export has them and as the per-machine route has them. All CVE numbers are invented.

use super::machine;
use serde::Serialize;
use serde_json::{Value, json};

/// A row of the export, in the order of members that the service has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    id: String,
    device_id: String,
    rbac_group_id: u32,
    rbac_group_name: &'static str,
    device_name: Option<String>,
    os_platform: &'static str,
    os_version: &'static str,
    os_architecture: &'static str,
    software_vendor: &'static str,
    software_name: &'static str,
    software_version: &'static str,
    cve_id: Option<&'static str>,
    vulnerability_severity_level: Option<&'static str>,
    cvss_score: Option<f64>,
    recommended_security_update: Option<&'static str>,
    recommended_security_update_id: Option<&'static str>,
    recommended_security_update_url: Option<&'static str>,
    disk_paths: Vec<&'static str>,
    registry_paths: Vec<&'static str>,
    first_seen_timestamp: &'static str,
    last_seen_timestamp: &'static str,
    exploitability_level: &'static str,
    recommendation_reference: String,
    security_update_available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_of_support_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_of_support_date: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cve_mitigation_status: Option<&'static str>,
}

/// A CVE of the invented catalogue.
struct Cve(&'static str, &'static str, f64, &'static str);

const CVES: [Cve; 8] = [
    Cve("CVE-2025-90101", "Critical", 9.6, "ExploitIsInKit"),
    Cve("CVE-2025-90102", "High", 8.8, "ExploitIsVerified"),
    Cve("CVE-2025-90210", "High", 7.8, "ExploitIsPublic"),
    Cve("CVE-2024-90333", "Medium", 5.5, "NoExploit"),
    Cve("CVE-2024-90334", "Medium", 5.9, "NoExploit"),
    Cve("CVE-2023-90007", "Low", 3.1, "NoExploit"),
    Cve("CVE-2026-90001", "High", 8.1, "NoExploit"),
    // Found by Defender itself, before there was a number.
    Cve("TVM-2025-0003", "High", 0.0, "NoExploit"),
];

fn cve(id: &str) -> &'static Cve {
    CVES.iter().find(|cve| cve.0 == id).unwrap_or_else(|| panic!("the catalogue has no {id}"))
}

fn row(on: &str, product: [&'static str; 3], id: Option<&str>) -> Row {
    let machine = machine(on);
    let cve = id.map(cve);
    let [software_vendor, software_name, software_version] = product;
    let name = cve.map_or("", |cve| cve.0);
    Row {
        id: format!("{}_{software_vendor}_{software_name}_{software_version}_{name}", machine.id),
        device_id: machine.id,
        rbac_group_id: machine.rbac_group_id,
        rbac_group_name: machine.rbac_group_name.unwrap_or("UnassignedGroup"),
        device_name: machine.computer_dns_name,
        os_platform: machine.os_platform,
        os_version: machine.version,
        os_architecture: "x64",
        software_vendor,
        software_name,
        software_version,
        cve_id: cve.map(|cve| cve.0),
        vulnerability_severity_level: cve.map(|cve| cve.1),
        cvss_score: cve.map(|cve| cve.2).filter(|score| *score > 0.0),
        recommended_security_update: None,
        recommended_security_update_id: None,
        recommended_security_update_url: None,
        disk_paths: vec![],
        registry_paths: vec![],
        first_seen_timestamp: "2025-12-11 09:04:31",
        last_seen_timestamp: "2026-01-15 01:55:02.1230000",
        exploitability_level: cve.map_or("NoExploit", |cve| cve.3),
        recommendation_reference: format!("va-_-{software_vendor}-_-{software_name}"),
        security_update_available: true,
        end_of_support_status: None,
        end_of_support_date: None,
        cve_mitigation_status: None,
    }
}

fn windows_update(row: Row) -> Row {
    Row {
        recommended_security_update: Some("January 2026 Security Updates"),
        recommended_security_update_id: Some("5099001"),
        recommended_security_update_url: Some("https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB5099001"),
        ..row
    }
}

const CHROME: [&str; 3] = ["google", "chrome", "131.0.6778.86"];
const WINDOWS_10: [&str; 3] = ["microsoft", "windows_10", "10.0.19045.5131"];
const OPENSSL: [&str; 3] = ["openssl", "openssl", "3.0.2-0ubuntu1.15"];

/// All rows of the export.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for on in ["fin-ws-031", "eng-ws-308"] {
        rows.push(Row {
            disk_paths: vec!["C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"],
            ..row(on, CHROME, Some("CVE-2025-90101"))
        });
        rows.push(row(on, CHROME, Some("CVE-2025-90102")));
    }
    for id in ["CVE-2025-90210", "CVE-2026-90001"] {
        rows.push(Row {
            end_of_support_status: Some("EOS Version"),
            end_of_support_date: Some("2025-10-14T00:00:00+00:00"),
            ..windows_update(row("eng-ws-308", WINDOWS_10, Some(id)))
        });
    }
    for on in ["web-01", "batch-03"] {
        rows.push(row(on, OPENSSL, Some("CVE-2024-90333")));
        rows.push(Row { cve_mitigation_status: Some("Mitigated"), ..row(on, OPENSSL, Some("CVE-2024-90334")) });
    }
    let server_2019 = ["microsoft", "windows_server_2019", "10.0.17763.6775"];
    rows.extend([
        windows_update(row("fin-ws-031", ["microsoft", "windows_11", "10.0.26100.4652"], Some("CVE-2026-90001"))),
        windows_update(row("dc-01", server_2019, Some("CVE-2026-90001"))),
        // Nothing fixes it.
        Row {
            security_update_available: false,
            registry_paths: vec!["HKEY_LOCAL_MACHINE\\SOFTWARE\\7-Zip"],
            ..row("sql-01", ["7-zip", "7-zip", "19.00"], Some("CVE-2023-90007"))
        },
        Row {
            security_update_available: false,
            ..row("eng-ws-308", ["oracle", "jre", "1.8.0.401"], Some("TVM-2025-0003"))
        },
        // Software without a known weakness is listed too.
        row("sql-01", ["microsoft", "sql_server_2019", "15.0.4405.4"], None),
        row("design-mac-05", ["apple", "macos", "15.2"], None),
    ]);
    rows
}

/// Rows of the per-machine route: the catalogue's record of each CVE on the machine.
pub(super) fn known_on(name: &str) -> Vec<Value> {
    let device = machine(name).id;
    let mut ids: Vec<_> = rows().iter().filter(|row| row.device_id == device).filter_map(|row| row.cve_id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| record(cve(id))).collect()
}

/// All of the catalogue: what machines have, what none has, and a record of which hardly anything is known.
pub(super) fn catalogue() -> Vec<Value> {
    let mut records: Vec<Value> = CVES.iter().map(record).collect();
    records.extend([
        record(&Cve("CVE-2025-90500", "Critical", 9.8, "ExploitIsInKit")),
        record(&Cve("CVE-2019-90001", "Low", 2.0, "NoExploit")),
        json!({
            "id": "cve-2026-90002", "name": "CVE-2026-90002", "description": null, "severity": null, "cvssV3": null,
            "cvssVector": null, "exposedMachines": null, "publishedOn": "0001-01-01T00:00:00Z",
            "updatedOn": "2026-01-14T10:11:12Z", "firstDetected": null, "publicExploit": false,
            "exploitVerified": false, "exploitInKit": false, "exploitTypes": [], "exploitUris": [],
            "cveSupportability": "Not Supported", "tags": ["ZeroDay"], "epss": null,
        }),
    ]);
    for record in records.iter_mut().filter_map(Value::as_object_mut) {
        // The list does without.
        record.remove("@odata.type");
    }
    records
}

fn record(cve: &Cve) -> Value {
    let Cve(id, severity, score, exploit) = *cve;
    let has_exploit = exploit != "NoExploit";
    json!({
        "@odata.type": "#microsoft.windowsDefenderATP.api.PublicVulnerabilityDto",
        "id": id,
        "name": id,
        "description": format!("Summary: an invented weakness of severity {}. Impact: none, it does not exist.", severity.to_lowercase()),
        "severity": severity,
        "cvssV3": if score > 0.0 { json!(score) } else { Value::Null },
        "cvssVector": if score > 8.0 { json!("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H/E:P/RL:O/RC:C") } else { json!("") },
        "exposedMachines": rows().iter().filter(|row| row.cve_id == Some(id)).count(),
        "publishedOn": "2025-12-09T00:00:00Z",
        "updatedOn": "2026-01-10T08:20:12.5366667Z",
        "firstDetected": "2025-12-11T09:04:31Z",
        "publicExploit": has_exploit,
        "exploitVerified": exploit == "ExploitIsVerified" || exploit == "ExploitIsInKit",
        "exploitInKit": exploit == "ExploitIsInKit",
        "exploitTypes": if has_exploit { json!(["Remote", "Denial of service"]) } else { json!([]) },
        "exploitUris": if has_exploit { json!(["https://exploits.example/90101"]) } else { json!([]) },
        "cveSupportability": "Supported",
        "tags": [],
        "epss": if has_exploit { json!(0.4312) } else { json!(0.00042) },
    })
}
