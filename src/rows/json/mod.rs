//! JSON as text: checked once, then cut into pieces where it stands.
//!
//! Nothing here builds a tree. A piece of a valid text is valid, so a value passes from the wire to an event as the
//! bytes it came in, and numbers never become floats: the machinery for those alone would be a twelfth of the
//! component.

mod canonical;
mod compact;
mod cut;
mod grammar;
mod mend;
mod scan;
mod text;

use std::borrow::Cow;

use grammar::Grammar;

pub use compact::push_compact;
pub(crate) use cut::after_string;
pub use cut::{Elements, Members, Name};
pub(crate) use grammar::is_content;
pub use mend::mended;
pub use scan::ValueScan;

/// A valid JSON value, as its text without white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// The value `null`.
    pub const NULL: Json<'static> = Json("null");

    /// Checks a text against the grammar of JSON (RFC 8259).
    ///
    /// # Errors
    /// Line and column, from 1, of the first byte that does not fit.
    pub fn parse(text: &'a str) -> Result<Self, (usize, usize)> {
        Grammar::lenient(text).document().map_err(|at| {
            let before = &text.as_bytes()[..at];
            let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            (before.iter().filter(|byte| **byte == b'\n').count() + 1, at - line_start + 1)
        })
    }

    /// Visits the members of a text that has to be an object in which every escape stands for a character, none of them for
    /// zero, and every number fits a double. `expected` guesses the name of a member by its position, and the visitor is
    /// told whether the guess was right; a guess must hold nothing that has to be escaped.
    ///
    /// # Errors
    /// The position of the first byte that does not fit. The members before it were visited.
    #[inline(always)]
    pub fn visit_members<'e>(
        text: &'a str,
        expected: impl Fn(usize) -> &'e str,
        visit: impl FnMut(Name<'a>, Json<'a>, bool),
    ) -> Result<(), usize> {
        Grammar::strict(text).members(expected, visit)
    }

    /// Checks bytes; anything but JSON in UTF-8 counts as `null`.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Self {
        std::str::from_utf8(bytes).ok().and_then(|text| Self::parse(text).ok()).unwrap_or(Json::NULL)
    }

    /// The text.
    #[must_use]
    pub fn raw(self) -> &'a str {
        self.0
    }

    /// Whether it is an object.
    #[must_use]
    pub fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// Whether it is a list without elements.
    #[must_use]
    pub fn is_empty_list(self) -> bool {
        let within = self.raw().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        within.is_some_and(|within| within.trim_ascii().is_empty())
    }

    /// Whether it is an array.
    #[must_use]
    pub fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// The members of an object, in order; none of anything else.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        Members::of(if self.is_object() { self.0 } else { "{}" })
    }

    /// The elements of an array, in order; none of anything else.
    #[must_use]
    pub fn elements(self) -> Elements<'a> {
        Elements::of(if self.is_array() { self.0 } else { "[]" })
    }

    /// The value of a member; of a name that comes twice the last. `null` where there is none.
    #[must_use]
    pub fn get(self, name: &str) -> Json<'a> {
        self.members().filter(|(known, _)| known.text() == name).last().map_or(Json::NULL, |(_, value)| value)
    }

    /// The content of a string, borrowed unless it holds escapes. Half a surrogate pair becomes U+FFFD.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        Some(text::unescaped(inner))
    }

    /// A whole number that is not negative, written without fraction or exponent.
    #[must_use]
    pub fn count(self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// A truth value.
    #[must_use]
    pub fn flag(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn values_are_found_where_they_stand() {
        let json = Json::parse(
            " {\"a\" : [1 , \"x,]\" , {} ,null], \"b\\u0063\":true,\"a2\":\"q\\\"\" , \"n\": 12,\"n\":13}\n",
        )
        .unwrap();
        assert_eq!(json.get("a").elements().map(Json::raw).collect::<Vec<_>>(), ["1", "\"x,]\"", "{}", "null"]);
        assert_eq!(json.get("bc").flag(), Some(true));
        assert_eq!(json.get("a2").text().as_deref(), Some("q\""));
        assert_eq!(json.get("n").count(), Some(13));
        assert!(json.get("none").is_null());
        assert_eq!(json.members().count(), 5);
        assert_eq!(json.elements().count() + json.get("a").members().count() + json.get("n").elements().count(), 0);
        assert_eq!(Json::parse("{\n 1}"), Err((2, 2)));
        assert_eq!(Json::read(b"\xff"), Json::NULL);
    }

    pub(super) fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect()))
            ]
        })
    }

    /// Rebuilds the tree that serde_json would have built.
    fn rebuild(json: Json<'_>) -> Value {
        if json.is_object() {
            Value::Object(json.members().map(|(name, value)| (name.text().into_owned(), rebuild(value))).collect())
        } else if json.is_array() {
            Value::Array(json.elements().map(rebuild).collect())
        } else if let Some(text) = json.text() {
            Value::from(text.into_owned())
        } else {
            serde_json::from_str(json.raw()).unwrap()
        }
    }

    proptest! {
        #[test]
        fn pieces_make_the_whole(value in any_json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert_eq!(rebuild(Json::parse(&text).unwrap()), value);
        }
    }
}
