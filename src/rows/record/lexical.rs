//! What a JSON text may hold by its grammar and yet must not travel on: escapes that stand for no character, and
//! numbers that no double can hold.

use crate::json::after_string;

/// Whether a `\u` escape names half of a surrogate pair without the other half. Texts without a backslash cost one search.
#[must_use]
pub fn has_lone_surrogate(json: &str) -> bool {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(offset) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += offset;
        match unit(bytes, at) {
            Some(0xD800..=0xDBFF) => match unit(bytes, at + 6) {
                Some(0xDC00..=0xDFFF) => at += 12,
                _ => return true,
            },
            Some(0xDC00..=0xDFFF) => return true,
            Some(_) => at += 6,
            None => at += 2,
        }
    }
    false
}

/// The UTF-16 unit of the `\uXXXX` escape at `at`, if there is one.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Whether every number in a valid JSON value is finite as a double. Receivers read `1e999` as infinity, or not at
/// all.
#[must_use]
pub fn numbers_fit(value: &str) -> bool {
    match value.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => number_fits(value),
        Some(b'[' | b'{') => all_numbers_fit(value),
        _ => true,
    }
}

fn all_numbers_fit(value: &str) -> bool {
    let bytes = value.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = after_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let start = at;
                while at < bytes.len() && matches!(bytes[at], b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') {
                    at += 1;
                }
                if !number_fits(&value[start..at]) {
                    return false;
                }
            }
            _ => at += 1,
        }
    }
    true
}

/// Plain digits fit up to 308 of them; only an exponent makes a short number large.
fn number_fits(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = whole.trim_start_matches(['-', '0']);
    let is_zero = whole.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let exponent = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    is_zero || exponent.saturating_add(whole.len() as i64) <= 308
}

/// Copies a valid JSON value without the white space between its tokens.
pub fn push_compact(value: &str, out: &mut String) {
    let bytes = value.as_bytes();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = after_string(bytes, at),
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.push_str(&value[start..at]);
                at += 1;
                start = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&value[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_come_in_pairs() {
        for good in [
            "plain",
            r"\u0041",
            r"\ud83d\ude00",
            r"\uD83D\uDE00\uD83D\uDE00",
            r"\\ud800",
            r"\\\u0041 \\\\udc00",
            r"C:\\users",
            r"\n\ud83d\ude00\\ud800",
        ] {
            assert!(!has_lone_surrogate(good), "{good}");
        }
        for bad in [r"\ud800", r"\udc00", r"\ud800\u0041", r"\ud800\\udc00", r"\\\ud800", r"x\ude00\ud83d", r"\ud800\n"]
        {
            assert!(has_lone_surrogate(bad), "{bad}");
        }
    }

    #[test]
    fn numbers_fit_or_not() {
        let digits = "9".repeat(400);
        for good in ["1", "-0.5e10", "[1,2.5]", r#"["1e999",{"1e999":"\"1e999"}]"#, "true", &digits[..300], "1e-999"] {
            assert!(numbers_fit(good), "{good}");
        }
        for bad in ["1e999", "-1E400", "[0,1e309]", r#"{"a":{"b":[1e999]}}"#, &digits] {
            assert!(!numbers_fit(bad), "{bad}");
        }
    }

    #[test]
    fn compact_keeps_strings() {
        let mut out = String::new();
        push_compact("{ \"a b\" :\r\n[1 , \"x \\\" y\"\t] }", &mut out);
        assert_eq!(out, r#"{"a b":[1,"x \" y"]}"#);
    }
}
