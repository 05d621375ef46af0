//! `/api/deviceavinfo`: the health of the antivirus. Numbers and booleans come as strings.

use super::collection::{Collection, Query, Rows};
use super::each::Devices;
use super::json::Object;
use super::time::iso;
use crate::model::{Device, Family, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Antivirus of all devices on which it can run.
pub const ANTIVIRUS: Collection = Collection { context: "DeviceAvInfo", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Devices::open(tenant, query, |device, period| device.is_reporting(period) && !device.family().is_mobile(), write)
}

/// `avMode`: a number in a string, nothing for whatever has none.
fn mode(device: &Device<'_>, period: Period) -> &'static str {
    match (device.antivirus(period), device.draw().at("av mode").below(20)) {
        (Some("Disabled"), _) => "2",
        (None, _) => "",
        (_, 0..=1) => "1",
        (_, 2) => "4",
        (_, 3) => "5",
        _ => "0",
    }
}

fn write(device: &Device<'_>, period: Period, out: &mut Vec<u8>) {
    let draw = device.draw().at("antivirus");
    let id = device.id();
    let seen = device.last_seen(period);
    let is_current = match device.antivirus(period) {
        Some("NotUpdated") => "False",
        Some("Unknown") | None => "Unknown",
        _ => "True",
    };
    let stage = (seen.tick() + 4000) / 4;
    let mut row = Object::open(out);
    row.text("id", &id);
    row.text("machineId", &id);
    row.optional("computerDnsName", device.name().as_deref());
    let kind = match device.family() {
        Family::Windows | Family::Server => "windows",
        Family::Mac => "mac",
        _ => "linux",
    };
    row.text("osKind", kind);
    // This table alone writes it with a space.
    row.text("osPlatform", &device.platform().name.replacen("Windows1", "Windows 1", 1));
    row.text("osVersion", device.release().full);
    row.text("avMode", mode(device, period));
    row.text("avSignatureVersion", &format!("1.421.{stage}.0"));
    row.text("avEngineVersion", &format!("1.1.{}.4", 24_000 + stage / 30 * 10));
    row.text("avPlatformVersion", &format!("4.18.{}.7", 24_000 + stage / 30 * 10));
    for (name, days) in [
        ("avSignatureUpdateTime", 0),
        ("avEngineUpdateTime", 12),
        ("avPlatformUpdateTime", 20),
        ("avSignaturePublishTime", 1),
    ] {
        iso(row.name(name), seen.before(days * 86_400 + draw.at(name).between(60, 9000)));
    }
    row.text("avIsSignatureUpToDate", is_current);
    row.text("avIsEngineUpToDate", if draw.at("engine").chance(80) { "False" } else { is_current });
    row.text("avIsPlatformUpToDate", is_current);
    for (result, error, time) in
        [("quickScanResult", "quickScanError", "quickScanTime"), ("fullScanResult", "fullScanError", "fullScanTime")]
    {
        let scan = draw.at(result);
        let (word, code) = match scan.below(10) {
            0..=1 => ("", ""),
            2 => ("Canceled", ""),
            3 => ("Failed", "0x80508023"),
            _ => ("Completed", ""),
        };
        row.text(result, word);
        row.text(error, code);
        match word.is_empty() {
            true => row.null(time),
            false => iso(row.name(time), seen.before(scan.at("age").between(600, 700_000))),
        }
    }
    iso(row.name("lastSeenTime"), seen);
    iso(row.name("dataRefreshTimestamp"), seen.after(600));
    iso(row.name("avSignatureDataRefreshTime"), seen.after(300));
    iso(row.name("avModeDataRefreshTime"), seen.after(300));
    row.text("cloudProtectionState", draw.at("cloud").one(&["Enabled", "Enabled", "Disabled", ""]));
    let group = device.group(period);
    row.optional("rbacGroupName", group.map(|group| group.name));
    row.number("rbacGroupId", group.map_or(0, |group| group.id));
    row.close();
}
