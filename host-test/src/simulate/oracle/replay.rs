//! What comes again is the same, and no number comes again.

use super::said::{Said, standing};
use super::{Oracle, Property, Run};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::RangeInclusive;

/// Numbers that events of a source have.
const OF_SOURCES: RangeInclusive<u64> = 1..=(1 << 52) - 1;
/// Numbers behind an event of what was merged that are the host's.
const LEFT_FREE: u64 = 1 << 16;

impl Oracle {
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
