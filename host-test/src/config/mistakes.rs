//! Every mistake in a configuration file, not the first alone.
//!
//! | found by | what |
//! |---|---|
//! | the TOML parser | a file that is no TOML; then nothing else is looked at |
//! | the schema of the file, with the component's in it | members that are unknown, missing, of the wrong type or out of bounds |
//! | [`beyond_schema`] | what takes more than a schema: addresses, members that do not go together, references to secrets |
//!
//! Values are never repeated: any of them may be a secret in the wrong place.

use super::disclosed::Disclosed;
use super::document::{Document, Section, to_json};
use super::error::{ConfigError, Place};
use super::settings::beyond_schema;
use crate::nearest::nearest;
use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// Looks for all of them; in the order of the file. `schema` is [`super::of_file`].
#[must_use]
pub fn mistakes(file: &Path, text: &str, schema: &Value) -> Vec<ConfigError> {
    let document = Document { file, text };
    let table = match document.parse() {
        Ok(table) => table,
        Err(error) => return vec![error],
    };
    let mut found = Vec::new();
    let validator = jsonschema::draft202012::new(schema);
    if let (Some(json), Ok(validator)) = (to_json(&DeValue::Table(table.get_ref().clone())), validator) {
        let search = Search { document, table: table.get_ref(), schema };
        found = search.all(&validator, &json);
    }
    for error in beyond_schema(Section::root(document, table.get_ref()), file) {
        // The schema may have seen the same.
        let line = |error: &ConfigError| error.place().map(|place| place.line);
        if !found.iter().any(|it| line(it) == line(&error)) {
            found.push(error);
        }
    }
    found.sort_by_key(ConfigError::place);
    found
}

/// Where a member of the component's configuration stands, for example `datasets.devices.enabled`; or the nearest section
/// around it.
#[must_use]
pub fn place_of(text: &str, member: &str) -> Option<Place> {
    let table = DeTable::parse(text).ok()?;
    let path: Vec<&str> = ["source", "config"].into_iter().chain(member.split('.')).collect();
    let (span, depth) = locate(table.get_ref(), &path);
    // Nothing but `[source.config]` itself says nothing.
    (depth > 2).then(|| Place::of(text, span.start))
}

/// The span of the member at a path, or of as much of the path as there is; and how much that is.
fn locate(table: &DeTable<'_>, path: &[&str]) -> (Range<usize>, usize) {
    let Some((first, rest)) = path.split_first() else { return (0..0, 0) };
    let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref().as_ref() == *first) else { return (0..0, 0) };
    let (inner, depth) = match value.get_ref() {
        DeValue::Table(inner) => locate(inner, rest),
        _ => (0..0, 0),
    };
    match depth {
        // What a header opens has the header's place.
        0 => (key.span(), 1),
        depth => (inner, depth + 1),
    }
}

struct Search<'a> {
    document: Document<'a>,
    table: &'a DeTable<'a>,
    schema: &'a Value,
}

