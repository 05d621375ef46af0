//! The walk over a tenant that counts its devices, and what follows from the counts. One walk for a period; the counts of
//! the last few are kept.

use super::census::Census;
use super::install::Install;
use super::product::Product;
use super::tenant::Tenant;
use super::weakness::{REACH, Weakness};
use crate::period::Period;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

/// Periods whose counts are kept: readers of an older snapshot must not have everything counted anew for each row.
const KEPT: usize = 4;

impl Tenant {
    /// The product `vendor-_-name`, if a device has it.
    #[must_use]
    pub fn product_in_use(&self, id: &str, period: Period) -> Option<&Product> {
        let product = self.catalogue().product_by_id(id)?;
        (self.census(period).installed(product.index) > 0).then_some(product)
    }

    /// Counts over all devices of a period. The first call for a period walks over the tenant.
    #[must_use]
    pub fn census(&self, period: Period) -> Arc<Census> {
        let mut kept = self.census.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, census)) = kept.iter().find(|(of, _)| *of == period) {
            return Arc::clone(census);
        }
        let census = Arc::new(take(self, period));
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((period, Arc::clone(&census)));
        census
    }

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

/// Counts everything that a period has.
fn take(tenant: &Tenant, period: Period) -> Census {
    let catalogue = tenant.catalogue();
    let (products, settings) = (catalogue.products().len(), catalogue.configurations().len());
    let mut census = Census {
        installed: vec![0; products],
        exposed: vec![0; products],
        applicable: vec![0; settings],
        failing: vec![0; settings],
        ..Census::default()
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
