//! Points in time as the services write them.

use super::json::{digits, padded};
use crate::model::Moment;

/// `2026-01-01T05:12:44.1234567Z` in quotes, with 0, 3, 6 or 7 digits of a second.
pub(super) fn iso(out: &mut Vec<u8>, moment: Moment) {
    out.push(b'"');
    clock(out, moment, b'T');
    fraction(out, moment.ticks);
    out.extend_from_slice(b"Z\"");
}

/// `2026-01-01T05:12:44.000Z` in quotes: always three digits.
pub(super) fn millis(out: &mut Vec<u8>, moment: Moment) {
    out.push(b'"');
    clock(out, moment, b'T');
    out.push(b'.');
    padded::<3>(out, moment.ticks / 10_000);
    out.extend_from_slice(b"Z\"");
}

/// `2026-01-01T05:12:44.1230000Z` in quotes: always seven digits, as hunting and Graph's security have it.
pub(super) fn sevenths(out: &mut Vec<u8>, moment: Moment) {
    out.push(b'"');
    clock(out, moment, b'T');
    out.push(b'.');
    padded::<7>(out, moment.ticks);
    out.extend_from_slice(b"Z\"");
}

/// `2026-01-01T05:12:44Z` in quotes: whole seconds, as the directory has it.
pub(super) fn seconds(out: &mut Vec<u8>, moment: Moment) {
    iso(out, moment.with_ticks(0));
}

/// `2025-12-31T21:12:44.123-08:00` in quotes: the time of Intune's service, with its distance from UTC.
pub(super) fn offset(out: &mut Vec<u8>, moment: Moment) {
    out.push(b'"');
    clock(out, moment.before(8 * 3600), b'T');
    fraction(out, moment.ticks);
    out.extend_from_slice(b"-08:00\"");
}

/// `2026-01-01` in quotes.
pub(super) fn day(out: &mut Vec<u8>, moment: Moment) {
    let (year, month, day) = moment.date();
    out.extend_from_slice(format!("\"{year:04}-{month:02}-{day:02}\"").as_bytes());
}

/// `2026-01-01 05:12:44.1234567` in quotes, as the exports have it: a space and no zone.
pub(super) fn spaced(out: &mut Vec<u8>, moment: Moment) {
    out.push(b'"');
    clock(out, moment, b' ');
    fraction(out, moment.ticks);
    out.push(b'"');
}

fn clock(out: &mut Vec<u8>, moment: Moment, between: u8) {
    let (year, month, day) = moment.date();
    let (hour, minute, second) = moment.time();
    digits(out, year.unsigned_abs());
    out.push(b'-');
    padded::<2>(out, month);
    out.push(b'-');
    padded::<2>(out, day);
    out.push(between);
    padded::<2>(out, hour);
    out.push(b':');
    padded::<2>(out, minute);
    out.push(b':');
    padded::<2>(out, second);
}

fn fraction(out: &mut Vec<u8>, ticks: u32) {
    if ticks == 0 {
        return;
    }
    out.push(b'.');
    if ticks.is_multiple_of(10_000) {
        padded::<3>(out, ticks / 10_000);
    } else if ticks.is_multiple_of(10) {
        padded::<6>(out, ticks / 10);
    } else {
        padded::<7>(out, ticks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_have_the_digits_they_need() {
        let written = |ticks, write: fn(&mut Vec<u8>, Moment)| {
            let mut out = Vec::new();
            write(&mut out, Moment::start_of(0).before(1).with_ticks(ticks));
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(0, iso), "\"2025-12-31T23:59:59Z\"");
        assert_eq!(written(5_000_000, iso), "\"2025-12-31T23:59:59.500Z\"");
        assert_eq!(written(10, spaced), "\"2025-12-31 23:59:59.000001\"");
        assert_eq!(written(1, spaced), "\"2025-12-31 23:59:59.0000001\"");
        assert_eq!(written(10, sevenths), "\"2025-12-31T23:59:59.0000010Z\"");
        assert_eq!(written(10, seconds), "\"2025-12-31T23:59:59Z\"");
        assert_eq!(written(0, offset), "\"2025-12-31T15:59:59-08:00\"");
        assert_eq!(written(10, day), "\"2025-12-31\"");
        assert_eq!(written(0, millis), "\"2025-12-31T23:59:59.000Z\"");
    }
}
