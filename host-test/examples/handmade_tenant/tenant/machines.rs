//! Rows of `/api/machines`: onboarded ones of every platform, discovered ones, a merged one, and the oddities in their
//! addresses.

use super::device_id;
use serde::Serialize;
use serde_json::{Value, json};

/// A machine record, in the order of members that the service has.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Machine {
    /// Short name, for references within the tenant.
    #[serde(skip)]
    pub(super) name: &'static str,
    /// Identifier.
    pub(super) id: String,
    merged_into_machine_id: Option<String>,
    is_potential_duplication: bool,
    is_excluded: bool,
    exclusion_reason: Option<&'static str>,
    /// DNS name; discovered devices may have none.
    pub(super) computer_dns_name: Option<String>,
    first_seen: &'static str,
    last_seen: &'static str,
    /// Platform word.
    pub(super) os_platform: &'static str,
    /// Always null on the wire.
    os_version: Option<&'static str>,
    os_processor: Option<&'static str>,
    /// Release name.
    pub(super) version: &'static str,
    last_ip_address: Option<&'static str>,
    last_external_ip_address: Option<&'static str>,
    agent_version: Option<&'static str>,
    os_build: Option<u32>,
    health_status: &'static str,
    device_value: Option<&'static str>,
    /// A number, whatever the documentation says.
    pub(super) rbac_group_id: u32,
    /// Null when in no group.
    pub(super) rbac_group_name: Option<&'static str>,
    risk_score: Option<&'static str>,
    exposure_level: Option<&'static str>,
    is_aad_joined: Option<bool>,
    aad_device_id: Option<&'static str>,
    machine_tags: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    defender_av_status: Option<&'static str>,
    onboarding_status: &'static str,
    os_architecture: Option<&'static str>,
    managed_by: &'static str,
    managed_by_status: &'static str,
    ip_addresses: Vec<Value>,
    vm_metadata: Option<Value>,
    /// A column that no table knows yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_role: Option<&'static str>,
}

fn address(ip: &str, mac: Option<&str>, kind: Option<&str>, status: &str) -> Value {
    json!({ "ipAddress": ip, "macAddress": mac, "type": kind, "operationalStatus": status })
}

fn ethernet(ip: &str, mac: &str) -> Value {
    address(ip, Some(mac), Some("Ethernet"), "Up")
}

/// What VPN clients of one make use for an address on every machine.
fn vpn(ip: &str) -> Value {
    address(ip, Some("00059A3C7A00"), Some("Ppp"), "Up")
}

fn windows_loopback() -> Value {
    address("127.0.0.1", None, Some("SoftwareLoopback"), "Up")
}

/// A managed Windows 11 workstation, which the others differ from.
fn onboarded(name: &'static str) -> Machine {
    Machine {
        name,
        id: device_id(name),
        merged_into_machine_id: None,
        is_potential_duplication: false,
        is_excluded: false,
        exclusion_reason: None,
        computer_dns_name: Some(format!("{name}.contoso.example")),
        first_seen: "2025-03-02T08:14:55.1234567Z",
        last_seen: "2026-01-15T04:41:07.7312259Z",
        os_platform: "Windows11",
        os_version: None,
        os_processor: Some("x64"),
        version: "24H2",
        last_ip_address: None,
        last_external_ip_address: Some("203.0.113.17"),
        agent_version: Some("10.8760.26100.4652"),
        os_build: Some(26100),
        health_status: "Active",
        device_value: Some("Normal"),
        rbac_group_id: 4,
        rbac_group_name: Some("Workstations"),
        risk_score: Some("None"),
        exposure_level: Some("Low"),
        is_aad_joined: Some(true),
        aad_device_id: None,
        machine_tags: vec![],
        defender_av_status: Some("Updated"),
        onboarding_status: "Onboarded",
        os_architecture: Some("64-bit"),
        managed_by: "Intune",
        managed_by_status: "Managed",
        ip_addresses: vec![],
        vm_metadata: None,
        device_role: None,
    }
}

fn server(name: &'static str) -> Machine {
    Machine {
        device_value: Some("High"),
        rbac_group_id: 7,
        rbac_group_name: Some("Servers"),
        is_aad_joined: Some(false),
        managed_by: "MDE",
        managed_by_status: "Unknown",
        last_external_ip_address: Some("203.0.113.20"),
        ..onboarded(name)
    }
}

/// Seen on the network by another machine; no agent of its own.
fn discovered(name: &'static str) -> Machine {
    Machine {
        first_seen: "2025-12-30T11:02:31Z",
        last_seen: "2026-01-14T22:10:00Z",
        os_processor: None,
        last_external_ip_address: None,
        agent_version: None,
        os_build: None,
        device_value: None,
        rbac_group_id: 0,
        rbac_group_name: None,
        risk_score: None,
        exposure_level: None,
        is_aad_joined: None,
        os_architecture: None,
        defender_av_status: None,
        managed_by: "Unknown",
        managed_by_status: "Unknown",
        ..onboarded(name)
    }
}

