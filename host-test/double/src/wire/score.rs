//! Scores of the tenant: exposure, by device group too, and configuration.

use super::collection::{Collection, Query, Rows};
use super::json::Object;
use super::time::iso;
use super::walk::Items;
use crate::draw::Draw;
use crate::model::{Moment, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// How exposed the tenant is, from 0 to 100.
pub const EXPOSURE_SCORE: Collection =
    Collection { context: "ExposureScore", open: |tenant, query| one(tenant, query, "exposure", 1000) };

/// The same for each device group, and for the devices without one.
pub const EXPOSURE_BY_GROUP: Collection = Collection { context: "ExposureScore", open: by_group };

/// How well the tenant is configured: a sum of points.
pub const CONFIGURATION_SCORE: Collection =
    Collection { context: "ConfigurationScore", open: |tenant, query| one(tenant, query, "configuration", 8000) };

/// A score in tenths, with name and number of a group where it is one's.
struct Score {
    tenths: u32,
    group: Option<(&'static str, u32)>,
}

fn one(tenant: &Arc<Tenant>, query: Query<'_>, name: &str, most: u32) -> Option<Box<dyn Rows>> {
    let tenths = score(tenant.root().at("score").at(name), most, query.period);
    Items::open(tenant, query, vec![Score { tenths, group: None }], write)
}

fn by_group(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let draw = tenant.root().at("score").at("groups");
    let groups = tenant.groups().iter().map(|group| (group.name, group.id)).chain([("UnassignedGroup", 0)]);
    let one =
        |group: (&'static str, u32)| Score { tenths: score(draw.at(group.0), 1000, query.period), group: Some(group) };
    let scores = groups.map(one).collect();
    Items::open(tenant, query, scores, write)
}

/// A level that the tenant keeps, and a little of the period.
fn score(draw: Draw, most: u32, period: Period) -> u32 {
    let most = u64::from(most);
    let level = most / 4 + draw.below(most / 3);
    (level + draw.nth(period.0.into()).below(most / 20)) as u32
}

fn write(_: &Tenant, period: Period, score: &Score, out: &mut Vec<u8>) {
    let mut row = Object::open(out);
    iso(row.name("time"), Moment::start_of(period.tick()).after(720));
    row.tenths("score", score.tenths);
    if let Some((name, id)) = score.group {
        row.text("rbacGroupName", name);
        row.number("rbacGroupId", id);
    }
    row.close();
}
