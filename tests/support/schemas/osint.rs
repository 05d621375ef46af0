//! The schema of OSINT Inventory Info (5021), which has no file beside the others: what every class has, from that of the
//! base event; vulnerabilities, from that of their findings; and the object `osint`. The attributes of the latter are those
//! of the OCSF dictionary that are plain values, the same in 1.5.0 to 1.8.0; like the others it takes none that it does not
//! know.

use serde_json::{Map, Value, json};

const CLASS: u64 = 5021;

/// The schema, from those of the base event and of vulnerability findings of the same version.
pub fn schema(mut base: Value, mut finding: Value) -> Value {
    let activities = [0, 1, 2, 99];
    let types = activities.map(|activity| CLASS * 100 + activity);
    let properties = base["properties"].as_object_mut().expect("a class has attributes");
    for (name, values) in [
        ("class_uid", json!([CLASS])),
        ("category_uid", json!([5])),
        ("activity_id", json!(activities)),
        ("type_uid", json!(types)),
    ] {
        properties[name]["enum"] = values;
    }
    let osint = json!({ "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/osint" } });
    properties.insert("osint".to_owned(), osint);
    base["required"].as_array_mut().expect("some are required").push(json!("osint"));
    let rules = base["allOf"].as_array_mut().expect("there are rules");
    // Those of the base event itself: its types, and its names.
    rules.retain(|rule| {
        let text = rule.to_string();
        !["type_uid", "class_name", "category_name"].iter().any(|name| text.contains(name))
    });
    for activity in activities {
        rules.push(json!({
            "if": { "properties": { "activity_id": { "const": activity } } },
            "then": { "properties": { "type_uid": { "const": CLASS * 100 + activity } } },
        }));
    }
    rules.push(json!({ "properties": {
        "class_name": { "const": "OSINT Inventory Info" }, "category_name": { "const": "Discovery" },
    } }));
    let mut definitions = std::mem::take(&mut finding["$defs"]);
    definitions["osint"] = object();
    base["$defs"] = definitions;
    base["$id"] = json!("urn:made-of-others:osint_inventory_info");
    base
}

/// The object `osint`.
fn object() -> Value {
    let text = json!({ "type": "string" });
    let time = json!({ "type": "integer" });
    let mut properties = Map::new();
    for name in
        ["value", "uid", "external_uid", "type", "vendor_name", "severity", "src_url", "desc", "category", "comment"]
    {
        properties.insert(name.to_owned(), text.clone());
    }
    for name in ["created_time", "modified_time", "expiration_time", "uploaded_time"] {
        properties.insert(name.to_owned(), time.clone());
    }
    for name in ["references", "labels"] {
        properties.insert(name.to_owned(), json!({ "type": "array", "items": text }));
    }
    properties.insert("type_id".to_owned(), json!({ "enum": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 99] }));
    properties.insert("severity_id".to_owned(), json!({ "enum": [0, 1, 2, 3, 4, 5, 6, 99] }));
    let vulnerabilities = json!({ "type": "array", "items": { "$ref": "#/$defs/vulnerability" } });
    properties.insert("vulnerabilities".to_owned(), vulnerabilities);
    let named = |id: &str, name: &str| json!({ "if": { "properties": { id: { "const": 99 } }, "required": [id] }, "then": { "required": [name] } });
    json!({
        "type": "object",
        "properties": properties,
        "required": ["value", "type_id"],
        "additionalProperties": false,
        "allOf": [named("type_id", "type"), named("severity_id", "severity")],
    })
}
