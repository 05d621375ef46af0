//! The receipt says what was done.

use super::said::{Said, standing};
use super::{Oracle, Property, Run, is_odd};
use crate::contract::{self, DatasetReceipt, Operation, Receipt};
use crate::simulate::reading::Dataset;
use crate::simulate::tape::Exchange;
use defender_double::scenario::FaultKind;
use defender_double::service::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A dataset and a kind of its events.
type Of<'a> = (Option<Dataset>, &'a str);

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
        self.tallies(run, receipt, said);
        for (dataset, _) in self.reading.0.clone() {
            let account = receipt.datasets.iter().find(|account| account.dataset == dataset.name());
            let Some(account) = account else {
                self.violated(Property::Receipt, Some(dataset.name()), None, "it has no account of the dataset".into());
                continue;
            };
            if self.is_excused(run) || !run.is_within_a_period() {
                continue;
            }
            if !contract::is_satisfied(account.completeness) && !self.is_unconfirmed(run, dataset, account) {
                let why = account.failure.as_ref().map_or("no reason", |failure| failure.message.as_str());
                let detail = format!(
                    "nothing disturbed the run, and the dataset is {}: {why}",
                    contract::completeness_name(account.completeness)
                );
                self.violated(Property::Progress, Some(dataset.name()), None, detail);
            }
        }
        // Rows that are no findings, and CVEs of other people.
        let is_always = |tally: &&contract::Tally| ["no_cve", "not_exposed"].contains(&tally.name.as_str());
        for account in &receipt.datasets {
            let is_filtered = contract::total(&account.filtered)
                - account.filtered.iter().filter(is_always).map(|tally| tally.count).sum::<u64>();
            if is_filtered > 0 {
                let detail = format!("{is_filtered} records were filtered, and there is no filter");
                let dataset = Dataset::named(&account.dataset).map(|dataset| dataset.name());
                self.violated(Property::Receipt, dataset, None, detail);
            }
        }
    }

    /// Whether a tenant has none of what was looked for in its files: that does not say that there is none, and who reads
    /// files alone has nobody else to ask.
    fn is_unconfirmed(&mut self, run: &Run, dataset: Dataset, account: &DatasetReceipt) -> bool {
        account.strategy == "files"
            && account.received == 0
            && run.periods().all(|period| self.truth.of(period).get(&dataset).is_none_or(HashSet::is_empty))
    }

    /// Whether something went wrong in a run that may keep a dataset from being read to its end. A page may be short, and
    /// who is known to be gone is missed by nobody.
    fn is_excused(&self, run: &Run) -> bool {
        let is_harmless = |exchange: &Exchange, entry: &Entry| {
            entry.fault == Some(FaultKind::ShortPage.name())
                || exchange.status == Some(404) && self.subjects.is_settled(exchange.dataset, &exchange.url)
        };
        run.exchanges.iter().any(|(exchange, entry)| match entry {
            Some(entry) => is_odd(entry) && !is_harmless(exchange, entry),
            None => true,
        })
    }

    /// What was made is what was counted: at least once for each asset, and not more often than it was delivered.
    fn tallies(&mut self, run: &Run, receipt: &Receipt, said: &[Said<'_>]) {
        let mut delivered: BTreeMap<Of<'_>, (u64, BTreeSet<&str>)> = BTreeMap::new();
        let is_row = |event: &&Said<'_>| matches!(event.operation, Operation::Upsert | Operation::Delete);
        for event in said.iter().filter(is_row) {
            delivered.entry((event.dataset, event.kind)).or_default().0 += 1;
        }
        for event in standing(said).filter(is_row) {
            delivered.entry((event.dataset, event.kind)).or_default().1.insert(event.key);
        }
        let mut tallied: BTreeMap<Of<'_>, u64> = BTreeMap::new();
        for account in &receipt.datasets {
            for tally in &account.events {
                *tallied.entry((Dataset::named(&account.dataset), &tally.name)).or_default() += tally.count;
            }
        }
        let all: BTreeSet<_> = delivered.keys().chain(tallied.keys()).copied().collect();
        for of in all {
            let (dataset, kind) = of;
            let tallied = tallied.get(&of).copied().unwrap_or(0);
            let (count, keys) = delivered.get(&of).map_or((0, 0), |(count, keys)| (*count, keys.len() as u64));
            // What was delivered and not acknowledged is in no account, unless it could be read again.
            let is_complete = |account: &DatasetReceipt| {
                contract::is_satisfied(account.completeness)
                    && dataset.is_some_and(|dataset| dataset.name() == account.dataset)
            };
            let is_short = tallied < keys && run.is_within_a_period() && receipt.datasets.iter().any(is_complete);
            if tallied > count || is_short {
                let detail =
                    format!("it counts {tallied} events of kind {kind}; {count} about {keys} keys were delivered");
                self.violated(Property::Receipt, None, None, detail);
            }
        }
    }
}