/// All machines by identifier, which is the order that the service lists them in.
pub(super) fn all() -> Vec<Machine> {
    let mut machines = [workstations(), servers(), others()].concat();
    machines.sort_by(|a, b| a.id.cmp(&b.id));
    machines
}

fn workstations() -> Vec<Machine> {
    vec![
        Machine {
            last_ip_address: Some("10.20.0.31"),
            risk_score: Some("Medium"),
            exposure_level: Some("Medium"),
            aad_device_id: Some("7d1c0f5e-3f0a-4c1e-9a55-0d6a5b1c2e01"),
            machine_tags: vec!["Finance", "pilot ring"],
            ip_addresses: vec![
                ethernet("10.20.0.31", "3C52A1000131"),
                address("fe80::3e52:a1ff:fe00:131", Some("3C52A1000131"), Some("Ethernet"), "Up"),
                address("2001:db8:20::31", Some("3C52A1000131"), Some("Ethernet"), "Up"),
                vpn("10.99.4.12"),
                windows_loopback(),
                address("::1", None, Some("SoftwareLoopback"), "Up"),
            ],
            ..onboarded("fin-ws-031")
        },
        Machine {
            version: "23H2",
            os_build: Some(22631),
            agent_version: Some("10.8750.22621.4317"),
            last_seen: "2026-01-15T02:12:44.019Z",
            last_ip_address: Some("10.99.4.77"),
            // Joined, and yet without the identifier: recorded like this.
            aad_device_id: None,
            machine_tags: vec!["Finance"],
            ip_addresses: vec![
                address("192.168.178.24", Some("3C52A1000132"), Some("Wireless80211"), "Up"),
                vpn("10.99.4.77"),
                address("169.254.88.3", Some("3C52A1000133"), Some("Ethernet"), "Down"),
                // A tunnel adapter has eight bytes where others have six.
                address("2001:0:4136:e378:8000:63bf:3fff:fdd2", Some("00000000000000E0"), Some("Tunnel"), "Up"),
            ],
            ..onboarded("fin-ws-032")
        },
        Machine {
            os_platform: "Windows10",
            version: "22H2",
            os_build: Some(19045),
            agent_version: Some("10.8672.19041.5131"),
            last_seen: "2026-01-15T05:03:20.5Z",
            last_ip_address: Some("10.20.3.8"),
            risk_score: Some("High"),
            exposure_level: Some("High"),
            is_aad_joined: Some(false),
            rbac_group_id: 9,
            rbac_group_name: Some("Engineering"),
            defender_av_status: Some("NotUpdated"),
            managed_by: "ConfigMgr",
            ip_addresses: vec![ethernet("10.20.3.8", "3C52A1000308"), windows_loopback()],
            device_role: Some("Engineering station"),
            ..onboarded("eng-ws-308")
        },
        // The record that eng-ws-308 had before it was installed anew.
        Machine {
            merged_into_machine_id: Some(device_id("eng-ws-308")),
            is_potential_duplication: true,
            is_excluded: true,
            exclusion_reason: Some("DuplicateDevice"),
            computer_dns_name: Some("eng-ws-308".into()),
            os_platform: "Windows10",
            version: "21H2",
            os_build: Some(19044),
            first_seen: "2024-06-11T09:00:00Z",
            last_seen: "2025-11-20T16:45:10.25Z",
            health_status: "Inactive",
            exposure_level: None,
            risk_score: None,
            defender_av_status: Some("NotReporting"),
            last_ip_address: Some("10.20.3.8"),
            ip_addresses: vec![ethernet("10.20.3.8", "3C52A1000308")],
            ..onboarded("eng-ws-308-old")
        },
        Machine {
            os_platform: "macOS",
            os_processor: Some("arm64"),
            version: "15.2",
            os_build: None,
            agent_version: Some("101.24102.0018"),
            last_ip_address: Some("10.20.5.40"),
            is_aad_joined: None,
            defender_av_status: Some("Unknown"),
            ip_addresses: vec![
                address("10.20.5.40", Some("F0D4151A2B40"), Some("Ethernet"), "Up"),
                address("127.0.0.1", Some("000000000000"), Some("SoftwareLoopback"), "Up"),
                address("10.20.5.40", Some("F0D4151A2B40"), Some("Ethernet"), "Up"),
            ],
            ..onboarded("design-mac-05")
        },
    ]
}

