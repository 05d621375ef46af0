//! Points in time: every layout that the service uses, to milliseconds since the epoch and back to RFC 3339.
//!
//! Layouts: `2026-01-02T03:04:05[.0–9 digits][Z|±hh:mm]`, the same with a space in the middle (exports), and a bare
//! date. Without a zone the time is UTC. Source: Defender API pages; the widths of fractions vary within one answer.

/// Milliseconds in a day.
const DAY_MS: i64 = 86_400_000;

/// Whether a text is the "never" of .NET: any time in the year 1.
#[must_use]
pub fn is_never(text: &str) -> bool {
    text.starts_with("0001-")
}

/// Reads a time as milliseconds since the epoch; digits beyond the third of the fraction are cut off. Years from 1
/// to 9999.
#[must_use]
#[inline(never)]
pub fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (year, month, day) = (digits(bytes, 0, 4)?, digits(bytes, 5, 2)?, digits(bytes, 8, 2)?);
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    if year < 1 || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let date = days_from_civil(year, month, day) * DAY_MS;
    if bytes.len() == 10 {
        return Some(date);
    }
    if !matches!(bytes[10], b'T' | b't' | b' ') || bytes.get(13) != Some(&b':') || bytes.get(16) != Some(&b':') {
        return None;
    }
    let (hour, minute, second) = (digits(bytes, 11, 2)?, digits(bytes, 14, 2)?, digits(bytes, 17, 2)?);
    // A leap second has no millisecond of its own; it counts as the last one that has.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (millis, zone) = fraction(&bytes[19..])?;
    let clock = (hour * 3600 + minute * 60) * 1000 + if second == 60 { 59_999 } else { second * 1000 + millis };
    Some(date + clock - offset(zone)? * 60_000)
}

/// Milliseconds of a fraction such as `.1234567`, and what follows it.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(after_dot) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let count = after_dot.iter().take_while(|b| b.is_ascii_digit()).count();
    if count > 9 {
        return None;
    }
    let millis = (0..3).fold(0, |millis, place| {
        let digit = if place < count { i64::from(after_dot[place] - b'0') } else { 0 };
        millis * 10 + digit
    });
    Some((millis, &after_dot[count..]))
}

/// Minutes east of Greenwich.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        b"" | b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let (hours, minutes) = match rest.len() {
                2 => (digits(rest, 0, 2)?, 0),
                4 => (digits(rest, 0, 2)?, digits(rest, 2, 2)?),
                5 if rest[2] == b':' => (digits(rest, 0, 2)?, digits(rest, 3, 2)?),
                _ => return None,
            };
            let east = hours * 60 + minutes;
            (hours <= 23 && minutes <= 59).then_some(if *sign == b'-' { -east } else { east })
        }
        _ => None,
    }
}

/// `count` decimal digits from `start` as a number.
fn digits(bytes: &[u8], start: usize, count: usize) -> Option<i64> {
    bytes
        .get(start..start + count)?
        .iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// Writes milliseconds since the epoch as RFC 3339 in UTC with three fraction digits. Years outside 0–9999, which no
/// source time has, are held at the ends.
#[must_use]
#[inline(never)]
pub fn to_rfc3339(ms: i64) -> String {
    const MIN: i64 = -62_167_219_200_000;
    const MAX: i64 = 253_402_300_799_999;
    let ms = ms.clamp(MIN, MAX);
    let (days, clock) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (clock / 3_600_000, clock / 60_000 % 60, clock / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", clock % 1000)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, years counted from March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_layout_is_read() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-20T17:12:35.4409708Z", 1_795_194_755_440),
            ("2024-01-25T18:45:56.688814Z", 1_706_208_356_688),
            ("2024-02-29", 1_709_164_800_000),
            ("2020-12-30 11:07:15", 1_609_326_435_000),
            ("2020-12-30 11:07:15.8476880", 1_609_326_435_847),
            ("2021-05-11T00:00:00+00:00", 1_620_691_200_000),
            ("2021-05-11T02:00:00+02:00", 1_620_691_200_000),
            ("2021-05-10T22:00:00.9-0200", 1_620_691_200_900),
            ("2021-05-11T00:00:00.123456789", 1_620_691_200_123),
            ("2021-05-11T00:00:00.Z", 1_620_691_200_000),
            ("2016-12-31T23:59:60Z", 1_483_228_799_999),
            ("1969-12-31T23:59:59.999Z", -1),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn nonsense_is_not_read() {
        for text in [
            "",
            "today",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-00-10",
            "2026-01-00",
            "0000-01-01",
            "2026-01-01T",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00.1234567890Z",
            "2026-01-01T00:00:00+1",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00 UTC",
            "2026-01-01X00:00:00",
            "2026/01/01",
            "２０２６-01-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(is_never("0001-01-01T00:00:00Z") && is_never("0001-01-01 00:00:00") && !is_never("2001-01-01"));
    }

    #[test]
    fn written_as_rfc_3339() {
        assert_eq!(to_rfc3339(1_795_194_755_440), "2026-11-20T17:12:35.440Z");
        assert_eq!(to_rfc3339(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(to_rfc3339(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(to_rfc3339(i64::MIN), "0000-01-01T00:00:00.000Z");
    }

    proptest! {
        #[test]
        fn format_then_parse_is_identity(ms in -62_135_596_800_000_i64..=253_402_300_799_999) {
            prop_assert_eq!(parse(&to_rfc3339(ms)), Some(ms));
        }

        #[test]
        fn parse_never_panics(text in ".{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn parse_never_panics_near_times(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.Z+-]{0,24}") {
            let _ = parse(&text);
        }
    }
}
