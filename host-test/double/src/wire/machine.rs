//! `/api/machines` and `/api/machines/{id}`.
//!
//! Members and their order as recorded; `osVersion` is always null, `rbacGroupId` is a number, and some rows have no
//! `defenderAvStatus`.

use super::collection::{Collection, Query, Rows};
use super::json::{Object, string};
use super::time::iso;
use super::walk::{Items, Listing, Walk};
use crate::model::{Address, Device, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Every listed device, in order of ids.
pub const MACHINES: Collection = Collection {
    context: "Machines",
    open: |tenant, query| {
        let order = tenant.by_id(query.period);
        Walk::open(Machines { tenant: Arc::clone(tenant), period: query.period, order, index: 0 }, query)
    },
};

/// The device with an id or a computer name.
pub const MACHINE: Collection = Collection { context: "Machines", open: one };

fn one(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let id = query.subject.to_ascii_lowercase();
    let by_id = tenant.device_by_id(&id, query.period);
    let device = by_id.or_else(|| tenant.device_by_name(&id, query.period))?;
    Items::open(tenant, query, vec![device.index()], |tenant, period, index, out| {
        write(&tenant.device(*index), period, out);
    })
}

struct Machines {
    tenant: Arc<Tenant>,
    period: Period,
    order: Arc<[u32]>,
    /// Number of the loaded device.
    index: u32,
}

impl Listing for Machines {
    fn load(&mut self, subject: u32) -> Option<u32> {
        self.index = *self.order.get(subject as usize)?;
        Some(u32::from(self.tenant.device(self.index).is_listed(self.period)))
    }

    fn write(&mut self, _row: u32, out: &mut Vec<u8>) {
        write(&self.tenant.device(self.index), self.period, out);
    }
}

pub(super) fn write(device: &Device<'_>, period: Period, out: &mut Vec<u8>) {
    let mut row = Object::open(out);
    row.text("id", &device.id());
    row.optional("mergedIntoMachineId", device.survivor_id(period).as_deref());
    row.flag("isPotentialDuplication", device.is_potential_duplicate(period));
    row.flag("isExcluded", device.exclusion().is_some());
    row.optional("exclusionReason", device.exclusion());
    row.optional("computerDnsName", device.name().as_deref());
    iso(row.name("firstSeen"), device.first_seen());
    iso(row.name("lastSeen"), device.last_seen(period));
    row.text("osPlatform", device.platform().name);
    row.null("osVersion");
    let architecture = device.architecture();
    row.optional("osProcessor", architecture.map(|(processor, ..)| processor));
    row.text("version", device.release().version);
    row.optional("lastIpAddress", device.last_ip(period).map(|ip| ip.to_string()).as_deref());
    row.optional("lastExternalIpAddress", device.last_external_ip(period).map(|ip| ip.to_string()).as_deref());
    row.optional("agentVersion", device.agent_version(period).as_deref());
    match device.release().build {
        Some(build) => row.number("osBuild", build),
        None => row.null("osBuild"),
    }
    row.text("healthStatus", device.health(period));
    row.optional("deviceValue", device.value());
    let group = device.group(period);
    row.number("rbacGroupId", group.map_or(0, |group| group.id));
    row.optional("rbacGroupName", group.map(|group| group.name));
    row.optional("riskScore", device.risk(period));
    row.optional("exposureLevel", device.exposure(period));
    row.optional_flag("isAadJoined", device.is_joined());
    row.optional("aadDeviceId", device.entra_device_id().as_deref());
    row.texts("machineTags", device.tags(period));
    if let Some(status) = device.antivirus(period) {
        row.text("defenderAvStatus", status);
    }
    row.text("onboardingStatus", device.onboarding(period).as_str());
    row.optional("osArchitecture", architecture.map(|(_, architecture, _)| architecture));
    let (manager, status) = device.management(period);
    row.text("managedBy", manager);
    row.text("managedByStatus", status);
    let list = row.name("ipAddresses");
    list.push(b'[');
    for (place, address) in device.addresses(period).iter().enumerate() {
        if place > 0 {
            list.push(b',');
        }
        write_address(address, list);
    }
    list.push(b']');
    match device.virtual_machine() {
        None => row.null("vmMetadata"),
        Some(machine) => {
            let mut metadata = Object::open(row.name("vmMetadata"));
            metadata.text("vmId", &machine.id);
            metadata.text("cloudProvider", "Azure");
            metadata.text("resourceId", &machine.resource_id);
            metadata.optional("subscriptionId", machine.subscription.as_deref());
            metadata.close();
        }
    }
    row.close();
}

fn write_address(address: &Address, out: &mut Vec<u8>) {
    let mut row = Object::open(out);
    row.text("ipAddress", &address.ip.to_string());
    match address.mac {
        Some(mac) => string(row.name("macAddress"), &format!("{mac:012X}")),
        None => row.null("macAddress"),
    }
    row.optional("type", address.interface);
    row.text("operationalStatus", address.status);
    row.close();
}
