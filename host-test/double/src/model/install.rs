//! Products on a device.

use super::device::Device;
use super::product::{CERTAIN, Product};
use crate::draw::Draw;
use crate::period::Period;

/// A version of a product on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Install {
    /// Number of the product.
    pub product: u32,
    /// Number of the release.
    pub release: u32,
    /// Period in which the product came onto the device.
    pub since: i64,
    /// How long after a release the device gets it; none where it never does.
    lag: Option<i64>,
}

/// Some products come and go on a device in turns of this length.
const TURN: i64 = 400;

impl Device<'_> {
    /// Products on the device, by product and release. Empty unless it reports.
    #[must_use]
    pub fn installs(&self, period: Period) -> Vec<Install> {
        let mut list = Vec::new();
        self.list_installs(period, &mut list);
        list
    }

    /// The same into a list that is used again.
    pub fn list_installs(&self, period: Period, list: &mut Vec<Install>) {
        list.clear();
        if !self.is_reporting(period) {
            return;
        }
        let known = self.life().known(period);
        let catalogue = self.tenant.catalogue();
        if let Some(system) = catalogue.system(self.platform()) {
            self.add_install(system, CERTAIN, known, list);
        }
        for (index, weight) in catalogue.usual(self.family()) {
            self.add_install(&catalogue.products()[*index as usize], *weight, known, list);
        }
        list.sort_unstable_by_key(|install| (install.product, install.release));
    }

    /// The versions of one product on the device, into a list that is used again.
    pub fn list_installs_of(&self, product: &Product, period: Period, list: &mut Vec<Install>) {
        list.clear();
        if !self.is_reporting(period) {
            return;
        }
        let known = self.life().known(period);
        let system = self.tenant.catalogue().system(self.platform());
        let weight = match product.is_system() {
            true if system.is_some_and(|system| system.index == product.index) => CERTAIN,
            true => 0,
            false => product.weight(self.family()),
        };
        self.add_install(product, weight, known, list);
        list.sort_unstable_by_key(|install| install.release);
    }

    fn add_install(&self, product: &Product, weight: u32, known: i64, list: &mut Vec<Install>) {
        let draw = self.draw.nth(u64::from(product.index));
        let start = self.life().born.max(self.life().onboarded);
        let Some(since) = presence(draw, weight, start, known) else { return };
        let base = &self.tenant.catalogue().bases()[product.base as usize];
        let draw = draw.nth(1);
        let cadence = base.cadence();
        let lag = match draw.nth(0).below(100) {
            0..=74 => Some(draw.nth(1).between(0, 2 * cadence)),
            75..=94 => Some(draw.nth(1).between(0, 8 * cadence)),
            _ => None,
        };
        let release = match lag {
            Some(lag) => base.newest(known - lag),
            None => base.newest(start - draw.nth(1).between(0, 4 * cadence)),
        };
        list.push(Install { product: product.index, release, since, lag });
        if product.is_side_by_side && draw.nth(2).chance(300) {
            // The current one was of that release before, so a weakness of both was first seen with it.
            list.push(Install { product: product.index, release: release - 2, since, lag });
        }
    }

    /// The period in which the device first had a release that is at least `release`.
    pub(super) fn reached(&self, install: &Install, release: u32) -> i64 {
        let base = self.tenant.catalogue().base_of(install.product);
        install.lag.map_or(install.since, |lag| (base.released(release) + lag).max(install.since))
    }
}

/// Since when a product with a chance of `weight` is on a device, if it is.
fn presence(draw: Draw, weight: u32, start: i64, known: i64) -> Option<i64> {
    let roll = (draw.bits() & 0xffff) as u32;
    if weight == CERTAIN || roll < weight / 10 * 8 {
        return Some(start);
    }
    if roll >= weight / 10 * 12 {
        return None;
    }
    // Half of the time for twice as many devices.
    let phase = (draw.bits() >> 16) as i64 & 0xfff;
    let place = (known + phase).rem_euclid(TURN);
    (place < TURN / 2).then(|| start.max(known - place))
}
