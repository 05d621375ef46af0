//! Software without a product code: seen on a device by its display name alone, and matched with no weakness.

use super::device::Device;
use super::moment::Moment;
use super::names::PLAIN_PRODUCTS;
use crate::period::Period;

/// A version of software without a product code on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainSoftware {
    /// Vendor as it calls itself; empty for some.
    pub vendor: &'static str,
    /// Display name, with whatever characters it has.
    pub name: &'static str,
    /// Version.
    pub version: String,
    /// When it was last seen.
    pub last_seen: Moment,
}

impl Device<'_> {
    /// Software without a product code on the device.
    #[must_use]
    pub fn plain_software(&self, period: Period) -> Vec<PlainSoftware> {
        if !self.is_reporting(period) || !self.family().is_windows() {
            return Vec::new();
        }
        let draw = self.draw.at("plain");
        let names = PLAIN_PRODUCTS.iter().zip(0..);
        let installed = names.filter(|(_, place)| draw.nth(*place).chance(220));
        installed
            .map(|((vendor, name), place)| {
                let draw = draw.nth(place);
                let step = (self.life().known(period) + 8000 + draw.at("phase").between(0, 300)) / 300;
                PlainSoftware {
                    vendor,
                    name,
                    version: format!("{}.{step}.0", draw.at("major").below(20)),
                    last_seen: self.last_seen(period).before(draw.at("seen").between(0, 3000)),
                }
            })
            .collect()
    }
}
