//! How long to wait before a repeat, and how long to keep coming back.
//!
//! Services count requests in windows of a minute and of an hour. Who gives up within the window that is full gives up
//! too early, however often it tried: so the number of attempts alone never ends them.

use super::http_config::HttpConfig;

/// First wait, before jitter.
const BASE_MS: u64 = 1000;
/// Longest wait, before jitter, unless the service asks for more.
const CAP_MS: u64 = 60_000;

/// How long a request that fails is at least tried again, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience(u64);

impl Patience {
    /// Not longer than the attempts take: nobody answered at all.
    pub(super) const NONE: Self = Self(0);
    /// As long as the limit of a minute may bind, or a fault of the service passes.
    pub(super) const MINUTE: Self = Self(60_000);
    /// As long as the limit of an hour may bind.
    pub(super) const HOUR: Self = Self(3_600_000);

    /// Whether a request that has been failing for so long was tried long enough. One that may be sent only once is.
    pub(super) fn is_over(self, passed_ms: u64, config: &HttpConfig) -> bool {
        config.max_attempts <= 1 || passed_ms >= self.0.min(config.max_wait_ms)
    }
}

/// What decides when a file is asked for again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    config: HttpConfig,
    asked_ms: Option<u64>,
    random: u64,
}

impl Retry {
    /// `asked_ms` is what the service asked to wait, `random` any number.
    pub(crate) fn new(config: HttpConfig, asked_ms: Option<u64>, random: u64) -> Self {
        Self { config, asked_ms, random }
    }

    /// Milliseconds for which a file that failed so often is left alone.
    pub(crate) fn pause_ms(&self, failures: u32) -> u64 {
        pause_ms(failures, self.asked_ms, self.random, self.config.max_wait_ms).min(self.config.max_wait_ms)
    }

    /// Whether a file that failed so often, and for so many milliseconds, is given up.
    pub(crate) fn is_over(&self, failures: u32, passed_ms: u64) -> bool {
        failures >= self.config.max_attempts && Patience::MINUTE.is_over(passed_ms, &self.config)
    }
}

/// Milliseconds before the repeat that follows the `failures`-th failure in a row (from 1): what the service asked for,
/// and not less than a time that is doubled with each failure up to a minute. Of that between half and all is taken, so
/// that clients that failed together do not come back together. The first time the service is believed.
#[must_use]
pub(super) fn pause_ms(failures: u32, asked_ms: Option<u64>, random: u64, max_ms: u64) -> u64 {
    let doublings = failures.saturating_sub(1).min(16);
    let full = (BASE_MS << doublings).min(CAP_MS).min(max_ms.max(BASE_MS));
    let growing = full / 2 + random % (full / 2 + 1);
    match asked_ms {
        None => growing,
        // A little more than asked, so that many clients do not return in the same millisecond.
        Some(asked) if failures <= 1 => asked.saturating_add(random % 1000),
        Some(asked) => asked.saturating_add(random % 1000).max(growing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn config(max_attempts: u32, max_wait_ms: u64) -> HttpConfig {
        HttpConfig { user_agent: "", timeout_ms: 1, max_attempts, max_wait_ms, max_in_flight: 1 }
    }

    #[test]
    fn patience_lasts_as_long_as_the_window_within_the_longest_wait() {
        let usual = config(6, 3_600_000);
        assert!(Patience::NONE.is_over(0, &usual));
        assert!(!Patience::MINUTE.is_over(59_999, &usual) && Patience::MINUTE.is_over(60_000, &usual));
        assert!(!Patience::HOUR.is_over(3_599_999, &usual) && Patience::HOUR.is_over(3_600_000, &usual));
        assert!(Patience::HOUR.is_over(5_000, &config(6, 5_000)));
        assert!(Patience::MINUTE.is_over(0, &config(1, 3_600_000)), "once is once");
    }

    proptest! {
        #[test]
        fn waits_grow_to_the_cap_and_keep_their_floor(failures in 1u32..1000, random: u64) {
            let pause = pause_ms(failures, None, random, u64::MAX);
            prop_assert!((BASE_MS / 2..=CAP_MS).contains(&pause));
            if failures > 6 {
                prop_assert!(pause >= CAP_MS / 2);
            }
        }

        #[test]
        fn what_was_asked_for_is_kept_and_a_short_wait_grows_all_the_same(failures in 1u32..1000, asked in 0u64..10_000_000, random: u64) {
            let pause = pause_ms(failures, Some(asked), random, u64::MAX);
            prop_assert!(pause >= asked);
            if failures > 6 {
                prop_assert!(pause >= CAP_MS / 2, "a wait of {asked} that does not help");
            }
        }

        /// Six attempts never take less than the limit of a minute may bind.
        #[test]
        fn nobody_gives_up_within_the_minute(asked in prop::option::of(0u64..1_001), random: u64) {
            let (config, mut passed, mut failures) = (config(6, 3_600_000), 0, 1);
            while failures < config.max_attempts || !Patience::MINUTE.is_over(passed, &config) {
                passed += pause_ms(failures, asked, random, config.max_wait_ms);
                failures += 1;
            }
            prop_assert!(passed >= 60_000 && failures < 20, "{failures} attempts in {passed} ms");
        }
    }
}
