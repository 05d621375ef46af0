//! The table of members as JSON Schema (draft 2020-12).

use serde_json::{Map, Value, json};

use crate::config::members::{self, Default, Member, Shape};

/// The schema of the configuration, as one JSON text.
#[must_use]
pub fn json_schema() -> String {
    let mut root = group();
    root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".into(), json!("Configuration of the Microsoft Defender source"));
    for member in members::all() {
        insert(&mut root, &member.path, &member);
    }
    Value::Object(root).to_string()
}

fn group() -> Map<String, Value> {
    let Value::Object(map) = json!({"type": "object", "properties": {}, "additionalProperties": false}) else {
        return Map::new();
    };
    map
}

fn insert(parent: &mut Map<String, Value>, path: &str, member: &Member) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    if rest.is_none() && member.default == Default::Required {
        let required = parent.entry("required").or_insert_with(|| json!([]));
        if let Value::Array(names) = required {
            names.push(json!(name));
        }
    }
    let Some(Value::Object(properties)) = parent.get_mut("properties") else { return };
    match rest {
        None => {
            properties.insert(name.into(), property(member));
        }
        Some(rest) => {
            if let Value::Object(child) = properties.entry(name).or_insert_with(|| Value::Object(group())) {
                insert(child, rest, member);
            }
        }
    }
}

fn property(member: &Member) -> Value {
    let mut schema = match &member.shape {
        Shape::Text => json!({"type": "string", "minLength": 1}),
        Shape::Choice(words) => json!({"type": "string", "enum": words}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Shape::TextList => json!({"type": "array", "items": {"type": "string", "minLength": 1}}),
        Shape::ChoiceList(words) => json!({"type": "array", "items": {"type": "string", "enum": words}}),
        Shape::Origin => json!({"type": "string", "format": "uri"}),
    };
    schema["description"] = json!(member.doc);
    match member.default {
        Default::Required | Default::Absent => {}
        Default::Text(text) => schema["default"] = json!(text),
        Default::Bool(value) => schema["default"] = json!(value),
        Default::Integer(number) => schema["default"] = json!(number),
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_in_the_schema() {
        let schema: Value = serde_json::from_str(&json_schema()).unwrap();
        for member in members::all() {
            let pointer = format!("/properties/{}", member.path.replace('.', "/properties/"));
            assert_eq!(schema.pointer(&pointer).unwrap()["description"], json!(member.doc));
        }
        assert_eq!(schema["required"], json!(["tenant_id", "client_id"]));
        assert_eq!(schema["properties"]["filters"]["additionalProperties"], json!(false));
    }
}
