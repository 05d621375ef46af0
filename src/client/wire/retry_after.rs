//! The `Retry-After` header, RFC 9110 section 10.2.3: seconds, or a date.

/// Milliseconds from `now_ms` (since the epoch) that the header asks to wait; `None` if it cannot be read. A date in
/// the past is zero.
#[must_use]
pub(crate) fn parse(value: &str, now_ms: i64) -> Option<u64> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    let at_ms = http_date(value)?.checked_mul(1000)?;
    Some(u64::try_from(at_ms - now_ms).unwrap_or(0))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds since the epoch of an IMF-fixdate such as `Sun, 06 Nov 1994 08:49:37 GMT`, the only form servers may send.
fn http_date(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once(", ")?;
    let [day, month, year, time, "GMT"] = rest.split(' ').collect::<Vec<_>>()[..] else { return None };
    let day: i64 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = 1 + i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()?;
    let year: i64 = year.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let [hour, minute, second] = time.split(':').collect::<Vec<_>>()[..] else { return None };
    let unit = |text: &str, max: i64| text.parse::<i64>().ok().filter(|n| (0..=max).contains(n));
    let seconds = unit(hour, 23)? * 3600 + unit(minute, 59)? * 60 + unit(second, 60)?;
    Some(days_since_epoch(year, month, day) * 86_400 + seconds)
}

/// Days from 1970-01-01 in the Gregorian calendar, for years after that.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    // Counting years from March puts the leap day at the end of the year.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(parse("30", 0), Some(30_000));
        assert_eq!(parse(" 0 ", 0), Some(0));
        assert_eq!(parse("Thu, 01 Jan 1970 00:01:00 GMT", 0), Some(60_000));
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000), Some(0));
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_776_000), Some(1000));
        assert_eq!(parse("Tue, 29 Feb 2000 00:00:05 GMT", 951_782_400_000), Some(5000));
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:37 GMT", i64::MAX), Some(0));
    }

    #[test]
    fn what_cannot_be_read_is_none() {
        for text in [
            "",
            "soon",
            "-5",
            "1.5",
            "Sun, 06 Nov 1994",
            "Sun, 06 Xxx 1994 08:49:37 GMT",
            "Sun, 40 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse(text, 0), None, "{text}");
        }
    }
}
