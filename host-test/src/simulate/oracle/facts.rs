//! Nothing lost, nothing invented.

use super::said::Said;
use super::{Oracle, Property, Run};
use crate::contract::{Completeness, Operation};
use crate::simulate::reading::Dataset;
use std::collections::{HashMap, HashSet};

impl Oracle {
    pub(super) fn facts(&mut self, run: &Run, said: &[Said<'_>]) {
        let periods: Vec<_> = run.periods().map(|period| self.truth.of(period)).collect();
        let mut claimed: HashMap<Dataset, HashSet<&str>> = HashMap::new();
        for event in said {
            if event.operation != Operation::Upsert {
                // Whoever receives a beginning starts collecting anew.
                if let (Operation::SnapshotBegin, Some(dataset)) = (event.operation, event.dataset) {
                    claimed.remove(&dataset);
                }
                continue;
            }
            let Some(dataset) = event.dataset else {
                self.violated(Property::NothingInvented, None, Some(event.key.to_owned()), "an unknown kind".into());
                continue;
            };
            let claims = std::iter::once(event.key).chain(event.relations.iter().map(String::as_str));
            for claim in claims {
                if claimed.entry(dataset).or_default().insert(claim)
                    && !periods.iter().any(|claims| claims.get(&dataset).is_some_and(|claims| claims.contains(claim)))
                {
                    let detail = format!("said and not true in any of {} periods", periods.len());
                    self.violated(Property::NothingInvented, Some(dataset.name()), Some(claim.to_owned()), detail);
                }
            }
        }
        let Some(receipt) = &run.receipt else { return };
        let way = self.way_to_users(run);
        let periods: Vec<_> = run.periods().map(|period| self.truth.due(period, way, &self.subjects)).collect();
        let complete = receipt.datasets.iter().filter(|account| account.completeness == Completeness::Complete);
        for dataset in complete.filter_map(|account| Dataset::named(&account.dataset)) {
            if self.reading.strategy(dataset).is_none() {
                continue;
            }
            let claimed = claimed.remove(&dataset).unwrap_or_default();
            let Some((first, others)) = periods.split_first() else { continue };
            let mut lost: Vec<&String> = Vec::new();
            for claim in first.get(&dataset).into_iter().flatten() {
                let lasts = |claims: &super::truth::Claims| claims.get(&dataset).is_some_and(|all| all.contains(claim));
                if others.iter().all(|claims| lasts(claims)) {
                    self.compared += 1;
                    if !claimed.contains(claim.as_str()) {
                        lost.push(claim);
                    }
                }
            }
            // The order of a set is not the same twice; that of a report is.
            lost.sort_unstable();
            for claim in lost {
                let detail = "true all the time, and not said by a dataset that says it is complete".to_owned();
                self.violated(Property::NothingLost, Some(dataset.name()), Some(claim.clone()), detail);
            }
        }
    }
}
