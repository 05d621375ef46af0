//! Schemas that have no file of their own: base events with the profile `host`, and the release behind the newest file.

use serde_json::{Value, json};

/// The release that the files without a folder are of.
pub const NEWEST: &str = "1.8.0";

/// The release that is made of it.
pub const NEXT: &str = "1.9.0";

/// Attributes of `device.hw_info` that the next release has in `cpu_info_list` instead.
const PROCESSOR: [&str; 4] = ["cpu_architecture", "cpu_architecture_id", "cpu_bits", "cpu_type"];

/// The schema of base events with the profile that `user` is about: `device`, and the demand that the profile is listed.
pub fn with_host(mut base: Value, user: &Value) -> Value {
    base["properties"]["device"] = user["properties"]["device"].clone();
    for (name, definition) in user["$defs"].as_object().expect("definitions") {
        if base["$defs"][name].is_null() {
            base["$defs"][name] = definition.clone();
        }
    }
    let is_of_profiles = |rule: &&Value| !rule["properties"]["metadata"]["properties"]["profiles"].is_null();
    let demand = user["allOf"].as_array().and_then(|rules| rules.iter().find(is_of_profiles)).expect("a rule").clone();
    for rule in base["allOf"].as_array_mut().expect("rules") {
        if is_of_profiles(&&*rule) {
            *rule = demand.clone();
        }
    }
    base
}

/// Makes the next release of a schema: what it brought to the attributes that are written, and what it deprecated.
/// Source: the change log of the schema, and the types of Tenzir 6.20.
pub fn raise(schema: &mut Value) {
    for rule in schema["allOf"].as_array_mut().expect("rules") {
        if let Some(version) = rule.pointer_mut("/properties/metadata/properties/version") {
            *version = json!({ "const": NEXT });
        }
    }
    let integer = json!({ "type": "integer" });
    let text = json!({ "type": "string" });
    if !schema["properties"]["comment"].is_null() {
        schema["properties"]["comment"]["deprecated"] = true.into();
        schema["properties"]["notes"] = json!({ "type": "array", "items": { "$ref": "#/$defs/note" } });
        schema["$defs"]["note"] = json!({
            "type": "object", "properties": { "comment": text, "title": text, "uid": text }, "required": ["comment"],
            "additionalProperties": false,
        });
    }
    let definitions = &mut schema["$defs"];
    if !definitions["device_hw_info"].is_null() {
        let hardware = &mut definitions["device_hw_info"]["properties"];
        let architecture = hardware["cpu_architecture_id"].clone();
        hardware["cpu_info_list"] = json!({ "type": "array", "items": { "$ref": "#/$defs/cpu_info" } });
        hardware["cores"] = integer.clone();
        for name in PROCESSOR {
            hardware[name]["deprecated"] = true.into();
        }
        definitions["cpu_info"] = json!({
            "type": "object",
            "properties": {
                "cores": integer, "cpu_architecture": text, "cpu_architecture_id": architecture, "cpu_bits": integer,
                "model": text, "speed_mhz": integer, "vendor_name": text,
            },
            "additionalProperties": false,
        });
    }
    if !definitions["resource_details"].is_null() {
        let resource = &mut definitions["resource_details"]["properties"];
        resource["criticality_id"] = json!({ "type": "integer", "enum": [0, 1, 2, 3, 4, 99] });
    }
}

/// Paths of the attributes of `value` that are marked as deprecated.
pub fn deprecated(schema: &Value, root: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let named = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')).and_then(|name| root.pointer(name));
    let schema = named.unwrap_or(schema);
    for element in value.as_array().into_iter().flatten() {
        deprecated(&schema["items"], root, element, path, found);
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let attribute = &schema["properties"][name];
        if attribute["deprecated"] == true {
            found.push(path.clone());
        }
        deprecated(attribute, root, member, &path, found);
    }
}
