//! `/api/machineactions` and `/api/investigations`.

use super::collection::{Collection, Query, Rows};
use super::each::Each;
use super::json::Object;
use super::time::iso;
use crate::model::{Action, ActionStatus, Alert, Tenant};
use std::sync::Arc;

/// What was done to devices, the oldest first.
pub const MACHINE_ACTIONS: Collection = Collection { context: "MachineActions", open: actions };

/// Investigations that alerts set off, the oldest first.
pub const INVESTIGATIONS: Collection = Collection { context: "Investigations", open: investigations };

fn actions(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<Action>| list.extend(tenant.action(index, period));
    Each::open(tenant, query, tenant.action_count(query.period), load, |tenant, _, action, out| {
        write_action(tenant, action, out);
    })
}

fn write_action(tenant: &Tenant, action: &Action, out: &mut Vec<u8>) {
    let device = tenant.device(action.device);
    let (what, scope) = action.what;
    let is_cancelled = action.status == ActionStatus::Cancelled;
    let mut row = Object::open(out);
    row.text("id", &action.id);
    row.text("type", what);
    row.null("title");
    row.text("requestor", "analyst1@corp.example");
    row.text("requestorComment", "Asked for by the \"night\" shift");
    row.text("status", action.status.as_str());
    row.text("machineId", &device.id());
    row.optional("computerDnsName", device.name().as_deref());
    iso(row.name("creationDateTimeUtc"), action.created);
    // The documentation calls it lastUpdateDateTimeUtc.
    iso(row.name("lastUpdateTimeUtc"), action.updated);
    row.optional("cancellationRequestor", is_cancelled.then_some("analyst2@corp.example"));
    row.optional("cancellationComment", is_cancelled.then_some("Not needed"));
    match is_cancelled {
        true => iso(row.name("cancellationDateTimeUtc"), action.updated),
        false => row.null("cancellationDateTimeUtc"),
    }
    row.null("errorHResult");
    row.optional("scope", scope);
    row.null("externalID");
    row.text("requestSource", action.draw.at("source").one(&["Portal", "PublicApi"]));
    match what {
        "StopAndQuarantineFile" => row.object("relatedFileInfo", |file| {
            file.text("fileIdentifier", &format!("{:040x}", action.draw.at("file").bits()));
            file.text("fileIdentifierType", "Sha1");
        }),
        _ => row.null("relatedFileInfo"),
    }
    row.texts("commands", []);
    row.close();
}

fn investigations(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<Alert>| {
        list.extend(tenant.alert(index, period).filter(|alert| alert.investigation.is_some()));
    };
    Each::open(tenant, query, tenant.alert_count(query.period), load, |tenant, _, alert, out| {
        let device = tenant.device(alert.device);
        let Some(investigation) = alert.investigation else { return };
        let mut row = Object::open(out);
        row.text("id", &investigation.number.to_string());
        iso(row.name("startTime"), alert.created);
        match investigation.ended {
            Some(ended) => iso(row.name("endTime"), ended),
            None => row.null("endTime"),
        }
        row.text("state", investigation.state);
        row.null("cancelledBy");
        row.null("statusDetails");
        row.text("machineId", &device.id());
        row.optional("computerDnsName", device.name().as_deref());
        row.text("triggeringAlertId", &alert.id);
        row.close();
    })
}
