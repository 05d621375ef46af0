//! `DeviceTvm…`: the exports of vulnerability management once more. They say what is, so there is no time in most.

use super::bit::bit;
use crate::model::{Device, Finding, Install, Tenant};
use crate::period::Period;
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Each;
use crate::wire::json::{Object, list, string};
use crate::wire::time::sevenths;
use std::sync::Arc;

/// Versions of products on devices.
pub const DEVICE_TVM_SOFTWARE_INVENTORY: Collection =
    Collection { context: "DeviceTvmSoftwareInventory", open: inventory };

/// Weaknesses on devices; software without one is not listed.
pub const DEVICE_TVM_SOFTWARE_VULNERABILITIES: Collection =
    Collection { context: "DeviceTvmSoftwareVulnerabilities", open: vulnerabilities };

/// Settings on devices.
pub const DEVICE_TVM_SECURE_CONFIGURATION_ASSESSMENT: Collection =
    Collection { context: "DeviceTvmSecureConfigurationAssessment", open: configurations };

fn write_device(row: &mut Object<'_>, device: &Device<'_>) {
    row.text("DeviceId", &device.id());
    row.text("DeviceName", device.name().as_deref().unwrap_or_default());
    row.text("OSPlatform", device.platform().name);
    row.text("OSVersion", device.release().full);
    row.text("OSArchitecture", device.architecture().map_or("", |(.., word)| word));
}

/// Writes the product of an installation and gives its version.
fn write_software(row: &mut Object<'_>, tenant: &Tenant, install: Install) -> String {
    let product = &tenant.catalogue().products()[install.product as usize];
    let version = product.version(install.release);
    row.text("SoftwareVendor", &product.vendor);
    row.text("SoftwareName", &product.name);
    row.text("SoftwareVersion", &version);
    version
}

fn inventory(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<(u32, Install)>| {
        list.extend(tenant.device(index).installs(period).into_iter().map(|install| (index, install)));
    };
    Each::of_device(tenant, query, load, |tenant, _, (index, install), out| {
        let product = &tenant.catalogue().products()[install.product as usize];
        let (status, date) = product.end_of_support();
        let mut row = Object::open(out);
        write_device(&mut row, &tenant.device(*index));
        let version = write_software(&mut row, tenant, *install);
        row.text("EndOfSupportStatus", if status == "None" { "" } else { status });
        row.optional("EndOfSupportDate", date);
        let version = version.replace(' ', "_");
        row.text("ProductCodeCpe", &format!("cpe:2.3:a:{}:{}:{version}:*:*:*:*:*:*:*", product.vendor, product.name));
        row.close();
    })
}

fn vulnerabilities(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<(u32, Finding)>| {
        let found = tenant.device(index).findings(period).into_iter().filter(|finding| finding.weakness.is_some());
        list.extend(found.map(|finding| (index, finding)));
    };
    Each::of_device(tenant, query, load, |tenant, period, (index, finding), out| {
        let Some(weakness) = finding.weakness else { return };
        let (catalogue, tick) = (tenant.catalogue(), period.tick());
        let update = catalogue.update(finding.install.product, &weakness, tick).map(|kb| kb.to_string());
        let device = tenant.device(*index);
        let mut row = Object::open(out);
        write_device(&mut row, &device);
        write_software(&mut row, tenant, finding.install);
        row.text("CveId", &catalogue.weakness_id(&weakness).to_string());
        row.text("VulnerabilitySeverityLevel", weakness.severity(tick).as_str());
        row.text("RecommendedSecurityUpdate", if update.is_some() { "Monthly Security Updates" } else { "" });
        row.text("RecommendedSecurityUpdateId", update.as_deref().unwrap_or_default());
        let tags = (!weakness.is_fixable(tick)).then_some("NoSecurityUpdate");
        row.encoded("CveTags", |out| list(out, tags, |tag, out| string(out, tag)));
        row.text("CveMitigationStatus", "");
        row.text("AadDeviceId", device.entra_device_id().as_deref().unwrap_or_default());
        row.close();
    })
}

fn configurations(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period: Period, list: &mut Vec<(u32, usize)>| {
        let device = tenant.device(index);
        let settings = tenant.catalogue().configurations().iter().enumerate();
        let checked = settings.filter(|(_, setting)| device.check(setting, period).is_some());
        list.extend(checked.map(|(place, _)| (index, place)));
    };
    Each::of_device(tenant, query, load, |tenant, period, (index, place), out| {
        let device = tenant.device(*index);
        let setting = &tenant.catalogue().configurations()[*place];
        let Some(check) = device.check(setting, period) else { return };
        let mut row = Object::open(out);
        row.text("DeviceId", &device.id());
        row.text("DeviceName", device.name().as_deref().unwrap_or_default());
        row.text("OSPlatform", device.platform().name);
        sevenths(row.name("Timestamp"), device.last_seen(period));
        row.text("ConfigurationId", &setting.id());
        row.text("ConfigurationCategory", setting.category);
        row.text("ConfigurationSubcategory", setting.subcategory);
        row.tenths("ConfigurationImpact", setting.impact);
        bit(&mut row, "IsCompliant", check.is_compliant);
        bit(&mut row, "IsApplicable", check.is_applicable);
        row.text("Context", "[[\"1\"]]");
        bit(&mut row, "IsExpectedUserImpact", setting.has_user_impact);
        row.close();
    })
}
