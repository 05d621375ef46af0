//! Which of several attributes an object must have. Source: `constraints` of the OCSF schema, releases 1.5.0 to 1.9.0.

use serde_json::{Map, Value};

enum Ask {
    AtLeastOne,
    JustOne,
}
use Ask::{AtLeastOne, JustOne};

/// Path of an object, and what is asked of it. The event itself has the path of its class.
static CONSTRAINTS: &[(&str, Ask, &[&str])] = &[
    ("2007", AtLeastOne, &["application", "compliance", "remediation", "vulnerabilities"]),
    ("device", AtLeastOne, &["ip", "uid", "name", "hostname", "instance_uid", "interface_uid", "interface_name"]),
    ("device.agent_list", AtLeastOne, &["uid", "name"]),
    ("device.groups", AtLeastOne, &["name", "uid"]),
    ("device.network_interfaces", AtLeastOne, &["ip", "mac", "name", "hostname", "uid"]),
    ("device.org", AtLeastOne, &["name", "uid"]),
    ("resources", AtLeastOne, &["name", "uid"]),
    ("application", AtLeastOne, &["uid", "name"]),
    ("user", AtLeastOne, &["account", "name", "uid"]),
    ("user.account", AtLeastOne, &["name", "uid"]),
    ("cloud.account", AtLeastOne, &["name", "uid"]),
    ("vulnerabilities", JustOne, &["advisory", "cve", "cwe"]),
    ("osint.vulnerabilities", JustOne, &["advisory", "cve", "cwe"]),
    ("vulnerabilities.remediation.kb_article_list", AtLeastOne, &["uid", "src_url"]),
];

pub fn check(path: &str, object: &Map<String, Value>, class: Option<u64>, faults: &mut Vec<String>) {
    let class = class.unwrap_or_default().to_string();
    let path = if path.is_empty() { &class } else { path };
    for (_, ask, attributes) in CONSTRAINTS.iter().filter(|(known, ..)| *known == path) {
        let count = attributes.iter().filter(|name| object.contains_key(**name)).count();
        let (holds, asked) = match ask {
            AtLeastOne => (count > 0, "at least one"),
            JustOne => (count == 1, "just one"),
        };
        if !holds {
            faults.push(format!("{path} has {count} of {attributes:?} and must have {asked}"));
        }
    }
}
