//! Members of a recording, whatever their type.
//!
//! Recorders do not keep to the types of HAR 1.2: Polly.js writes a length as a number, axios-har-tracker a missing
//! status as a text, others `null` where they know nothing. A member is looked at when it is needed, and one of another
//! type is like one that is missing. Nothing is copied before that.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The JSON of a member, where there is one.
pub(super) type Member<'a> = Option<&'a RawValue>;

/// A member that is an object or a list of a known form.
pub(super) fn form<'a, T: Deserialize<'a>>(member: Member<'a>) -> Option<T> {
    serde_json::from_str(member?.get()).ok()
}

/// A member that is a text.
pub(super) fn text(member: Member<'_>) -> Option<Cow<'_, str>> {
    let json = member?.get();
    // Only a text without escapes stands in the file as it is meant.
    match serde_json::from_str::<&str>(json) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => serde_json::from_str::<String>(json).ok().map(Cow::Owned),
    }
}

/// A member that is a number, or a text that is one.
pub(super) fn number(member: Member<'_>) -> Option<f64> {
    let json = member?.get();
    match text(member) {
        Some(text) => text.trim().parse().ok(),
        None => serde_json::from_str(json).ok(),
    }
    .filter(|number: &f64| number.is_finite())
}

/// A member that is a text, or a number or a truth value as a text: what a header says in either form.
pub(super) fn word(member: Member<'_>) -> Option<Cow<'_, str>> {
    let json = member?.get();
    let is_plain = matches!(json.as_bytes().first(), Some(b'-' | b'0'..=b'9' | b't' | b'f'));
    if is_plain { Some(Cow::Borrowed(json)) } else { text(member) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_member_of_another_type_is_missing() {
        for json in ["null", "true", "7", "7.5", "[\"x\"]", "{\"x\":1}", r#""\ud800""#] {
            assert_eq!(text(Some(raw(json))), None, "{json}");
        }
        for json in ["null", "true", "\"\"", "\"x\"", "\"NaN\"", "[1]", "{}"] {
            assert_eq!(number(Some(raw(json))), None, "{json}");
        }
        assert_eq!((text(None), number(None), word(None)), (None, None, None));
    }

    #[test]
    fn texts_and_numbers_are_read_in_each_spelling() {
        assert_eq!(text(Some(raw(r#""a\u0062\n""#))).unwrap(), "ab\n");
        assert_eq!(number(Some(raw("200.0"))), Some(200.0));
        assert_eq!(number(Some(raw("\" 200\""))), Some(200.0));
        assert_eq!(word(Some(raw("168"))).unwrap(), "168");
        assert_eq!(word(Some(raw("\"x\""))).unwrap(), "x");
        assert_eq!(word(Some(raw("[1]"))), None);
    }
}
