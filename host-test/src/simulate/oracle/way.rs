//! The ways to users and to recommendations that the source chose for a run: its receipt says which, and the
//! documentation of the strategies says which they had to be.

use super::{Oracle, Property, Run};
use crate::contract::{Completeness, DatasetReceipt};
use crate::simulate::reading::{Dataset, Strategy};
use defender_double::service::{Feature, Resource, Terms};
use serde_json::Value;

/// Devices up to which each is asked about, and up to which the way is kept by which they were read before.
const FEW: u64 = 100;
const STILL_MANY: u64 = 50;

/// What the choice of the way to users follows from, besides the number of devices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grants {
    /// Whether the application may ask about one device after the other.
    each: bool,
    /// Whether its hunting queries are answered.
    hunting: bool,
    /// Devices that a run may ask about.
    calls_per_run: u64,
}

impl Grants {
    /// What the terms grant to a source with this configuration.
    pub(super) fn of(terms: &Terms, config: &str) -> Self {
        let has = |resource, role: &str| terms.roles.get(&resource).is_some_and(|roles| roles.contains(role));
        let is_off = |feature| terms.switched_off.contains(&feature);
        let config: Value = serde_json::from_str(config).unwrap_or_default();
        Self {
            each: has(Resource::Defender, "User.Read.All"),
            hunting: has(Resource::Graph, "ThreatHunting.Read.All") && !is_off(Feature::Hunting),
            calls_per_run: config["datasets"]["device_users"]["calls_per_run"].as_u64().unwrap_or(1350),
        }
    }

    /// The way to the users of so many devices; none where that depends on the runs before.
    fn way(self, devices: u64) -> Option<Strategy> {
        let is_few = devices <= FEW.min(self.calls_per_run);
        match (is_few && self.each, self.hunting) {
            (true, true) if devices > STILL_MANY => None,
            (true, _) | (false, false) => Some(Strategy::PerDevice),
            (false, true) => Some(Strategy::Hunting),
        }
    }
}

/// The way to the pairs of devices and recommendations; none where that depends on the runs before.
fn way_to_pairs(devices: Option<u64>, recommendations: u64) -> Option<Strategy> {
    match devices {
        None => Some(Strategy::PerRecommendation),
        Some(devices) if devices > 2 * recommendations => Some(Strategy::PerRecommendation),
        Some(devices) if 2 * devices <= recommendations => Some(Strategy::PerDevice),
        Some(_) => None,
    }
}

impl Oracle {
    /// How users were read in a run, where the source chose.
    pub(super) fn way_to_users(&self, run: &Run) -> Option<Strategy> {
        self.chosen(run, Dataset::DeviceUsers)
    }

    fn chosen(&self, run: &Run, dataset: Dataset) -> Option<Strategy> {
        let is_free = self.reading.strategy(dataset) == Some(Strategy::Auto);
        let account = account(run, dataset).filter(|_| is_free)?;
        dataset.strategies().iter().copied().find(|way| way.name() == account.strategy)
    }

    /// Judges the choices of a run that nothing disturbed.
    pub(super) fn ways(&mut self, run: &Run) {
        let devices = account(run, Dataset::Devices);
        let is_known = devices.is_none_or(|devices| devices.completeness == Completeness::Complete);
        if run.was_disturbed() || !run.is_within_a_period() || !is_known {
            return;
        }
        // Their account is there too if they are only read for the sake of another dataset.
        let devices = devices.map(|devices| devices.emitted);
        let users = devices.and_then(|devices| self.grants.way(devices));
        self.way(run, Dataset::DeviceUsers, users, &format!("{devices:?} devices, {:?}", self.grants));
        let Some(tenant) = run.periods().next().map(|period| self.truth.of(period)) else { return };
        let is_tenants = |claim: &&String| !claim.contains([' ', '/']);
        let pairs = tenant.get(&Dataset::Recommendations).into_iter().flatten();
        let count = pairs.filter(is_tenants).count() as u64;
        let way = way_to_pairs(devices, count);
        self.way(run, Dataset::Recommendations, way, &format!("{devices:?} devices, {count} recommendations"));
    }

    fn way(&mut self, run: &Run, dataset: Dataset, due: Option<Strategy>, why: &str) {
        let Some(chosen) = self.chosen(run, dataset) else { return };
        if let Some(due) = due.filter(|due| *due != chosen) {
            let detail = format!("{why}: read by {}, and {} was due", chosen.name(), due.name());
            self.violated(Property::Receipt, Some(dataset.name()), None, detail);
        }
        let is_told = account(run, dataset).is_some_and(|account| !account.reason.is_empty());
        if !is_told {
            let detail = "the source chose the way, and does not say why".to_owned();
            self.violated(Property::Receipt, Some(dataset.name()), None, detail);
        }
    }
}

fn account(run: &Run, dataset: Dataset) -> Option<&DatasetReceipt> {
    let receipt = run.receipt.as_ref()?;
    receipt.datasets.iter().find(|account| account.dataset == dataset.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_follows_from_the_number_of_devices_and_the_grants() {
        let grants = |each, hunting| Grants { each, hunting, calls_per_run: 1350 };
        let few = Grants { calls_per_run: 9, ..grants(true, true) };
        assert_eq!(grants(true, true).way(50), Some(Strategy::PerDevice));
        assert_eq!(grants(true, true).way(51), None, "as before");
        assert_eq!(grants(true, true).way(101), Some(Strategy::Hunting));
        assert_eq!(grants(true, false).way(101), Some(Strategy::PerDevice));
        assert_eq!(grants(false, true).way(1), Some(Strategy::Hunting));
        assert_eq!(way_to_pairs(Some(4), 8), Some(Strategy::PerDevice));
        assert_eq!((way_to_pairs(Some(5), 8), way_to_pairs(Some(16), 8)), (None, None), "as before");
        assert_eq!(way_to_pairs(Some(17), 8), Some(Strategy::PerRecommendation));
        assert_eq!(way_to_pairs(None, 8), Some(Strategy::PerRecommendation));
        assert_eq!((few.way(9), few.way(10)), (Some(Strategy::PerDevice), Some(Strategy::Hunting)));
    }
}
