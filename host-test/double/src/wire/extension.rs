//! `BrowserExtensionsInventoryByMachine`: alone among the exports its members begin with capitals.

use super::collection::{Collection, Query, Rows};
use super::device::UNASSIGNED;
use super::each::Each;
use super::json::{Object, nested};
use super::time::millis;
use crate::draw::Draw;
use crate::model::{Device, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Extensions of browsers on all devices.
pub const BROWSER_EXTENSIONS: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.AssetBrowserExtension)", open };

/// Name, description and risk.
const EXTENSIONS: [(&str, &str, &str); 7] = [
    ("Reading Glasses", "Makes pages easier to read", "Low"),
    ("Übersetzer", "Übersetzt Seiten", "Medium"),
    ("Pop-up \"Guard\"", "", "None"),
    ("Password Drawer", "Keeps secrets", "High"),
    ("Screen Clip", "Clips the screen\nand shares it", "Critical"),
    ("Offline Notes", "Notes without a network", "None"),
    ("メモ帳", "ブラウザのメモ", "Low"),
];

const PERMISSIONS: [(&str, &str); 4] =
    [("tabs", "Low"), ("<all_urls>", "High"), ("cookies", "Medium"), ("webRequestBlocking", "Critical")];

/// An extension in a browser of a device.
struct Extension {
    device: u32,
    place: u64,
    browser: &'static str,
}

fn draw(device: &Device<'_>, browser: &str, place: u64) -> Draw {
    device.draw().at("extension").at(browser).nth(place)
}

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Each::of_device(tenant, query, load, write)
}

fn load(tenant: &Tenant, index: u32, period: Period, list: &mut Vec<Extension>) {
    let device = tenant.device(index);
    if !device.is_reporting(period) || !device.family().is_windows() {
        return;
    }
    for browser in ["chrome", "edge_chromium-based", "firefox"] {
        for place in 0..EXTENSIONS.len() as u64 {
            let draw = draw(&device, browser, place);
            let is_there = draw.at("since").between(-400, 200) <= device.life().known(period);
            if draw.chance(180) && is_there {
                list.push(Extension { device: index, place, browser });
            }
        }
    }
}

fn write(tenant: &Tenant, period: Period, extension: &Extension, out: &mut Vec<u8>) {
    let device = tenant.device(extension.device);
    let draw = draw(&device, extension.browser, extension.place);
    let (name, description, risk) = EXTENSIONS[extension.place as usize];
    // The id of an extension is the same on every device.
    let id = tenant.root().at("extension").at(extension.browser).nth(extension.place);
    let letters = (0..32).map(|place| char::from(b'a' + id.nth(place).below(16) as u8)).collect::<String>();
    let group = device.group(period);
    let mut row = Object::open(out);
    row.text("DeviceId", &device.id());
    row.optional("DeviceName", device.name().as_deref());
    row.number("RbacGroupId", group.map_or(0, |group| group.id));
    row.text("RbacGroupName", group.map_or(UNASSIGNED, |group| group.name));
    let since = draw.at("since").between(-400, 200);
    millis(
        row.name("InstallationTime"),
        crate::model::Moment::start_of(since).after(draw.at("second").between(0, 20_000)),
    );
    row.text("BrowserName", extension.browser);
    row.text("ExtensionId", &letters);
    row.text("ExtensionName", name);
    row.text("ExtensionDescription", description);
    row.text("ExtensionVersion", &format!("{}.{}.0", 1 + draw.at("major").below(9), draw.at("minor").below(30)));
    row.text("ExtensionRisk", risk);
    row.flag("IsActivated", !draw.at("off").chance(150));
    let permissions = PERMISSIONS.iter().zip(0..).filter(|(_, place)| id.at("may").nth(*place).chance(500));
    row.list("Permissions", permissions, |((permission, risk), place), out| {
        nested(out, |row| {
            row.text("Id", permission);
            row.flag("IsRequired", id.at("required").nth(place).chance(700));
            row.text("Risk", risk);
        });
    });
    row.close();
}
