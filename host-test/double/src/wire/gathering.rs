//! `InfoGatheringExport`: one row for each device, whose keys are open-ended. There is no form of it but files.

use super::collection::{Collection, Query, Rows};
use super::device::UNASSIGNED;
use super::each::Devices;
use super::json::Object;
use super::time::iso;
use crate::model::{Device, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// What was gathered on all devices.
pub const INFO_GATHERING: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.AssetInfoGathering)", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Devices::open(tenant, query, |device, period| device.is_reporting(period) && !device.family().is_mobile(), write)
}

fn write(device: &Device<'_>, period: Period, out: &mut Vec<u8>) {
    let seen = device.last_seen(period);
    let draw = device.draw().at("gathered");
    let group = device.group(period);
    let mut row = Object::open(out);
    iso(row.name("Timestamp"), seen);
    iso(row.name("LastSeenTime"), seen);
    row.text("DeviceId", &device.id());
    row.optional("DeviceName", device.name().as_deref());
    row.text("OSPlatform", device.platform().name);
    row.number("RbacGroupId", group.map_or(0, |group| group.id));
    row.text("RbacGroupName", group.map_or(UNASSIGNED, |group| group.name));
    row.object("DeviceGatheredInfo", |info| {
        if device.family().is_windows() {
            info.text("AvMode", draw.at("mode").one(&["0", "0", "0", "1", "4"]));
            info.text("AvEngineVersion", &format!("1.1.{}.4", 24_000 + (seen.tick() + 4000) / 120 * 10));
            iso(info.name("AvSignatureUpdateTime"), seen.before(7200));
            info.text("IsWindowsRecallEnabled", draw.at("recall").one(&["false", "true"]));
        }
        info.flag("CloudProtection", !draw.at("cloud").chance(100));
        if draw.at("rare").chance(200) {
            info.text("SpringAppExposed", "{\"port\":8080}");
            info.null("EBPFStatus");
        }
    });
    row.close();
}
