//! `/api/alerts` and `/api/machines/{id}/alerts`. Without `$expand=evidence` the evidence is an empty list.

use super::collection::{Collection, Query, Rows};
use super::each::Each;
use super::json::{Object, nested};
use super::time::iso;
use super::walk::Items;
use crate::draw::Draw;
use crate::model::{Alert, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Alerts, the oldest first.
pub const ALERTS: Collection = Collection {
    context: "Alerts",
    open: |tenant, query| all(tenant, query, |tenant, _, alert, out| write(tenant, alert, false, out)),
};

/// The same with their evidence.
pub const ALERTS_WITH_EVIDENCE: Collection = Collection {
    context: "Alerts",
    open: |tenant, query| all(tenant, query, |tenant, _, alert, out| write(tenant, alert, true, out)),
};

/// Alerts on a device.
pub const MACHINE_ALERTS: Collection = Collection { context: "Alerts", open: of_device };

fn all(
    tenant: &Arc<Tenant>,
    query: Query<'_>,
    write: fn(&Tenant, Period, &Alert, &mut Vec<u8>),
) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<Alert>| list.extend(tenant.alert(index, period));
    Each::open(tenant, query, tenant.alert_count(query.period), load, write)
}

fn of_device(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let device = tenant.device_by_id(query.subject, query.period)?.index();
    let alerts = tenant.alerts_on(device, query.period);
    Items::open(tenant, query, alerts, |tenant, _, alert, out| write(tenant, alert, false, out))
}

pub(super) fn write(tenant: &Tenant, alert: &Alert, has_evidence: bool, out: &mut Vec<u8>) {
    let device = tenant.device(alert.device);
    let period = Period(u32::try_from(alert.created.tick()).unwrap_or(0));
    let mut row = Object::open(out);
    row.text("id", &alert.id);
    // A number here, a string in Graph.
    number(&mut row, "incidentId", alert.incident);
    number(&mut row, "investigationId", alert.investigation.map(|investigation| investigation.number));
    row.optional("assignedTo", alert.assigned.as_deref());
    row.text("severity", alert.kind.severity);
    row.text("status", alert.progress.as_str());
    row.optional("classification", alert.verdict.map(|(classification, _)| classification));
    row.optional("determination", alert.verdict.map(|(_, determination)| determination));
    row.text(
        "investigationState",
        alert.investigation.map_or("UnsupportedAlertType", |investigation| investigation.state),
    );
    row.text("detectionSource", alert.kind.source);
    row.text("detectorId", &alert.draw.at("detector").guid());
    row.text("category", alert.kind.category);
    row.optional("threatFamilyName", alert.kind.family);
    row.optional("threatName", alert.kind.family.map(|family| format!("Trojan:Win32/{family}.A")).as_deref());
    row.text("title", alert.kind.title);
    row.text("description", &format!("{} on a device of the tenant.\nLook at its time line.", alert.kind.title));
    iso(row.name("alertCreationTime"), alert.created);
    iso(row.name("firstEventTime"), alert.created.before(900));
    iso(row.name("lastEventTime"), alert.created.before(60));
    iso(row.name("lastUpdateTime"), alert.updated);
    match alert.resolved {
        Some(resolved) => iso(row.name("resolvedTime"), resolved),
        None => row.null("resolvedTime"),
    }
    row.text("machineId", &device.id());
    row.optional("computerDnsName", device.name().as_deref());
    row.optional("rbacGroupName", device.group(period).map(|group| group.name));
    row.text("aadTenantId", &tenant.id());
    row.texts("mitreTechniques", alert.kind.techniques.iter().copied());
    match alert.logon.map(|logon| device.logon_name(logon.who)) {
        Some((domain, name)) => row.object("relatedUser", |user| {
            user.text("userName", &name);
            user.text("domainName", &domain);
        }),
        None => row.null("relatedUser"),
    }
    row.list("comments", alert.assigned.iter(), |who, out| {
        nested(out, |comment| {
            comment.text("comment", "Looked at it.\n\"Nothing\" to see.");
            comment.text("createdBy", who);
            iso(comment.name("createdTime"), alert.updated);
        });
    });
    let evidence = if has_evidence { evidence(tenant, alert) } else { Vec::new() };
    row.list("evidence", evidence, |evidence, out| write_evidence(alert, &evidence, out));
    row.close();
}

