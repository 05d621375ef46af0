//! Calls counted against their quota.

use crate::api::{Family, HOUR, MINUTE, Quota};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// The calls of the last hour.
#[derive(Debug, Default)]
pub(super) struct Window(BTreeMap<Family, VecDeque<Duration>>);

impl Window {
    /// Takes a slot, or says how long to wait for one. A call that gets none counts for nothing.
    pub(super) fn take(&mut self, family: Family, quota: Quota, now: Duration) -> Result<(), Duration> {
        let calls = self.0.entry(family).or_default();
        while calls.front().is_some_and(|call| *call + HOUR <= now) {
            calls.pop_front();
        }
        let wait = wait(calls, quota.per_minute, MINUTE, now).max(wait(calls, quota.per_hour, HOUR, now));
        if wait > Duration::ZERO {
            return Err(wait);
        }
        calls.push_back(now);
        Ok(())
    }
}

/// Time until fewer than `limit` calls lie in the window.
fn wait(calls: &VecDeque<Duration>, limit: u32, window: Duration, now: Duration) -> Duration {
    let limit = limit as usize;
    if limit == 0 {
        return window;
    }
    // The call that has to leave the window before the next one may come.
    match calls.len().checked_sub(limit).and_then(|index| calls.get(index)) {
        Some(blocking) => (*blocking + window).saturating_sub(now),
        None => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: Family = Family::new("test");

    #[test]
    fn a_slot_frees_when_the_oldest_call_leaves_the_window() {
        let quota = Quota { per_minute: 2, per_hour: 3 };
        let mut window = Window::default();
        let at = Duration::from_secs;
        assert_eq!(window.take(FAMILY, quota, at(0)), Ok(()));
        assert_eq!(window.take(FAMILY, quota, at(10)), Ok(()));
        assert_eq!(window.take(FAMILY, quota, at(20)), Err(at(40)));
        assert_eq!(window.take(FAMILY, quota, at(59)), Err(at(1)));
        assert_eq!(window.take(FAMILY, quota, at(60)), Ok(()));
        assert_eq!(window.take(FAMILY, quota, at(120)), Err(at(3480)));
        assert_eq!(window.take(FAMILY, quota, at(3600)), Ok(()));
    }

    #[test]
    fn apis_count_for_themselves_and_zero_means_never() {
        let one = Quota { per_minute: 1, per_hour: 10 };
        let mut window = Window::default();
        assert_eq!(window.take(FAMILY, one, Duration::ZERO), Ok(()));
        assert_eq!(window.take(Family::new("other"), one, Duration::ZERO), Ok(()));
        let never = Quota { per_minute: 0, per_hour: 0 };
        assert_eq!(window.take(Family::new("third"), never, Duration::ZERO), Err(HOUR));
    }
}
