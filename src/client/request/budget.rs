//! How many requests may still be sent, so that the service never has to say "too many".
//!
//! Microsoft states limits for any minute and any hour, and words them as "per API": each [`Family`] has its own. A
//! request is sent only if, with it, no window of either length can hold more than the budget's share of the limit.
//!
//! A window is counted in sixty slots and the one that is running. What is in the oldest slot may already be outside of
//! the window, never the other way round: the count errs by a sixtieth, on the safe side.
//!
//! A clock can be set back, between runs or while a run is interrupted. What was counted lies ahead of it then, and counts
//! as sent now: the limits are kept, and nobody waits for longer than a window.

use serde::{Deserialize, Serialize};

use crate::wire::OrderedMap;

/// Requests that share a limit, and the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// The path, with `{id}` for identifiers.
    pub name: &'static str,
    /// Its limits.
    pub quota: Quota,
}

/// Limits of an API family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Calls in any minute.
    pub per_minute: u32,
    /// Calls in any hour.
    pub per_hour: u32,
    /// Whether Microsoft states these numbers. Where none are stated, the lowest of similar requests are assumed.
    pub is_documented: bool,
}

impl Quota {
    /// Limits from the documentation.
    #[must_use]
    pub const fn documented(per_minute: u32, per_hour: u32) -> Self {
        Self { per_minute, per_hour, is_documented: true }
    }

    /// Where Microsoft states none: those of the strictest similar request, `/api/machines/{id}/vulnerabilities`.
    pub const ASSUMED: Self = Self { per_minute: 50, per_hour: 1_500, is_documented: false };

    /// Requests that may be sent before their number is put into a checkpoint: those are forgotten when a session is
    /// lost.
    fn unsaved_max(self) -> u32 {
        (self.per_hour / 100).max(1)
    }
}

/// Requests that a forecast counts one by one.
const MOST_COUNTED: u64 = 20_000;

const SLOTS: u64 = 61;
/// Last slot whose end is a time.
const LAST_SLOT: u64 = u64::MAX / HOUR - SLOTS;
const MINUTE: u64 = 1_000;
const HOUR: u64 = 60_000;

/// Requests in the slots of one length of window.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(into = "Vec<u64>", try_from = "Vec<u64>")]
struct Window {
    /// Number of a slot since the epoch, and requests in it; oldest first, none empty.
    slots: Vec<(u64, u32)>,
}

impl Window {
    /// Forgets what is older than the window. `slot` is the running one. What was sent in a later one was sent before the
    /// clock was set back, nobody knows how long before: it may have been just now.
    fn expire(&mut self, slot: u64) {
        self.slots.retain(|(number, _)| number + SLOTS > slot);
        let past = self.slots.partition_point(|(number, _)| *number <= slot);
        let ahead = self.slots.drain(past..).fold(0_u32, |sum, (_, count)| sum.saturating_add(count));
        if ahead > 0 {
            self.add(slot, ahead);
        }
    }

    fn add(&mut self, slot: u64, calls: u32) {
        match self.slots.last_mut() {
            Some((number, count)) if *number >= slot => *count = count.saturating_add(calls),
            _ => self.slots.push((slot, calls)),
        }
    }

    fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    fn used(&self) -> u32 {
        self.slots.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Milliseconds until one more request fits; 0 if one does now.
    fn free_in(&mut self, now_ms: u64, width_ms: u64, limit: u32) -> u64 {
        self.expire(now_ms / width_ms);
        let mut used = self.used();
        let mut free_at = 0;
        for (number, count) in &self.slots {
            if used < limit {
                break;
            }
            used -= count;
            free_at = (number + SLOTS) * width_ms;
        }
        free_at.saturating_sub(now_ms)
    }
}

impl From<Window> for Vec<u64> {
    fn from(window: Window) -> Self {
        window.slots.into_iter().flat_map(|(number, count)| [number, count.into()]).collect()
    }
}

impl TryFrom<Vec<u64>> for Window {
    type Error = &'static str;

    fn try_from(numbers: Vec<u64>) -> Result<Self, &'static str> {
        let (pairs, rest) = numbers.as_chunks::<2>();
        let slot = |[number, count]: &[u64; 2]| Some((*number, u32::try_from(*count).ok()?));
        let slots = pairs.iter().map(slot).collect::<Option<Vec<_>>>().unwrap_or_default();
        let is_whole = rest.is_empty() && slots.len() == pairs.len() && slots.len() as u64 <= SLOTS;
        let is_in_order = slots.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if is_whole && is_in_order && slots.last().is_none_or(|(number, _)| *number <= LAST_SLOT) {
            Ok(Self { slots })
        } else {
            Err("these are no slots of a window")
        }
    }
}

/// What was sent to one family.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
struct Account {
    #[serde(default, skip_serializing_if = "Window::is_empty")]
    minute: Window,
    #[serde(default, skip_serializing_if = "Window::is_empty")]
    hour: Window,
    /// Requests since the last checkpoint, and how many there may be once there was one.
    #[serde(skip)]
    unsaved: u32,
    #[serde(skip)]
    unsaved_max: Option<u32>,
}

