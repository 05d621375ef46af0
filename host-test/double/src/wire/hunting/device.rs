//! `DeviceInfo`: the latest row of each device, also of those that were only discovered.

use super::bit::bit;
use crate::model::{Device, Family, Onboarding, Tenant};
use crate::period::Period;
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Devices;
use crate::wire::json::{Object, list, nested, string};
use crate::wire::time::sevenths;
use std::sync::Arc;

/// Devices.
pub const DEVICE_INFO: Collection = Collection { context: "DeviceInfo", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Devices::open(tenant, query, |device, period| device.is_listed(period), write)
}

fn onboarding(status: Onboarding) -> &'static str {
    match status {
        Onboarding::Onboarded => "Onboarded",
        Onboarding::CanBeOnboarded => "Can be onboarded",
        Onboarding::Unsupported => "Unsupported",
        Onboarding::InsufficientInfo => "Insufficient info",
    }
}

/// `DeviceCategory` and `DeviceType`.
fn category(family: Family) -> (&'static str, &'static str) {
    match family {
        Family::Windows | Family::Mac => ("Endpoint", "Workstation"),
        Family::Server | Family::Linux => ("Endpoint", "Server"),
        Family::Ios | Family::Android => ("Endpoint", "Mobile"),
        Family::Network => ("NetworkDevice", "NetworkDevice"),
        Family::Iot => ("IoT", "Printer"),
    }
}

fn write(device: &Device<'_>, period: Period, out: &mut Vec<u8>) {
    let seen = device.last_seen(period);
    let hardware = device.hardware_facts(period);
    let (kind, device_type) = category(device.family());
    let is_linux = device.family() == Family::Linux;
    let machine = device.virtual_machine();
    let mut row = Object::open(out);
    sevenths(row.name("Timestamp"), seen);
    row.text("DeviceId", &device.id());
    row.text("DeviceName", device.name().as_deref().unwrap_or_default());
    row.text("ClientVersion", device.agent_version(period).as_deref().unwrap_or_default());
    row.text("PublicIP", &device.last_external_ip(period).map(|ip| ip.to_string()).unwrap_or_default());
    row.text("OSArchitecture", device.architecture().map_or("", |(_, word, _)| word));
    // The distribution has a column of its own here.
    row.text("OSPlatform", if is_linux { "Linux" } else { device.platform().name });
    match device.release().build {
        Some(build) => row.number("OSBuild", build),
        None => row.null("OSBuild"),
    }
    row.text("OSVersion", device.release().full);
    row.text("OSVersionInfo", device.release().version);
    row.text("OSDistribution", if is_linux { device.platform().name } else { "" });
    match device.is_joined() {
        Some(joined) => bit(&mut row, "IsAzureADJoined", joined),
        None => row.null("IsAzureADJoined"),
    }
    row.text("JoinType", if device.is_joined() == Some(true) { "AAD Joined" } else { "" });
    row.text("AadDeviceId", device.entra_device_id().as_deref().unwrap_or_default());
    row.encoded("LoggedOnUsers", |out| {
        list(out, device.logons(period), |logon, out| {
            let (domain, name) = device.logon_name(logon.who);
            nested(out, |user| {
                user.text("UserName", &name);
                user.text("DomainName", &domain);
                user.text("Sid", device.logon_sid(logon.who).as_deref().unwrap_or_default());
            });
        });
    });
    row.text("RegistryDeviceTag", "");
    row.encoded("DeviceManualTags", |out| list(out, device.tags(period), |tag, out| string(out, tag)));
    row.text("DeviceDynamicTags", "[]");
    row.text("MachineGroup", device.group(period).map_or("", |group| group.name));
    row.text("OnboardingStatus", onboarding(device.onboarding(period)));
    row.text("SensorHealthState", device.health(period));
    row.text("DeviceCategory", kind);
    row.text("DeviceType", device_type);
    row.text("DeviceSubtype", "");
    row.text("Model", hardware.as_ref().map_or("", |hardware| hardware.model));
    row.text("Vendor", hardware.as_ref().map_or("", |hardware| hardware.manufacturer));
    let absorbed = device.absorbed(period).map(|absorbed| format!("[\"{}\"]", absorbed.id()));
    row.text("MergedDeviceIds", absorbed.as_deref().unwrap_or_default());
    row.text("MergedToDeviceId", device.survivor_id(period).as_deref().unwrap_or_default());
    bit(&mut row, "IsInternetFacing", device.family() == Family::Server && device.draw().at("facing").chance(100));
    bit(&mut row, "IsExcluded", device.exclusion().is_some());
    row.text("ExclusionReason", device.exclusion().unwrap_or_default());
    row.text("ExposureLevel", device.exposure(period).unwrap_or_default());
    row.text("AssetValue", device.value().unwrap_or_default());
    row.text("ConnectivityType", "");
    row.text("HostDeviceId", "");
    row.text("CloudPlatforms", if machine.is_some() { "[\"Azure\"]" } else { "" });
    row.text("AzureVmId", machine.as_ref().map_or("", |machine| machine.id.as_str()));
    row.text("AzureVmSubscriptionId", machine.as_ref().and_then(|vm| vm.subscription.as_deref()).unwrap_or_default());
    row.text("AzureResourceId", machine.as_ref().map_or("", |machine| machine.resource_id.as_str()));
    row.number("ReportId", device.draw().at("report id").below(1 << 40));
    row.close();
}
