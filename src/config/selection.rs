//! Which data sets are read, and how.

use super::document::Dataset;
use crate::catalog::{DatasetSpec, Route, Strategy, StrategySpec};

/// An enabled dataset and how it is read.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    /// The dataset.
    pub dataset: &'static DatasetSpec,
    /// The strategy that the configuration names.
    pub wanted: Strategy,
    /// How it is read; where that depends on more than the configuration, how everything of it is read unless something
    /// speaks for another way.
    pub strategy: &'static StrategySpec,
    /// Days from one full read to the next, where changes are read in between.
    pub baseline_days: u32,
}

impl Selection {
    /// How a dataset is read of which this is said; `None` if it is not.
    #[must_use]
    pub(super) fn of(dataset: &'static DatasetSpec, given: &Dataset) -> Option<Self> {
        if !given.enabled.unwrap_or(dataset.enabled) {
            return None;
        }
        let baseline_days = given.baseline_days.unwrap_or(Dataset::BASELINE_DAYS);
        let named =
            dataset.strategies.iter().find(|strategy| Some(strategy.name.as_str()) == given.strategy.as_deref());
        let (wanted, strategy) = match (named, dataset.automatic.first()) {
            (Some(strategy), _) if strategy.name != Strategy::Delta => (strategy.name, strategy),
            (_, Some(usual)) => (named.map_or(Strategy::Auto, |strategy| strategy.name), dataset.by(*usual)?),
            (_, None) => dataset.strategies.first().map(|strategy| (strategy.name, strategy))?,
        };
        Some(Self { dataset, wanted, strategy, baseline_days })
    }

    /// Whether a run that chooses the way may ask about devices, although another way is the usual one.
    #[must_use]
    pub fn may_ask_devices(&self) -> bool {
        self.wanted == Strategy::Auto && self.dataset.automatic.contains(&Strategy::PerDevice)
    }

    /// The same where the way is settled.
    #[must_use]
    pub fn settled(self, way: &str) -> Self {
        let strategy = self.dataset.strategies.iter().find(|it| it.name.as_str() == way).unwrap_or(self.strategy);
        Self { strategy, wanted: strategy.name, ..self }
    }

    /// Every request that may be made for it.
    pub fn routes(&self) -> impl Iterator<Item = Route> {
        let is_fixed = self.wanted == self.strategy.name;
        let one = is_fixed.then_some(self.strategy);
        let all = if is_fixed { &[] } else { self.dataset.strategies };
        one.into_iter().chain(all).flat_map(StrategySpec::routes)
    }
}