/// The requests of one tenant and application, by family. Serialised, it is what was sent.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Budget {
    accounts: OrderedMap<String, Account>,
    #[serde(skip)]
    share_percent: u32,
}

/// The budget is used up for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// Milliseconds until the next request fits.
    pub millis: u64,
    /// Requests that the budget allows.
    pub allowed: u32,
    /// `minute` or `hour`.
    pub window: &'static str,
}

impl Budget {
    /// A budget of a share of the limits, in per cent, of which nothing is used.
    #[must_use]
    pub fn new(share_percent: u32) -> Self {
        Self { share_percent, accounts: OrderedMap::default() }
    }

    /// Whether one more request fits now; if so, it is entered.
    ///
    /// # Errors
    /// When it does not fit yet.
    #[inline(never)]
    pub fn spend(&mut self, family: &Family, now_ms: u64) -> Result<(), Exhausted> {
        let share = |limit: u32| (u64::from(limit) * u64::from(self.share_percent) / 100).max(1);
        let (per_minute, per_hour) = (share(family.quota.per_minute), share(family.quota.per_hour));
        let account = self.accounts.entry(family.name.to_owned()).or_default();
        let windows =
            [(&mut account.minute, MINUTE, per_minute, "minute"), (&mut account.hour, HOUR, per_hour, "hour")];
        let mut longest = Exhausted { millis: 0, allowed: 0, window: "" };
        for (window, width_ms, limit, name) in windows {
            let allowed = u32::try_from(limit).unwrap_or(u32::MAX);
            let millis = window.free_in(now_ms, width_ms, allowed);
            if millis > longest.millis {
                longest = Exhausted { millis, allowed, window: name };
            }
        }
        if longest.millis > 0 {
            return Err(longest);
        }
        account.enter(now_ms, 1);
        account.unsaved += 1;
        account.unsaved_max = Some(family.quota.unsaved_max());
        Ok(())
    }

    /// Enters so many requests, each as soon as it fits, from a time on. When the last of them fits, in milliseconds
    /// since the epoch. What many take is inferred from what a part of them takes.
    pub fn spend_all(&mut self, family: &Family, calls: u64, now_ms: u64) -> u64 {
        let counted = calls.min(MOST_COUNTED);
        let mut at_ms = now_ms;
        for _ in 0..counted {
            while let Err(exhausted) = self.spend(family, at_ms) {
                at_ms = at_ms.saturating_add(exhausted.millis);
            }
        }
        if counted == calls {
            return at_ms;
        }
        now_ms.saturating_add(((at_ms - now_ms) / counted).saturating_mul(calls))
    }

    /// Whether so much was sent since the last checkpoint that it should be put into one.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.accounts.values().any(|account| account.unsaved_max.is_some_and(|max| account.unsaved >= max))
    }

    /// The count was put into a checkpoint.
    pub fn saved(&mut self) {
        self.accounts.values_mut().for_each(|account| account.unsaved = 0);
    }

    /// The same of another share of the limits, in per cent.
    #[must_use]
    pub fn with_share(self, share_percent: u32) -> Self {
        Self { share_percent, ..self }
    }

    /// Whether nothing was sent, or all of it is forgotten.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Enters what a session may have sent to these families after its last checkpoint was stored. It is not known, so
    /// the most that it can have been is taken, once for each: several ways to a dataset may begin with one request.
    pub fn assume_unsaved(&mut self, families: &[Family], now_ms: u64) {
        for (index, family) in families.iter().enumerate() {
            if families[..index].iter().all(|known| known.name != family.name) {
                let account = self.accounts.entry(family.name.to_owned()).or_default();
                account.enter(now_ms, family.quota.unsaved_max());
            }
        }
    }
}

