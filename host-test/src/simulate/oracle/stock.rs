//! What an inventory makes of the events: nothing is deleted that is there, and nothing is left that is not.

use super::said::Said;
use super::truth::Claims;
use super::{Oracle, Property, Run};
use crate::contract::{Completeness, DatasetReceipt, Operation};
use crate::simulate::reading::Dataset;
use std::collections::HashSet;

/// What an inventory says after a run.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    /// Key and kind of everything that is there.
    pub(crate) active: Vec<(String, String)>,
    /// Keys of the run's tombstones.
    pub(crate) deleted: Vec<String>,
    /// What the inventory could not do.
    pub(crate) trouble: Vec<String>,
}

impl Oracle {
    pub(super) fn stock(&mut self, run: &Run, said: &[Said<'_>]) {
        for trouble in &run.stock.trouble {
            self.violated(Property::Inventory, None, None, trouble.clone());
        }
        let periods: Vec<_> = run.periods().map(|period| self.truth.of(period)).collect();
        let holds = |claims: &Claims, key: &str| claims.values().any(|keys| keys.contains(key));
        let always = |key: &str| periods.iter().all(|claims| holds(claims, key));
        for key in run.stock.deleted.iter().filter(|key| always(key)) {
            let detail = "it was there all the time, and got a tombstone".to_owned();
            self.violated(Property::NothingDeleted, None, Some(key.clone()), detail);
        }
        let Some(receipt) = &run.receipt else { return };
        let judged = self.baselines.clone();
        let complete = receipt.datasets.iter().filter(|account| account.completeness == Completeness::Complete);
        self.baselines.extend(complete.filter_map(|account| Dataset::named(&account.dataset)));
        // What rests on devices that nobody could read is not judged, nor is what may be among unusable records.
        let is_sure =
            |account: &DatasetReceipt| account.completeness == Completeness::Complete && account.rejected.is_empty();
        if !receipt.datasets.iter().all(is_sure) {
            return;
        }
        let is_merged = |event: &&Said<'_>| event.relations.iter().any(|relation| relation.contains(" merged_into "));
        let merged: HashSet<&str> = said.iter().filter(is_merged).map(|event| event.key).collect();
        let told: HashSet<&str> = said
            .iter()
            .filter(|event| event.operation == Operation::Upsert && !merged.contains(event.key))
            .map(|event| event.key)
            .collect();
        let active: HashSet<&str> = run.stock.active.iter().map(|(key, _)| key.as_str()).collect();
        let mut missing: Vec<&&str> = told.iter().filter(|key| always(key) && !active.contains(*key)).collect();
        missing.sort_unstable();
        for key in missing {
            let detail = "said and true all the time, and the inventory does not have it".to_owned();
            self.violated(Property::Inventory, None, Some((*key).to_owned()), detail);
        }
        for (key, kind) in &run.stock.active {
            // Without a complete snapshot before this one there is nothing to compare with.
            let is_judged = Dataset::of_kind(kind).is_some_and(|dataset| judged.contains(&dataset));
            let was_there = told.contains(key.as_str()) || periods.iter().any(|claims| holds(claims, key));
            if is_judged && !was_there {
                let detail = "neither said nor true, and the inventory still has it".to_owned();
                self.violated(Property::Inventory, None, Some(key.clone()), detail);
            }
        }
    }
}
