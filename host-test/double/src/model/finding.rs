//! Weaknesses on a device: they follow from the versions of products on it.

use super::device::Device;
use super::install::Install;
use super::moment::Moment;
use super::product::Product;
use super::weakness::Weakness;
use crate::period::Period;

/// A row of the vulnerability export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The version of a product that has it.
    pub install: Install,
    /// What is wrong with it; nothing for software that is listed though nothing is known to be wrong.
    pub weakness: Option<Weakness>,
}

impl Device<'_> {
    /// Rows of the vulnerability export about the device, by product and release.
    #[must_use]
    pub fn findings(&self, period: Period) -> Vec<Finding> {
        let mut list = Vec::new();
        for install in self.installs(period) {
            self.list_findings(install, period, &mut list);
        }
        list
    }

    /// Adds the rows of one version of a product.
    pub fn list_findings(&self, install: Install, period: Period, list: &mut Vec<Finding>) {
        let catalogue = self.tenant.catalogue();
        let product = &catalogue.products()[install.product as usize];
        let before = list.len();
        let weaknesses = catalogue.weaknesses(product, install.release, period);
        list.extend(weaknesses.map(|weakness| Finding { install, weakness: Some(weakness) }));
        if list.len() == before && catalogue.is_listed_without_weakness(product) {
            list.push(Finding { install, weakness: None });
        }
    }

    /// The products on the device that have a weakness.
    pub fn list_exposed(&self, installs: &[Install], period: Period, exposed: &mut Vec<u32>) {
        exposed.clear();
        let catalogue = self.tenant.catalogue();
        for install in installs {
            let product = &catalogue.products()[install.product as usize];
            let is_new = exposed.last() != Some(&install.product);
            if is_new && catalogue.weaknesses(product, install.release, period).next().is_some() {
                exposed.push(install.product);
            }
        }
    }

    /// Whether the device has a weakness of a product.
    #[must_use]
    pub fn is_exposed_by(&self, product: &Product, period: Period, scratch: &mut Vec<Install>) -> bool {
        self.list_installs_of(product, period, scratch);
        let catalogue = self.tenant.catalogue();
        scratch.iter().any(|install| catalogue.weaknesses(product, install.release, period).next().is_some())
    }

    /// Whether the device has a weakness, because of whichever product.
    #[must_use]
    pub fn has(&self, weakness: &Weakness, period: Period, scratch: &mut Vec<Install>) -> bool {
        let catalogue = self.tenant.catalogue();
        let base = &catalogue.bases()[weakness.base as usize];
        catalogue.products().iter().filter(|product| product.base == base.index).any(|product| {
            self.list_installs_of(product, period, scratch);
            scratch.iter().any(|install| weakness.affects(product, base.is_shared, install.release, period.tick()))
        })
    }

    /// `firstSeenTimestamp`: when the weakness, the product and a release with the weakness had all come together.
    /// An upgrade that stays vulnerable does not move it.
    #[must_use]
    pub fn first_found(&self, finding: &Finding) -> Moment {
        let install = &finding.install;
        let tick = match &finding.weakness {
            None => install.since,
            Some(weakness) => weakness.known().max(self.reached(install, weakness.introduced_in())),
        };
        let jitter = self.draw.nth(u64::from(install.product)).bits() % 21_600;
        Moment::start_of(tick).before(jitter as i64)
    }
}
