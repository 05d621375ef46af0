//! The table of members as JSON Schema (draft 2020-12).

use defender_rows::event::JsonWriter;

use super::members::{self, Default, Member, Shape};

/// The schema of the configuration, as one JSON text.
#[must_use]
pub fn json_schema() -> String {
    let members = members::all();
    let mut out = JsonWriter::default();
    out.object(|out| {
        out.text_member("$schema", "https://json-schema.org/draft/2020-12/schema");
        out.text_member("title", "Configuration of the Microsoft Defender source");
        group(out, "", &members);
    });
    out.as_str().to_owned()
}

/// Writes the members of an object of the configuration: those whose path begins with `prefix`, one step down.
fn group(out: &mut JsonWriter, prefix: &str, members: &[Member]) {
    let inside = || members.iter().filter_map(|member| Some((member.path.strip_prefix(prefix)?, member)));
    out.text_member("type", "object");
    out.object_member("properties", |out| {
        let mut written = "";
        for (path, member) in inside() {
            let (name, below) = path.split_once('.').map_or((path, false), |(name, _)| (name, true));
            // Members of one group stand together in the table.
            if name == written {
                continue;
            }
            written = name;
            out.object_member(name, |out| {
                if below {
                    group(out, &format!("{prefix}{name}."), members);
                } else {
                    property(out, member);
                }
            });
        }
    });
    out.array_member("required", |out| {
        for (path, _) in inside().filter(|(path, member)| member.default == Default::Required && !path.contains('.')) {
            out.text(path);
        }
    });
    out.flag_member("additionalProperties", false);
}

fn property(out: &mut JsonWriter, member: &Member) {
    match &member.shape {
        Shape::Text => text(out),
        Shape::Choice(words) => choice(out, words),
        Shape::Bool => out.text_member("type", "boolean"),
        Shape::Integer { min, max } => {
            out.text_member("type", "integer");
            out.integer_member("minimum", signed(*min));
            out.integer_member("maximum", signed(*max));
        }
        Shape::TextList => {
            out.text_member("type", "array");
            out.object_member("items", text);
        }
        Shape::ChoiceList(words) => {
            out.text_member("type", "array");
            out.object_member("items", |out| choice(out, words));
        }
        Shape::Origin => {
            out.text_member("type", "string");
            out.text_member("format", "uri");
        }
    }
    out.text_member("description", member.doc);
    match member.default {
        Default::Required | Default::Absent => {}
        Default::Text(text) => out.text_member("default", text),
        Default::Bool(value) => out.flag_member("default", value),
        Default::Integer(number) => out.integer_member("default", signed(number)),
    }
}

fn text(out: &mut JsonWriter) {
    out.text_member("type", "string");
    out.integer_member("minLength", 1);
}

fn choice(out: &mut JsonWriter, words: &[&str]) {
    out.text_member("type", "string");
    out.array_member("enum", |out| words.iter().for_each(|word| out.text(word)));
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_member_is_in_the_schema() {
        let schema: Value = serde_json::from_str(&json_schema()).unwrap();
        for member in members::all() {
            let pointer = format!("/properties/{}", member.path.replace('.', "/properties/"));
            assert_eq!(schema.pointer(&pointer).unwrap()["description"], json!(member.doc));
        }
        assert_eq!(schema["required"], json!(["tenant_id", "client_id"]));
        assert_eq!(schema["properties"]["filters"]["additionalProperties"], json!(false));
        assert_eq!(schema["properties"]["cloud"]["default"], json!("commercial"));
    }
}
