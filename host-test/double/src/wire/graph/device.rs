//! `/devices` and `/devices/delta`. `deviceId`, not `id`, is what Defender and Intune know.

use super::change::Kind;
use crate::model::{DirectoryDevice, Tenant};
use crate::period::Period;
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Each;
use crate::wire::json::Object;
use crate::wire::time::seconds;
use std::sync::Arc;

/// Devices that are joined or registered.
pub const DIRECTORY_DEVICES: Collection = Collection { context: "devices", open };

/// Devices that were made, changed or removed.
pub const DIRECTORY_DEVICE_CHANGES: Collection =
    Collection { context: "devices", open: |tenant, query| KIND.changes(tenant, query) };

const KIND: Kind = Kind {
    count: Tenant::directory_device_count,
    standing: Tenant::standing_of_directory_device,
    id: Tenant::directory_device_id,
    write: |tenant, index, period, out| {
        if let Some(device) = tenant.directory_device(index, period) {
            write(tenant, period, &device, out);
        }
    },
};

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<DirectoryDevice>| {
        list.extend(tenant.directory_device(index, period));
    };
    Each::open(tenant, query, tenant.directory_device_count(query.period), load, write)
}

fn write(_: &Tenant, _: Period, device: &DirectoryDevice, out: &mut Vec<u8>) {
    let mut row = Object::open(out);
    row.text("id", &device.object_id);
    row.null("deletedDateTime");
    row.flag("accountEnabled", device.is_enabled);
    seconds(row.name("approximateLastSignInDateTime"), device.last_sign_in);
    row.null("complianceExpirationDateTime");
    seconds(row.name("createdDateTime"), device.registered);
    row.text("deviceId", &device.device_id);
    row.null("deviceMetadata");
    row.null("deviceOwnership");
    row.name("deviceVersion").push(b'2');
    row.text("displayName", &device.name);
    row.optional_flag("isCompliant", device.is_compliant);
    row.optional_flag("isManaged", device.is_managed);
    row.optional("manufacturer", device.hardware.as_ref().map(|hardware| hardware.manufacturer));
    row.optional("model", device.hardware.as_ref().map(|hardware| hardware.model));
    row.optional("mdmAppId", device.is_managed.map(|_| "0000000a-0000-0000-c000-000000000000"));
    row.optional_flag("onPremisesSyncEnabled", (device.trust == "ServerAd").then_some(true));
    row.text("operatingSystem", device.system);
    row.text("operatingSystemVersion", device.system_version);
    let ids = [format!("[USER-GID]:{}:6755399", device.object_id), format!("[GID]:g:{}", device.device_id)];
    row.texts("physicalIds", ids.iter().map(String::as_str));
    row.text("profileType", "RegisteredDevice");
    seconds(row.name("registrationDateTime"), device.registered);
    row.texts("systemLabels", []);
    row.text("trustType", device.trust);
    row.close();
}
