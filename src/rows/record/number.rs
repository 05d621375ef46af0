//! Numbers by their digits. Scores pass through as the service wrote them, so they never have to become floats: the
//! machinery for those would be a twelfth of the component.

use std::borrow::Cow;

/// A finite decimal number as valid JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'a>(&'a str);

/// Longest number that is taken; no score comes near it.
const MAX_LEN: usize = 40;
/// Largest power of ten that is taken either way.
const MAX_EXPONENT: i32 = 99;

impl<'a> Number<'a> {
    /// Takes a text that is a number by the grammar of JSON (RFC 8259, section 6).
    #[must_use]
    #[inline(never)]
    pub fn parse(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = split_exponent(unsigned);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let canonical = whole == "0" || !whole.starts_with('0');
        let small = exponent.parse::<i32>().is_ok_and(|exponent| exponent.abs() <= MAX_EXPONENT);
        (text.len() <= MAX_LEN && digits(whole) && canonical && digits(fraction) && small).then_some(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// The text without exponent.
    #[must_use]
    pub fn plain(self) -> Cow<'a, str> {
        if self.0.contains(['e', 'E']) { carry_out(self.0).into() } else { self.0.into() }
    }

    /// Whether it is at least 0 and at most a whole number.
    #[must_use]
    pub fn is_at_most(self, most: u64) -> bool {
        let number = self.plain();
        let unsigned = number.strip_prefix('-').unwrap_or(&number);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_zero = |digits: &str| digits.bytes().all(|digit| digit == b'0');
        if unsigned.len() < number.len() {
            return is_zero(whole) && is_zero(fraction);
        }
        whole.parse::<u64>().is_ok_and(|whole| whole < most || whole == most && is_zero(fraction))
    }

    /// The number times 1000, cut to a whole number and to the bounds of the type.
    #[must_use]
    pub fn thousandths(self) -> i64 {
        let negative = self.0.starts_with('-');
        let (mantissa, exponent) = split_exponent(self.0.trim_start_matches('-'));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = whole.bytes().chain(fraction.bytes());
        // Digits that count, at one digit for each power of ten down to the thousandth.
        let wanted = whole.len() as i64 + exponent.parse::<i64>().unwrap_or(0) + 3;
        let mut value = 0_i64;
        for _ in 0..wanted {
            let digit = digits.next().map_or(0, |byte| i64::from(byte - b'0'));
            value = value.saturating_mul(10).saturating_add(digit);
        }
        if negative { -value } else { value }
    }
}

/// The digits around the point once the exponent is carried out, which .NET writes for numbers below 0.0001.
fn carry_out(number: &str) -> String {
    let unsigned = number.trim_start_matches('-');
    let (mantissa, exponent) = split_exponent(unsigned);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.parse::<i32>().unwrap_or(0).clamp(-MAX_EXPONENT, MAX_EXPONENT);
    let shift = exponent.unsigned_abs() as usize;
    let (before, after) = if exponent < 0 { (shift, 0) } else { (0, shift) };
    let digits = format!("{:0>before$}{whole}{fraction}{:0>after$}", "", "");
    let point = if exponent < 0 { whole.len() } else { whole.len() + shift };
    let (whole, fraction) = digits.split_at(point);
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let sign = if unsigned.len() < number.len() { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The mantissa and the exponent, which is `0` where none is written.
fn split_exponent(number: &str) -> (&str, &str) {
    number.split_once(['e', 'E']).unwrap_or((number, "0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thousandths_are_cut() {
        for (text, expected) in [
            ("0", 0),
            ("7.5", 7500),
            ("10", 10_000),
            ("-0.0019", -1),
            ("0.97", 970),
            ("1.25e1", 12_500),
            ("75E-1", 7500),
            ("1e-9", 0),
            ("9e99", i64::MAX),
        ] {
            assert_eq!(Number::parse(text).unwrap().thousandths(), expected, "{text}");
        }
    }

    #[test]
    fn bounds_are_exact() {
        for text in ["0", "-0.0", "0.0001", "7.5", "10", "10.000", "1e1", "9.99999"] {
            assert!(Number::parse(text).unwrap().is_at_most(10), "{text}");
        }
        for text in ["-1", "-0.0001", "10.0001", "11", "99.9", "1e2", "9e99", "-1e-9"] {
            assert!(!Number::parse(text).unwrap().is_at_most(10), "{text}");
        }
    }

    #[test]
    fn exponents_are_carried_out() {
        for (text, expected) in [
            ("0.5", "0.5"),
            ("1.2E-05", "0.000012"),
            ("-12.5e-1", "-1.25"),
            ("1.25e1", "12.5"),
            ("1.25e+4", "12500"),
            ("100E-2", "1"),
            ("0e5", "0"),
            ("7e0", "7"),
        ] {
            assert_eq!(Number::parse(text).unwrap().plain(), expected, "{text}");
        }
    }

    #[test]
    fn only_json_numbers_are_taken() {
        for text in ["", "-", "+1", ".5", "1.", "01", "1e", "1e+", "inf", "nan", "1e100", "0x1", "1 ", "--1", "1.-1"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(Number::parse(&"9".repeat(41)), None);
    }

    proptest! {
        #[test]
        fn taken_numbers_are_json(text in "-?[0-9]{0,3}[.]?[0-9]{0,3}([eE][+-]?[0-9]{0,3})?") {
            let json = serde_json::from_str::<f64>(&text).is_ok();
            let taken = Number::parse(&text).is_some();
            prop_assert!(json || !taken, "{text} is not JSON");
            prop_assert!(taken || !json || text.contains(['e', 'E']), "{text} was not taken");
        }

        #[test]
        fn plain_numbers_are_the_same(text in "-?[1-9][0-9]{0,4}([.][0-9]{1,6})?[eE][+-]?[0-9]{1,2}") {
            let number = Number::parse(&text).unwrap();
            prop_assert!(!number.plain().contains(['e', 'E']));
            prop_assert_eq!(number.plain().parse::<f64>().unwrap(), text.parse::<f64>().unwrap());
        }

        #[test]
        fn thousandths_agree_with_floats(thousandths in -100_000_000i64..100_000_000) {
            let text = format!("{}{}.{:03}", if thousandths < 0 { "-" } else { "" }, thousandths.abs() / 1000, thousandths.abs() % 1000);
            prop_assert_eq!(Number::parse(&text).unwrap().thousandths(), thousandths);
        }
    }
}
