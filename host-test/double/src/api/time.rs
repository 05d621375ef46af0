//! Times as the services write and read them.

use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// RFC 3339 in UTC, to the second: `2026-01-01T11:01:00Z`.
pub(crate) fn iso(since_1970: Duration) -> String {
    let time = civil(since_1970);
    let (date, clock) = (time.date(), time.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", clock.hour(), clock.minute(), clock.second())
}

/// As in the error bodies of Entra ID: `2026-01-01 11:01:00Z`.
pub(crate) fn spaced(since_1970: Duration) -> String {
    iso(since_1970).replacen('T', " ", 1)
}

/// As in the path of a snapshot: `2026-01-01/1100/`.
pub(crate) fn folder(since_1970: Duration) -> String {
    let time = civil(since_1970);
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    format!("{year:04}-{month:02}-{day:02}/{:02}{:02}/", time.hour(), time.minute())
}

/// A number of 100 nanoseconds since 1970 as hunting writes it, always with seven digits of a second.
pub(crate) fn ticks(ticks: i64) -> String {
    let ticks = u64::try_from(ticks).unwrap_or(0);
    let second = iso(Duration::from_secs(ticks / 10_000_000));
    format!("{}.{:07}Z", second.trim_end_matches('Z'), ticks % 10_000_000)
}

/// As in HTTP headers.
pub(crate) fn http_date(since_1970: Duration) -> String {
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + since_1970)
}

/// Reads RFC 3339, a bare date included. Times before 1970 are 1970.
pub(crate) fn read(text: &str) -> Option<Duration> {
    // Microsoft's own examples have dates with and without the letter.
    let day = text.strip_suffix('Z').unwrap_or(text);
    let whole = if day.len() == "2026-01-01".len() { format!("{day}T00:00:00Z") } else { text.to_owned() };
    let time = OffsetDateTime::parse(&whole, &Rfc3339).ok()?;
    let nanos = u128::try_from(time.unix_timestamp_nanos()).unwrap_or(0);
    Some(Duration::new(u64::try_from(nanos / 1_000_000_000).ok()?, u32::try_from(nanos % 1_000_000_000).ok()?))
}

fn civil(since_1970: Duration) -> OffsetDateTime {
    let seconds = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::ORIGIN;

    #[test]
    fn the_forms_of_a_time() {
        let time = ORIGIN + Duration::from_secs(11 * 3600 + 62);
        assert_eq!(iso(time), "2026-01-01T11:01:02Z");
        assert_eq!(spaced(time), "2026-01-01 11:01:02Z");
        assert_eq!(folder(time), "2026-01-01/1101/");
        assert_eq!(
            ticks(17_672_220_620_001_000 - 4_620_000_000 + 4_620_000_000 - 1000),
            "2025-12-31T23:01:02.0000000Z"
        );
        assert_eq!(http_date(time), "Thu, 01 Jan 2026 11:01:02 GMT");
        assert_eq!(read("2026-01-01T11:01:02Z"), Some(time));
        assert_eq!(read("2026-01-01T12:01:02.0000000+01:00"), Some(time));
        assert_eq!((read("2026-01-01"), read("2026-01-01Z")), (Some(ORIGIN), Some(ORIGIN)));
        assert_eq!(read("yesterday"), None);
        assert_eq!(read("1901-01-01"), Some(Duration::ZERO));
    }
}