fn number(row: &mut Object<'_>, name: &str, value: Option<u32>) {
    match value {
        Some(value) => row.number(name, value),
        None => row.null(name),
    }
}

/// Members of a piece of evidence that are not null.
pub(super) type Evidence = Vec<(&'static str, String)>;

/// Members that evidence can have; all that do not apply are null.
const COLUMNS: [&str; 23] = [
    "sha1",
    "sha256",
    "fileName",
    "filePath",
    "processId",
    "processCommandLine",
    "processCreationTime",
    "parentProcessId",
    "parentProcessCreationTime",
    "parentProcessFileName",
    "parentProcessFilePath",
    "ipAddress",
    "url",
    "registryKey",
    "registryHive",
    "registryValueType",
    "registryValue",
    "accountName",
    "domainName",
    "userSid",
    "aadUserId",
    "userPrincipalName",
    "detectionStatus",
];

pub(super) fn evidence(tenant: &Tenant, alert: &Alert) -> Vec<Evidence> {
    let mut list = Vec::new();
    let device = tenant.device(alert.device);
    if let Some(logon) = alert.logon {
        let (domain, name) = device.logon_name(logon.who);
        let mut user: Evidence = vec![("entityType", "User".into()), ("accountName", name), ("domainName", domain)];
        user.extend(device.logon_sid(logon.who).map(|sid| ("userSid", sid)));
        if let crate::model::Who::Directory(index) = logon.who {
            let account = tenant.account(index);
            user.extend([("aadUserId", account.object_id), ("userPrincipalName", account.principal)]);
        }
        list.push(user);
    }
    let draw = alert.draw.at("evidence");
    let mut other: Evidence = vec![("entityType", alert.kind.evidence.to_owned())];
    other.extend(match alert.kind.evidence {
        "Ip" => vec![("ipAddress", format!("198.51.100.{}", draw.below(254) + 1))],
        "Url" => vec![("url", format!("https://reported.example/{}?q=\"x\"", draw.below(1000)))],
        "Registry" => vec![
            ("registryKey", r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run".to_owned()),
            ("registryHive", "HKEY_LOCAL_MACHINE".to_owned()),
            ("registryValueType", "Unknown".to_owned()),
            ("registryValue", r"C:\ProgramData\start.exe".to_owned()),
        ],
        kind => {
            let mut file = vec![
                ("sha1", hex(draw.at("sha1"), 40)),
                ("sha256", hex(draw.at("sha256"), 64)),
                ("fileName", "tool.exe".to_owned()),
                ("filePath", r"C:\Users\Public\müller".to_owned()),
            ];
            if kind == "Process" {
                file.extend([
                    ("processId", (draw.at("pid").below(20_000) * 4).to_string()),
                    ("processCommandLine", r#""tool.exe" -q "C:\x y""#.to_owned()),
                    ("parentProcessId", (draw.at("parent").below(20_000) * 4).to_string()),
                    ("parentProcessFileName", "explorer.exe".to_owned()),
                    ("parentProcessFilePath", r"C:\Windows".to_owned()),
                ]);
            }
            file.push(("detectionStatus", draw.at("status").one(&["Detected", "Prevented"]).to_owned()));
            file
        }
    });
    list.push(other);
    list
}

/// Hexadecimal digits, as many as a hash has.
fn hex(draw: Draw, digits: usize) -> String {
    let mut text: String = (0..4).map(|place| format!("{:016x}", draw.nth(place).bits())).collect();
    text.truncate(digits);
    text
}

fn write_evidence(alert: &Alert, evidence: &Evidence, out: &mut Vec<u8>) {
    let find = |name: &str| evidence.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    let mut row = Object::open(out);
    row.optional("entityType", find("entityType"));
    iso(row.name("evidenceCreationTime"), alert.created);
    for name in COLUMNS {
        match (name, find(name)) {
            // Numbers are numbers.
            ("processId" | "parentProcessId", Some(value)) => row.name(name).extend_from_slice(value.as_bytes()),
            (_, value) => row.optional(name, value),
        }
    }
    row.close();
}
