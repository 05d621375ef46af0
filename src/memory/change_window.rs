//! A window of changes, in which one record may be told of several times: what its last event says is what counts.
//!
//! The service says neither in which order it tells, nor that it tells once: a version that comes and goes is `New` and
//! `Fixed`, a device that moves to another group has all its rows `Fixed` and `New` at one time, and the first period
//! of a window was told before. So the window is read twice: once to learn the last event of each record, and once more
//! to emit just those. What is kept in between is a fingerprint and a time for each record, and its number is bounded.

use defender_rows::hash::fingerprint;

use super::allocation::has_room;

/// Most records of a window, three quarters of the slots: that is 6 MiB. Whoever has more changes than that, or no memory
/// for them, reads everything again, in less memory.
const SLOTS_MAX: usize = 1 << 19;

/// Bytes of a slot.
const SLOT: usize = 12;

/// A window reaches back 14 days and starts with a whole period: everything of it lies behind this many milliseconds
/// before the time that was asked for.
const BEFORE_MS: i64 = 86_400_000;

/// Marks an event that was emitted with an earlier batch.
const TOLD: u32 = 1 << 31;

/// What an event of a window is, among the events of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The last one: to be emitted. Of several at one time that meet in a batch, the batch says which counts.
    Last,
    /// A later one counts, or it was emitted with an earlier batch, or the window is only looked through so far.
    Passed,
}

/// The last event of each record of a window.
#[derive(Debug, Default)]
pub struct Window {
    from_ms: i64,
    /// Whether it is looked through, so that nothing is emitted yet.
    is_survey: bool,
    /// Fingerprints, 0 for a free slot, and beside each the last event.
    ids: Vec<u64>,
    events: Vec<u32>,
    /// Slots of the events that are in the batch that is being filled.
    in_batch: Vec<u32>,
    records: usize,
    rows: u64,
    sum: u64,
    is_too_large: bool,
    has_moved: bool,
}

impl Window {
    /// A window that starts at a time, in milliseconds since the epoch, to be looked through.
    #[must_use]
    pub fn survey(since_ms: i64) -> Self {
        Self { from_ms: since_ms - BEFORE_MS, is_survey: true, ..Self::default() }
    }

    /// All of it was looked through: what comes now is the same once more.
    pub fn surveyed(&mut self) {
        self.is_survey = false;
    }

    /// Whether it is looked through.
    #[must_use]
    pub fn is_survey(&self) -> bool {
        self.is_survey
    }

