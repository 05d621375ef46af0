//! `/api/vulnerabilities` and the lists of the same objects below devices, products and recommendations.
//!
//! On the list of a device each object has an `@odata.type` as well. The catalogue has weaknesses that concern no
//! device.

use super::collection::{Collection, Query, Rows};
use super::finding::write_id;
use super::json::{Object, digits, padded};
use super::time::{iso, millis};
use super::walk::Items;
use crate::model::{Advice, Exploit, Severity, Tenant, Weakness};
use crate::period::Period;
use std::sync::Arc;

const CONTEXT: &str = "Vulnerabilities";

/// Every weakness that is known.
pub const VULNERABILITIES: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| Items::open(tenant, query, tenant.known_weaknesses(query.period), write),
};

/// Weaknesses of a device, each once.
pub const MACHINE_VULNERABILITIES: Collection =
    Collection { context: "Vulnerabilities/microsoft.windowsDefenderATP.api.PublicVulnerabilityDto", open: of_machine };

/// Weaknesses of a product.
pub const SOFTWARE_VULNERABILITIES: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| {
        let product = tenant.product_in_use(query.subject, query.period)?;
        Items::open(tenant, query, tenant.weaknesses_of(product, query.period), write)
    },
};

/// Weaknesses that a recommendation is about; none for one about a setting.
pub const RECOMMENDATION_VULNERABILITIES: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| {
        let weaknesses = match tenant.advice_by_id(query.subject, query.period)? {
            Advice::Product(index) => {
                tenant.weaknesses_of(&tenant.catalogue().products()[index as usize], query.period)
            }
            Advice::Configuration(_) => Vec::new(),
        };
        Items::open(tenant, query, weaknesses, write)
    },
};

fn of_machine(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let device = tenant.device_by_id(query.subject, query.period)?;
    let mut weaknesses: Vec<_> =
        device.findings(query.period).into_iter().filter_map(|finding| finding.weakness).collect();
    weaknesses.sort_unstable();
    weaknesses.dedup();
    Items::open(tenant, query, weaknesses, |tenant, period, weakness, out| {
        let mut row = Object::open(out);
        row.text("@odata.type", "#microsoft.windowsDefenderATP.api.PublicVulnerabilityDto");
        write_members(tenant, period, weakness, row);
    })
}

fn write(tenant: &Tenant, period: Period, weakness: &Weakness, out: &mut Vec<u8>) {
    write_members(tenant, period, weakness, Object::open(out));
}

fn write_members(tenant: &Tenant, period: Period, weakness: &Weakness, mut row: Object<'_>) {
    let tick = period.tick();
    let draw = weakness.draw();
    let id = tenant.catalogue().weakness_id(weakness);
    for name in ["id", "name"] {
        let out = row.name(name);
        out.push(b'"');
        write_id(out, &id);
        out.push(b'"');
    }
    let score = weakness.score(tick);
    let exploit = weakness.exploit(tick);
    let reach = draw.at("reach").one(&["Remote", "Local"]);
    row.text("description", &describe(tenant, weakness, reach));
    row.text("severity", weakness.severity(tick).as_str());
    match score {
        Some(score) => row.tenths("cvssV3", score),
        None => row.null("cvssV3"),
    }
    row.optional("cvssVector", score.map(|_| vector(weakness.severity(tick), reach)));
    row.number("exposedMachines", tenant.census(period).affected(weakness));
    iso(row.name("publishedOn"), weakness.published());
    millis(row.name("updatedOn"), weakness.updated(tick));
    iso(row.name("firstDetected"), weakness.published().after(40_000));
    // Neither this nor the status moves without `updatedOn`.
    match draw.at("patched").chance(800) {
        true => iso(row.name("patchFirstAvailable"), weakness.published().after(90_000)),
        false => row.null("patchFirstAvailable"),
    }
    row.flag("publicExploit", exploit > Exploit::No);
    row.flag("exploitVerified", exploit >= Exploit::Verified);
    row.flag("exploitInKit", exploit == Exploit::InKit);
    let kinds: &[&str] = match (exploit, reach) {
        (Exploit::No, _) => &[],
        (_, "Remote") => &["Remote", "Denial of service"],
        _ => &["Local privilege escalation"],
    };
    row.texts("exploitTypes", kinds.iter().copied());
    let proof = format!("https://exploits.example/{id}");
    row.texts("exploitUris", (exploit > Exploit::No).then_some(proof.as_str()));
    row.text(
        "cveSupportability",
        draw.at("support").one(&["Supported", "Supported", "Not Supported", "SupportedInPremium"]),
    );
    row.texts("tags", draw.at("tagged").chance(60).then_some("ZeroDay"));
    match draw.at("scored").chance(900) {
        true => {
            let out = row.name("epss");
            digits(out, 0);
            out.push(b'.');
            padded::<5>(out, draw.at("epss").below(100_000) as u32);
        }
        false => row.null("epss"),
    }
    let status = match draw.at("exception").below(40) {
        0 => "UnderException",
        1 => "PartialException",
        2..=4 => "NoActionRequired",
        _ => "RemediationRequired",
    };
    row.text("status", status);
    row.close();
}

fn describe(tenant: &Tenant, weakness: &Weakness, reach: &str) -> String {
    let products = tenant.catalogue().products();
    let title = products.iter().find(|product| product.base == weakness.base).map_or("", |product| &product.title);
    let fault = weakness.draw().at("fault").one(&[
        "an out-of-bounds write in the \"parser\"",
        "a use-after-free in the scheduler",
        "a path such as C:\\Temp\\.. that is not checked",
        "a missing check of a length – of all things",
    ]);
    format!("Summary: {title} has {fault}. {reach} attackers could use it.\nRemediation: install the latest update.")
}

fn vector(severity: Severity, reach: &str) -> &'static str {
    match (severity, reach) {
        (Severity::Critical, _) => "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:C",
        (Severity::High, "Remote") => "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:U/RL:O/RC:C",
        (Severity::High, _) => "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
        (Severity::Medium, _) => "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
        (Severity::Low, _) => "CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N",
    }
}
