//! What comes again is the same, and nothing is passed over.

use super::said::{Said, standing};
use super::{Oracle, Property, Run};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

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

    pub(super) fn replays(&mut self, run: &Run, said: &[Said<'_>]) {
        let numbers: BTreeSet<u64> = said.iter().map(|event| event.sequence).collect();
        if let Some((missing, _)) = (1..).zip(&numbers).find(|(expected, number)| expected != *number) {
            let last = numbers.last().copied().unwrap_or(0);
            let detail = format!("event {missing} of {last} was never delivered");
            self.violated(Property::NoGap, None, None, detail);
        }
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
