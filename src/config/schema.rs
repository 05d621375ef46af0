//! The configuration as JSON Schema (draft 2020-12), made of the types that it is read into.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::Value;

use super::document::Document;

/// The schema of the configuration.
#[must_use]
pub fn json_schema() -> Value {
    // Forms, editors and hosts walk it from group to member, so every group stands where it is used.
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let settings = settings.with_transform(RecursiveTransform(in_one_line));
    settings.into_generator().into_root_schema_for::<Document>().into()
}

/// A description is a sentence or two, wherever the comment that it was breaks its lines.
fn in_one_line(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Every member with its path.
    fn members(prefix: &str, schema: &Value, found: &mut Vec<(String, Value)>) {
        for (name, member) in schema["properties"].as_object().unwrap() {
            let path = format!("{prefix}{name}");
            match member["properties"].is_object() {
                true => members(&format!("{path}."), member, found),
                false => found.push((path, member.clone())),
            }
        }
    }

    #[test]
    fn every_member_says_what_it_is_for_and_what_it_may_be() {
        let schema = json_schema();
        let mut found = Vec::new();
        members("", &schema, &mut found);
        assert_eq!(found.len(), 44);
        for (path, member) in found {
            assert!(
                member["description"].as_str().is_some_and(|text| text.len() > 10 && !text.contains('\n')),
                "{path}"
            );
            let kind = member["type"].as_str().unwrap_or_else(|| panic!("{path}: {member}"));
            let bounds: &[&str] = match kind {
                "integer" => &["minimum", "maximum"],
                "string" if member["enum"].is_array() => &["enum"],
                "string" if member["format"] == "uri" => &["format"],
                "string" => &["minLength"],
                "boolean" => &["default"],
                "array" => &["items"],
                _ => panic!("{path} is {kind}"),
            };
            assert!(bounds.iter().all(|bound| !member[bound].is_null()), "{path}: {member}");
            assert_ne!(member.get("default"), Some(&Value::Null), "{path}");
        }
        assert_eq!(schema["required"], json!(["tenant_id", "client_id"]));
        assert_eq!(schema["properties"]["filters"]["additionalProperties"], json!(false));
        assert_eq!(schema["properties"]["cloud"]["default"], json!("commercial"));
        assert_eq!(schema["properties"]["http"]["properties"]["max_attempts"]["default"], json!(6));
    }
}
