//! `HardwareFirmwareInventoryByMachine`: the only export with make and model. `additionalFields` is JSON in a string.

use super::collection::{Collection, Query, Rows};
use super::device::{UNASSIGNED, write_device};
use super::each::Each;
use super::json::{Object, nested};
use crate::model::{Hardware, Tenant};
use std::sync::Arc;

/// Components of all devices.
pub const HARDWARE_FIRMWARE: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.AssetHardwareFirmware)", open };

/// A kind of component of a device.
struct Component {
    device: u32,
    kind: &'static str,
    hardware: Hardware,
}

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<Component>| {
        let device = tenant.device(index);
        let facts =
            device.hardware_facts(period).filter(|_| device.is_reporting(period) && !device.family().is_mobile());
        if let Some(hardware) = facts {
            let kinds = ["Hardware", "Bios", "Processor"];
            list.extend(kinds.map(|kind| Component { device: index, kind, hardware: hardware.clone() }));
        }
    };
    Each::of_device(tenant, query, load, |tenant, period, component, out| {
        let Component { device, kind, hardware } = component;
        let (maker, name, version) = match *kind {
            "Hardware" => (hardware.manufacturer, hardware.model, None),
            "Bios" => (hardware.manufacturer, "System firmware", Some(hardware.firmware.as_str())),
            _ => ("Cobaltworks", hardware.processor, None),
        };
        let mut row = Object::open(out);
        write_device(&mut row, &tenant.device(*device), period, UNASSIGNED);
        row.text("componentType", kind);
        row.text("manufacturer", maker);
        row.text("componentName", name);
        row.optional("componentVersion", version);
        row.encoded("additionalFields", |out| {
            nested(out, |fields| match *kind {
                "Hardware" => {
                    fields.text("SystemSKU", &format!("SKU-{}", hardware.model));
                    fields.text("BaseBoardManufacturer", hardware.manufacturer);
                    fields.text("BaseBoardProduct", hardware.model);
                    fields.text("BaseBoardVersion", "1.0");
                    fields.text("DeviceFamily", hardware.line);
                }
                "Bios" => fields.text("ReleaseDate", "2025-03-14"),
                _ => fields.text("NumberOfCores", "8"),
            });
        });
        row.close();
    })
}
