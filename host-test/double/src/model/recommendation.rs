//! Which recommendations there are, and which devices they concern.

use super::advice::Advice;
use super::device::Device;
use super::tenant::Tenant;
use crate::period::Period;

impl Tenant {
    /// `va-_-<vendor>-_-<product>` or `sca-_-scid-<n>`.
    #[must_use]
    pub fn advice_id(&self, advice: Advice) -> String {
        match advice {
            Advice::Product(index) => format!("va-_-{}", self.catalogue().products()[index as usize].id()),
            Advice::Configuration(index) => {
                format!("sca-_-{}", self.catalogue().configurations()[index as usize].id())
            }
        }
    }

    /// The recommendation with an id, if there is one in a period.
    #[must_use]
    pub fn advice_by_id(&self, id: &str, period: Period) -> Option<Advice> {
        let catalogue = self.catalogue();
        let advice = match id.strip_prefix("va-_-") {
            Some(product) => Advice::Product(catalogue.product_by_id(product)?.index),
            None => {
                let id = id.strip_prefix("sca-_-")?;
                let place = catalogue.configurations().iter().position(|configuration| configuration.id() == id)?;
                Advice::Configuration(place as u32)
            }
        };
        (self.census(period).exposed(advice) > 0).then_some(advice)
    }

    /// All recommendations of a period: those that concern a device.
    #[must_use]
    pub fn advice(&self, period: Period) -> Vec<Advice> {
        let census = self.census(period);
        let products = (0..self.catalogue().products().len() as u32).map(Advice::Product);
        let configurations = (0..self.catalogue().configurations().len() as u32).map(Advice::Configuration);
        products.chain(configurations).filter(|advice| census.exposed(*advice) > 0).collect()
    }
}

impl Device<'_> {
    /// The recommendations that concern the device.
    #[must_use]
    pub fn advice(&self, period: Period) -> Vec<Advice> {
        let mut exposed = Vec::new();
        self.list_exposed(&self.installs(period), period, &mut exposed);
        let configurations = self.tenant.catalogue().configurations().iter().zip(0..);
        let failing = configurations.filter(|(configuration, _)| self.fails(configuration, period));
        exposed.into_iter().map(Advice::Product).chain(failing.map(|(_, place)| Advice::Configuration(place))).collect()
    }

    /// Whether a recommendation concerns the device.
    #[must_use]
    pub fn is_advised(&self, advice: Advice, period: Period) -> bool {
        let catalogue = self.tenant.catalogue();
        match advice {
            Advice::Product(index) => {
                self.is_exposed_by(&catalogue.products()[index as usize], period, &mut Vec::new())
            }
            Advice::Configuration(index) => self.fails(&catalogue.configurations()[index as usize], period),
        }
    }
}
