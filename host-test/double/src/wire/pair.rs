//! `/api/vulnerabilities/machinesVulnerabilities`: one row for each weakness of a version of a product on a device.

use super::collection::{Collection, Query, Rows};
use super::json::Object;
use super::walk::{Listing, Walk};
use crate::model::{Finding, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Weaknesses of all devices. Software without one is not listed.
pub const MACHINES_VULNERABILITIES: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.PublicAssetVulnerabilityDto)", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let pairs = Pairs {
        count: tenant.device_count(query.period),
        tenant: Arc::clone(tenant),
        period: query.period,
        id: String::new(),
        findings: Vec::new(),
    };
    Walk::open(pairs, query)
}

struct Pairs {
    tenant: Arc<Tenant>,
    period: Period,
    count: u32,
    /// The loaded device.
    id: String,
    findings: Vec<Finding>,
}

impl Listing for Pairs {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        let device = self.tenant.device(subject);
        self.id = device.id();
        self.findings = device.findings(self.period);
        self.findings.retain(|finding| finding.weakness.is_some());
        Some(self.findings.len() as u32)
    }

    fn write(&mut self, row: u32, out: &mut Vec<u8>) {
        let Some(Finding { install, weakness: Some(weakness) }) = self.findings.get(row as usize) else { return };
        let catalogue = self.tenant.catalogue();
        let product = &catalogue.products()[install.product as usize];
        let version = product.version(install.release);
        let cve = catalogue.weakness_id(weakness);
        let fix = catalogue.update(install.product, weakness, self.period.tick()).map(|kb| kb.to_string());
        let mut row = Object::open(out);
        let id = format!("{}-_-{cve}-_-{}-_-{version}-_-{}", self.id, product.id(), fix.as_deref().unwrap_or_default());
        row.text("id", &id);
        row.text("cveId", &cve.to_string());
        row.text("machineId", &self.id);
        row.optional("fixingKbId", fix.as_deref());
        row.text("productName", &product.name);
        row.text("productVendor", &product.vendor);
        row.text("productVersion", &version);
        row.text("severity", weakness.severity(self.period.tick()).as_str());
        row.close();
    }
}
