//! `…/getmissingkbs`: updates of Windows that a device, or the devices with a product, do not have yet.

use super::collection::{Collection, Query, Rows};
use super::json::Object;
use super::walk::Items;
use crate::model::{Install, Tenant};
use crate::period::Period;
use std::collections::BTreeMap;
use std::sync::Arc;

const CONTEXT: &str = "Collection(microsoft.windowsDefenderATP.api.PublicProductFixDto)";

/// Missing updates of a device; none for anything but Windows.
pub const MACHINE_MISSING_KBS: Collection = Collection { context: CONTEXT, open: of_device };

/// Missing updates of a product on all devices; none for anything but Windows.
pub const SOFTWARE_MISSING_KBS: Collection = Collection { context: CONTEXT, open: of_product };

/// An update: the product, the release that is there and the one that is missing, and on how many devices it is.
struct Update {
    install: Install,
    release: u32,
    devices: u32,
}

fn of_device(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let device = tenant.device_by_id(query.subject, query.period)?;
    let missing = device.installs(query.period).into_iter().flat_map(|install| {
        missing(tenant, install, query.period).map(move |release| Update { install, release, devices: 1 })
    });
    Items::open(tenant, query, missing.collect(), write)
}

fn of_product(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let product = tenant.product_in_use(query.subject, query.period)?;
    let (mut updates, mut installs) = (BTreeMap::<u32, Update>::new(), Vec::new());
    for device in tenant.devices(query.period) {
        device.list_installs_of(product, query.period, &mut installs);
        for install in &installs {
            for release in missing(tenant, *install, query.period) {
                let update = updates.entry(release).or_insert(Update { install: *install, release, devices: 0 });
                update.devices += 1;
                // What it mends is counted from the oldest release that is in use.
                update.install.release = update.install.release.min(install.release);
            }
        }
    }
    Items::open(tenant, query, updates.into_values().collect(), write)
}

/// Releases of Windows behind the one that is there.
fn missing(tenant: &Tenant, install: Install, period: Period) -> impl Iterator<Item = u32> + use<> {
    let base = tenant.catalogue().base_of(install.product);
    let newest = if base.has_kbs { base.newest(period.tick()) } else { install.release };
    install.release + 1..=newest
}

fn write(tenant: &Tenant, period: Period, update: &Update, out: &mut Vec<u8>) {
    let Update { install, release, devices } = update;
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
    row.number("machineMissedOn", *devices);
    row.number("cveAddressed", addressed.count() as u64);
    row.close();
}
