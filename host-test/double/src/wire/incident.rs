//! `/api/incidents` of Microsoft Defender XDR: the newest first, each with its alerts.
//!
//! Source: "List incidents API in Microsoft Defender XDR".

use super::collection::{Collection, Query, Rows};
use super::each::Each;
use super::json::{Object, nested};
use super::time::sevenths;
use crate::model::{Alert, Incident, Moment, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Incidents of the tenant.
pub const INCIDENTS: Collection = Collection { context: "Incidents", open };

/// Severities, the least first.
const SEVERITIES: [&str; 5] = ["UnSpecified", "Informational", "Low", "Medium", "High"];

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, place, period, list: &mut Vec<Incident>| list.extend(tenant.incident(place, period));
    Each::backward(tenant, query, tenant.incident_count(query.period), load, write)
}

fn write(tenant: &Tenant, period: Period, incident: &Incident, out: &mut Vec<u8>) {
    let first = incident.alerts.first();
    let created = incident.alerts.iter().map(|alert| alert.created).min();
    let updated = incident.alerts.iter().map(|alert| alert.updated).max();
    let rank = |alert: &Alert| SEVERITIES.iter().position(|severity| *severity == alert.kind.severity).unwrap_or(0);
    let severity = incident.alerts.iter().map(rank).max().unwrap_or(0);
    let mut row = Object::open(out);
    row.number("incidentId", incident.number);
    row.text("incidentUri", &format!("https://security.microsoft.com/incidents/{}", incident.number));
    row.null("redirectIncidentId");
    row.text("incidentName", &format!("{} on one endpoint", first.map_or("Alerts", |alert| alert.kind.title)));
    moment(&mut row, "createdTime", created);
    moment(&mut row, "lastUpdateTime", updated);
    row.optional("assignedTo", first.and_then(|alert| alert.assigned.as_deref()));
    let verdict = first.and_then(|alert| alert.verdict);
    row.text("classification", verdict.map_or("Unknown", |(word, _)| word));
    row.text("determination", verdict.map_or("NotAvailable", |(_, word)| word));
    row.text("status", incident.progress().as_str());
    row.text("severity", SEVERITIES[severity]);
    row.texts("tags", []);
    row.texts("comments", []);
    row.list("alerts", &incident.alerts, |alert, out| write_alert(tenant, period, incident, alert, out));
    row.close();
}

fn write_alert(tenant: &Tenant, period: Period, incident: &Incident, alert: &Alert, out: &mut Vec<u8>) {
    let device = tenant.device(alert.device);
    let mut row = Object::open(out);
    row.text("alertId", &alert.id);
    row.text("providerAlertId", &alert.id);
    row.number("incidentId", incident.number);
    row.text("serviceSource", "MicrosoftDefenderForEndpoint");
    moment(&mut row, "creationTime", Some(alert.created));
    moment(&mut row, "lastUpdatedTime", Some(alert.updated));
    moment(&mut row, "resolvedTime", alert.resolved);
    moment(&mut row, "firstActivity", Some(alert.created.before(900)));
    moment(&mut row, "lastActivity", Some(alert.created.before(60)));
    row.text("title", alert.kind.title);
    row.text("description", &format!("{} on a device of the tenant.", alert.kind.title));
    row.text("category", alert.kind.category);
    row.text("status", alert.progress.as_str());
    row.text("severity", alert.kind.severity);
    row.optional("assignedTo", alert.assigned.as_deref());
    row.text("detectionSource", alert.kind.source);
    row.texts("mitreTechniques", alert.kind.techniques.iter().copied());
    row.list("devices", [device], |device, out| {
        nested(out, |row| {
            row.text("mdatpDeviceId", &device.id());
            row.optional("aadDeviceId", device.entra_device_id().as_deref());
            row.optional("deviceDnsName", device.name().as_deref());
            row.text("osPlatform", device.platform().name);
            row.text("version", device.release().version);
            row.text("osProcessor", device.architecture().map_or("", |(processor, ..)| processor));
            row.text("healthStatus", device.health(period));
            row.optional("riskScore", device.risk(period));
            row.optional("rbacGroupName", device.group(period).map(|group| group.name));
            moment(row, "firstSeen", Some(device.first_seen()));
        });
    });
    row.texts("entities", []);
    row.close();
}

fn moment(row: &mut Object<'_>, name: &str, moment: Option<Moment>) {
    match moment {
        Some(moment) => sevenths(row.name(name), moment),
        None => row.null(name),
    }
}
