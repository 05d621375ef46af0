//! `SecureConfigurationsAssessmentByMachine`: every setting on every device, also where it does not apply.

use super::collection::{Collection, Query, Rows};
use super::device::{UNASSIGNED, write_device};
use super::json::Object;
use super::time::spaced;
use super::walk::{Listing, Walk};
use crate::model::Tenant;
use crate::period::Period;
use std::sync::Arc;

/// Checks of all settings on all devices.
pub const SECURE_CONFIGURATION: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.AssetConfiguration)", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let checks = Checks {
        count: tenant.device_count(query.period),
        tenant: Arc::clone(tenant),
        period: query.period,
        index: 0,
        device: Vec::new(),
    };
    Walk::open(checks, query)
}

struct Checks {
    tenant: Arc<Tenant>,
    period: Period,
    count: u32,
    index: u32,
    /// Members about the loaded device.
    device: Vec<u8>,
}

impl Listing for Checks {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        self.index = subject;
        let device = self.tenant.device(subject);
        if !device.is_reporting(self.period) || device.family().is_mobile() {
            return Some(0);
        }
        self.device.clear();
        let mut row = Object::within(&mut self.device);
        write_device(&mut row, &device, self.period, UNASSIGNED);
        row.text("osVersion", device.release().full);
        spaced(row.name("timestamp"), device.last_seen(self.period));
        Some(self.tenant.catalogue().configurations().len() as u32)
    }

    fn write(&mut self, row: u32, out: &mut Vec<u8>) {
        let device = self.tenant.device(self.index);
        let Some(configuration) = self.tenant.catalogue().configurations().get(row as usize) else { return };
        let Some(check) = device.check(configuration, self.period) else { return };
        let id = configuration.id();
        let mut row = Object::open(out);
        row.members(&self.device);
        row.text("configurationId", &id);
        row.text("configurationCategory", configuration.category);
        row.text("configurationSubcategory", configuration.subcategory);
        row.tenths("configurationImpact", configuration.impact);
        row.flag("isCompliant", check.is_compliant);
        row.flag("isApplicable", check.is_applicable);
        row.flag("isExpectedUserImpact", configuration.has_user_impact);
        row.text("configurationName", &configuration.name);
        row.text("recommendationReference", &format!("sca-_-{id}"));
        row.close();
    }
}
