//! `DeviceLogonEvents`: the last logon of everybody whom `logonusers` names.

use super::bit::bit;
use crate::model::{Logon, Tenant, Who};
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Each;
use crate::wire::json::Object;
use crate::wire::logon::TYPES;
use crate::wire::time::sevenths;
use std::sync::Arc;

/// Logons of the past 30 days.
pub const DEVICE_LOGON_EVENTS: Collection = Collection { context: "DeviceLogonEvents", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period: crate::period::Period, list: &mut Vec<(u32, Logon)>| {
        list.extend(tenant.device(index).recent_logons(period).map(|logon| (index, logon)));
    };
    Each::of_device(tenant, query, load, |tenant, _, (index, logon), out| {
        let device = tenant.device(*index);
        let (domain, name) = device.logon_name(logon.who);
        let types = logon.draw.at("types").one(&TYPES);
        let kind = types.split(',').next().unwrap_or_default();
        let is_remote = kind != "Interactive";
        let mut row = Object::open(out);
        sevenths(row.name("Timestamp"), logon.last_seen);
        row.text("DeviceId", &device.id());
        row.text("DeviceName", device.name().as_deref().unwrap_or_default());
        row.text("ActionType", "LogonSuccess");
        row.text("LogonType", kind);
        row.text("AccountDomain", &domain.to_ascii_lowercase());
        row.text("AccountName", &name.to_ascii_lowercase());
        row.text("AccountSid", device.logon_sid(logon.who).as_deref().unwrap_or_default());
        row.text("Protocol", if is_remote { "Kerberos" } else { "Negotiate" });
        row.text("FailureReason", "");
        bit(&mut row, "IsLocalAdmin", matches!(logon.who, Who::Local { .. }) || logon.draw.at("admin").chance(50));
        row.number("LogonId", logon.draw.at("logon id").below(1 << 32));
        row.text("RemoteDeviceName", "");
        row.text("RemoteIP", if is_remote { "10.0.0.9" } else { "" });
        row.text("RemoteIPType", if is_remote { "Private" } else { "" });
        row.null("RemotePort");
        row.text("AdditionalFields", "{\"IsLocalLogon\":true}");
        row.number("ReportId", logon.draw.at("report id").below(1 << 40));
        row.close();
    })
}
