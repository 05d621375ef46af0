//! Rows of the software inventory export: product versions on machines.

use super::machine;
use serde::Serialize;

/// A row, in the order of members that the service has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    device_id: String,
    rbac_group_id: u32,
    rbac_group_name: &'static str,
    device_name: Option<String>,
    os_platform: &'static str,
    software_vendor: &'static str,
    software_name: &'static str,
    software_version: &'static str,
    number_of_weaknesses: u32,
    disk_paths: Vec<&'static str>,
    registry_paths: Vec<&'static str>,
    software_first_seen_timestamp: &'static str,
    end_of_support_status: Option<&'static str>,
    end_of_support_date: Option<&'static str>,
}

fn row(on: &str, product: [&'static str; 3], weaknesses: u32) -> Row {
    let machine = machine(on);
    let [software_vendor, software_name, software_version] = product;
    Row {
        device_id: machine.id,
        rbac_group_id: machine.rbac_group_id,
        rbac_group_name: machine.rbac_group_name.unwrap_or("Unassigned"),
        device_name: machine.computer_dns_name,
        os_platform: machine.os_platform,
        software_vendor,
        software_name,
        software_version,
        number_of_weaknesses: weaknesses,
        disk_paths: vec![],
        registry_paths: vec![],
        software_first_seen_timestamp: "2025-11-04 06:22:10",
        end_of_support_status: Some("None"),
        end_of_support_date: None,
    }
}

const CHROME: [&str; 3] = ["google", "chrome", "131.0.6778.86"];
const CHROME_NEW: [&str; 3] = ["google", "chrome", "132.0.6834.83"];
const OFFICE: [&str; 3] = ["microsoft", "office", "16.0.18227.20162"];

/// All rows. One product is on several machines, in several versions.
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            disk_paths: vec!["C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"],
            registry_paths: vec![
                "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Google Chrome",
            ],
            ..row("fin-ws-031", CHROME, 2)
        },
        row("fin-ws-031", OFFICE, 0),
        row("fin-ws-031", ["microsoft", "windows_11", "10.0.26100.4652"], 1),
        row("fin-ws-032", CHROME_NEW, 0),
        row("fin-ws-032", OFFICE, 0),
        row("eng-ws-308", CHROME, 2),
        Row {
            end_of_support_status: Some("EOS Version"),
            end_of_support_date: Some("2025-10-14T00:00:00+00:00"),
            ..row("eng-ws-308", ["microsoft", "windows_10", "10.0.19045.5131"], 2)
        },
        Row {
            disk_paths: vec!["c:\\tools\\jre8\\bin\\java.exe", "d:\\station\\jre\\bin\\java.exe"],
            end_of_support_status: Some("Upcoming EOS Software"),
            end_of_support_date: Some("2026-12-31"),
            ..row("eng-ws-308", ["oracle", "jre", "1.8.0.401"], 1)
        },
        Row {
            software_first_seen_timestamp: "2024-08-19 23:59:59.1234567",
            end_of_support_status: Some("Upcoming EOS Version"),
            end_of_support_date: Some("2029-01-09"),
            ..row("dc-01", ["microsoft", "windows_server_2019", "10.0.17763.6775"], 1)
        },
        row("sql-01", ["microsoft", "sql_server_2019", "15.0.4405.4"], 0),
        row("sql-01", ["7-zip", "7-zip", "19.00"], 1),
        Row { disk_paths: vec!["/usr/lib/x86_64-linux-gnu/libssl.so.3"], ..row("web-01", OPENSSL, 2) },
        row("web-01", ["ubuntu", "nginx", "1.18.0-6ubuntu14.4"], 0),
        // The inventory has no name for it, and states no support.
        Row { device_name: None, end_of_support_status: None, ..row("batch-03", OPENSSL, 2) },
        row("design-mac-05", ["apple", "macos", "15.2"], 0),
        row("design-mac-05", ["google", "chrome_for_mac", "132.0.6834.84"], 0),
        row("android-0b77c4", ["google", "android", "14"], 0),
        // A product whose version nobody could read.
        row("eng-ws-308", ["contoso", "station_control", ""], 0),
    ]
}

const OPENSSL: [&str; 3] = ["openssl", "openssl", "3.0.2-0ubuntu1.15"];
