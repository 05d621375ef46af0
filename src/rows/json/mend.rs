//! Rows with a spot that no receiver can read: the spot is lost, and not the row.
//!
//! Windows lets names hold half a surrogate pair, registries hold zeros, and some writers cut a character in two.

use super::grammar::Grammar;

/// What stands for a character that cannot be read, as an escape.
const LOST: &str = "\\ufffd";

/// The text with U+FFFD in the place of each character of a string that no receiver can read, and their number; `None`
/// if there is none, or if something else is wrong with it. What cannot be read are bytes that are not UTF-8, half a
/// surrogate pair, zeros and other control characters as they are, and escapes that JSON does not have.
#[must_use]
#[inline(never)]
pub fn mended(bytes: &[u8]) -> Option<(String, u64)> {
    let (mut text, mut lost) = (String::with_capacity(bytes.len()), 0);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            lost += 1;
        }
    }
    let (text, within) = readable(&text);
    lost += within;
    (lost > 0 && Grammar::strict(&text).document().is_ok()).then_some((text, lost))
}

/// Replaces within strings what stands for no character.
fn readable(text: &str) -> (String, u64) {
    let (mut out, mut lost, mut is_string, mut rest) = (String::with_capacity(text.len()), 0, false, text);
    while let Some(first) = rest.chars().next() {
        let (length, is_lost) = match first {
            '"' => {
                is_string = !is_string;
                (1, false)
            }
            '\\' if is_string => escape(rest),
            first => (first.len_utf8(), is_string && first < ' '),
        };
        let (piece, behind) = rest.split_at(length);
        out.push_str(if is_lost { LOST } else { piece });
        lost += u64::from(is_lost);
        rest = behind;
    }
    (out, lost)
}

/// Bytes of the escape that a text begins with, two in the case of a pair, and whether it stands for nothing.
fn escape(text: &str) -> (usize, bool) {
    let is_hex = |digits: &&str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let digits = |at: usize| text.get(at..at + 6)?.strip_prefix("\\u").filter(is_hex);
    let unit = |at: usize| u32::from_str_radix(digits(at)?, 16).ok();
    match unit(0) {
        Some(0xD800..=0xDBFF) if matches!(unit(6), Some(0xDC00..=0xDFFF)) => (12, false),
        Some(0 | 0xD800..=0xDFFF) => (6, true),
        Some(_) => (6, false),
        // A quote behind the backslash is passed over with it, and a cut escape with the digits that it has.
        None => match text[1..].chars().next() {
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => (2, false),
            Some('u') => (2 + text[2..].bytes().take(4).take_while(u8::is_ascii_hexdigit).count(), true),
            // A control character is lost by itself.
            Some(other) if other >= ' ' => (1 + other.len_utf8(), true),
            _ => (1, true),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_spot_is_lost_and_not_the_row() {
        for (bytes, expected, lost) in [
            (&br#"{"a":"x\ud800y"}"#[..], r#"{"a":"x\ufffdy"}"#, 1),
            (br#"{"a":"\udc00\ud800\u0041"}"#, r#"{"a":"\ufffd\ufffd\u0041"}"#, 2),
            (br#"{"a":"\ud83d\ude00\u0000\\u0000"}"#, r#"{"a":"\ud83d\ude00\ufffd\\u0000"}"#, 1),
            (b"{\"a\":\"x\0y\x07\"}", r#"{"a":"x\ufffdy\ufffd"}"#, 2),
            (b"{\"a\":\"x\xffy\xc3\"}", "{\"a\":\"x\u{fffd}y\u{fffd}\"}", 2),
            (br#"{"\ud800":["\"\ud800"]}"#, r#"{"\ufffd":["\"\ufffd"]}"#, 2),
            (br#"{"a":"c:\qb\x41\\q"}"#, r#"{"a":"c:\ufffdb\ufffd41\\q"}"#, 2),
            (br#"{"a":"ann\u12"}"#, r#"{"a":"ann\ufffd"}"#, 1),
            (br#"{"a":"\u","b":"\u12x\u+123\u00411"}"#, r#"{"a":"\ufffd","b":"\ufffdx\ufffd+123\u00411"}"#, 3),
            (br#"{"a":"\/\b\f\n\r\t\a"}"#, r#"{"a":"\/\b\f\n\r\t\ufffd"}"#, 1),
            ("{\"a\":\"\\\u{e9}\\\u{1}\"}".as_bytes(), r#"{"a":"\ufffd\ufffd\ufffd"}"#, 3),
        ] {
            assert_eq!(mended(bytes), Some((expected.to_owned(), lost)), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_is_whole_and_what_is_broken_otherwise_stay() {
        for bytes in [
            &br#"{"a":"x"}"#[..],
            br#"{"a":"\ud83d\ude00"}"#,
            br#"{"a":"\ud800}"#,
            br#"{"a":"\ud800",}"#,
            br#"{"a":\x}"#,
            br#"{"a":"x\"}"#,
            b"{\0}",
            b"\xff",
            b"",
        ] {
            assert_eq!(mended(bytes), None, "{}", String::from_utf8_lossy(bytes));
        }
    }

    proptest! {
        #[test]
        fn what_is_mended_can_be_read_by_everybody(bytes in prop::collection::vec(any::<u8>(), 0..40), text in r#"(\\u(d8|dc|00)00|[aunx1"\\\x00]){0,20}"#) {
            let within = [br#"{"a":""#, &bytes[..], text.as_bytes(), br#""}"#].concat();
            if let Some((text, lost)) = mended(&within) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
                prop_assert!(lost > 0 && mended(text.as_bytes()).is_none(), "{text}");
            }
        }
    }
}