impl Search<'_> {
    fn all(&self, validator: &Validator, json: &Value) -> Vec<ConfigError> {
        let mut found = Vec::new();
        let mut missing = Vec::new();
        let mut meant = BTreeSet::new();
        for error in validator.iter_errors(json) {
            let path = error.instance_path().to_string();
            let path: Vec<String> =
                path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
            // What stands there may be secrets; the reader of references knows how to speak of them.
            if path.starts_with(&["source".to_owned(), "secrets".to_owned()]) {
                continue;
            }
            match error.kind() {
                Kind::AdditionalProperties { unexpected } => {
                    let known = self.members(&error);
                    for name in unexpected {
                        let near = nearest(name, known.iter().copied());
                        meant.extend(near.map(|near| (path.clone(), near.to_owned())));
                        found.push(self.unknown(&path, name, near, &known));
                    }
                }
                Kind::Required { property } => {
                    missing.push((path, property.as_str().unwrap_or_default().to_owned()));
                }
                _ => found.push(self.mistake(&path, None, format!("must be {}", wanted(self.violated(&error))))),
            }
        }
        // What is there under another name is one mistake, not two.
        for (path, name) in missing.into_iter().filter(|it| !meant.contains(it)) {
            found.push(self.mistake(&path, Some(&name), "is missing; add it".to_owned()));
        }
        found
    }

    /// The part of the schema that an error is about.
    fn violated(&self, error: &ValidationError<'_>) -> &Value {
        let path = error.schema_path().to_string();
        let about = path.rsplit_once('/').map_or("", |(about, _)| about);
        self.schema.pointer(about).unwrap_or(&Value::Null)
    }

    /// The members that there are where an unknown one is.
    fn members(&self, error: &ValidationError<'_>) -> Vec<&str> {
        let properties = self.violated(error).get("properties").and_then(Value::as_object);
        properties.map(|properties| properties.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    fn unknown(&self, path: &[String], name: &str, near: Option<&str>, known: &[&str]) -> ConfigError {
        match near {
            Some(near) => self.mistake(path, Some(name), format!("unknown; did you mean `{near}`?")),
            None => {
                let shown = Disclosed::member(name).to_string();
                let problem = format!("unknown; known here: {}", known.join(", "));
                self.named(path, &shown, self.place(path, Some(name)), problem)
            }
        }
    }

    fn mistake(&self, path: &[String], member: Option<&str>, problem: String) -> ConfigError {
        let place = self.place(path, member);
        match (member, path) {
            (None, [path @ .., last]) => self.named(path, last, place, problem),
            (member, path) => self.named(path, member.unwrap_or_default(), place, problem),
        }
    }

    fn named(&self, path: &[String], last: &str, place: Place, problem: String) -> ConfigError {
        let member = path.iter().map(String::as_str).chain([last]).collect::<Vec<_>>().join(".");
        ConfigError::Member { file: self.document.file.display().to_string(), place, member, problem }
    }

    fn place(&self, path: &[String], member: Option<&str>) -> Place {
        let path: Vec<&str> = path.iter().map(String::as_str).chain(member).collect();
        self.document.place(locate(self.table, &path).0)
    }
}

/// What a schema wants, in words.
fn wanted(schema: &Value) -> String {
    let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        let options: Vec<String> = options.iter().map(|it| format!("`{}`", it.as_str().unwrap_or_default())).collect();
        return format!("one of {}", options.join(", "));
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("integer") => match (bound("minimum"), bound("maximum")) {
            (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            (Some(least), None) => format!("a whole number of at least {least}"),
            _ => "a whole number".to_owned(),
        },
        Some("number") => "a number".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some("string") => "a string in quotes, not an empty one".to_owned(),
        Some("array") => "a list in brackets".to_owned(),
        Some("object") => "a section".to_owned(),
        _ => "what docs/configuration.md says of it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::of_file;
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        of_file(json!({
            "type": "object", "additionalProperties": false, "required": ["tenant_id"],
            "properties": {
                "tenant_id": { "type": "string", "minLength": 1 },
                "share": { "type": "integer", "minimum": 1, "maximum": 100 },
                "datasets": { "type": "object", "properties": { "devices": {
                    "type": "object", "properties": { "way": { "enum": ["bulk", "files"] }, "on": { "type": "boolean" } },
                } } },
            },
        }))
    }

    fn found(text: &str) -> Vec<String> {
        mistakes(Path::new("x.toml"), text, &schema()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_of_them_are_told_in_the_order_of_the_file() {
        let text = "[source.config]\nshare = 500\ntenant = \"hush\"\n[source.config.datasets]\ndevices = { on = \"hush\", \
                    way = \"hush\" }\n[source.secrets]\na = \"hush\"\nb = { env = \"~hush\" }\n[sandbox]\nproxy = \
                    \"hush://\"\nmemory_byte = 1\nhosts = { \"127.0.0.1:1\" = \"a:1\" }\n[sink]\ntype = \"hush\"\n";
        let told = found(text);
        let expected = [
            "line 2 column 1: source.config.share: must be a whole number from 1 to 100",
            "line 3 column 1: source.config.tenant: unknown; did you mean `tenant_id`?",
            "line 5 column 13: source.config.datasets.devices.on: must be true or false",
            "line 5 column 26: source.config.datasets.devices.way: must be one of `bulk`, `files`",
            "line 7 column 5: source.secrets.a: must be a reference",
            "line 8 column 5: source.secrets.b: what it names is no environment variable",
            "line 10 column 9: sandbox.proxy: must begin with http",
            "line 11 column 1: sandbox.memory_byte: unknown; did you mean `memory_bytes`?",
            "line 12 column 27: sandbox.hosts.127.0.0.1:1: \"a:1\" is not a plain host name",
            "line 14 column 1: sink.type: must be one of `stdout`, `file`",
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(&format!("x.toml {expected}")), "{told}\n{expected}");
            assert!(!told.contains("hush\"") && !told.contains("~hush"), "{told}");
        }
    }

    #[test]
    fn what_is_missing_is_told_unless_it_has_another_name() {
        assert_eq!(
            found("[source.config]\nshare = 1"),
            ["x.toml line 1 column 9: source.config.tenant_id: is missing; add it"]
        );
    }

    #[test]
    fn a_file_without_a_mistake_has_none_and_no_toml_is_one() {
        assert_eq!(found("[source.config]\ntenant_id = \"t\"\n"), [""; 0]);
        assert_eq!(found("[source.config\n").len(), 1);
        assert!(found("")[0].contains("source: is missing"));
        assert!(found("source = 1")[0].contains("source: must be"));
        assert!(found("[source.config]\ntenant_id = nan\n")[0].contains("a number that JSON does not have"));
    }

    #[test]
    fn a_member_of_the_component_has_a_place() {
        let text = "[source.config]\ntenant_id = \"t\"\n\n  [source.config.datasets.devices]\n  on = 1\n";
        let place = |member: &str| place_of(text, member).map(|place| (place.line, place.column));
        assert_eq!(place("tenant_id"), Some((2, 1)));
        assert_eq!(place("datasets.devices.on"), Some((5, 3)));
        // Of what is not there the section around it.
        assert_eq!(place("datasets.devices.way").map(|(line, _)| line), Some(4));
        assert_eq!(place("client_id"), None);
    }
}
