//! What a receiver has after all runs so far: after a run that read the changes alone, it is what is true.

use super::expect::updated_of;
use super::said::Said;
use super::{Oracle, Property, Run};
use crate::contract::{Completeness, Operation};
use crate::simulate::reading::{Dataset, Strategy};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// What a receiver has of one dataset.
#[derive(Default)]
pub(super) struct Held {
    /// Assets with their relations, by key.
    assets: HashMap<String, Vec<String>>,
    /// Keys since the snapshot began that is open.
    since_begin: Option<BTreeSet<String>>,
    /// Whether everything was read once.
    is_whole: bool,
    /// When the last run began that read everything or all changes, as time since 1970.
    since: Duration,
}

impl Held {
    /// Whether changes have something to change.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether an asset is among what it has.
    pub(super) fn has(&self, key: &str) -> bool {
        self.assets.contains_key(key)
    }

    /// Keys of everything that it has.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.assets.keys().map(String::as_str)
    }

    fn take(&mut self, event: &Said<'_>) {
        match event.operation {
            Operation::SnapshotBegin => self.since_begin = Some(BTreeSet::new()),
            Operation::SnapshotEnd => {
                // What a whole snapshot does not hold is gone.
                if let Some(seen) = self.since_begin.take() {
                    self.assets.retain(|key, _| seen.contains(key));
                }
            }
            Operation::Upsert => {
                if let Some(seen) = &mut self.since_begin {
                    seen.insert(event.key.to_owned());
                }
                self.assets.insert(event.key.to_owned(), event.relations.clone());
            }
            Operation::Delete => drop(self.assets.remove(event.key)),
        }
    }

    fn claims(&self) -> BTreeSet<&str> {
        let mut claims = BTreeSet::new();
        for (key, relations) in &self.assets {
            claims.insert(key.as_str());
            claims.extend(relations.iter().map(String::as_str));
        }
        claims
    }
}

impl Oracle {
    /// Deletions are of what is gone, by a dataset whose changes are read.
    pub(super) fn deletions(&mut self, run: &Run, said: &[Said<'_>]) {
        let periods: Vec<_> = run.periods().map(|period| self.truth.of(period)).collect();
        for event in said.iter().filter(|event| event.operation == Operation::Delete) {
            let Some(dataset) = event.dataset else { continue };
            let is_there = periods.iter().all(|claims| claims.get(&dataset).is_some_and(|all| all.contains(event.key)));
            // A CVE is never gone.
            let detail = match self.reads_changes(dataset) && dataset != Dataset::Cves {
                true if is_there => format!("deleted, and true in each of {} periods", periods.len()),
                true => continue,
                false => "a deletion, of which this dataset knows none".to_owned(),
            };
            self.violated(Property::NothingInvented, Some(dataset.name()), Some(event.key.to_owned()), detail);
        }
    }

    /// Hands the events of a run to a receiver. After a run that read the changes it must have what is true.
    pub(super) fn receiver(&mut self, run: &Run, said: &[Said<'_>]) {
        for event in said {
            if let Some(dataset) = event.dataset {
                self.held.entry(dataset).or_default().take(event);
            }
        }
        let accounts = run.receipt.iter().flat_map(|receipt| &receipt.datasets);
        let read: BTreeMap<Dataset, Completeness> = accounts
            .filter_map(|account| Some((Dataset::named(&account.dataset)?, account.completeness)))
            .filter(|(dataset, _)| self.reading.strategy(*dataset).is_some())
            .collect();
        for (dataset, completeness) in read {
            match completeness {
                Completeness::Complete => self.held.entry(dataset).or_default().is_whole = true,
                Completeness::Changes if dataset == Dataset::Cves => self.updates(run),
                Completeness::Changes => self.compare(run, dataset),
                _ => continue,
            }
            self.held.entry(dataset).or_default().since = run.started;
        }
    }

    /// After a run that read what was updated, a receiver has each CVE that concerned a device all the time and was
    /// updated since the run before, as it is now. What came to concern one without an update is told by the next full
    /// read.
    fn updates(&mut self, run: &Run) {
        let of = |claims: &super::truth::Claims| claims.get(&Dataset::Cves).cloned().unwrap_or_default();
        let periods: Vec<_> = run.periods().map(|period| of(&self.truth.of(period))).collect();
        let Some(held) = self.held.get(&Dataset::Cves) else { return };
        let has = held.claims();
        let since = i64::try_from(held.since.saturating_sub(run.skew).as_millis()).unwrap_or(i64::MAX);
        let Some((first, others)) = periods.split_first() else { return };
        let is_news = |claim: &&String| updated_of(claim).is_some_and(|(_, at)| at >= since);
        let lasting = first.iter().filter(is_news).filter(|claim| others.iter().all(|claims| claims.contains(*claim)));
        let (told, mut lost): (Vec<&String>, Vec<&String>) = lasting.partition(|claim| has.contains(claim.as_str()));
        lost.sort_unstable();
        let lost: Vec<String> = lost.into_iter().cloned().collect();
        self.compared += (told.len() + lost.len()) as u64;
        for claim in lost {
            let detail =
                "updated since the run before, and whoever took all events up to these changes does not have it";
            self.violated(Property::NothingLost, Some(Dataset::Cves.name()), Some(claim), detail.into());
        }
    }

    fn compare(&mut self, run: &Run, dataset: Dataset) {
        let periods: Vec<_> = run.periods().map(|period| self.truth.of(period)).collect();
        let Some(held) = self.held.get(&dataset) else { return };
        let has = held.claims();
        let is_in =
            |claims: &super::truth::Claims, text: &str| claims.get(&dataset).is_some_and(|all| all.contains(text));
        let lasting: BTreeSet<&str> = periods
            .first()
            .and_then(|first| first.get(&dataset))
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|claim| periods.iter().all(|claims| is_in(claims, claim)))
            .collect();
        let lost: Vec<String> = lasting.difference(&has).map(|claim| (*claim).to_owned()).collect();
        let is_past = |claim: &&&str| !periods.iter().any(|claims| is_in(claims, claim));
        let past: Vec<String> = has.iter().filter(is_past).map(|claim| (*claim).to_owned()).collect();
        self.compared += lasting.len() as u64;
        for claim in lost {
            let detail = "true all the time, and whoever took all events up to these changes does not have it";
            self.violated(Property::NothingLost, Some(dataset.name()), Some(claim), detail.into());
        }
        for claim in past {
            let detail = "not true any more, and whoever took all events up to these changes still has it";
            self.violated(Property::NothingInvented, Some(dataset.name()), Some(claim), detail.into());
        }
    }

    /// Whether a dataset may be read by its changes.
    pub(super) fn reads_changes(&self, dataset: Dataset) -> bool {
        let is_chosen = matches!(self.reading.strategy(dataset), Some(Strategy::Auto | Strategy::Delta));
        is_chosen && dataset.strategies().contains(&Strategy::Delta)
    }
}
