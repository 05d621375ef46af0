//! `/api/indicators`: what the tenant allows or blocks on its own account.

use super::collection::{Collection, Query, Rows};
use super::json::{Object, digits, list};
use super::time::iso;
use super::walk::Items;
use crate::draw::Draw;
use crate::model::{Moment, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Indicators, the oldest first: a dozen, and one more a day. An indicator that expires is no longer listed.
pub const INDICATORS: Collection = Collection { context: "Indicators", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let count = 12 + query.period.day();
    let is_valid = |index: &u32| expiry(tenant, *index).is_none_or(|end| end.tick() > query.period.tick());
    Items::open(tenant, query, (0..count).filter(is_valid).collect(), write)
}

fn draw(tenant: &Tenant, index: u32) -> Draw {
    tenant.root().at("indicator").nth(index.into())
}

fn created(index: u32) -> Moment {
    Moment::start_of(4 * (i64::from(index) - 11)).after(1800)
}

fn expiry(tenant: &Tenant, index: u32) -> Option<Moment> {
    let draw = draw(tenant, index).at("expiry");
    draw.chance(500).then(|| created(index).after(draw.at("days").between(10, 90) * 86_400))
}

const ACTIONS: [&str; 7] = ["Warn", "Block", "Audit", "Alert", "AlertAndBlock", "BlockAndRemediate", "Allowed"];

fn write(tenant: &Tenant, _: Period, index: &u32, out: &mut Vec<u8>) {
    let draw = draw(tenant, *index);
    let hash = format!(
        "{:016x}{:016x}{:016x}{:016x}",
        draw.nth(0).bits(),
        draw.nth(1).bits(),
        draw.nth(2).bits(),
        draw.nth(3).bits()
    );
    let (kind, value) = match draw.at("type").below(7) {
        0 => ("FileSha1", hash[..40].to_owned()),
        1 => ("FileSha256", hash),
        2 => ("FileMd5", hash[..32].to_owned()),
        3 => ("CertificateThumbprint", hash[..40].to_owned()),
        4 => ("IpAddress", format!("198.51.100.{}", draw.at("ip").below(254) + 1)),
        5 => ("DomainName", format!("blocked{index}.example")),
        _ => ("Url", format!("https://blocked.example/{index}?a=1&b=\"2\"")),
    };
    let mut row = Object::open(out);
    row.text("id", &(*index + 900).to_string());
    row.text("indicatorValue", &value);
    row.text("indicatorType", kind);
    row.text("action", draw.at("action").one(&ACTIONS));
    row.null("application");
    row.text("source", "analyst1@corp.example");
    row.text("sourceType", draw.at("source").one(&["User", "AadApp"]));
    row.text("title", &format!("Entry {index}"));
    iso(row.name("creationTimeDateTimeUtc"), created(*index));
    row.text("createdBy", "analyst1@corp.example");
    match expiry(tenant, *index) {
        Some(end) => iso(row.name("expirationTime"), end),
        None => row.null("expirationTime"),
    }
    iso(row.name("lastUpdateTime"), created(*index).after(60));
    row.null("lastUpdatedBy");
    row.text("severity", draw.at("severity").one(&["Informational", "Low", "Medium", "High"]));
    row.text("description", "Seen elsewhere");
    row.text("recommendedActions", "");
    let groups = tenant.groups().iter().take(draw.at("groups").below(3) as usize);
    row.texts("rbacGroupNames", groups.clone().map(|group| group.name));
    list(row.name("rbacGroupIds"), groups, |group, out| digits(out, group.id.into()));
    row.flag("generateAlert", draw.at("alert").chance(500));
    row.null("externalID");
    row.close();
}
