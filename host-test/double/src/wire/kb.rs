//! `/api/machines/{id}/getmissingkbs`: updates of Windows that a device does not have yet.

use super::json::Object;
use super::walk::Items;
use super::{Collection, Query, Rows};
use crate::model::{Install, Tenant};
use std::sync::Arc;

/// Missing updates of a device; none for anything but Windows.
pub const MACHINE_MISSING_KBS: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.PublicProductFixDto)", open };

/// An update: the product and its release.
struct Update {
    install: Install,
    release: u32,
}

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let device = tenant.device_by_id(query.subject, query.period)?;
    let mut updates = Vec::new();
    for install in device.installs(query.period) {
        let base = tenant.catalogue().base_of(install.product);
        if base.has_kbs {
            let missing = install.release + 1..=base.newest(query.period.tick());
            updates.extend(missing.map(|release| Update { install, release }));
        }
    }
    Items::open(tenant, query, updates, |tenant, period, Update { install, release }, out| {
        let catalogue = tenant.catalogue();
        let product = &catalogue.products()[install.product as usize];
        let kb = catalogue.kb(install.product, *release).to_string();
        let addressed =
            catalogue.weaknesses(product, install.release, period).filter(|weakness| weakness.fixed_in == *release);
        let mut row = Object::open(out);
        row.text("id", &kb);
        row.text("name", &format!("Cumulative update {}", product.version(*release)));
        row.texts("productsNames", [product.name.as_str()]);
        row.text("url", &format!("https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB{kb}"));
        row.number("machineMissedOn", 1_u32);
        row.number("cveAddressed", addressed.count() as u64);
        row.close();
    })
}
