//! A document held against the schema of the configuration, so that every mistake is named with its cure.
//!
//! What passes here is read into the types that the schema is made of. The schema is one of ours, so that a few words of
//! JSON Schema are all that is understood: groups, texts, words, numbers within bounds, truth values, lists, origins.

use defender_client::error::{Cause, SourceError};
use defender_client::wire::Origin;
use serde_json::Value;

use super::disclosed::disclosed;
use super::schema::json_schema;

/// Reads a JSON text that the schema accepts. Members that are `null` are left out: they count as absent.
///
/// # Errors
/// `invalid-config` naming the member and the cure, for malformed JSON, an unknown member, a value of another shape and a
/// missing required member.
pub(super) fn checked(text: &str) -> Result<Value, SourceError> {
    let mut document: Value = serde_json::from_str(text).map_err(|error| {
        let message = format!("The configuration is not JSON: see line {}, column {}.", error.line(), error.column());
        invalid(message, "Correct the syntax.")
    })?;
    if !document.is_object() {
        return Err(invalid("The configuration is not an object.", "Pass a JSON object."));
    }
    without_nulls(&mut document);
    let schema = json_schema();
    check("", &document, &schema, &schema)?;
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if document.get(name).is_none() {
            let meaning = schema["properties"][name]["description"].as_str().unwrap_or_default();
            return Err(invalid(format!("The configuration lacks `{name}`."), format!("Add it: {meaning}")));
        }
    }
    Ok(document)
}

pub(super) fn invalid(message: impl AsRef<str>, remedy: impl AsRef<str>) -> SourceError {
    SourceError::new(Cause::InvalidConfig, message, remedy)
}

fn without_nulls(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|_, member| !member.is_null());
        members.values_mut().for_each(without_nulls);
    }
}

