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

    /// Some seconds later.
    #[must_use]
    pub fn after(self, seconds: i64) -> Self {
        Self { seconds: self.seconds + seconds, ..self }
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

    /// Year, month and day in UTC.
    #[must_use]
    pub fn date(self) -> (i64, u32, u32) {
        // Days to a date in a calendar whose years begin in March, so that the leap day comes last.
        let days = self.seconds.div_euclid(86_400) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        (era * 400 + year_of_era + i64::from(month <= 2), month as u32, day as u32)
    }

    /// Hour, minute and second in UTC.
    #[must_use]
    pub fn time(self) -> (u32, u32, u32) {
        let seconds = self.seconds.rem_euclid(86_400) as u32;
        (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let date = |seconds| Moment { seconds, ticks: 0 }.date();
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(-1), (1969, 12, 31));
        assert_eq!(date(951_782_400), (2000, 2, 29));
        assert_eq!(date(951_868_800), (2000, 3, 1));
        assert_eq!(Moment::start_of(0).date(), (2026, 1, 1));
        assert_eq!(Moment::start_of(3).time(), (18, 0, 0));
        assert_eq!(Moment::start_of(-1).before(-61).tick(), -1);
    }
}
