//! Counts over all devices of a period, for the numbers in catalogues.

use super::advice::Advice;
use super::weakness::Weakness;
use std::collections::BTreeMap;

/// Counts over all devices of a period.
#[derive(Debug, Default)]
pub struct Census {
    /// Devices that report.
    pub(super) devices: u32,
    /// Devices that run each version of a product.
    pub(super) versions: BTreeMap<(u32, u32), u32>,
    /// Devices that have each product, and devices that have a weakness of it.
    pub(super) installed: Vec<u32>,
    pub(super) exposed: Vec<u32>,
    /// Devices to which each setting applies, and devices that fail it.
    pub(super) applicable: Vec<u32>,
    pub(super) failing: Vec<u32>,
    /// Every weakness that a device has, in order, with the number of devices.
    pub(super) weaknesses: Vec<(Weakness, u32)>,
}

impl Census {
    /// Devices that report.
    #[must_use]
    pub fn devices(&self) -> u32 {
        self.devices
    }

    /// Releases of a product that are in use, each with the number of devices that run it.
    pub fn releases(&self, product: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.versions.range((product, 0)..=(product, u32::MAX)).map(|((_, release), devices)| (*release, *devices))
    }

    /// Devices that have a product.
    #[must_use]
    pub fn installed(&self, product: u32) -> u32 {
        self.installed.get(product as usize).copied().unwrap_or(0)
    }

    /// Devices that a recommendation concerns.
    #[must_use]
    pub fn exposed(&self, advice: Advice) -> u32 {
        match advice {
            Advice::Product(index) => self.exposed.get(index as usize).copied().unwrap_or(0),
            Advice::Configuration(index) => self.failing.get(index as usize).copied().unwrap_or(0),
        }
    }

    /// Devices that a recommendation could concern.
    #[must_use]
    pub fn total(&self, advice: Advice) -> u32 {
        match advice {
            Advice::Product(index) => self.installed(index),
            Advice::Configuration(index) => self.applicable.get(index as usize).copied().unwrap_or(0),
        }
    }

    /// Every weakness that a device has, in order, with the number of such devices.
    #[must_use]
    pub fn weaknesses(&self) -> &[(Weakness, u32)] {
        &self.weaknesses
    }

    /// Devices that have a weakness.
    #[must_use]
    pub fn affected(&self, weakness: &Weakness) -> u32 {
        let place = self.weaknesses.binary_search_by_key(&weakness.key(), |(known, _)| known.key());
        place.map_or(0, |place| self.weaknesses[place].1)
    }
}
