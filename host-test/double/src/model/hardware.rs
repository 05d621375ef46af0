//! Make and model of a device, whose it is, and which record it took in.

use super::device::Device;
use super::logon::Who;
use super::platform::Family;
use super::tenant::Tenant;
use crate::period::Period;

/// What a device is made of. Records of one device share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hardware {
    /// Who made it.
    pub manufacturer: &'static str,
    /// What the maker calls it.
    pub model: &'static str,
    /// Product line.
    pub line: &'static str,
    /// Serial number; the same placeholder for many cheap boards.
    pub serial: String,
    /// Version of the firmware.
    pub firmware: String,
    /// Name of the processor.
    pub processor: &'static str,
}

const DESKS: [(&str, &str, &str); 4] = [
    ("Basalt Computers", "Slab 14 G3", "Slab"),
    ("Fjord Devices", "Fjordbook 840", "Fjordbook"),
    ("Halcyon Systems", "H-Tower \"Pro\"", "H-Tower"),
    ("Basalt Computers", "Slab Mini", "Slab"),
];
const RACKS: [(&str, &str, &str); 2] =
    [("Ironbark Servers", "Bark R740", "Bark"), ("Halcyon Systems", "H-Rack 2U", "H-Rack")];

impl Device<'_> {
    /// Make and model; none for what was only discovered.
    #[must_use]
    pub fn hardware_facts(&self, period: Period) -> Option<Hardware> {
        if self.life().onboarded > period.tick() {
            return None;
        }
        let draw = self.hardware.at("make");
        let (manufacturer, model, line) = match self.family() {
            _ if self.virtual_machine().is_some() => ("Microsoft Corporation", "Virtual Machine", "Virtual Machine"),
            Family::Windows => draw.one(&DESKS),
            Family::Mac => ("Apple", "MacBookPro18,3", "MacBook Pro"),
            Family::Ios => ("Apple", "iPhone 15", "iPhone"),
            Family::Android => ("Nightjar", "Nightjar N7", "N"),
            _ => draw.one(&RACKS),
        };
        let serial = match draw.at("placeholder").chance(40) {
            true => "To be filled by O.E.M.".to_owned(),
            false => format!("{:010X}", draw.at("serial").below(1 << 40)),
        };
        let firmware = format!("{}.{}.0", 1 + draw.at("bios").below(3), draw.at("bios minor").below(30));
        let processor = match self.architecture() {
            Some(("arm64", ..)) => "arm64 at 3.2 GHz",
            _ => "x64 at 2.6 GHz",
        };
        Some(Hardware { manufacturer, model, line, serial, firmware, processor })
    }

    /// Number of the account that the device belongs to: its first resident, or whoever carries a telephone.
    #[must_use]
    pub fn owner(&self, period: Period) -> Option<u32> {
        let users = u64::from(self.tenant.shape().users);
        if self.family().is_mobile() {
            return (users > 0 && self.is_reporting(period)).then(|| self.hardware.at("carrier").below(users) as u32);
        }
        self.logons(period).iter().find_map(|logon| match logon.who {
            Who::Directory(index) => Some(index),
            Who::Local { .. } => None,
        })
    }
}

impl<'t> Device<'t> {
    /// The tenant it belongs to.
    #[must_use]
    pub fn tenant(&self) -> &'t Tenant {
        self.tenant
    }

    /// The record that was merged into this one, if it is still listed.
    #[must_use]
    pub fn absorbed(&self, period: Period) -> Option<Device<'t>> {
        let next = self.index().checked_add(1).filter(|next| *next < self.tenant.device_count(period))?;
        let next = self.tenant.device(next);
        (next.merged_into(period) == Some(self.index()) && next.is_listed(period)).then_some(next)
    }
}
