//! `SoftwareInventoryNoProductCodeByMachine`: software without a product code.

use super::collection::{Collection, Query, Rows};
use super::device::write_device;
use super::json::Object;
use super::time::spaced;
use super::walk::{Listing, Walk};
use crate::model::{PlainSoftware, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Software without a product code on all devices.
pub const NON_CPE_SOFTWARE: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.AssetNonCpeSoftware)", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let plain = Plain {
        count: tenant.device_count(query.period),
        tenant: Arc::clone(tenant),
        period: query.period,
        software: Vec::new(),
        device: Vec::new(),
    };
    Walk::open(plain, query)
}

struct Plain {
    tenant: Arc<Tenant>,
    period: Period,
    count: u32,
    software: Vec<PlainSoftware>,
    /// Members about the loaded device.
    device: Vec<u8>,
}

impl Listing for Plain {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        let device = self.tenant.device(subject);
        self.software = device.plain_software(self.period);
        self.device.clear();
        write_device(&mut Object::within(&mut self.device), &device, self.period, "None");
        Some(self.software.len() as u32)
    }

    fn write(&mut self, row: u32, out: &mut Vec<u8>) {
        let Some(software) = self.software.get(row as usize) else { return };
        let mut row = Object::open(out);
        row.members(&self.device);
        row.text("softwareVendor", software.vendor);
        row.text("softwareName", software.name);
        row.text("softwareVersion", &software.version);
        spaced(row.name("softwareLastSeenTimestamp"), software.last_seen);
        row.null("registryPath");
        row.close();
    }
}
