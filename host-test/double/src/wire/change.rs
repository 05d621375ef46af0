//! `SoftwareVulnerabilityChangesByMachine`: what has changed in the vulnerability export.
//!
//! Rows lack `securityUpdateAvailable` and have `status` and `eventTimestamp`.

use super::collection::{Collection, Query, Rows};
use super::finding::Template;
use super::time::millis;
use super::walk::{Listing, Walk};
use crate::model::{Change, Changes, Moment, Tenant};
use std::sync::Arc;

/// Changes of all devices from the period `since` on.
pub const VULNERABILITY_CHANGES: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.DeltaAssetVulnerability)", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let delta = Delta {
        span: Changes::new(tenant, query.since, query.period),
        count: tenant.device_count(query.period),
        tenant: Arc::clone(tenant),
        index: 0,
        changes: Vec::new(),
        page: Template::default(),
        shown: None,
    };
    Walk::open(delta, query)
}

struct Delta {
    tenant: Arc<Tenant>,
    span: Changes,
    count: u32,
    index: u32,
    changes: Vec<Change>,
    page: Template,
    /// Device and period that the page is about.
    shown: Option<(u32, u32)>,
}

impl Listing for Delta {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        self.index = subject;
        self.span.list(&self.tenant.device(subject), &mut self.changes);
        Some(self.changes.len() as u32)
    }

    fn write(&mut self, row: u32, out: &mut Vec<u8>) {
        let Some(change) = self.changes.get(row as usize) else { return };
        let shown = (self.index, change.shown().0);
        if self.shown.replace(shown) != Some(shown) {
            self.page.begin(&self.tenant.device(self.index), change.shown());
        }
        let mut row = self.page.shared(&self.tenant, self.index, &change.finding, out);
        row.text("status", change.event.as_str());
        millis(row.name("eventTimestamp"), Moment::start_of(change.at.tick()));
        row.close();
    }
}
