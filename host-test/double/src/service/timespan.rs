//! `Timespan` of a hunting query: how far back its rows reach, as ISO 8601 has intervals.
//!
//! Source: "security: runHuntingQuery" of Microsoft Graph: a duration, a start, or two of start, duration and end.

use crate::api::time;
use std::time::Duration;

/// Days that rows reach back where the request does not say.
const DAYS: u64 = 30;

/// From when to when, as time since 1970; both are within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timespan {
    pub(super) start: Duration,
    pub(super) end: Duration,
}

impl Timespan {
    /// The usual one.
    pub(super) fn usual(now: Duration) -> Self {
        Self { start: now.saturating_sub(Duration::from_secs(DAYS * 86_400)), end: Duration::MAX }
    }

    /// Reads one; none if it is no interval.
    pub(super) fn read(text: &str, now: Duration) -> Option<Self> {
        let part = |text: &str| match duration(text) {
            Some(length) => Some((None, Some(length))),
            None => time::read(text).map(|time| (Some(time), None)),
        };
        let span = match text.split_once('/') {
            None => match part(text)? {
                (_, Some(length)) => Self { start: now.saturating_sub(length), end: now },
                (start, None) => Self { start: start?, end: now },
            },
            Some((first, second)) => match (part(first)?, part(second)?) {
                ((Some(start), _), (Some(end), _)) => Self { start, end },
                ((Some(start), _), (_, Some(length))) => Self { start, end: start.saturating_add(length) },
                ((_, Some(length)), (Some(end), _)) => Self { start: end.saturating_sub(length), end },
                _ => return None,
            },
        };
        (span.start <= span.end).then_some(span)
    }

    /// Whether a time, in 100 nanoseconds since 1970, lies within.
    pub(super) fn has(self, ticks: i64) -> bool {
        let time = u128::from(u64::try_from(ticks).unwrap_or(0)) * 100;
        self.start.as_nanos() <= time && time <= self.end.as_nanos()
    }
}

/// `P1DT2H30M`: a year has 365 days, a month 30.
fn duration(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('P')?;
    let (date, clock) = text.split_once('T').unwrap_or((text, ""));
    let in_date = |unit| match unit {
        'Y' => Some(365 * 86_400),
        'M' => Some(30 * 86_400),
        'W' => Some(7 * 86_400),
        'D' => Some(86_400),
        _ => None,
    };
    let in_clock = |unit| match unit {
        'H' => Some(3600),
        'M' => Some(60),
        'S' => Some(1),
        _ => None,
    };
    let clock_is_there = text.contains('T');
    if date.is_empty() && clock.is_empty() || clock_is_there && clock.is_empty() {
        return None;
    }
    Some(Duration::from_secs(total(date, in_date)?.checked_add(total(clock, in_clock)?)?))
}

fn total(text: &str, seconds: impl Fn(char) -> Option<u64>) -> Option<u64> {
    let (mut sum, mut rest) = (0_u64, text);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(end);
        let unit = behind.chars().next()?;
        sum = sum.checked_add(number.parse::<u64>().ok()?.checked_mul(seconds(unit)?)?)?;
        rest = behind.get(unit.len_utf8()..)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::ORIGIN;

    #[test]
    fn intervals_are_read_in_every_form() {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        let now = ORIGIN + days(100);
        let read = |text| Timespan::read(text, now);
        let span = |start, end| Some(Timespan { start, end });
        assert_eq!(read("P7D"), span(now - days(7), now));
        assert_eq!(read("P1W"), read("P7D"));
        assert_eq!(read("PT36H"), span(now - Duration::from_secs(36 * 3600), now));
        assert_eq!(read("P1DT12H"), read("PT36H"));
        assert_eq!(read("2026-01-02T00:00:00Z"), span(ORIGIN + days(1), now));
        assert_eq!(read("2026-01-02T00:00:00Z/2026-01-03"), span(ORIGIN + days(1), ORIGIN + days(2)));
        assert_eq!(read("2026-01-02T00:00:00Z/P1D"), span(ORIGIN + days(1), ORIGIN + days(2)));
        assert_eq!(read("P1D/2026-01-03T00:00:00Z"), span(ORIGIN + days(1), ORIGIN + days(2)));
        for text in ["", "P", "PT", "7D", "P7", "P7X", "P1D/P1D", "2026-01-03/2026-01-02", "yesterday", "P1DT"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