    /// Stands for everything that it was looked through, whatever the order.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// Rows that were looked through.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether it has more records than can be kept.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.is_too_large
    }

    /// Whether something came that was not there when it was looked through: the service has made its data anew.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.has_moved
    }

    /// Takes an event of a record. `exists` says whether the record is there after it; of events at one time, one after
    /// which it is there counts.
    #[inline(never)]
    pub fn meet(&mut self, record: &str, at_ms: Option<i64>, exists: bool) -> Standing {
        // 64 bits: among as many records as are kept, two with one fingerprint come once in 10^8 windows.
        let id = fingerprint(&[record.as_bytes()]).max(1);
        // In steps of four milliseconds, 2^29 of which are 24 days.
        let step = at_ms.map_or(0, |at_ms| (at_ms - self.from_ms).clamp(0, (1 << 31) - 1) >> 2);
        let event = (u32::try_from(step).unwrap_or_default() << 1) | u32::from(exists);
        if self.is_survey {
            self.rows += 1;
            self.sum = self.sum.wrapping_add(fingerprint(&[&id.to_le_bytes(), &event.to_le_bytes()]));
            self.keep(id, event);
            return Standing::Passed;
        }
        let slot = self.slot(id);
        match (self.ids.get(slot), self.events.get_mut(slot)) {
            (Some(found), Some(last)) if *found == id && *last == event => {
                self.in_batch.extend(u32::try_from(slot));
                return Standing::Last;
            }
            (Some(found), Some(last)) if *found == id && *last & !TOLD >= event => {}
            _ => self.has_moved = true,
        }
        Standing::Passed
    }

    /// A batch was handed over: what came in it counts.
    pub fn handed_over(&mut self) {
        for slot in self.in_batch.drain(..) {
            self.events[slot as usize] |= TOLD;
        }
    }

    fn keep(&mut self, id: u64, event: u32) {
        if self.records * 4 >= self.ids.len() * 3 && !self.grow() {
            self.is_too_large = true;
            return;
        }
        let slot = self.slot(id);
        if self.ids[slot] == 0 {
            self.ids[slot] = id;
            self.records += 1;
        }
        self.events[slot] = self.events[slot].max(event);
    }

    /// Where a record is, or where there is room for it. Some slots are always free.
    fn slot(&self, id: u64) -> usize {
        let mask = self.ids.len().saturating_sub(1);
        let mut slot = id as usize & mask;
        while self.ids.get(slot).is_some_and(|found| *found != id && *found != 0) {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Doubles the number of slots; `false` if there are as many as there may be.
    fn grow(&mut self) -> bool {
        let slots = (self.ids.len() * 2).max(1 << 8);
        if slots > SLOTS_MAX || !has_room(self.ids.len() * SLOT, slots * SLOT) {
            return false;
        }
        let ids = std::mem::replace(&mut self.ids, vec![0; slots]);
        let events = std::mem::replace(&mut self.events, vec![0; slots]);
        for (id, event) in ids.into_iter().zip(events).filter(|(id, _)| *id != 0) {
            let slot = self.slot(id);
            (self.ids[slot], self.events[slot]) = (id, event);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const SINCE: i64 = 1_795_204_800_000;
    const PERIOD: i64 = 21_600_000;

    /// What comes of events, read twice: for each record whether it is there, in the order of emission.
    fn told(events: &[(u8, i64, bool)]) -> Vec<(u8, bool)> {
        let mut window = Window::survey(SINCE);
        let meet = |window: &mut Window, (record, period, exists): (u8, i64, bool)| {
            window.meet(&record.to_string(), Some(SINCE + period * PERIOD), exists)
        };
        assert!(events.iter().all(|event| meet(&mut window, *event) == Standing::Passed));
        window.surveyed();
        let last = events.iter().filter(|event| {
            let standing = meet(&mut window, **event);
            window.handed_over();
            standing == Standing::Last
        });
        let told = last.map(|(record, _, exists)| (*record, *exists)).collect();
        assert!(!window.has_moved());
        told
    }

    #[test]
    fn a_move_to_another_group_is_one_update_in_either_order() {
        assert_eq!(told(&[(1, 3, false), (1, 3, true)]), [(1, true)]);
        assert_eq!(told(&[(1, 3, true), (1, 3, false)]), [(1, true)]);
        assert_eq!(told(&[(1, 3, true), (1, 4, false)]), [(1, false)], "it came and went");
        assert_eq!(told(&[(1, 4, false), (1, 3, true), (1, 4, false)]), [(1, false)], "once");
        assert_eq!(told(&[(1, -1, true), (1, 0, false)]), [(1, false)], "the period before is part of it");
    }

    proptest! {
        #[test]
        fn each_record_is_told_of_once_as_its_last_event_says(
            events in proptest::collection::vec((0u8..9, 0i64..60, any::<bool>()), 0..60)
        ) {
            let mut last = BTreeMap::new();
            for (record, period, exists) in &events {
                let known = last.entry(*record).or_insert((*period, *exists));
                *known = (*known).max((*period, *exists));
            }
            let mut told = told(&events);
            told.sort_unstable();
            prop_assert_eq!(told, last.into_iter().map(|(record, (_, exists))| (record, exists)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_was_not_there_before_is_noticed() {
        let mut window = Window::survey(SINCE);
        window.meet("a", Some(SINCE), true);
        window.surveyed();
        assert_eq!(window.meet("a", Some(SINCE), true), Standing::Last);
        assert_eq!(window.meet("a", Some(SINCE), true), Standing::Last, "the batch decides");
        window.handed_over();
        assert_eq!(window.meet("a", Some(SINCE), true), Standing::Passed);
        assert!(!window.has_moved());
        window.meet("a", Some(SINCE + PERIOD), false);
        assert!(window.has_moved(), "a later event of a record that was told of");
        let mut empty = Window::survey(SINCE);
        empty.surveyed();
        assert_eq!(empty.meet("a", None, true), Standing::Passed);
        assert!(empty.has_moved());
    }

    #[test]
    fn its_sum_is_about_what_is_in_it_and_not_about_the_order() {
        let sum = |events: &[(&str, i64)]| {
            let mut window = Window::survey(SINCE);
            for (record, at) in events {
                window.meet(record, Some(*at), true);
            }
            window.sum()
        };
        assert_eq!(sum(&[("a", SINCE), ("b", SINCE)]), sum(&[("b", SINCE), ("a", SINCE)]));
        assert_ne!(sum(&[("a", SINCE)]), sum(&[("b", SINCE)]));
        assert_ne!(sum(&[("a", SINCE)]), sum(&[("a", SINCE + PERIOD)]));
        assert_ne!(sum(&[("a", SINCE)]), sum(&[("a", SINCE), ("a", SINCE)]));
    }

    #[test]
    fn more_records_than_can_be_kept_are_noticed() {
        let mut window = Window::survey(SINCE);
        let most = SLOTS_MAX / 4 * 3;
        for record in 0..most {
            window.meet(&record.to_string(), Some(SINCE), true);
        }
        assert!(!window.is_too_large());
        assert_eq!(window.ids.capacity() * 8 + window.events.capacity() * 4, 6 << 20);
        window.meet("one more", Some(SINCE), true);
        assert!(window.is_too_large());
    }
}
