//! `SoftwareInventoryByMachine`: versions of products with a product code.

use super::collection::{Collection, Query, Rows};
use super::device::write_device;
use super::finding::category;
use super::json::Object;
use super::paths;
use super::time::spaced;
use super::walk::{Listing, Walk};
use crate::model::{Install, Moment, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Versions of products on all devices.
pub const SOFTWARE_INVENTORY: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.AssetSoftware)", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let inventory = Inventory {
        count: tenant.device_count(query.period),
        tenant: Arc::clone(tenant),
        period: query.period,
        index: 0,
        installs: Vec::new(),
        device: Vec::new(),
    };
    Walk::open(inventory, query)
}

struct Inventory {
    tenant: Arc<Tenant>,
    period: Period,
    count: u32,
    index: u32,
    installs: Vec<Install>,
    /// Members about the loaded device.
    device: Vec<u8>,
}

impl Listing for Inventory {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        self.index = subject;
        let device = self.tenant.device(subject);
        device.list_installs(self.period, &mut self.installs);
        if !self.installs.is_empty() {
            self.device.clear();
            write_device(&mut Object::within(&mut self.device), &device, self.period, "UnassignedGroup");
        }
        Some(self.installs.len() as u32)
    }

    fn write(&mut self, row: u32, out: &mut Vec<u8>) {
        let Some(install) = self.installs.get(row as usize) else { return };
        let device = self.tenant.device(self.index);
        let catalogue = self.tenant.catalogue();
        let product = &catalogue.products()[install.product as usize];
        let version = product.version(install.release);
        let mut row = Object::open(out);
        row.members(&self.device);
        row.text("softwareVendor", &product.vendor);
        row.text("softwareName", &product.name);
        row.text("softwareVersion", &version);
        let weaknesses = catalogue.weaknesses(product, install.release, self.period).count();
        row.number("numberOfWeaknesses", weaknesses as u64);
        row.texts("diskPaths", paths::disk(&device, product, &version).iter().map(String::as_str));
        row.texts("registryPaths", paths::registry(&device, product).iter().map(String::as_str));
        spaced(row.name("softwareFirstSeenTimestamp"), Moment::start_of(install.since));
        let (status, date) = product.end_of_support();
        row.text("endOfSupportStatus", status);
        row.optional("endOfSupportDate", date);
        row.texts("softwareTags", product.draw().at("tags").chance(80).then_some("Critical"));
        row.text("productCategory", category(product));
        row.close();
    }
}
