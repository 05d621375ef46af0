//! A configuration document checked against the table of members.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::members::{self, Default, Member, Shape};
use crate::error::{Cause, SourceError};

/// The members that were given, each of its declared shape, by path.
#[derive(Debug)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// Reads a JSON text and checks every member of it.
    ///
    /// # Errors
    /// `invalid-config` naming the member and the cure, for malformed JSON, an unknown member, a value of another
    /// shape and a missing required member.
    pub fn read(text: &str) -> Result<Self, SourceError> {
        let document: Value = serde_json::from_slice(text.as_bytes()).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            invalid(format!("The configuration is not JSON: see {place}."), "Correct the syntax.")
        })?;
        if !document.is_object() {
            return Err(invalid("The configuration is not an object.", "Pass a JSON object."));
        }
        let members = members::all();
        let mut given = BTreeMap::new();
        collect("", document, &members, &mut given)?;
        let values = Self(given);
        for member in &members {
            if member.default == Default::Required && !values.0.contains_key(&member.path) {
                return Err(invalid(
                    format!("The configuration lacks `{}`.", member.path),
                    format!("Add it: {}", member.doc),
                ));
            }
        }
        Ok(values)
    }

    /// A text or word.
    #[must_use]
    #[inline(never)]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.as_str()
    }

    /// A truth value.
    #[must_use]
    #[inline(never)]
    pub fn bool(&self, path: &str) -> Option<bool> {
        self.0.get(path)?.as_bool()
    }

    /// A number.
    #[must_use]
    #[inline(never)]
    pub fn integer(&self, path: &str) -> Option<u64> {
        self.0.get(path)?.as_u64()
    }

    /// A list of texts or words; empty if absent.
    #[must_use]
    #[inline(never)]
    pub fn list(&self, path: &str) -> Vec<&str> {
        let items = self.0.get(path).and_then(Value::as_array);
        items.map(|items| items.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    /// Everything that was given, in the order of paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(path, value)| (path.as_str(), value))
    }
}

fn invalid(message: impl AsRef<str>, remedy: impl AsRef<str>) -> SourceError {
    SourceError::new(Cause::InvalidConfig, message, remedy)
}

/// Walks the document down to the declared members. `null` counts as absent.
fn collect(
    prefix: &str,
    value: Value,
    members: &[Member],
    given: &mut BTreeMap<String, Value>,
) -> Result<(), SourceError> {
    if let Some(member) = members.iter().find(|member| member.path == prefix) {
        if !value.is_null() {
            check(member, &value)?;
            given.insert(prefix.to_owned(), value);
        }
        return Ok(());
    }
    let is_group = prefix.is_empty() || members.iter().any(|member| is_below(&member.path, prefix));
    if !is_group {
        return Err(unknown(prefix, members));
    }
    match value {
        Value::Object(children) => {
            for (name, child) in children {
                let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                collect(&path, child, members, given)?;
            }
            Ok(())
        }
        Value::Null => Ok(()),
        other => Err(invalid(
            format!("`{prefix}` is {}; it groups other members.", describe(&other)),
            format!("Write its members, for example `{}`.", example_below(prefix, members)),
        )),
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'))
}

fn example_below<'a>(prefix: &str, members: &'a [Member]) -> &'a str {
    members.iter().map(|member| member.path.as_str()).find(|path| is_below(path, prefix)).unwrap_or_default()
}

fn unknown(path: &str, members: &[Member]) -> SourceError {
    let groups = members.iter().filter_map(|member| member.path.rsplit_once('.').map(|(group, _)| group));
    let names = members.iter().map(|member| member.path.as_str()).chain(groups);
    let nearest = names.map(|name| (distance(path, name), name)).min();
    let remedy = match nearest {
        Some((edits, name)) if edits <= 1 + name.len() / 3 => format!("Did you mean `{name}`?"),
        _ => "Remove it; the schema from `describe` lists every member.".to_owned(),
    };
    invalid(format!("The configuration has an unknown member `{}`.", shorten(path)), remedy)
}

