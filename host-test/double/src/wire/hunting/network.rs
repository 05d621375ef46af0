//! `DeviceNetworkInfo`: a row for each interface that has a MAC address.

use crate::model::{Address, Tenant, WIRELESS};
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Each;
use crate::wire::json::{Object, list, nested};
use crate::wire::time::sevenths;
use std::net::IpAddr;
use std::sync::Arc;

/// Interfaces of all devices with an agent.
pub const DEVICE_NETWORK_INFO: Collection = Collection { context: "DeviceNetworkInfo", open };

/// An interface with its addresses, of a device.
struct Interface {
    device: u32,
    mac: u64,
    addresses: Vec<Address>,
}

/// Bits of the network in an address.
fn prefix(ip: IpAddr) -> u32 {
    if ip.is_ipv4() { 24 } else { 64 }
}

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period: crate::period::Period, list: &mut Vec<Interface>| {
        let device = tenant.device(index);
        if !device.is_reporting(period) {
            return;
        }
        for address in device.addresses(period) {
            let Some(mac) = address.mac.filter(|mac| *mac != 0) else { continue };
            match list.iter_mut().find(|interface| interface.mac == mac) {
                Some(interface) => interface.addresses.push(address),
                None => list.push(Interface { device: index, mac, addresses: vec![address] }),
            }
        }
    };
    Each::of_device(tenant, query, load, |tenant, period, interface, out| {
        let device = tenant.device(interface.device);
        let first = interface.addresses.first();
        let mut row = Object::open(out);
        sevenths(row.name("Timestamp"), device.last_seen(period));
        row.text("DeviceId", &device.id());
        row.text("DeviceName", device.name().as_deref().unwrap_or_default());
        row.text("NetworkAdapterName", &format!("{{{}}}", device.draw().at("adapter").nth(interface.mac).guid()));
        row.text("MacAddress", &format!("{:012X}", interface.mac));
        // The word of .NET here.
        let kind = first.and_then(|address| address.interface).unwrap_or_default();
        row.text("NetworkAdapterType", if kind == WIRELESS { "Wireless80211" } else { kind });
        row.text("NetworkAdapterStatus", first.map_or("", |address| address.status));
        row.text("TunnelType", "None");
        row.encoded("ConnectedNetworks", |out| {
            list(out, ["corp.example"], |name, out| {
                nested(out, |network| {
                    network.text("Name", name);
                    network.text("Category", "Domain");
                    network.flag("IsConnectedToInternet", true);
                });
            });
        });
        row.text("DnsAddresses", "[\"10.0.0.2\",\"10.0.0.3\"]");
        row.text("IPv4Dhcp", "10.0.0.1");
        row.text("IPv6Dhcp", "");
        row.text("DefaultGateways", "[\"10.0.0.1\"]");
        row.encoded("IPAddresses", |out| {
            list(out, &interface.addresses, |address, out| {
                nested(out, |row| {
                    row.text("IPAddress", &address.ip.to_string());
                    row.number("SubnetPrefix", prefix(address.ip));
                    row.text("AddressType", "Private");
                });
            });
        });
        row.text("NetworkAdapterVendor", "Fjord Devices");
        row.number("ReportId", device.draw().at("report id").below(1 << 40));
        row.close();
    })
}
