//! What comes again is the same, and no number comes again.

use super::said::{Said, standing};
use super::{Oracle, Property, Run};
use crate::contract::{Completeness, Operation};
use defender_double::period::Period;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::RangeInclusive;

/// Numbers that events of a source have.
const OF_SOURCES: RangeInclusive<u64> = 1..=(1 << 52) - 1;
/// Numbers behind an event of what was merged that are the host's.
const LEFT_FREE: u64 = 1 << 16;

/// What a run said of the tenant as it was in a period.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    period: Option<Period>,
    /// The way by which the dataset was read to its end, and the content hash, of each key.
    hashes: HashMap<String, (String, String)>,
}

impl Oracle {
    /// What a run says of a tenant that has not changed since the run before is what that said, in whatever order the
    /// rows come: a consumer must not take it for news.
    pub(super) fn steady(&mut self, run: &Run, said: &[Said<'_>]) {
        let period = run.periods().next().filter(|_| run.is_within_a_period());
        let accounts = run.receipt.iter().flat_map(|receipt| &receipt.datasets);
        let ways: HashMap<&str, &str> = accounts
            .filter(|account| account.completeness == Completeness::Complete)
            .map(|account| (account.dataset.as_str(), account.strategy.as_str()))
            .collect();
        let mut hashes = HashMap::new();
        for event in standing(said).filter(|event| event.operation == Operation::Upsert) {
            let Some(dataset) = event.dataset else { continue };
            let Some(way) = ways.get(dataset.name()) else { continue };
            hashes.insert(event.key.to_owned(), ((*way).to_owned(), event.hash.to_owned()));
        }
        let before = std::mem::replace(&mut self.spoken, Spoken { period, hashes });
        if period.is_none() || before.period != period {
            return;
        }
        let is_other = |(key, (way, hash)): &(&String, &(String, String))| {
            before.hashes.get(*key).is_some_and(|(by, old)| by == way && old != hash)
        };
        let mut changed: Vec<String> = self.spoken.hashes.iter().filter(is_other).map(|(key, _)| key.clone()).collect();
        self.replayed += self.spoken.hashes.keys().filter(|key| before.hashes.contains_key(*key)).count() as u64;
        changed.sort_unstable();
        for key in changed {
            let detail = "another content hash than in the run before, and nothing has changed since".to_owned();
            let dataset = said.iter().find(|event| event.key == key).and_then(|event| event.dataset);
            self.violated(Property::StableReplay, dataset.map(|dataset| dataset.name()), Some(key), detail);
        }
    }

    /// Every event of a run carries the identity of that run.
    pub(super) fn same_run(&mut self, run: &Run, said: &[Said<'_>]) {
        let id =
            run.receipt.as_ref().map(|receipt| receipt.run.as_str()).or(said.first().map(|first| first.run.as_ref()));
        if let Some(other) = said.iter().find(|event| Some(event.run.as_ref()) != id) {
            let detail =
                format!("event {} carries the run {}, the others {}", other.sequence, other.run, id.unwrap_or("none"));
            self.violated(Property::Envelope, None, Some(other.key.to_owned()), detail);
        }
    }

    /// Numbers grow over everything that was ever delivered, and those that are the host's stay free.
    pub(super) fn numbers(&mut self, said: &[Said<'_>]) {
        let mut first_free = *OF_SOURCES.start();
        for event in said {
            if event.sequence < first_free || !OF_SOURCES.contains(&event.sequence) {
                let detail = format!("event {} comes where {first_free} is the first free number", event.sequence);
                self.violated(Property::Order, None, Some(event.key.to_owned()), detail);
            }
            let is_merged = event.relations.iter().any(|relation| relation.contains(" merged_into "));
            first_free = first_free.max(event.sequence + 1 + if is_merged { LEFT_FREE } else { 0 });
        }
    }

    pub(super) fn replays(&mut self, run: &Run, said: &[Said<'_>]) {
        // When the tenant changes under a run, what comes again may rightly differ.
        if !run.is_within_a_period() {
            return;
        }
        let mut first: HashMap<(&str, &str), &Said<'_>> = HashMap::new();
        for event in standing(said) {
            let first = match first.entry((event.key, event.operation_name())) {
                Entry::Occupied(first) => *first.get(),
                Entry::Vacant(free) => {
                    free.insert(event);
                    continue;
                }
            };
            self.replayed += 1;
            let what = if first.hash != event.hash {
                "content hash"
            } else if first.relations != event.relations {
                "relations"
            } else if first.lasting_body() != event.lasting_body() {
                "body"
            } else {
                continue;
            };
            let detail = format!("event {} has another {what} than event {}", event.sequence, first.sequence);
            self.violated(
                Property::StableReplay,
                event.dataset.map(|dataset| dataset.name()),
                Some(event.key.to_owned()),
                detail,
            );
        }
    }
}
