//! `/api/remediationTasks`: what the owners of recommendations were asked to do.

use super::collection::{Collection, Query, Rows};
use super::json::Object;
use super::time::iso;
use super::walk::Items;
use crate::model::{Advice, Moment, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Tasks for some of the recommendations.
pub const REMEDIATION_TASKS: Collection = Collection { context: "RemediationTasks", open };

/// The recommendation that a task is about.
pub(super) fn advice_of(tenant: &Tenant, id: &str, period: Period) -> Option<Advice> {
    tasks(tenant, period).find(|advice| draw(tenant, *advice).at("id").guid().eq_ignore_ascii_case(id))
}

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Items::open(tenant, query, tasks(tenant, query.period).collect(), write)
}

fn tasks(tenant: &Tenant, period: Period) -> impl Iterator<Item = Advice> {
    let catalogue = tenant.catalogue();
    let products = (0..catalogue.products().len() as u32).map(Advice::Product);
    let settings = (0..catalogue.configurations().len() as u32).map(Advice::Configuration);
    let census = tenant.census(period);
    let is_task = move |advice: &Advice| {
        let draw = draw(tenant, *advice);
        draw.chance(250) && created(draw) <= period.tick() && census.total(*advice) > 0
    };
    products.chain(settings).filter(is_task)
}

fn draw(tenant: &Tenant, advice: Advice) -> crate::draw::Draw {
    let root = tenant.root().at("task");
    match advice {
        Advice::Product(index) => root.at("product").nth(index.into()),
        Advice::Configuration(index) => root.at("setting").nth(index.into()),
    }
}

fn created(draw: crate::draw::Draw) -> i64 {
    draw.at("created").between(-200, 60)
}

fn write(tenant: &Tenant, period: Period, advice: &Advice, out: &mut Vec<u8>) {
    let draw = draw(tenant, *advice);
    let catalogue = tenant.catalogue();
    let census = tenant.census(period);
    let made = Moment::start_of(created(draw)).after(draw.at("second").between(0, 20_000));
    let (exposed, total) = (census.exposed(*advice), census.total(*advice));
    let is_done = exposed == 0 || draw.at("done").chance(150);
    let status = if is_done { "Completed" } else { "Active" };
    let requester = (tenant.account_count(period) > 0).then(|| tenant.account(0));
    let mut row = Object::open(out);
    row.text("id", &draw.at("id").guid());
    match advice {
        Advice::Product(index) => {
            row.text("title", &format!("Update {}", catalogue.products()[*index as usize].title));
        }
        Advice::Configuration(index) => row.text("title", &catalogue.configurations()[*index as usize].name),
    }
    iso(row.name("createdOn"), made);
    row.optional("requesterId", requester.as_ref().map(|account| account.object_id.as_str()));
    row.optional("requesterEmail", requester.as_ref().map(|account| account.principal.as_str()));
    row.text("status", status);
    iso(row.name("statusLastModifiedOn"), made.after(3600));
    row.null("description");
    row.text("relatedComponent", if matches!(advice, Advice::Product(_)) { "Software" } else { "Security controls" });
    row.number("targetDevices", total);
    row.number("fixedDevices", if is_done { total } else { total - exposed.min(total) });
    row.texts("rbacGroupNames", tenant.groups().iter().take(2).map(|group| group.name));
    iso(row.name("dueOn"), made.after(30 * 86_400));
    row.text("category", if matches!(advice, Advice::Product(_)) { "Software" } else { "SecurityConfiguration" });
    row.text("priority", draw.at("priority").one(&["Low", "Medium", "High"]));
    row.optional("completionMethod", is_done.then_some("Automatic"));
    row.nulls(&["completerId", "completerEmail"]);
    match advice {
        Advice::Product(index) => {
            let product = &catalogue.products()[*index as usize];
            row.null("scid");
            row.text("type", "Update");
            row.text("productId", &product.id());
            row.text("vendorId", &product.vendor);
            row.text("nameId", &product.name);
        }
        Advice::Configuration(index) => {
            row.text("scid", &catalogue.configurations()[*index as usize].id());
            row.text("type", "ConfigurationChange");
            row.nulls(&["productId", "vendorId", "nameId"]);
        }
    }
    row.nulls(&["recommendedVersion", "recommendedVendor", "recommendedProgram"]);
    row.text("productivityImpactRemediationType", "AllExposedAssets");
    row.text("recommendationReference", &tenant.advice_id(*advice));
    row.close();
}