impl Account {
    fn enter(&mut self, now_ms: u64, calls: u32) {
        for (window, width_ms) in [(&mut self.minute, MINUTE), (&mut self.hour, HOUR)] {
            window.expire(now_ms / width_ms);
            window.add(now_ms / width_ms, calls);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FAMILY: Family = Family { name: "/api/x", quota: Quota::documented(3, 10) };

    fn round_trip(budget: &Budget) -> Budget {
        let text = serde_json::to_string(budget).unwrap();
        serde_json::from_str::<Budget>(&text).unwrap().with_share(budget.share_percent)
    }

    #[test]
    fn the_minute_and_the_hour_bind() {
        let mut budget = Budget::new(100);
        let mut now_ms = 5_000;
        for _ in 0..3 {
            assert_eq!(budget.spend(&FAMILY, now_ms), Ok(()));
        }
        let exhausted = budget.spend(&FAMILY, now_ms).unwrap_err();
        assert_eq!(exhausted, Exhausted { millis: 61_000, allowed: 3, window: "minute" });
        for _ in 0..7 {
            now_ms += 61_000;
            assert_eq!(budget.spend(&FAMILY, now_ms), Ok(()));
        }
        let exhausted = budget.spend(&FAMILY, now_ms).unwrap_err();
        assert_eq!((exhausted.allowed, exhausted.window), (10, "hour"));
        assert_eq!(budget.spend(&FAMILY, now_ms + exhausted.millis), Ok(()));
        assert_eq!(budget.spend(&Family { name: "/api/y", ..FAMILY }, now_ms), Ok(()), "families do not share");
    }

    #[test]
    fn a_share_leaves_room_for_others_and_at_least_one_call() {
        let mut budget = Budget::new(10);
        assert_eq!(budget.spend(&FAMILY, 0), Ok(()));
        assert_eq!(budget.spend(&FAMILY, 0).unwrap_err().allowed, 1);
    }

    #[test]
    fn what_was_sent_survives_and_what_may_have_been_is_added() {
        let mut budget = Budget::new(100);
        for second in [1, 1, 70, 4_000] {
            budget.spend(&FAMILY, second * 1_000).unwrap();
        }
        assert!(budget.is_due());
        budget.saved();
        assert!(!budget.is_due());
        let mut read = round_trip(&budget);
        assert_eq!(
            (&read.accounts[0].minute, &read.accounts[0].hour),
            (&budget.accounts[0].minute, &budget.accounts[0].hour)
        );
        read.assume_unsaved(&[FAMILY, FAMILY], 4_000_000);
        assert_eq!(read.accounts[0].minute.used(), budget.accounts[0].minute.used() + 1);
        for damaged in [r#"{"/a":{"minute":[1]}}"#, r#"{"/a":{"minute":[2,1,1,1],"hour":[]}}"#, r#"{"/a":3}"#] {
            assert!(serde_json::from_str::<Budget>(damaged).is_err(), "{damaged}");
        }
    }

    /// A clock that was ahead and was put right: what was sent lies in the future, and that far nobody waits.
    #[test]
    fn a_clock_that_is_set_back_costs_a_window_and_no_more() {
        const DAY: u64 = 24 * 3_600_000;
        for ahead_ms in [1, 1_000, 60_000, 61_000, 3_600_000, 30 * 3_600_000, 3_650 * DAY] {
            let now_ms = 1_767_225_600_123;
            let mut ahead = Budget::new(100);
            let mut at_ms = now_ms + ahead_ms;
            for _ in 0..10 {
                while let Err(exhausted) = ahead.spend(&FAMILY, at_ms) {
                    at_ms += exhausted.millis;
                }
            }
            let mut budget = round_trip(&ahead);
            let exhausted = budget.spend(&FAMILY, now_ms).unwrap_err();
            // They may have been sent just now: a whole window has to pass.
            assert!((3_600_000..=3_660_000).contains(&exhausted.millis), "{ahead_ms}: {exhausted:?}");
            let mut budget = round_trip(&budget);
            assert_eq!(budget.spend(&FAMILY, now_ms + exhausted.millis), Ok(()), "{ahead_ms}");
        }
    }

    #[test]
    fn a_minute_without_calls_before_an_hour_that_is_used_up_survives() {
        let mut budget = Budget::new(100);
        let mut now_ms = 0;
        while budget.spend(&FAMILY, now_ms).is_ok() {
            now_ms += 30_000;
        }
        now_ms += 120_000;
        assert_eq!(budget.spend(&FAMILY, now_ms).unwrap_err().window, "hour");
        assert_eq!(round_trip(&budget).accounts["/api/x"].hour, budget.accounts["/api/x"].hour);
    }

    proptest! {
        /// Wherever the clock jumps, no wait is longer than a window and its running slot.
        #[test]
        fn no_wait_is_longer_than_a_window(jumps in prop::collection::vec(
            prop_oneof![0_u64..200_000, 0_u64..9_000_000, 0_u64..253_402_300_800_000], 1..200,
        )) {
            let mut budget = Budget::new(100);
            for now_ms in jumps {
                if let Err(exhausted) = budget.spend(&FAMILY, now_ms) {
                    prop_assert!(exhausted.millis <= 3_660_000, "{exhausted:?}");
                    prop_assert_eq!(budget.spend(&FAMILY, now_ms + exhausted.millis), Ok(()));
                }
                budget = round_trip(&budget);
            }
        }

        /// Whatever the rhythm, and however often the count goes through a checkpoint: no window holds too many.
        #[test]
        fn no_window_is_ever_exceeded(gaps in prop::collection::vec((0_u64..90_000, any::<bool>()), 1..400)) {
            let mut budget = Budget::new(100);
            let (mut now_ms, mut sent) = (1_767_225_600_123_u64, Vec::new());
            for (gap, saves) in gaps {
                now_ms += gap;
                if let Err(exhausted) = budget.spend(&FAMILY, now_ms) {
                    now_ms += exhausted.millis;
                    prop_assert_eq!(budget.spend(&FAMILY, now_ms), Ok(()), "the wait that was named is enough");
                }
                sent.push(now_ms);
                if saves {
                    budget.saved();
                    budget = round_trip(&budget);
                }
            }
            for (index, end) in sent.iter().enumerate() {
                let within = |length: u64| sent[..=index].iter().filter(|at| **at + length > *end).count();
                prop_assert!(within(60_000) <= 3 && within(3_600_000) <= 10);
            }
        }
    }
}
