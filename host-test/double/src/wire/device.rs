//! What rows of different exports say of their device.

use super::json::Object;
use crate::model::Device;
use crate::period::Period;

/// The name of the group that is none.
pub(super) const UNASSIGNED: &str = "Unassigned";

/// The members about the device that rows of an export begin with.
pub(super) fn write_device(row: &mut Object<'_>, device: &Device<'_>, period: Period, unassigned: &str) {
    let group = device.group(period);
    row.text("deviceId", &device.id());
    row.number("rbacGroupId", group.map_or(0, |group| group.id));
    row.text("rbacGroupName", group.map_or(unassigned, |group| group.name));
    row.optional("deviceName", device.name().as_deref());
    row.text("osPlatform", device.platform().name);
}
