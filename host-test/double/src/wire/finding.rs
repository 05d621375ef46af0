//! `SoftwareVulnerabilitiesByMachine`, and the row that its delta shares with it.
//!
//! A row costs about as much as copying its bytes: what is the same for all rows of a device or of an installation is
//! written once and copied.

use super::collection::{Collection, Query, Rows};
use super::device::{UNASSIGNED, write_device};
use super::json::{Object, digits, escaped, padded};
use super::paths;
use super::time::spaced;
use super::walk::{Listing, Walk};
use crate::model::{Device, Finding, Install, Product, Tenant, WeaknessId};
use crate::period::Period;
use std::sync::Arc;

/// Weaknesses of all devices, and software that is listed without any.
pub const VULNERABILITY_EXPORT: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.AssetVulnerability)", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let export = Export {
        count: tenant.device_count(query.period),
        tenant: Arc::clone(tenant),
        period: query.period,
        index: 0,
        installs: Vec::new(),
        findings: Vec::new(),
        page: Template::default(),
    };
    Walk::open(export, query)
}

struct Export {
    tenant: Arc<Tenant>,
    period: Period,
    /// Records that there are.
    count: u32,
    /// The loaded device with its rows.
    index: u32,
    installs: Vec<Install>,
    findings: Vec<Finding>,
    page: Template,
}

impl Listing for Export {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        self.index = subject;
        self.findings.clear();
        let device = self.tenant.device(subject);
        device.list_installs(self.period, &mut self.installs);
        for install in &self.installs {
            device.list_findings(*install, self.period, &mut self.findings);
        }
        if !self.findings.is_empty() {
            self.page.begin(&device, self.period);
        }
        Some(self.findings.len() as u32)
    }

    fn write(&mut self, row: u32, out: &mut Vec<u8>) {
        if let Some(finding) = self.findings.get(row as usize) {
            self.page.write(&self.tenant, self.index, finding, out);
        }
    }
}

/// The parts of rows that many rows share.
#[derive(Default)]
pub(super) struct Template {
    period: Period,
    /// Members about the device.
    device: Vec<u8>,
    /// The installation that the parts below belong to.
    install: Option<Install>,
    id: Vec<u8>,
    product: Vec<u8>,
    places: Vec<u8>,
    support: Vec<u8>,
    reference: Vec<u8>,
}

impl Template {
    /// Begins with another device or another period.
    pub(super) fn begin(&mut self, device: &Device<'_>, period: Period) {
        self.period = period;
        self.install = None;
        self.device.clear();
        let mut row = Object::within(&mut self.device);
        write_device(&mut row, device, period, UNASSIGNED);
        row.text("osVersion", device.release().full);
        row.optional("osArchitecture", device.architecture().map(|(.., word)| word));
    }

    fn install(&mut self, device: &Device<'_>, tenant: &Tenant, install: Install) {
        let product = &tenant.catalogue().products()[install.product as usize];
        let version = product.version(install.release);

        self.id.clear();
        self.id.extend_from_slice(b"{\"id\":\"");
        escaped(&mut self.id, &format!("{}_{}_{version}_", device.id(), product.name));

        self.product.clear();
        let mut row = Object::within(&mut self.product);
        row.text("softwareVendor", &product.vendor);
        row.text("softwareName", &product.name);
        row.text("softwareVersion", &version);
        row.text("productCategory", category(product));

        self.places.clear();
        let mut row = Object::within(&mut self.places);
        row.texts("diskPaths", paths::disk(device, product, &version).iter().map(String::as_str));
        row.texts("registryPaths", paths::registry(device, product).iter().map(String::as_str));
        spaced(row.name("lastSeenTimestamp"), device.last_seen(self.period));

        self.support.clear();
        let (status, date) = product.end_of_support();
        let mut row = Object::within(&mut self.support);
        row.text("endOfSupportStatus", status);
        row.optional("endOfSupportDate", date);

        self.reference.clear();
        Object::within(&mut self.reference).text("recommendationReference", &format!("va-_-{}", product.id()));
        self.install = Some(install);
    }

    /// Writes a row of the export.
    pub(super) fn write(&mut self, tenant: &Tenant, index: u32, finding: &Finding, out: &mut Vec<u8>) {
        self.shared(tenant, index, finding, out).close();
    }

    /// Writes what rows of the export and of its delta have in common.
    pub(super) fn shared<'o>(
        &mut self,
        tenant: &Tenant,
        index: u32,
        finding: &Finding,
        out: &'o mut Vec<u8>,
    ) -> Object<'o> {
        let device = tenant.device(index);
        if self.install != Some(finding.install) {
            self.install(&device, tenant, finding.install);
        }
        let catalogue = tenant.catalogue();
        let tick = self.period.tick();
        let id = finding.weakness.as_ref().map(|weakness| catalogue.weakness_id(weakness));
        out.extend_from_slice(&self.id);
        if let Some(id) = &id {
            write_id(out, id);
        }
        out.extend_from_slice(b"_\",");
        out.extend_from_slice(&self.device);
        out.push(b',');
        out.extend_from_slice(&self.product);
        let mut row = Object::within(out);
        match (&finding.weakness, &id) {
            (Some(weakness), Some(id)) => {
                let out = row.name("cveId");
                out.push(b'"');
                write_id(out, id);
                out.push(b'"');
                row.text("vulnerabilitySeverityLevel", weakness.severity(tick).as_str());
                let update = catalogue.update(finding.install.product, weakness, tick);
                match update {
                    Some(kb) => {
                        row.text("recommendedSecurityUpdate", "Monthly Security Updates");
                        let out = row.name("recommendedSecurityUpdateId");
                        out.push(b'"');
                        digits(out, u64::from(kb));
                        out.push(b'"');
                        let out = row.name("recommendedSecurityUpdateUrl");
                        out.extend_from_slice(b"\"https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB");
                        digits(out, u64::from(kb));
                        out.push(b'"');
                    }
                    None => no_update(&mut row),
                }
            }
            _ => {
                row.null("cveId");
                row.null("vulnerabilitySeverityLevel");
                no_update(&mut row);
            }
        }
        row.members(&self.places);
        spaced(row.name("firstSeenTimestamp"), device.first_found(finding));
        row.members(&self.support);
        let exploit = finding.weakness.as_ref().map_or("NoExploit", |weakness| weakness.exploit(tick).as_str());
        row.text("exploitabilityLevel", exploit);
        row.members(&self.reference);
        match finding.weakness.and_then(|weakness| weakness.score(tick)) {
            Some(score) => row.tenths("cvssScore", score),
            None => row.null("cvssScore"),
        }
        row.null("cveMitigationStatus");
        row.flag("securityUpdateAvailable", finding.weakness.is_some_and(|weakness| weakness.is_fixable(tick)));
        row
    }
}

/// `productCategory`.
pub(super) fn category(product: &Product) -> &'static str {
    if product.is_system() { "OperatingSystem" } else { "Application" }
}

fn no_update(row: &mut Object<'_>) {
    row.null("recommendedSecurityUpdate");
    row.null("recommendedSecurityUpdateId");
    row.null("recommendedSecurityUpdateUrl");
}

/// `CVE-2026-1234`.
pub(super) fn write_id(out: &mut Vec<u8>, id: &WeaknessId) {
    out.extend_from_slice(id.prefix.as_bytes());
    out.push(b'-');
    digits(out, id.year);
    out.push(b'-');
    match id.number {
        0..=999 => padded::<4>(out, id.number as u32),
        number => digits(out, number),
    }
}
