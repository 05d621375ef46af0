//! Rows of `/api/machines/{id}/logonusers`: accounts of the domain on several machines, accounts of one machine, with
//! and without a security identifier, in the newer and in the older form.

use super::machines::Machine;
use serde_json::{Value, json};

const DOMAIN_SID: &str = "S-1-5-21-1004336348-1177238915-682003330";

/// Who logged on to a machine.
pub(super) fn on(machine: &Machine) -> Vec<Value> {
    match machine.name {
        "fin-ws-031" => vec![
            domain("finance.desk1", Some(1131), "Interactive", false),
            domain("helpdesk", Some(1105), "RemoteInteractive, Network", false),
            local(machine, "localadmin", 1001),
        ],
        "fin-ws-032" => vec![
            domain("finance.desk2", Some(1132), "Interactive", false),
            entra("finance.desk2"),
            domain("helpdesk", Some(1105), "Interactive", false),
            local(machine, "localadmin", 1001),
        ],
        "eng-ws-308" => vec![domain("eng.station", Some(1208), "Interactive", false), old_form("eng.guest")],
        "dc-01" => vec![
            domain("tier0.admin", Some(500), "Interactive, RemoteInteractive", true),
            domain("svc-backup", Some(1150), "Service", false),
        ],
        "sql-01" => vec![
            domain("svc-sql", Some(1151), "Service", false),
            domain("svc-backup", Some(1150), "Batch", false),
            domain("tier0.admin", Some(500), "RemoteInteractive", true),
        ],
        "web-01" => vec![unix(machine, "root"), unix(machine, "deploy")],
        "batch-03" => vec![unix(machine, "root")],
        "design-mac-05" => vec![unix(machine, "design")],
        _ => vec![],
    }
}

fn row(domain: &str, name: &str, sid: Option<String>, logon_types: &str, is_admin: bool) -> Value {
    let mut row = json!({
        "id": format!("{domain}\\{name}"),
        "accountName": name,
        "accountDomain": domain,
        "firstSeen": "2025-09-01T07:12:00Z",
        "lastSeen": "2026-01-15T04:30:00Z",
        "logonTypes": logon_types,
        "isDomainAdmin": is_admin,
        "isOnlyNetworkUser": logon_types == "Network",
    });
    if let Some(sid) = sid {
        row["accountSid"] = sid.into();
    }
    row
}

fn domain(name: &str, number: Option<u32>, logon_types: &str, is_admin: bool) -> Value {
    let sid = number.map(|number| format!("{DOMAIN_SID}-{number}"));
    row("contoso", name, sid, logon_types, is_admin)
}

/// An account of the machine: the same name elsewhere is another account.
fn local(machine: &Machine, name: &str, number: u32) -> Value {
    let authority = machine.rbac_group_id + u32::try_from(machine.name.len()).unwrap_or_default();
    let ending: u32 = machine.name.bytes().map(u32::from).sum();
    let sid = format!("S-1-5-21-{authority}-{ending}-{}-{number}", ending * 31);
    row(machine.name, name, Some(sid), "Interactive", false)
}

/// An account that is known to Entra only.
fn entra(name: &str) -> Value {
    row("azuread", name, Some("S-1-12-1-2098712434-1180313601-3229217436-18990541".into()), "Interactive", false)
}

/// An account without a security identifier; `root` of one machine is not `root` of another.
fn unix(machine: &Machine, name: &str) -> Value {
    row(machine.name, name, None, "", false)
}

/// The form of older answers: no domain in the identifier, and counts.
fn old_form(name: &str) -> Value {
    json!({
        "id": name,
        "accountName": name,
        "accountDomain": "contoso",
        "accountSid": null,
        "firstSeen": "2025-10-07T13:00:00Z",
        "lastSeen": "2025-12-19T15:21:09Z",
        "mostPrevalentMachineId": null,
        "leastPrevalentMachineId": null,
        "logonTypes": "Interactive",
        "logOnMachinesCount": 1,
        "isDomainAdmin": false,
        "isOnlyNetworkUser": null,
    })
}
