//! Captions of ids, by the schema. Source: the OCSF schema, releases 1.5.0 to 1.9.0; no caption in use differs between
//! them.

use serde_json::{Map, Value};

type Captions = &'static [(u64, &'static str)];

const SEVERITY: Captions =
    &[(0, "Unknown"), (1, "Informational"), (2, "Low"), (3, "Medium"), (4, "High"), (5, "Critical")];
const PROCESSOR: Captions = &[(0, "Unknown"), (1, "x86"), (2, "ARM"), (3, "RISC-V")];
const PACKAGE: Captions = &[(0, "Unknown"), (1, "Application"), (2, "Operating System")];
const ACCOUNT: Captions = &[
    (0, "Unknown"),
    (1, "LDAP Account"),
    (2, "Windows Account"),
    (6, "Azure AD Account"),
    (7, "Mac OS Account"),
    (9, "Linux Account"),
    (13, "Azure Subscription"),
    (19, "ActiveDirectory Account"),
];

/// Path of an id, of its caption, and the captions. 99 is any word of the source.
static CAPTIONS: &[(&str, &str, Captions)] = &[
    (
        "class_uid",
        "class_name",
        &[
            (0, "Base Event"),
            (2002, "Vulnerability Finding"),
            (2003, "Compliance Finding"),
            (2007, "Application Security Posture Finding"),
            (5001, "Device Inventory Info"),
            (5003, "User Inventory Info"),
            (5020, "Software Inventory Info"),
            (5021, "OSINT Inventory Info"),
        ],
    ),
    ("category_uid", "category_name", &[(0, "Uncategorized"), (2, "Findings"), (5, "Discovery")]),
    ("severity_id", "severity", SEVERITY),
    (
        "status_id",
        "status",
        &[(0, "Unknown"), (1, "New"), (2, "In Progress"), (3, "Suppressed"), (4, "Resolved"), (5, "Archived")],
    ),
    ("vendor_attributes.severity_id", "severity", SEVERITY),
    (
        "device.type_id",
        "type",
        &[
            (0, "Unknown"),
            (1, "Server"),
            (2, "Desktop"),
            (3, "Laptop"),
            (4, "Tablet"),
            (5, "Mobile"),
            (6, "Virtual"),
            (7, "IOT"),
            (9, "Firewall"),
            (10, "Switch"),
            (12, "Router"),
        ],
    ),
    (
        "device.os.type_id",
        "type",
        &[
            (0, "Unknown"),
            (100, "Windows"),
            (200, "Linux"),
            (201, "Android"),
            (300, "macOS"),
            (301, "iOS"),
            (302, "iPadOS"),
            (400, "Solaris"),
            (401, "AIX"),
        ],
    ),
    (
        "device.network_interfaces.type_id",
        "type",
        &[(0, "Unknown"), (1, "Wired"), (2, "Wireless"), (3, "Mobile"), (4, "Tunnel")],
    ),
    ("device.risk_level_id", "risk_level", &[(0, "Info"), (1, "Low"), (2, "Medium"), (3, "High"), (4, "Critical")]),
    ("device.agent_list.type_id", "type", &[(1, "Endpoint Detection and Response")]),
    ("device.hw_info.cpu_architecture_id", "cpu_architecture", PROCESSOR),
    ("device.hw_info.cpu_info_list.cpu_architecture_id", "cpu_architecture", PROCESSOR),
    ("resources.role_id", "role", &[(1, "Target"), (2, "Actor"), (3, "Affected"), (4, "Related")]),
    (
        "resources.criticality_id",
        "criticality",
        &[(0, "Unknown"), (1, "Low"), (2, "Medium"), (3, "High"), (4, "Very High")],
    ),
    ("vulnerabilities.fix_coverage_id", "fix_coverage", &[(1, "Complete"), (2, "Partial"), (3, "None")]),
    ("vulnerabilities.affected_packages.type_id", "type", PACKAGE),
    (
        "vulnerabilities.remediation.kb_article_list.install_state_id",
        "install_state",
        &[(0, "Unknown"), (1, "Installed"), (2, "Not Installed")],
    ),
    ("osint.type_id", "type", &[(10, "Vulnerability")]),
    ("osint.severity_id", "severity", SEVERITY),
    ("sbom.type_id", "type", &[]),
    ("sbom.package.type_id", "type", PACKAGE),
    ("compliance.status_id", "status", &[(0, "Unknown"), (1, "Pass"), (2, "Warning"), (3, "Fail")]),
    ("cloud.account.type_id", "type", ACCOUNT),
    ("user.type_id", "type", &[(0, "Unknown"), (1, "User"), (2, "Admin"), (3, "System")]),
    ("user.account.type_id", "type", ACCOUNT),
    (
        "observables.type_id",
        "type",
        &[
            (1, "Hostname"),
            (2, "IP Address"),
            (3, "MAC Address"),
            (4, "User Name"),
            (18, "CVE Object: uid"),
            (31, "User Object: uid"),
            (47, "Device Object: uid"),
        ],
    ),
];

/// Activities, by category.
const ACTIVITIES: [(u64, Captions); 3] =
    [(0, &[]), (2, &[(1, "Create"), (2, "Update"), (3, "Close")]), (5, &[(1, "Log"), (2, "Collect")])];

/// Holds the ids of an object to their captions. A lean event has captions beside 99 alone, a full one beside every id.
pub fn check(path: &str, object: &Map<String, Value>, is_lean: bool, faults: &mut Vec<String>) {
    for (name, value) in object {
        let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let is_id = name.ends_with("_id") || matches!(&*at, "class_uid" | "category_uid");
        let Some(id) = value.as_u64().filter(|_| is_id) else { continue };
        let (sibling, captions) = if at == "activity_id" {
            let of = object["category_uid"].as_u64();
            let known = ACTIVITIES.iter().find(|(category, _)| Some(*category) == of);
            ("activity_name", known.map_or(&[][..], |(_, captions)| captions))
        } else if let Some((_, sibling, captions)) = CAPTIONS.iter().find(|(known, ..)| *known == at) {
            (*sibling, *captions)
        } else {
            faults.push(format!("no caption of {at} is known here"));
            continue;
        };
        let caption = captions.iter().find(|(known, _)| *known == id).map(|(_, caption)| *caption);
        match (id, caption, object.get(sibling).and_then(Value::as_str)) {
            (99, _, Some(word)) if !word.is_empty() => {}
            (_, Some(caption), Some(word)) if caption == word && !is_lean => {}
            (_, Some(_), None) if is_lean => {}
            (_, caption, word) => faults.push(format!("{at} {id} stands beside {word:?} and is called {caption:?}")),
        }
    }
    if path.is_empty() {
        let [class, activity, of_type] =
            ["class_name", "activity_name", "type_name"].map(|name| object.get(name).and_then(Value::as_str));
        let whole = class.zip(activity).map(|(class, activity)| format!("{class}: {activity}"));
        let is_nameless = is_lean && object["activity_id"] == 99;
        if whole.as_deref() != of_type && !is_nameless {
            faults.push(format!("type_name {of_type:?} of {class:?} and {activity:?}"));
        }
    }
}