fn check(member: &Member, value: &Value) -> Result<(), SourceError> {
    let path = &member.path;
    let wrong =
        |expected: String| Err(invalid(format!("`{path}` is {}.", describe(value)), format!("Give {expected}.")));
    match (&member.shape, value) {
        (Shape::Text, Value::String(text)) if !text.trim().is_empty() => Ok(()),
        (Shape::Text, _) => wrong("a text that is not empty".into()),
        (Shape::Choice(words), Value::String(text)) if words.contains(&text.as_str()) => Ok(()),
        (Shape::Choice(words), _) => wrong(one_of(words)),
        (Shape::Bool, Value::Bool(_)) => Ok(()),
        (Shape::Bool, _) => wrong("`true` or `false`".into()),
        (Shape::Integer { min, max }, Value::Number(number))
            if number.as_u64().is_some_and(|n| (*min..=*max).contains(&n)) =>
        {
            Ok(())
        }
        (Shape::Integer { min, max }, _) => wrong(format!("a whole number from {min} to {max}")),
        (Shape::TextList, Value::Array(items))
            if items.iter().all(|item| item.as_str().is_some_and(|t| !t.is_empty())) =>
        {
            Ok(())
        }
        (Shape::TextList, _) => wrong("a list of texts".into()),
        (Shape::ChoiceList(words), Value::Array(items))
            if items.iter().all(|item| item.as_str().is_some_and(|text| words.contains(&text))) =>
        {
            Ok(())
        }
        (Shape::ChoiceList(words), _) => wrong(format!("a list with {}", one_of(words))),
        (Shape::Origin, Value::String(text)) => crate::config::Origin::parse(text).map(drop).map_err(|why| {
            invalid(format!("`{path}` {why}."), "Give an origin such as `https://api.security.microsoft.com`.")
        }),
        (Shape::Origin, _) => wrong("an origin such as `https://api.security.microsoft.com`".into()),
    }
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(" or ")
}

/// A value for an error message: short, and never a whole text, which might be a misplaced secret.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(value) => value.as_u64().map_or_else(|| "a number".into(), |value| format!("`{value}`")),
        Value::String(value) if value.is_empty() => "an empty text".into(),
        Value::String(value) if value.len() <= 24 && value.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
            format!("`{value}`")
        }
        Value::String(value) => format!("a text of {} bytes", value.len()),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}

fn shorten(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Levenshtein distance, for the nearest known name.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(100).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let error = Values::read(text).unwrap_err();
        assert_eq!(error.cause, Cause::InvalidConfig);
        format!("{} {}", error.message, error.remedy)
    }

    #[test]
    fn an_unknown_member_is_named_with_the_nearest_known_one() {
        let text = error(r#"{"tenant_id":"t","client_id":"c","datasets":{"vulnerabilities":{"stratgy":"bulk"}}}"#);
        assert!(text.contains("`datasets.vulnerabilities.stratgy`"), "{text}");
        assert!(text.contains("Did you mean `datasets.vulnerabilities.strategy`?"), "{text}");
    }

    #[test]
    fn a_misplaced_secret_is_not_repeated() {
        let text = error(r#"{"tenant_id":"t","client_id":"c","cloud":"S3cret~Value.of/an+app"}"#);
        assert!(!text.contains("S3cret"), "{text}");
    }

    #[test]
    fn shapes_and_bounds_are_checked() {
        let base = |member: &str| format!(r#"{{"tenant_id":"t","client_id":"c",{member}}}"#);
        for member in [
            r#""filters":{"stale_days":0}"#,
            r#""filters":{"stale_days":1.5}"#,
            r#""filters":{"stale_days":"9"}"#,
            r#""filters":{"require":["dns"]}"#,
            r#""filters":[]"#,
            r#""datasets":{"devices":true}"#,
            r#""datasets":{"devices":{"enabled":"yes"}}"#,
            r#""endpoints":{"defender":"http://example.com"}"#,
            r#""tenant_id":7"#,
        ] {
            error(&base(member));
        }
        assert!(Values::read(&base(r#""filters":{"stale_days":30,"require":["dns_name"]},"instance":null"#)).is_ok());
    }

    #[test]
    fn a_required_member_must_be_there() {
        assert!(error(r#"{"client_id":"c"}"#).contains("`tenant_id`"));
        assert!(error("[]").contains("not an object"));
        assert!(error("{").contains("not JSON"));
    }
}
