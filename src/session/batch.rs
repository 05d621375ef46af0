//! Events on their way to the host, within the limits it set.
//!
//! **One key, one event.** The service may tell of one thing in several rows: an account in two spellings, a finding once
//! for each path. Their events have one key, and of those that meet in a batch one is handed over, **the one whose content
//! hash is smaller**: which that is depends neither on the order of the rows nor on anything else that may be otherwise
//! the next time. Rows that are one thing are told side by side, and a batch holds thousands, so that memory is bounded
//! by the batch; one that is told again in a later batch is an event of its own, with a number of its own. What is read
//! once more because it changed while it was read is never taken for the same: there the later reading counts.

use std::hash::BuildHasher as _;

use defender_rows::event::{Event, Kind};
use rustc_hash::{FxBuildHasher, FxHashMap};

/// The most that one batch may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Number of events.
    pub max_events: u32,
    /// Sum of the lengths of their documents, in bytes.
    pub max_bytes: u32,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It is the first with its key.
    New,
    /// It is one with an event that is in the batch.
    Merged,
}

/// A batch that is being filled.
#[derive(Debug)]
pub(super) struct Filling {
    limits: Limits,
    /// In order; `None` where a later one with the same key counts.
    events: Vec<Option<Event>>,
    count: usize,
    bytes: usize,
    /// Where the event of a key is, by the hash of the key.
    places: FxHashMap<u64, usize>,
    /// The reading that `places` are of.
    reading: u32,
}

impl Filling {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, events: Vec::new(), count: 0, bytes: 0, places: FxHashMap::default(), reading: 0 }
    }

    /// Whether a document of that length still fits. The first always does, so that a long one is not stuck.
    pub(super) fn fits(&self, length: usize) -> bool {
        self.count == 0
            || (self.count < self.limits.max_events as usize && self.bytes + length <= self.limits.max_bytes as usize)
    }

    /// Adds an event. `reading` tells apart the times that a dataset is read.
    pub(super) fn push(&mut self, event: Event, reading: u32) -> Pushed {
        if event.kind == Kind::Snapshot || reading != self.reading {
            self.places.clear();
            self.reading = reading;
        }
        let place = self.events.len();
        let mut pushed = Pushed::New;
        if event.kind != Kind::Snapshot {
            let known = self.places.entry(FxBuildHasher.hash_one(&event.key)).or_insert(place);
            let known = std::mem::replace(known, place);
            match self.events.get_mut(known).and_then(|known| known.take_if(|known| is_same(known, &event))) {
                Some(other) if other.content_hash <= event.content_hash => {
                    self.events[known] = Some(other);
                    self.places.insert(FxBuildHasher.hash_one(&event.key), known);
                    return Pushed::Merged;
                }
                Some(other) => {
                    self.count -= 1;
                    self.bytes -= other.document.len();
                    pushed = Pushed::Merged;
                }
                None => {}
            }
        }
        self.count += 1;
        self.bytes += event.document.len();
        self.events.push(Some(event));
        pushed
    }

    /// Whether nothing in it can be one with what comes.
    pub(super) fn is_before_rows(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn into_events(self) -> Vec<Event> {
        self.events.into_iter().flatten().collect()
    }
}

/// Whether two events tell of one thing that the same happened to it.
fn is_same(one: &Event, other: &Event) -> bool {
    one.key == other.key && one.operation == other.operation
}

#[cfg(test)]
mod tests {
    use super::*;
    use defender_rows::event::Operation;
    use proptest::prelude::*;

    fn event(key: &str, hash: &str, kind: Kind) -> Event {
        Event {
            kind,
            operation: Operation::Upsert,
            key: key.to_owned(),
            observed_at: String::new(),
            content_hash: hash.to_owned(),
            document: format!("{key}{hash}"),
        }
    }

    const LIMITS: Limits = Limits { max_events: 100, max_bytes: 1 << 20 };

    proptest! {
        #[test]
        fn whatever_the_order_one_event_of_each_key_is_left_and_it_is_the_same(
            mut events in proptest::collection::vec(("[a-e]", "[a-e]"), 0..40), swap in any::<prop::sample::Index>(),
        ) {
            let fill = |events: &[(String, String)]| {
                let mut filling = Filling::new(LIMITS);
                let mut new = 0;
                for (key, hash) in events {
                    new += usize::from(filling.push(event(key, hash, Kind::User), 0) == Pushed::New);
                }
                let (count, bytes) = (filling.count, filling.bytes);
                let mut left: Vec<_> = filling.into_events().into_iter().map(|event| (event.key, event.content_hash)).collect();
                assert_eq!((count, bytes, new), (left.len(), left.len() * 2, left.len()));
                left.sort_unstable();
                left
            };
            let mut smallest: Vec<_> = events.clone();
            smallest.sort_unstable();
            smallest.dedup_by(|a, b| a.0 == b.0);
            prop_assert_eq!(&fill(&events), &smallest);
            if !events.is_empty() {
                let at = swap.index(events.len());
                events.rotate_left(at);
                events.reverse();
                prop_assert_eq!(fill(&events), smallest);
            }
        }
    }

    #[test]
    fn what_is_read_again_is_told_again() {
        let mut filling = Filling::new(LIMITS);
        for (kind, hash, reading, expected) in [
            (Kind::Snapshot, "", 0, Pushed::New),
            (Kind::User, "a", 0, Pushed::New),
            (Kind::User, "b", 0, Pushed::Merged),
            (Kind::User, "b", 1, Pushed::New),
            (Kind::Snapshot, "", 1, Pushed::New),
            (Kind::User, "c", 1, Pushed::New),
        ] {
            let key = if kind == Kind::Snapshot { "s" } else { "k" };
            assert_eq!(filling.push(event(key, hash, kind), reading), expected, "{kind:?} {hash}");
        }
        assert_eq!(filling.into_events().len(), 5);
    }

    #[test]
    fn one_that_takes_the_place_of_another_comes_in_its_own_turn() {
        let mut filling = Filling::new(LIMITS);
        for (key, hash) in [("a", "9"), ("b", "1"), ("a", "5"), ("a", "7"), ("a", "2")] {
            filling.push(event(key, hash, Kind::User), 0);
        }
        let left: Vec<_> = filling.into_events().into_iter().map(|event| event.document).collect();
        assert_eq!(left, ["b1", "a2"]);
    }
}
