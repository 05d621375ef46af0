//! The time of the model. Defender makes its vulnerability data anew about every six hours; the model changes in the
//! same steps, so everything that is true in a period is true for all of it, and a snapshot is just a period.

use std::time::Duration;

/// 2026-01-01T00:00:00Z, as time since 1970: when period 0 of every tenant starts.
pub const ORIGIN: Duration = Duration::from_secs(1_767_225_600);

/// Length of a period.
pub const LENGTH: Duration = Duration::from_secs(6 * 3600);

/// Periods in a day.
pub const PER_DAY: u32 = 4;

/// Six hours of the tenant's life, counted from [`ORIGIN`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Period(pub u32);

impl Period {
    /// The period that holds a time since 1970. Everything before the origin is period 0.
    #[must_use]
    pub fn containing(now: Duration) -> Self {
        let elapsed = now.saturating_sub(ORIGIN).as_secs() / LENGTH.as_secs();
        Self(u32::try_from(elapsed).unwrap_or(u32::MAX))
    }

    /// The first period of a day, counted from 0.
    #[must_use]
    pub const fn of_day(day: u32) -> Self {
        Self(day.saturating_mul(PER_DAY))
    }

    /// When it starts, as time since 1970.
    #[must_use]
    pub fn start(self) -> Duration {
        ORIGIN + LENGTH * self.0
    }

    /// Its number for calculations that reach back before the origin.
    #[must_use]
    pub fn tick(self) -> i64 {
        i64::from(self.0)
    }

    /// The day it lies in, counted from 0.
    #[must_use]
    pub fn day(self) -> u32 {
        self.0 / PER_DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_six_hours_from_the_origin() {
        assert_eq!(Period::containing(Duration::ZERO), Period(0));
        assert_eq!(Period::containing(ORIGIN + LENGTH - Duration::from_nanos(1)), Period(0));
        assert_eq!(Period::containing(ORIGIN + LENGTH), Period(1));
        assert_eq!(Period::containing(Period::of_day(3).start()), Period(12));
        assert_eq!(Period::of_day(3).day(), 3);
    }
}
