//! The receipt says what was done.

use super::said::Said;
use super::{Oracle, Property, Run};
use crate::contract::{self, Completeness, Operation};
use crate::simulate::reading::Dataset;
use std::collections::BTreeSet;

impl Oracle {
    pub(super) fn accounts(&mut self, run: &Run, said: &[Said<'_>]) {
        let Some(receipt) = &run.receipt else {
            if run.failed && !run.was_disturbed() && run.is_within_a_period() {
                self.violated(Property::Progress, None, None, "a run that nothing disturbed failed".into());
            }
            return;
        };
        if let Err(breach) = contract::reconcile(receipt) {
            self.violated(Property::Receipt, None, None, breach.to_string());
        }
        let tallied: u64 = receipt.datasets.iter().map(|account| contract::total(&account.events)).sum();
        let is_mark = |event: &&Said<'_>| matches!(event.operation, Operation::SnapshotBegin | Operation::SnapshotEnd);
        let marks: BTreeSet<u64> = said.iter().filter(is_mark).map(|event| event.sequence).collect();
        let last = said.iter().map(|event| event.sequence).max().unwrap_or(0);
        if tallied + marks.len() as u64 != last {
            let detail = format!("it counts {tallied} events beside {} marks, and {last} were made", marks.len());
            self.violated(Property::Receipt, None, None, detail);
        }
        for (dataset, _) in self.reading.0.clone() {
            let account = receipt.datasets.iter().find(|account| account.dataset == dataset.name());
            let Some(account) = account else {
                self.violated(Property::Receipt, Some(dataset.name()), None, "it has no account of the dataset".into());
                continue;
            };
            if run.was_disturbed() || !run.is_within_a_period() {
                continue;
            }
            if account.completeness != Completeness::Complete {
                let why = account.failure.as_ref().map_or("no reason", |failure| failure.message.as_str());
                let detail = format!(
                    "nothing disturbed the run, and the dataset is {}: {why}",
                    contract::completeness_name(account.completeness)
                );
                self.violated(Property::Progress, Some(dataset.name()), None, detail);
            }
        }
        for account in &receipt.datasets {
            let is_filtered = contract::total(&account.filtered)
                - account.filtered.iter().filter(|tally| tally.name == "no_cve").map(|tally| tally.count).sum::<u64>();
            if is_filtered > 0 {
                let detail = format!("{is_filtered} records were filtered, and there is no filter");
                let dataset = Dataset::named(&account.dataset).map(|dataset| dataset.name());
                self.violated(Property::Receipt, dataset, None, detail);
            }
        }
    }
}
