//! Counts over all devices of a period, for the numbers in catalogues. One walk over the tenant, kept until another
//! period is asked for.

use super::codebase::REACH;
use super::{Advice, Install, Product, Tenant, Weakness};
use crate::period::Period;
use std::collections::{BTreeMap, HashMap};

/// Counts over all devices of a period.
#[derive(Debug, Default)]
pub struct Census {
    /// Devices that report.
    devices: u32,
    /// Devices that run each version of a product.
    versions: BTreeMap<(u32, u32), u32>,
    /// Devices that have each product, and devices that have a weakness of it.
    installed: Vec<u32>,
    exposed: Vec<u32>,
    /// Devices to which each setting applies, and devices that fail it.
    applicable: Vec<u32>,
    failing: Vec<u32>,
    /// Every weakness that a device has, in order, with the number of devices.
    weaknesses: Vec<(Weakness, u32)>,
}

impl Census {
    pub(super) fn take(tenant: &Tenant, period: Period) -> Self {
        let catalogue = tenant.catalogue();
        let (products, settings) = (catalogue.products().len(), catalogue.configurations().len());
        let mut census = Self {
            installed: vec![0; products],
            exposed: vec![0; products],
            applicable: vec![0; settings],
            failing: vec![0; settings],
            ..Self::default()
        };
        let mut counts: HashMap<(u32, u32, u32), (Weakness, u32)> = HashMap::new();
        let (mut installs, mut exposed, mut found) = (Vec::<Install>::new(), Vec::new(), Vec::<Weakness>::new());
        for device in tenant.devices(period).filter(|device| device.is_reporting(period)) {
            census.devices += 1;
            device.list_installs(period, &mut installs);
            found.clear();
            let mut last = None;
            for install in &installs {
                *census.versions.entry((install.product, install.release)).or_default() += 1;
                if last.replace(install.product) != Some(install.product) {
                    census.installed[install.product as usize] += 1;
                }
                let product = &catalogue.products()[install.product as usize];
                found.extend(catalogue.weaknesses(product, install.release, period));
            }
            device.list_exposed(&installs, period, &mut exposed);
            exposed.iter().for_each(|product| census.exposed[*product as usize] += 1);
            // A device has a weakness once, whatever number of products share it.
            found.sort_unstable();
            found.dedup();
            for weakness in &found {
                counts.entry(weakness.key()).or_insert((*weakness, 0)).1 += 1;
            }
            for (place, configuration) in catalogue.configurations().iter().enumerate() {
                if let Some(check) = device.check(configuration, period) {
                    census.applicable[place] += u32::from(check.is_applicable);
                    census.failing[place] += u32::from(!check.is_compliant);
                }
            }
        }
        census.weaknesses = counts.into_values().collect();
        census.weaknesses.sort_unstable_by_key(|(weakness, _)| weakness.key());
        census
    }

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

impl Tenant {
    /// Every weakness that a device has because of a product, in order.
    #[must_use]
    pub fn weaknesses_of(&self, product: &Product, period: Period) -> Vec<Weakness> {
        let census = self.census(period);
        let mut list: Vec<Weakness> = (census.releases(product.index))
            .flat_map(|(release, _)| self.catalogue().weaknesses(product, release, period))
            .collect();
        list.sort_unstable();
        list.dedup();
        list
    }

    /// Every weakness that anybody could know of in a period, in order: those that a device has, and recent ones of the
    /// same code that no device has.
    #[must_use]
    pub fn known_weaknesses(&self, period: Period) -> Vec<Weakness> {
        let census = self.census(period);
        let mut list: Vec<Weakness> = census.weaknesses().iter().map(|(weakness, _)| *weakness).collect();
        for base in self.catalogue().bases() {
            let recent = base.newest(period.tick()).saturating_sub(REACH);
            list.extend(base.after(recent, period.tick()).filter(|weakness| weakness.known() <= period.tick()));
        }
        list.sort_unstable();
        list.dedup();
        list
    }
}
