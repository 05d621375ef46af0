//! A point in time with the precision that the service has.

use crate::period::{LENGTH, ORIGIN};

/// Seconds in a period.
const PERIOD_SECS: i64 = LENGTH.as_secs() as i64;

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Further units of 100 nanoseconds, below 10 million.
    pub ticks: u32,
}

impl Moment {
    /// When a period starts, also one before the origin.
    #[must_use]
    pub fn start_of(tick: i64) -> Self {
        Self { seconds: ORIGIN.as_secs() as i64 + tick * PERIOD_SECS, ticks: 0 }
    }

    /// Some seconds earlier.
    #[must_use]
    pub fn before(self, seconds: i64) -> Self {
        Self { seconds: self.seconds - seconds, ..self }
    }

    /// The same second with a fraction.
    #[must_use]
    pub fn with_ticks(self, ticks: u32) -> Self {
        Self { ticks: ticks % 10_000_000, ..self }
    }

    /// The period that holds it; negative before the origin.
    #[must_use]
    pub fn tick(self) -> i64 {
        (self.seconds - ORIGIN.as_secs() as i64).div_euclid(PERIOD_SECS)
    }
}
