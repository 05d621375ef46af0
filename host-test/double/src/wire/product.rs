//! `/api/Software` and what hangs below it, and the list of products of a device, which has no versions.

use super::collection::{Collection, Query, Rows};
use super::finding::category;
use super::json::Object;
use super::walk::Items;
use crate::model::{Advice, Exploit, Tenant};
use crate::period::Period;
use std::sync::Arc;

const CONTEXT: &str = "Software";

/// Every product that a device has.
pub const SOFTWARE: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| {
        let census = tenant.census(query.period);
        let products = (0..tenant.catalogue().products().len() as u32).filter(|index| census.installed(*index) > 0);
        Items::open(tenant, query, products.collect(), write)
    },
};

/// Products of a device, with the numbers of the tenant.
pub const MACHINE_SOFTWARE: Collection = Collection { context: CONTEXT, open: of_machine };

/// The product that a recommendation is about; nothing for one about a setting.
pub const RECOMMENDATION_SOFTWARE: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| match tenant.advice_by_id(query.subject, query.period)? {
        Advice::Product(index) => Items::open(tenant, query, vec![index], write),
        Advice::Configuration(_) => None,
    },
};

/// Versions of a product that are in use.
pub const SOFTWARE_DISTRIBUTIONS: Collection = Collection { context: "Distributions", open: distributions };

fn of_machine(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let device = tenant.device_by_id(query.subject, query.period)?;
    let mut products: Vec<u32> = device.installs(query.period).iter().map(|install| install.product).collect();
    products.dedup();
    Items::open(tenant, query, products, write)
}

fn write(tenant: &Tenant, period: Period, index: &u32, out: &mut Vec<u8>) {
    let product = &tenant.catalogue().products()[*index as usize];
    let weaknesses = tenant.weaknesses_of(product, period);
    let census = tenant.census(period);
    let exposed = census.exposed(Advice::Product(*index));
    let mut row = Object::open(out);
    row.text("id", &product.id());
    row.text("name", &product.name);
    row.text("vendor", &product.vendor);
    row.number("weaknesses", weaknesses.len() as u64);
    row.flag("publicExploit", weaknesses.iter().any(|weakness| weakness.exploit(period.tick()) > Exploit::No));
    row.flag("activeAlert", product.draw().at("advice").at("alert").chance(50));
    row.number("exposedMachines", exposed);
    row.number("installedMachines", census.installed(*index));
    row.tenths("impactScore", exposed * 100 / census.devices().max(1));
    row.flag("isNormalized", true);
    row.text("category", category(product));
    row.texts("tags", product.draw().at("tags").chance(80).then_some("Critical"));
    row.close();
}

fn distributions(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let product = tenant.product_in_use(query.subject, query.period)?;
    let census = tenant.census(query.period);
    let items = census.releases(product.index).map(|(release, devices)| (product.index, release, devices)).collect();
    Items::open(tenant, query, items, |tenant, period, (index, release, devices), out| {
        let catalogue = tenant.catalogue();
        let product = &catalogue.products()[*index as usize];
        let mut row = Object::open(out);
        row.text("version", &product.version(*release));
        row.number("installations", *devices);
        row.number("vulnerabilities", catalogue.weaknesses(product, *release, period).count() as u64);
        row.close();
    })
}
