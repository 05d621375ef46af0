//! `/api/machines/{id}/logonusers`.
//!
//! Some rows have `accountSid`, some have it null, some do not have it; older devices add members of older answers.

use super::collection::{Collection, Query, Rows};
use super::json::Object;
use super::time::iso;
use super::walk::Items;
use crate::model::{Device, Logon, Tenant};
use std::sync::Arc;

/// Accounts that were seen on a device.
pub const LOGON_USERS: Collection = Collection { context: "Users", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let device = tenant.device_by_id(query.subject, query.period)?;
    let logons = device.logons(query.period).into_iter().map(|logon| (device.index(), logon)).collect();
    Items::open(tenant, query, logons, |tenant, _, (index, logon), out| write(&tenant.device(*index), logon, out))
}

/// Several types stand in one string.
pub(super) const TYPES: [&str; 5] =
    ["Interactive", "Interactive,CachedInteractive", "Network", "RemoteInteractive", "Network,Batch"];

pub(super) fn write(device: &Device<'_>, logon: &Logon, out: &mut Vec<u8>) {
    let (domain, name) = device.logon_name(logon.who);
    let draw = logon.draw;
    let types = draw.at("types").one(&TYPES);
    let mut row = Object::open(out);
    row.text("id", &format!("{domain}\\{name}"));
    row.text("accountName", &name);
    row.text("accountDomain", &domain);
    match logon.has_sid().then(|| device.logon_sid(logon.who)).flatten() {
        Some(sid) => row.text("accountSid", &sid),
        None if draw.at("absent").chance(500) => {}
        None => row.null("accountSid"),
    }
    iso(row.name("firstSeen"), logon.first_seen);
    iso(row.name("lastSeen"), logon.last_seen);
    if device.draw().at("older answers").chance(200) {
        row.null("mostPrevalentMachineId");
        row.null("leastPrevalentMachineId");
        row.number("logOnMachinesCount", draw.at("machines").below(9) + 1);
    }
    row.text("logonTypes", types);
    row.flag("isDomainAdmin", device.is_logon_admin(logon.who));
    row.optional_flag("isOnlyNetworkUser", (!draw.at("unknown").chance(300)).then_some(types == "Network"));
    row.close();
}
