//! Tolerant readers of one JSON value: the service spells numbers, truth values and times in several ways.

use std::borrow::Cow;

use super::number::Number;
use super::time;
use crate::json::Json;

/// One JSON value as its text, valid and not `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a>(Json<'a>);

/// What a time member says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Milliseconds since the epoch.
    At(i64),
    /// The year 1: how .NET spells "never".
    Never,
}

impl<'a> Value<'a> {
    /// Looks at a value.
    #[must_use]
    pub fn new(json: Json<'a>) -> Self {
        Self(json)
    }

    /// The JSON text.
    #[must_use]
    pub fn raw(self) -> &'a str {
        self.0.raw()
    }

    /// The JSON text in its one spelling: lists are sets.
    #[must_use]
    pub fn canonical(self) -> Cow<'a, str> {
        self.0.canonical()
    }

    /// Whether it is a string of nothing but white space.
    #[must_use]
    pub fn is_blank(self) -> bool {
        match self.raw().as_bytes() {
            [b'"', first, ..] if is_ink(*first) && !matches!(first, b'"' | b'\\') => false,
            [b'"', ..] => self.string().is_some_and(|text| text.trim().is_empty()),
            _ => false,
        }
    }

    /// The content of a string, borrowed unless it holds escapes.
    #[must_use]
    pub fn string(self) -> Option<Cow<'a, str>> {
        self.0.text()
    }

    /// A scalar as trimmed text. The outer option says whether it is a scalar, the inner whether it is not blank.
    #[must_use]
    pub fn text(self) -> Option<Option<Cow<'a, str>>> {
        if self.0.is_array() || self.0.is_object() {
            return None;
        }
        let text = self.string().unwrap_or(Cow::Borrowed(self.raw()));
        Some(match text {
            Cow::Borrowed(text) => Some(trim(text)).filter(|text| !text.is_empty()).map(Cow::Borrowed),
            Cow::Owned(text) if trim(&text).is_empty() => None,
            Cow::Owned(text) if trim(&text).len() == text.len() => Some(Cow::Owned(text)),
            Cow::Owned(text) => Some(Cow::Owned(trim(&text).to_owned())),
        })
    }

    /// A number, or a string that spells one.
    #[must_use]
    pub fn number(self) -> Option<Number<'a>> {
        let text = self.raw().strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(self.raw());
        Number::parse(text.trim())
    }

    /// `true` or `false`, or a string that spells one, such as `"True"`.
    #[must_use]
    pub fn flag(self) -> Option<bool> {
        let text = self.scalar()?;
        match () {
            () if text.eq_ignore_ascii_case("true") => Some(true),
            () if text.eq_ignore_ascii_case("false") => Some(false),
            () => None,
        }
    }

    /// A time in any of the layouts that [`time::parse`] reads.
    #[must_use]
    pub fn moment(self) -> Option<Moment> {
        let text = self.string()?;
        if time::is_never(text.trim()) {
            return Some(Moment::Never);
        }
        time::parse(text.trim()).map(Moment::At)
    }

    /// The non-blank texts of an array, or one string as a list of itself.
    #[must_use]
    pub fn list(self) -> Option<Vec<Cow<'a, str>>> {
        if self.raw().starts_with('"') {
            return Some(self.text().flatten().into_iter().collect());
        }
        let mut all_texts = true;
        let mut list = Vec::new();
        let is_array = self.for_each(|element| match element.text() {
            Some(text) => list.extend(text),
            None => all_texts = false,
        });
        (is_array && all_texts).then_some(list)
    }

    /// Calls `visit` with every element of an array that is not `null`; says whether the value is an array.
    pub fn for_each(self, visit: impl FnMut(Value<'a>)) -> bool {
        self.0.elements().filter(|element| !element.is_null()).map(Value).for_each(visit);
        self.0.is_array()
    }

    /// The trimmed text of a scalar that is not blank.
    fn scalar(self) -> Option<Cow<'a, str>> {
        self.text().flatten()
    }
}

/// Whether a byte is a character that can be seen, and surely no white space.
fn is_ink(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

/// A text without white space around it. Most have none, which their ends tell.
fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if is_ink(*first) && is_ink(*last) => text,
        _ => text.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &str) -> Value<'_> {
        Value::new(Json::parse(raw).unwrap())
    }

    fn text(raw: &str) -> Option<String> {
        value(raw).text().flatten().map(Cow::into_owned)
    }

    #[test]
    fn scalars_are_texts() {
        assert_eq!(text(r#"" a ""#).as_deref(), Some("a"));
        assert_eq!(text(r#"" a\\b\n""#).as_deref(), Some("a\\b"));
        assert_eq!(text("86").as_deref(), Some("86"));
        assert_eq!(text("true").as_deref(), Some("true"));
        assert_eq!(text(r#""""#), None);
        assert_eq!(text(r#""\t""#), None);
        assert_eq!(text("[]"), None);
        assert!(value(r#"" ""#).is_blank() && value(r#""\n""#).is_blank());
        assert!(!value("1").is_blank() && !value("[]").is_blank());
    }

    #[test]
    fn numbers_come_as_numbers_and_as_strings() {
        for (raw, expected) in [
            ("7.25", Some("7.25")),
            (r#""7.25 ""#, Some("7.25")),
            (r#""NaN""#, None),
            (r#""inf""#, None),
            ("[1]", None),
        ] {
            assert_eq!(value(raw).number().map(Number::as_str), expected, "{raw}");
        }
    }

    #[test]
    fn truth_comes_in_two_spellings() {
        for (raw, expected) in [
            ("true", Some(true)),
            (r#""True""#, Some(true)),
            (r#""FALSE""#, Some(false)),
            ("1", None),
            (r#""yes""#, None),
        ] {
            assert_eq!(value(raw).flag(), expected, "{raw}");
        }
    }

    #[test]
    fn lists_come_as_arrays_and_as_one_string() {
        let list = |raw| value(raw).list();
        assert_eq!(list(r#"["a",null," ",1,"b\"c"]"#).unwrap(), ["a", "1", "b\"c"]);
        assert_eq!(list(r#""a""#).unwrap(), ["a"]);
        assert_eq!(list(r#"" ""#).unwrap(), [""; 0]);
        assert_eq!(list("[]").unwrap(), [""; 0]);
        assert_eq!(list(r#"["a",{}]"#), None);
        assert_eq!(list("{}"), None);
        assert_eq!(list("1"), None);
    }

    #[test]
    fn moments_know_never() {
        assert_eq!(value(r#""0001-01-01T00:00:00Z""#).moment(), Some(Moment::Never));
        assert_eq!(value(r#""1970-01-01 00:00:01""#).moment(), Some(Moment::At(1000)));
        assert_eq!(value("1").moment(), None);
        assert_eq!(value(r#""soon""#).moment(), None);
    }
}
