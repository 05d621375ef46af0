//! What hangs on an alert or an account of the Defender API: `/api/alerts/{id}/…` and `/api/users/{id}/…`.
//!
//! Source: "Get alert related machine / user / files / IPs / domains information" and "Get user related machines /
//! alerts" of Microsoft's pages.

use super::alert::{Evidence as Found, evidence, write as write_alert};
use super::collection::{Collection, Query, Rows};
use super::json::Object;
use super::logon::write as write_logon;
use super::machine::write as write_machine;
use super::walk::Items;
use crate::model::{Alert, Logon, Tenant};
use crate::period::Period;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The device of an alert.
pub const ALERT_MACHINE: Collection = Collection {
    context: "Machines",
    open: |tenant, query| {
        let alert = alert(tenant, query)?;
        Items::open(tenant, query, vec![alert.device], |tenant, period, index, out| {
            write_machine(&tenant.device(*index), period, out);
        })
    },
};

/// The account of an alert; nothing where it has none.
pub const ALERT_USER: Collection = Collection {
    context: "Users",
    open: |tenant, query| {
        let alert = alert(tenant, query)?;
        let logon = alert.logon?;
        Items::open(tenant, query, vec![(alert.device, logon)], |tenant, _, (index, logon), out| {
            write_logon(&tenant.device(*index), logon, out);
        })
    },
};

/// Files that are evidence of an alert.
pub const ALERT_FILES: Collection =
    Collection { context: "Files", open: |tenant, query| of_evidence(tenant, query, "sha1", write_file) };

/// Addresses that are evidence of an alert.
pub const ALERT_IPS: Collection = Collection {
    context: "Ips",
    open: |tenant, query| {
        of_evidence(tenant, query, "ipAddress", |found, out| {
            let mut row = Object::open(out);
            row.optional("id", member(found, "ipAddress"));
            row.close();
        })
    },
};

/// Domains of the URLs that are evidence of an alert.
pub const ALERT_DOMAINS: Collection = Collection {
    context: "Domains",
    open: |tenant, query| {
        of_evidence(tenant, query, "url", |found, out| {
            let url = member(found, "url").and_then(|url| url.split('/').nth(2));
            let mut row = Object::open(out);
            row.optional("host", url);
            row.close();
        })
    },
};

/// Devices that an account logged on to.
pub const USER_MACHINES: Collection = Collection {
    context: "Machines",
    open: |tenant, query| {
        let devices = devices_of(tenant, query)?;
        Items::open(tenant, query, devices, |tenant, period, index, out| {
            write_machine(&tenant.device(*index), period, out);
        })
    },
};

/// Alerts that name an account.
pub const USER_ALERTS: Collection = Collection {
    context: "Alerts",
    open: |tenant, query| {
        devices_of(tenant, query)?;
        let alerts = alerts_of(tenant, query);
        Items::open(tenant, query, alerts, |tenant, _, alert, out| write_alert(tenant, alert, false, out))
    },
};

fn alert(tenant: &Tenant, query: Query<'_>) -> Option<Alert> {
    let alerts = (0..tenant.alert_count(query.period)).filter_map(|index| tenant.alert(index, query.period));
    alerts.into_iter().find(|alert| alert.id.eq_ignore_ascii_case(query.subject))
}

fn alerts_of(tenant: &Tenant, query: Query<'_>) -> Vec<Alert> {
    let alerts = (0..tenant.alert_count(query.period)).filter_map(|index| tenant.alert(index, query.period));
    let names_it = |alert: &Alert| alert.logon.is_some_and(|logon| is_of(tenant, alert.device, &logon, query.subject));
    alerts.filter(names_it).collect()
}

fn is_of(tenant: &Tenant, device: u32, logon: &Logon, name: &str) -> bool {
    tenant.device(device).logon_name(logon.who).1.eq_ignore_ascii_case(name)
}

/// The devices that an account of a name logged on to, as they or their alerts say; nothing if nobody of that name did.
fn devices_of(tenant: &Tenant, query: Query<'_>) -> Option<Vec<u32>> {
    let named = tenant.devices(query.period).filter(|device| {
        device.logons(query.period).iter().any(|logon| is_of(tenant, device.index(), logon, query.subject))
    });
    let mut devices: BTreeSet<u32> = named.map(|device| device.index()).collect();
    devices.extend(alerts_of(tenant, query).iter().map(|alert| alert.device));
    (!devices.is_empty()).then(|| devices.into_iter().collect())
}

fn of_evidence(
    tenant: &Arc<Tenant>,
    query: Query<'_>,
    name: &'static str,
    write: fn(&Found, &mut Vec<u8>),
) -> Option<Box<dyn Rows>> {
    let alert = alert(tenant, query)?;
    let found = evidence(tenant, &alert).into_iter().filter(|found| member(found, name).is_some());
    let items: Vec<_> = found.map(|found| (found, write)).collect();
    Items::open(tenant, query, items, |_: &Tenant, _: Period, (found, write), out| write(found, out))
}

fn member<'f>(found: &'f Found, name: &str) -> Option<&'f str> {
    found.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

fn write_file(found: &Found, out: &mut Vec<u8>) {
    let mut row = Object::open(out);
    row.optional("sha1", member(found, "sha1"));
    row.optional("sha256", member(found, "sha256"));
    row.nulls(&["md5", "globalPrevalence", "globalFirstObserved", "globalLastObserved", "size"]);
    row.null("fileType");
    row.flag("isPeFile", true);
    row.nulls(&["filePublisher", "fileProductName", "signer", "issuer", "signerHash"]);
    row.null("isValidCertificate");
    row.text("determinationType", "Unknown");
    row.null("determinationValue");
    row.close();
}