fn servers() -> Vec<Machine> {
    vec![
        Machine {
            os_platform: "WindowsServer2019",
            version: "1809",
            os_build: Some(17763),
            agent_version: Some("10.8560.17763.6775"),
            exposure_level: Some("Medium"),
            last_ip_address: Some("10.10.0.10"),
            machine_tags: vec!["Tier 0"],
            ip_addresses: vec![ethernet("10.10.0.10", "005056B10010"), windows_loopback()],
            ..server("dc-01")
        },
        Machine {
            os_platform: "WindowsServer2022",
            version: "21H2",
            os_build: Some(20348),
            agent_version: Some("10.8760.20348.4050"),
            risk_score: Some("Low"),
            last_ip_address: Some("10.10.1.4"),
            ip_addresses: vec![ethernet("10.10.1.4", "000D3A4E0104")],
            vm_metadata: Some(json!({
                "vmId": "5b0e7d7e-91b1-4b52-8d5f-2f3c5f6a7104",
                "cloudProvider": "Azure",
                "resourceId": "/subscriptions/99999999-8888-4777-8666-555555555555/resourceGroups/erp/providers/Microsoft.Compute/virtualMachines/sql-01",
                "subscriptionId": "99999999-8888-4777-8666-555555555555",
            })),
            ..server("sql-01")
        },
        Machine {
            os_platform: "Ubuntu",
            version: "22.4",
            os_build: None,
            agent_version: Some("30.124112.0004.0"),
            risk_score: Some("Informational"),
            exposure_level: Some("High"),
            is_aad_joined: None,
            defender_av_status: Some("Updated"),
            last_ip_address: Some("172.16.8.21"),
            ip_addresses: vec![
                address("172.16.8.21", Some("52540012AB21"), Some("Ethernet"), "Up"),
                address("fe80::5054:ff:fe12:ab21", Some("52540012AB21"), Some("Ethernet"), "Up"),
                address("127.0.0.1", Some("000000000000"), Some("SoftwareLoopback"), "Unknown"),
                address("172.17.0.1", Some("0242AC110001"), Some("Other"), "Down"),
            ],
            vm_metadata: Some(json!({
                "vmId": "0c3c1f64-6a39-4a59-9d7e-7e0c1c2d8021",
                "cloudProvider": "Unknown",
                "resourceId": "/subscriptions/99999999-8888-4777-8666-555555555555/resourceGroups/dmz/providers/Microsoft.HybridCompute/machines/web-01",
                "subscriptionId": null,
            })),
            ..server("web-01")
        },
        // Scanned in the cloud, without an agent.
        Machine {
            computer_dns_name: Some("batch-03".into()),
            os_platform: "Ubuntu",
            version: "20.04",
            os_build: None,
            agent_version: None,
            last_external_ip_address: None,
            is_aad_joined: None,
            defender_av_status: Some("NotSupported"),
            managed_by: "Unknown",
            last_ip_address: Some("10.10.2.9"),
            ip_addresses: vec![address("10.10.2.9", Some("000D3A4E0209"), None, "Unknown")],
            vm_metadata: Some(json!({
                "vmId": "c7a4a1f0-1b7e-4f0e-8a63-aa6b1f1d0209",
                "cloudProvider": "Azure",
                "resourceId": "/subscriptions/99999999-8888-4777-8666-555555555555/resourceGroups/batch/providers/Microsoft.Compute/virtualMachines/batch-03",
                "subscriptionId": null,
            })),
            ..server("batch-03")
        },
    ]
}

fn others() -> Vec<Machine> {
    vec![
        Machine {
            computer_dns_name: Some("ios-6f21d0".into()),
            os_platform: "iOS",
            os_processor: Some("arm64"),
            version: "18.1",
            os_build: None,
            agent_version: Some("1.1.61170101"),
            last_external_ip_address: Some("198.51.100.7"),
            defender_av_status: None,
            rbac_group_id: 12,
            rbac_group_name: Some("Phones"),
            ..onboarded("ios-6f21d0")
        },
        Machine {
            computer_dns_name: Some("android-0b77c4".into()),
            os_platform: "Android",
            os_processor: None,
            version: "Other",
            os_build: None,
            agent_version: Some("1.0.7128.0101"),
            health_status: "NoSensorData",
            exposure_level: Some("None"),
            defender_av_status: None,
            os_architecture: None,
            rbac_group_id: 12,
            rbac_group_name: Some("Phones"),
            ..onboarded("android-0b77c4")
        },
        Machine {
            computer_dns_name: None,
            os_platform: "Cisco IOS",
            version: "Other",
            health_status: "Unknown",
            last_ip_address: Some("10.10.0.1"),
            onboarding_status: "Unsupported",
            ip_addresses: vec![address("10.10.0.1", Some("00259C110001"), None, "Unknown")],
            ..discovered("switch")
        },
        Machine {
            computer_dns_name: Some("lab-pc-12".into()),
            os_platform: "Windows",
            version: "Other",
            health_status: "Unknown",
            last_ip_address: Some("10.20.9.112"),
            onboarding_status: "CanBeOnboarded",
            ip_addresses: vec![ethernet("10.20.9.112", "3C52A1000912")],
            ..discovered("lab-pc-12")
        },
    ]
}
