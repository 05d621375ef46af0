//! One spelling for one value: the lists of the service are sets, and the order of members says nothing.
//!
//! **The rule**: elements stand in the order of their texts, each once; members in the order of their names, of equal
//! names the last; no white space between them. What stands for itself, a text or a number, stays as it was written.

use std::borrow::Cow;

use super::{Json, Name};

impl<'a> Json<'a> {
    /// The text of the value in its one spelling. Most have it: nearly all values are texts and numbers, and lists of one
    /// element or none.
    #[must_use]
    #[inline(always)]
    pub fn canonical(self) -> Cow<'a, str> {
        match self.raw().as_bytes().first() {
            Some(b'[' | b'{') => of_many(self),
            _ => Cow::Borrowed(self.raw()),
        }
    }
}

#[inline(never)]
fn of_many(value: Json<'_>) -> Cow<'_, str> {
    if is_canonical(value) { Cow::Borrowed(value.raw()) } else { Cow::Owned(rebuilt(value)) }
}

fn is_canonical(value: Json<'_>) -> bool {
    let text = value.raw();
    match text.as_bytes().first() {
        Some(b'[') if memchr::memchr(b',', text.as_bytes()).is_some() => {
            // Brackets, and what stands between them with a comma behind each but the last.
            let (mut length, mut last) = (1, "");
            for element in value.elements() {
                let element_text = element.raw();
                if element_text <= last || !is_canonical(element) {
                    return false;
                }
                (length, last) = (length + element_text.len() + 1, element_text);
            }
            length == text.len()
        }
        Some(b'{') => {
            let (mut length, mut last) = (1, None);
            for (name, member) in value.members() {
                if last.is_some_and(|last| name.raw() <= last) || !is_canonical(member) {
                    return false;
                }
                (length, last) = (length + name.raw().len() + 3 + member.raw().len() + 1, Some(name.raw()));
            }
            length.max(2) == text.len()
        }
        _ => true,
    }
}

#[inline(never)]
fn rebuilt(value: Json<'_>) -> String {
    let mut out = String::with_capacity(value.raw().len());
    if value.is_array() {
        let mut elements: Vec<_> = value.elements().map(Json::canonical).collect();
        elements.sort_unstable();
        elements.dedup();
        out.push('[');
        for (at, element) in elements.iter().enumerate() {
            out.extend([if at > 0 { "," } else { "" }, element]);
        }
        out.push(']');
    } else {
        let mut members: Vec<(Name<'_>, Cow<'_, str>)> =
            value.members().map(|(name, member)| (name, member.canonical())).collect();
        // Of equal names the one that came last comes first, and stays.
        members.reverse();
        members.sort_by_key(|(name, _)| name.raw());
        members.dedup_by(|a, b| a.0 == b.0);
        out.push('{');
        for (at, (name, member)) in members.iter().enumerate() {
            out.extend([if at > 0 { ",\"" } else { "\"" }, name.raw(), "\":", member]);
        }
        out.push('}');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn lists_are_sets() {
        for (value, expected) in [
            ("[]", "[]"),
            (r#"["b","a","b"]"#, r#"["a","b"]"#),
            (r#"["a", "b"]"#, r#"["a","b"]"#),
            (r#"["a,b"]"#, r#"["a,b"]"#),
            ("[2,10,1]", "[1,10,2]"),
            (r#"[{"b":[2,1],"a":1},{"a":0}]"#, r#"[{"a":0},{"a":1,"b":[1,2]}]"#),
            (r#"{"b":1,"a":2,"b":3}"#, r#"{"a":2,"b":3}"#),
            ("{}", "{}"),
            (r#""[2,1]""#, r#""[2,1]""#),
        ] {
            assert_eq!(Json(value).canonical(), expected);
            assert!(matches!(Json(expected).canonical(), Cow::Borrowed(_)), "{expected}");
        }
    }

    /// A value with its elements and members in another order, by a number that decides how.
    fn shuffled(value: &Value, seed: usize) -> Value {
        let turn = |length: usize| if length == 0 { 0 } else { seed % length };
        match value {
            Value::Array(elements) => {
                let mut elements: Vec<_> = elements.iter().map(|element| shuffled(element, seed / 2)).collect();
                let turn = turn(elements.len());
                elements.rotate_left(turn);
                elements.reverse();
                Value::Array(elements)
            }
            Value::Object(members) => Value::Object(
                members.iter().rev().map(|(name, member)| (name.clone(), shuffled(member, seed / 2))).collect(),
            ),
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn the_order_does_not_show(value in crate::json::tests::any_json(), seed in 0_usize..1000) {
            let text = value.to_string();
            let other = shuffled(&value, seed).to_string();
            let one = Json(&text).canonical();
            prop_assert_eq!(Json(&other).canonical(), &*one);
            prop_assert_eq!(Json(&one).canonical(), &*one);
            prop_assert!(serde_json::from_str::<Value>(&one).is_ok());
        }
    }
}
