//! Network addresses of a device.

use super::device::Device;
use super::platform::Family;
use crate::draw::Draw;
use crate::period::Period;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An element of `ipAddresses`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// 48 bits of the interface; none for the loopback interface of Windows and for what was discovered without one.
    pub mac: Option<u64>,
    /// Kind of interface as the service declares it, mostly the name of .NET; none for what was only discovered.
    pub interface: Option<&'static str>,
    /// .NET name of its state.
    pub status: &'static str,
}

impl Address {
    /// Whether a collector should know of it: it is neither loopback nor unspecified, and its interface is no loopback.
    #[must_use]
    pub fn is_fact(&self) -> bool {
        !self.ip.is_loopback() && !self.ip.is_unspecified() && self.interface != Some(LOOPBACK)
    }
}

const LOOPBACK: &str = "SoftwareLoopback";

/// A wireless interface, as the metadata of the service declares it; .NET itself says `Wireless80211`.
pub(crate) const WIRELESS: &str = "IEEE80211";

impl Device<'_> {
    /// `ipAddresses`: every interface with every address, loopback and link-local ones included.
    #[must_use]
    pub fn addresses(&self, period: Period) -> Vec<Address> {
        let draw = self.hardware.at("address");
        let known = self.life().known(period);
        if self.life().onboarded > period.tick() {
            let mac = draw.at("seen").chance(600).then(|| mac(self.hardware));
            let ip = IpAddr::V4(lease(draw, known));
            return if draw.at("unknown").chance(100) {
                Vec::new()
            } else {
                vec![Address { ip, mac, interface: None, status: "Unknown" }]
            };
        }
        match self.family() {
            Family::Ios | Family::Android => Vec::new(),
            family if family.is_windows() => self.windows_addresses(draw, known),
            _ => self.unix_addresses(draw, known),
        }
    }

    /// `lastIpAddress`: mostly one of the list; for a device behind a tunnel it is not.
    #[must_use]
    pub fn last_ip(&self, period: Period) -> Option<IpAddr> {
        let draw = self.hardware.at("address");
        let is_tunnelled = draw.at("tunnel").chance(50);
        match self.addresses(period).iter().find(|address| address.is_fact()) {
            Some(_) if is_tunnelled => Some(IpAddr::V4(Ipv4Addr::new(
                172,
                20,
                draw.at("t3").below(256) as u8,
                draw.at("t4").below(254) as u8 + 1,
            ))),
            first => first.map(|address| address.ip),
        }
    }

    /// `lastExternalIpAddress`: a gateway that many devices share.
    #[must_use]
    pub fn last_external_ip(&self, period: Period) -> Option<IpAddr> {
        let is_managed = self.life().onboarded <= period.tick();
        is_managed.then(|| IpAddr::V4(Ipv4Addr::new(203, 0, 113, self.hardware.at("gateway").below(30) as u8 + 1)))
    }

    fn windows_addresses(&self, draw: Draw, known: i64) -> Vec<Address> {
        let is_server = self.family() == Family::Server;
        let docks = u64::from(self.tenant.shape().devices) / 20 + 1;
        // A dock has its own MAC address, and everybody who sits down at it reports that.
        let wired = match !is_server && draw.at("docked").chance(250) {
            true => mac(self.tenant.root().at("dock").nth(draw.at("dock").below(docks))),
            false => mac(self.hardware),
        };
        let up = |ip, mac| Address { ip, mac: Some(mac), interface: Some("Ethernet"), status: "Up" };
        let mut list = vec![up(IpAddr::V4(lease(draw, known)), wired), up(IpAddr::V6(link_local(wired)), wired)];
        if draw.at("global").chance(200) {
            list.push(up(IpAddr::V6(global(draw)), wired));
        }
        if !is_server {
            let wireless = mac(self.hardware.at("wireless"));
            let (ip, status) = match draw.at("wireless").below(3) {
                0 => (Ipv4Addr::new(169, 254, draw.at("a3").below(256) as u8, draw.at("a4").below(256) as u8), "Down"),
                1 => (Ipv4Addr::UNSPECIFIED, "Down"),
                // Everybody's router at home gives out the same few addresses.
                _ => (Ipv4Addr::new(192, 168, 1, draw.at("home").below(30) as u8 + 20), "Up"),
            };
            list.push(Address { ip: IpAddr::V4(ip), mac: Some(wireless), interface: Some(WIRELESS), status });
        }
        for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            list.push(Address { ip, mac: None, interface: Some(LOOPBACK), status: "Up" });
        }
        list
    }

    fn unix_addresses(&self, draw: Draw, known: i64) -> Vec<Address> {
        let own = mac(self.hardware);
        let ips = [
            (IpAddr::V4(lease(draw, known)), own),
            (IpAddr::V6(link_local(own)), own),
            (IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            (IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
        ];
        let address = |(ip, mac)| Address { ip, mac: Some(mac), interface: Some("Other"), status: "Up" };
        let mut list: Vec<_> = ips.map(address).into();
        if draw.at("containers").chance(300) {
            // The bridge of a container engine: the same address everywhere.
            list.push(address((IpAddr::V4(Ipv4Addr::new(172, 17, 0, 1)), mac(self.hardware.at("bridge")))));
        }
        list
    }
}

/// An address of the office network. Half of the devices get a new one every ten days.
fn lease(draw: Draw, known: i64) -> Ipv4Addr {
    let epoch = match draw.at("roams").chance(500) {
        true => (known + 100_000 + draw.at("phase").between(0, 40)).div_euclid(40),
        false => 0,
    };
    let draw = draw.at("lease").nth(epoch.unsigned_abs());
    Ipv4Addr::new(10, draw.nth(2).below(40) as u8, draw.nth(3).below(256) as u8, draw.nth(4).below(254) as u8 + 1)
}

fn mac(draw: Draw) -> u64 {
    // Locally administered and unicast, so that it is nobody's.
    (draw.at("mac").below(1 << 40)) | 0x0200_0000_0000
}

/// The address that an interface gives itself from its MAC address (RFC 4291, appendix A).
fn link_local(mac: u64) -> Ipv6Addr {
    let high = ((mac >> 24) ^ 0x02_0000) & 0xff_ffff;
    let low = mac & 0xff_ffff;
    let interface = high << 40 | 0xff_fe00_0000 | low;
    Ipv6Addr::from(0xfe80_u128 << 112 | u128::from(interface))
}

fn global(draw: Draw) -> Ipv6Addr {
    Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(draw.at("global").nth(1).bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_local_address_follows_from_the_mac() {
        assert_eq!(link_local(0x000d_3a9a_bb3a).to_string(), "fe80::20d:3aff:fe9a:bb3a");
    }
}
