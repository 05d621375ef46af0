//! `/deviceManagement/managedDevices`: serial numbers and primary users. Timestamps have an offset instead of `Z`, and
//! an id that is not known is all zeros or an empty text.

use crate::model::{Device, Tenant, WIRELESS};
use crate::period::Period;
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Devices;
use crate::wire::json::Object;
use crate::wire::time::offset;
use std::sync::Arc;

/// Devices that Intune manages.
pub const MANAGED_DEVICES: Collection = Collection { context: "deviceManagement/managedDevices", open };

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Devices::open(tenant, query, |device, period| device.is_managed(period), write)
}

fn write(device: &Device<'_>, period: Period, out: &mut Vec<u8>) {
    let draw = device.draw().at("managed");
    let tenant = device.tenant();
    let owner = device.owner(period).and_then(|index| tenant.person(index, period));
    let account = owner.as_ref().map(|owner| &owner.account);
    let hardware = device.hardware_facts(period);
    let name = device.name().unwrap_or_default();
    let mac = |interface: &str| {
        let found = device.addresses(period).into_iter().find(|address| address.interface == Some(interface));
        found.and_then(|address| address.mac).map(|mac| format!("{mac:012X}")).unwrap_or_default()
    };
    let serial = hardware.as_ref().map_or("", |hardware| hardware.serial.as_str());
    let mut row = Object::open(out);
    row.text("id", &device.intune_id());
    row.text("userId", account.map_or("", |account| account.object_id.as_str()));
    row.text("deviceName", name.split('.').next().unwrap_or_default());
    row.text("managedDeviceOwnerType", "company");
    offset(row.name("enrolledDateTime"), device.first_seen());
    offset(row.name("lastSyncDateTime"), device.last_seen(period));
    let system = match device.family() {
        crate::model::Family::Mac => "macOS",
        crate::model::Family::Ios => "iOS",
        crate::model::Family::Android => "Android",
        _ => "Windows",
    };
    row.text("operatingSystem", system);
    row.text("complianceState", if draw.at("lax").chance(120) { "noncompliant" } else { "compliant" });
    row.text("jailBroken", "Unknown");
    row.text("managementAgent", "mdm");
    row.text("osVersion", device.release().full);
    row.text("azureADDeviceId", device.entra_device_id().as_deref().unwrap_or(NOBODY));
    row.flag("azureADRegistered", device.entra_device_id().is_some());
    row.text("emailAddress", owner.as_ref().and_then(|owner| owner.mail.as_deref()).unwrap_or_default());
    row.text("userPrincipalName", account.map_or("", |account| account.principal.as_str()));
    row.text("userDisplayName", owner.as_ref().map(crate::model::Person::display_name).as_deref().unwrap_or_default());
    row.text("model", hardware.as_ref().map_or("", |hardware| hardware.model));
    row.text("manufacturer", hardware.as_ref().map_or("", |hardware| hardware.manufacturer));
    row.text("serialNumber", serial);
    row.text("imei", "");
    row.text("wiFiMacAddress", &mac(WIRELESS));
    row.null("ethernetMacAddress");
    row.flag("isEncrypted", !draw.at("plain").chance(100));
    row.flag("isSupervised", false);
    row.number("totalStorageSpaceInBytes", draw.at("disk").below(8) * 128_000_000_000 + 128_000_000_000);
    row.number("freeStorageSpaceInBytes", draw.at("free").below(100_000_000_000));
    row.text("partnerReportedThreatState", "unknown");
    row.close();
}
