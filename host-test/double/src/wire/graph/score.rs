//! `/security/secureScores`: a row for each of the last 90 days, the newest first.

use crate::model::{Moment, Tenant};
use crate::period::PER_DAY;
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::json::{Object, nested};
use crate::wire::time::{day, seconds};
use crate::wire::walk::Items;
use std::sync::Arc;

/// Scores of the last 90 days.
pub const SECURE_SCORES: Collection = Collection { context: "security/secureScores", open };

/// Days that are kept.
const DAYS: i64 = 90;

const CONTROLS: [(&str, &str); 5] = [
    ("Identity", "MFARegistrationV2"),
    ("Identity", "AdminMFAV2"),
    ("Device", "scid-2010"),
    ("Apps", "mip_search_auditlog"),
    ("Data", "dlp_datalossprevention"),
];

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let today = i64::from(query.period.day());
    let days = (0..DAYS).map(|back| today - back).collect();
    Items::open(tenant, query, days, |tenant, period, date, out| {
        let moment = Moment::start_of(*date * i64::from(PER_DAY));
        let draw = tenant.root().at("secure score");
        let of_day = draw.nth((date + 100_000).unsigned_abs());
        // Points of each control in tenths, of 100 at most.
        let points =
            |place: usize| (draw.at("control").nth(place as u64).below(80) + of_day.nth(place as u64).below(20)) as u32;
        let mut written = Vec::new();
        day(&mut written, moment);
        let date = String::from_utf8_lossy(&written).trim_matches('"').to_owned();
        let people = tenant.account_count(period);
        let mut row = Object::open(out);
        row.text("id", &format!("{}_{date}", tenant.id()));
        row.text("azureTenantId", &tenant.id());
        row.number("activeUserCount", people - people / 20);
        seconds(row.name("createdDateTime"), moment);
        row.tenths("currentScore", (0..CONTROLS.len()).map(points).sum());
        row.texts("enabledServices", ["HasEXOP1", "HasEDRTrial", "HasAADP2"]);
        row.number("licensedUserCount", people);
        row.tenths("maxScore", CONTROLS.len() as u32 * 100);
        row.list("averageComparativeScores", ["AllTenants", "TotalSeats"], |basis, out| {
            nested(out, |row| {
                row.text("basis", basis);
                row.tenths("averageScore", 150 + of_day.at(basis).below(50) as u32);
            });
        });
        row.list("controlScores", CONTROLS.iter().enumerate(), |(place, (category, name)), out| {
            nested(out, |row| {
                row.text("controlCategory", category);
                row.text("controlName", name);
                row.text("description", "What to do about it.");
                row.tenths("score", points(place));
                row.tenths("scoreInPercentage", points(place) * 10);
            });
        });
        row.nulls(&["vendorInformation"]);
        row.close();
    })
}