/// Goes as deep as the schema does, and no deeper.
fn check(path: &str, value: &Value, schema: &Value, root: &Value) -> Result<(), SourceError> {
    if let Some(known) = schema["properties"].as_object() {
        let Value::Object(members) = value else {
            let example = known.keys().next().map(|name| below(path, name)).unwrap_or_default();
            return Err(invalid(
                format!("`{path}` is {}; it groups other members.", describe(value)),
                format!("Write its members, for example `{example}`."),
            ));
        };
        return members.iter().try_for_each(|(name, member)| {
            let path = below(path, name);
            let schema = known.get(name).ok_or_else(|| unknown(&path, root))?;
            check(&path, member, schema, root)
        });
    }
    if let (Some("uri"), Some(text)) = (schema["format"].as_str(), value.as_str()) {
        return Origin::parse(text).map(drop).map_err(|why| {
            invalid(format!("`{path}` {why}."), "Give an origin such as `https://api.security.microsoft.com`.")
        });
    }
    match fits(value, schema) {
        true => Ok(()),
        false => Err(invalid(format!("`{path}` is {}.", describe(value)), format!("Give {}.", expected(schema)))),
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Whether a value is what the schema of a member asks for.
fn fits(value: &Value, schema: &Value) -> bool {
    match schema["type"].as_str() {
        Some("boolean") => value.is_boolean(),
        Some("integer") => {
            let bound = |name: &str| schema[name].as_u64();
            value.as_u64().is_some_and(|number| {
                bound("minimum").is_none_or(|least| number >= least)
                    && bound("maximum").is_none_or(|most| number <= most)
            })
        }
        Some("array") => value.as_array().is_some_and(|items| items.iter().all(|item| fits(item, &schema["items"]))),
        _ => value.as_str().is_some_and(|text| match schema["enum"].as_array() {
            Some(words) => words.contains(value),
            None => !text.trim().is_empty(),
        }),
    }
}

/// What the schema of a member asks for, fit to follow "Give".
fn expected(schema: &Value) -> String {
    let words = schema["enum"].as_array().map(|words| {
        let quoted: Vec<_> = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        quoted.join(" or ")
    });
    match (words, schema["type"].as_str()) {
        (Some(words), _) => words,
        (None, Some("boolean")) => "`true` or `false`".into(),
        (None, Some("integer")) => format!("a whole number from {} to {}", schema["minimum"], schema["maximum"]),
        (None, Some("array")) if schema["items"]["enum"].is_array() => {
            format!("a list with {}", expected(&schema["items"]))
        }
        (None, Some("array")) => "a list of texts".into(),
        (None, _) if schema["format"] == "uri" => "an origin such as `https://api.security.microsoft.com`".into(),
        (None, _) => "a text that is not empty".into(),
    }
}

fn unknown(path: &str, root: &Value) -> SourceError {
    let mut names = Vec::new();
    collect("", root, &mut names);
    let given: String = path.chars().take(100).collect();
    let nearest = names.into_iter().map(|name| (strsim::levenshtein(&given, &name), name)).min();
    let near = nearest.filter(|(edits, name)| *edits <= 1 + name.len() / 3).map(|(_, name)| name);
    let remedy = match &near {
        Some(name) => format!("Did you mean `{name}`?"),
        None => "Remove it; the schema from `describe` lists every member.".to_owned(),
    };
    invalid(format!("The configuration has an unknown member {}.", disclosed(path, near.is_some())), remedy)
}

/// The paths of all members and groups.
fn collect(prefix: &str, schema: &Value, names: &mut Vec<String>) {
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let path = below(prefix, name);
        collect(&path, member, names);
        names.push(path);
    }
}

/// A value for an error message: short, and never a whole text, which might be a misplaced secret.
fn describe(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "an empty text".into(),
        Value::String(text) if text.len() <= 24 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
            format!("`{text}`")
        }
        Value::String(text) => format!("a text of {} bytes", text.len()),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let error = checked(text).unwrap_err();
        assert_eq!(error.cause, Cause::InvalidConfig);
        format!("{} {}", error.message, error.remedy)
    }

    #[test]
    fn an_unknown_member_is_named_with_the_nearest_known_one() {
        let text = error(r#"{"tenant_id":"t","client_id":"c","datasets":{"vulnerabilities":{"stratgy":"bulk"}}}"#);
        assert!(text.contains("`datasets.vulnerabilities.stratgy`"), "{text}");
        assert!(text.contains("Did you mean `datasets.vulnerabilities.strategy`?"), "{text}");
        let text = error(r#"{"tenant_id":"t","client_id":"c","dataset":{"devices":{}}}"#);
        assert!(text.contains("`dataset`") && text.contains("Did you mean `datasets`?"), "{text}");
        let text = error(r#"{"tenant_id":"t","client_id":"c","datasets":{"devices":{"baseline_days":1}}}"#);
        assert!(text.contains("unknown member `datasets.devices.baseline_days`"), "{text}");
    }

    #[test]
    fn a_misplaced_secret_is_not_repeated() {
        for member in [r#""cloud":"S3cret~Value.of/an+app""#, r#""auth":"S3cret""#, r#""format":["S3cret"]"#] {
            let text = error(&format!(r#"{{"tenant_id":"t","client_id":"c",{member}}}"#));
            assert!(!text.contains("S3cret"), "{text}");
        }
    }

    #[test]
    fn each_mistake_says_what_is_there_and_what_should_be() {
        for (member, message) in [
            (r#""filters":{"stale_days":0}"#, "`filters.stale_days` is `0`. Give a whole number from 1 to 180."),
            (r#""filters":{"stale_days":1.5}"#, "`filters.stale_days` is `1.5`. Give a whole number from 1 to 180."),
            (r#""filters":{"stale_days":-1}"#, "`filters.stale_days` is `-1`. Give a whole number from 1 to 180."),
            (
                r#""filters":{"stale_days":"9"}"#,
                "`filters.stale_days` is a text of 1 bytes. Give a whole number from 1 to 180.",
            ),
            (
                r#""filters":{"require":["dns"]}"#,
                "`filters.require` is a list. Give a list with `dns_name` or `ip_address`.",
            ),
            (r#""filters":{"include_tags":["a",""]}"#, "`filters.include_tags` is a list. Give a list of texts."),
            (
                r#""filters":[]"#,
                "`filters` is a list; it groups other members. Write its members, for example `filters.exclude_device_groups`.",
            ),
            (
                r#""datasets":{"devices":true}"#,
                "`datasets.devices` is `true`; it groups other members. Write its members, for example `datasets.devices.enabled`.",
            ),
            (
                r#""datasets":{"devices":{"enabled":"yes"}}"#,
                "`datasets.devices.enabled` is `yes`. Give `true` or `false`.",
            ),
            (
                r#""datasets":{"cves":{"strategy":"files"}}"#,
                "`datasets.cves.strategy` is `files`. Give `auto` or `bulk` or `delta`.",
            ),
            (
                r#""endpoints":{"defender":"http://example.com"}"#,
                "`endpoints.defender` uses plain `http`, which is allowed for a loopback host only. Give an origin such as `https://api.security.microsoft.com`.",
            ),
            (
                r#""endpoints":{"graph":7}"#,
                "`endpoints.graph` is `7`. Give an origin such as `https://api.security.microsoft.com`.",
            ),
            (r#""tenant_id":7"#, "`tenant_id` is `7`. Give a text that is not empty."),
            (r#""instance":" ""#, "`instance` is a text of 1 bytes. Give a text that is not empty."),
        ] {
            let given = match member.starts_with("\"tenant") {
                true => format!(r#"{{"client_id":"c",{member}}}"#),
                false => format!(r#"{{"tenant_id":"t","client_id":"c",{member}}}"#),
            };
            assert_eq!(error(&given), message);
        }
        assert!(error("{\n 1}").starts_with("The configuration is not JSON: see line 2, column 2."));
        assert_eq!(error("[]"), "The configuration is not an object. Pass a JSON object.");
        assert!(
            error(r#"{"client_id":"c","tenant_id":null}"#)
                .starts_with("The configuration lacks `tenant_id`. Add it: M")
        );
    }

    #[test]
    fn what_is_null_is_absent_and_of_a_name_that_comes_twice_the_last_counts() {
        let text = r#"{"tenant_id":"t","client_id":"c","filters":{"stale_days":30,"require":["dns_name"],"min_risk":null},
            "instance":null,"format":"ocsf","format":"native"}"#;
        let document = checked(text).unwrap();
        assert_eq!((document.get("instance"), &document["format"]), (None, &Value::from("native")));
        assert_eq!(document["filters"].as_object().unwrap().len(), 2);
    }
}
