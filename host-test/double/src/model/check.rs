//! What a check of a setting says of a device.

use super::configuration::Configuration;
use super::device::Device;
use super::platform::Family;
use crate::period::Period;

/// What a check said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Whether the setting means anything there.
    pub is_applicable: bool,
    /// Whether it is as it should be.
    pub is_compliant: bool,
}

/// Some devices change their mind about a setting after this time.
const MOOD: i64 = 160;

impl Device<'_> {
    /// What a check of a setting says of the device. Telephones are not checked.
    #[must_use]
    pub fn check(&self, configuration: &Configuration, period: Period) -> Option<Check> {
        if !self.is_reporting(period) || self.family().is_mobile() {
            return None;
        }
        let place = Family::MANAGED.iter().position(|managed| *managed == self.family())?;
        let draw = self.draw.at("check").nth(u64::from(configuration.number));
        let is_applicable = configuration.families[place] && !draw.nth(0).chance(40);
        let epoch = match draw.nth(1).chance(150) {
            true => (self.life().known(period) + 100_000 + draw.nth(2).between(0, MOOD)).div_euclid(MOOD),
            false => 0,
        };
        let fails = draw.nth(3).nth(epoch.unsigned_abs()).chance(configuration.failing);
        Some(Check { is_applicable, is_compliant: !is_applicable || !fails })
    }

    /// Whether the device is one that a recommendation of this setting concerns.
    #[must_use]
    pub fn fails(&self, configuration: &Configuration, period: Period) -> bool {
        self.check(configuration, period).is_some_and(|check| check.is_applicable && !check.is_compliant)
    }
}
