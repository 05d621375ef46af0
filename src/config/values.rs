//! A configuration document checked against the table of members.

use std::borrow::Cow;

use defender_client::error::{Cause, SourceError};
use defender_client::wire::Origin;
use defender_rows::json::Json;
use defender_rows::order::sort_by_text;

use super::members::{self, Default, Member, Shape};

/// The members that were given, each of its declared shape.
#[derive(Debug)]
pub struct Values(Vec<(String, Given)>);

/// What a member holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A text or word.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// A number.
    Integer(u64),
    /// A list of texts or words.
    List(Vec<String>),
}

impl Values {
    /// Reads a JSON text and checks every member of it.
    ///
    /// # Errors
    /// `invalid-config` naming the member and the cure, for malformed JSON, an unknown member, a value of another
    /// shape and a missing required member.
    pub fn read(text: &str) -> Result<Self, SourceError> {
        let document = Json::parse(text).map_err(|(line, column)| {
            let message = format!("The configuration is not JSON: see line {line}, column {column}.");
            invalid(message, "Correct the syntax.")
        })?;
        if !document.is_object() {
            return Err(invalid("The configuration is not an object.", "Pass a JSON object."));
        }
        let members = members::all();
        let mut given = Vec::new();
        collect("", document, &members, &mut given)?;
        sort_by_text(&mut given, |(path, _)| path);
        let values = Self(given);
        for member in &members {
            if member.default == Default::Required && values.get(&member.path).is_none() {
                return Err(invalid(
                    format!("The configuration lacks `{}`.", member.path),
                    format!("Add it: {}", member.doc),
                ));
            }
        }
        Ok(values)
    }

    #[inline(never)]
    fn get(&self, path: &str) -> Option<&Given> {
        self.0.iter().find(|(known, _)| known == path).map(|(_, given)| given)
    }

    /// A text or word.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.get(path)? {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A truth value.
    #[must_use]
    pub fn bool(&self, path: &str) -> Option<bool> {
        match self.get(path)? {
            Given::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A number.
    #[must_use]
    pub fn integer(&self, path: &str) -> Option<u64> {
        match self.get(path)? {
            Given::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The given number, or the default that the table states for the member.
    #[must_use]
    pub fn number(&self, path: &str) -> u64 {
        self.integer(path).unwrap_or_else(|| {
            let member = members::all().into_iter().find(|member| member.path == path);
            match member.map(|member| member.default) {
                Some(Default::Integer(number)) => number,
                _ => 0,
            }
        })
    }

    /// A list of texts or words; empty if absent.
    #[must_use]
    pub fn list(&self, path: &str) -> &[String] {
        match self.get(path) {
            Some(Given::List(items)) => items,
            _ => &[],
        }
    }

    /// Everything that was given, in the order of paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Given)> {
        self.0.iter().map(|(path, given)| (path.as_str(), given))
    }
}

fn invalid(message: impl AsRef<str>, remedy: impl AsRef<str>) -> SourceError {
    SourceError::new(Cause::InvalidConfig, message, remedy)
}

/// Walks the document down to the declared members. `null` counts as absent. Goes no deeper than the table.
fn collect(
    prefix: &str,
    value: Json<'_>,
    members: &[Member],
    given: &mut Vec<(String, Given)>,
) -> Result<(), SourceError> {
    if value.is_null() {
        return Ok(());
    }
    if let Some(member) = members.iter().find(|member| member.path == prefix) {
        given.retain(|(path, _)| path != prefix);
        given.push((prefix.to_owned(), check(member, value)?));
        return Ok(());
    }
    if !prefix.is_empty() && !members.iter().any(|member| is_below(&member.path, prefix)) {
        return Err(unknown(prefix, members));
    }
    if !value.is_object() {
        return Err(invalid(
            format!("`{prefix}` is {}; it groups other members.", describe(value)),
            format!("Write its members, for example `{}`.", example_below(prefix, members)),
        ));
    }
    for (name, child) in value.members() {
        let name = name.text();
        let path = if prefix.is_empty() { name.into_owned() } else { format!("{prefix}.{name}") };
        collect(&path, child, members, given)?;
    }
    Ok(())
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

fn check(member: &Member, value: Json<'_>) -> Result<Given, SourceError> {
    let path = &member.path;
    if let (Shape::Origin, Some(text)) = (&member.shape, value.text()) {
        let fits = Origin::parse(&text).map(drop);
        return fits.map(|()| Given::Text(text.into_owned())).map_err(|why| {
            invalid(format!("`{path}` {why}."), "Give an origin such as `https://api.security.microsoft.com`.")
        });
    }
    fit(&member.shape, value).ok_or_else(|| {
        let expected = match &member.shape {
            Shape::Text => "a text that is not empty".into(),
            Shape::Choice(words) => one_of(words),
            Shape::Bool => "`true` or `false`".into(),
            Shape::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Shape::TextList => "a list of texts".into(),
            Shape::ChoiceList(words) => format!("a list with {}", one_of(words)),
            Shape::Origin => "an origin such as `https://api.security.microsoft.com`".into(),
        };
        invalid(format!("`{path}` is {}.", describe(value)), format!("Give {expected}."))
    })
}

/// The value, if it is of the shape.
fn fit(shape: &Shape, value: Json<'_>) -> Option<Given> {
    let not_empty = |text: &Cow<'_, str>| !text.trim().is_empty();
    match shape {
        Shape::Text => value.text().filter(not_empty).map(|text| Given::Text(text.into_owned())),
        Shape::Choice(words) => {
            value.text().filter(|text| words.contains(&&**text)).map(|text| Given::Text(text.into_owned()))
        }
        Shape::Bool => value.flag().map(Given::Bool),
        Shape::Integer { min, max } => {
            value.count().filter(|number| (*min..=*max).contains(number)).map(Given::Integer)
        }
        Shape::TextList | Shape::ChoiceList(_) if value.is_array() => {
            let one = |item: Json<'_>| {
                let text = item.text().filter(not_empty)?;
                let known = !matches!(shape, Shape::ChoiceList(words) if !words.contains(&&*text));
                known.then(|| text.into_owned())
            };
            value.elements().map(one).collect::<Option<_>>().map(Given::List)
        }
        Shape::TextList | Shape::ChoiceList(_) | Shape::Origin => None,
    }
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(" or ")
}

/// A value for an error message: short, and never a whole text, which might be a misplaced secret.
fn describe(value: Json<'_>) -> String {
    match value.text() {
        Some(text) if text.is_empty() => "an empty text".into(),
        Some(text) if text.len() <= 24 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
            format!("`{text}`")
        }
        Some(text) => format!("a text of {} bytes", text.len()),
        None if value.is_array() => "a list".into(),
        None if value.is_object() => "an object".into(),
        None if value.raw().len() <= 24 => format!("`{}`", value.raw()),
        None => "a long number".into(),
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
