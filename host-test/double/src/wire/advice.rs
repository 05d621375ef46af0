//! `/api/recommendations` and `/api/machines/{id}/recommendations`: the same objects with different numbers. For a
//! machine the numbers of the tenant are zero.

use super::collection::{Collection, Query, Rows};
use super::json::Object;
use super::walk::Items;
use crate::draw::Draw;
use crate::model::{Advice, Configuration, Exploit, Product, Tenant};
use crate::period::Period;
use std::sync::Arc;

const CONTEXT: &str = "Recommendations";

/// Recommendations to the tenant.
pub const RECOMMENDATIONS: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| Items::open(tenant, query, tenant.advice(query.period), of_tenant),
};

/// Recommendations that concern a device.
pub const MACHINE_RECOMMENDATIONS: Collection = Collection { context: CONTEXT, open: of_machine };

fn of_machine(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let device = tenant.device_by_id(query.subject, query.period)?;
    Items::open(tenant, query, device.advice(query.period), |tenant, period, advice, out| {
        write(tenant, period, *advice, &Numbers { total: 0, exposed: 1, critical: 0, impact: 0 }, out);
    })
}

fn of_tenant(tenant: &Tenant, period: Period, advice: &Advice, out: &mut Vec<u8>) {
    let census = tenant.census(period);
    let exposed = census.exposed(*advice);
    let impact = exposed * 100 / census.devices().max(1);
    write(
        tenant,
        period,
        *advice,
        &Numbers { total: census.total(*advice), exposed, critical: exposed / 20, impact },
        out,
    );
}

/// What depends on who is asked about.
struct Numbers {
    total: u32,
    exposed: u32,
    critical: u32,
    /// In tenths.
    impact: u32,
}

fn write(tenant: &Tenant, period: Period, advice: Advice, numbers: &Numbers, out: &mut Vec<u8>) {
    let id = tenant.advice_id(advice);
    match advice {
        Advice::Product(index) => {
            write_product(tenant, period, &id, &tenant.catalogue().products()[index as usize], numbers, out);
        }
        Advice::Configuration(index) => {
            write_configuration(&id, &tenant.catalogue().configurations()[index as usize], numbers, out);
        }
    }
}

fn write_product(tenant: &Tenant, period: Period, id: &str, product: &Product, numbers: &Numbers, out: &mut Vec<u8>) {
    let tick = period.tick();
    let draw = product.draw().at("advice");
    let weaknesses = tenant.weaknesses_of(product, period);
    let newest = product.version(tenant.catalogue().base_of(product.index).newest(tick));
    let (support, _) = product.end_of_support();
    let remediation = match support {
        "EOS Software" => "Uninstall",
        "EOS Version" => "Upgrade",
        _ => "Update",
    };
    let worst = weaknesses.iter().filter_map(|weakness| weakness.score(tick)).max().unwrap_or(0);
    let mut row = Object::open(out);
    row.text("id", id);
    row.text("productName", &product.name);
    row.text("recommendationName", &format!("{remediation} {}", product.title));
    row.number("weaknesses", weaknesses.len() as u64);
    row.text("vendor", &product.vendor);
    row.text("recommendedVersion", if draw.at("version").chance(400) { &newest } else { "" });
    row.null("recommendedVendor");
    row.null("recommendedProgram");
    row.text("recommendationCategory", if product.is_system() { "OS" } else { "Application" });
    row.text("subCategory", "");
    row.tenths("severityScore", worst);
    row.flag("publicExploit", weaknesses.iter().any(|weakness| weakness.exploit(tick) > Exploit::No));
    row.flag("activeAlert", draw.at("alert").chance(50));
    let threat = draw.at("threat").guid();
    row.texts("associatedThreats", draw.at("threatened").chance(150).then_some(threat.as_str()));
    row.text("remediationType", remediation);
    row.text("status", exception(draw));
    write_numbers(&mut row, 0, numbers.impact, numbers);
    row.text("relatedComponent", &product.title);
    row.flag("hasUnpatchableCve", weaknesses.iter().any(|weakness| !weakness.is_fixable(tick)));
    row.texts("tags", draw.at("restart").chance(80).then_some("PendingRestart"));
    row.number("exposedCriticalDevices", numbers.critical);
    row.close();
}

fn write_configuration(id: &str, configuration: &Configuration, numbers: &Numbers, out: &mut Vec<u8>) {
    let draw = configuration.draw();
    let component = match configuration.subcategory {
        "" => configuration.category,
        subcategory => subcategory,
    };
    let mut row = Object::open(out);
    row.text("id", id);
    row.text("productName", &component.to_ascii_lowercase().replace(' ', "_"));
    row.text("recommendationName", &configuration.name);
    row.number("weaknesses", 1_u32);
    row.text("vendor", "microsoft");
    row.text("recommendedVersion", "");
    row.null("recommendedVendor");
    row.null("recommendedProgram");
    row.text("recommendationCategory", configuration.category);
    row.text("subCategory", configuration.subcategory);
    row.tenths("severityScore", configuration.impact);
    row.flag("publicExploit", false);
    row.flag("activeAlert", false);
    row.texts("associatedThreats", []);
    row.text("remediationType", "ConfigurationChange");
    row.text("status", exception(draw));
    let impact = if numbers.total == 0 { 0 } else { configuration.impact };
    write_numbers(&mut row, impact, 0, numbers);
    row.text("relatedComponent", component);
    row.flag("hasUnpatchableCve", false);
    row.texts("tags", []);
    row.number("exposedCriticalDevices", numbers.critical);
    row.close();
}

/// `status`: whether the whole tenant, a part of it or nobody is excepted.
fn exception(draw: Draw) -> &'static str {
    match (draw.at("exception").chance(100), draw.at("part").chance(300)) {
        (false, _) => "Active",
        (true, true) => "PartialException",
        (true, false) => "Exception",
    }
}

fn write_numbers(row: &mut Object<'_>, score: u32, exposure: u32, numbers: &Numbers) {
    row.tenths("configScoreImpact", score);
    row.tenths("exposureImpact", exposure);
    row.number("totalMachineCount", numbers.total);
    row.number("exposedMachinesCount", numbers.exposed);
    row.number("nonProductivityImpactedAssets", 0_u32);
}
