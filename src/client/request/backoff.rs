//! How long to wait before a repeat when the service does not say.

/// First wait, before jitter.
const BASE_MS: u64 = 1000;
/// Longest wait, before jitter.
const CAP_MS: u64 = 60_000;

/// Milliseconds before the repeat that follows the `failures`-th failure in a row (from 1): doubled each time up to
/// the cap, of which between half and all is taken, so that clients that failed together do not come back together.
#[must_use]
pub(super) fn delay_ms(failures: u32, random: u64) -> u64 {
    let doublings = failures.saturating_sub(1).min(16);
    let full = (BASE_MS << doublings).min(CAP_MS);
    full / 2 + random % (full / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_grow_to_the_cap_and_keep_their_floor(failures in 1u32..1000, random: u64) {
            let delay = delay_ms(failures, random);
            prop_assert!((BASE_MS / 2..=CAP_MS).contains(&delay));
            if failures > 6 {
                prop_assert!(delay >= CAP_MS / 2);
            }
        }
    }
}
