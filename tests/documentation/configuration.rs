//! The documented configuration is the one that the component publishes.

use crate::page;
use serde_json::Value;
use source_host::engine::{Component, SandboxOptions, Source};
use source_host::testing::{FakeTransport, engine};
use std::fmt::Write as _;
use std::sync::Arc;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");

async fn schema() -> Value {
    let component = Component::embedded(engine()).expect("the built-in component loads");
    let options = SandboxOptions::new(Arc::new(FakeTransport::new()));
    let source = Source::start(&component, &options).await.expect("the component starts");
    serde_json::from_str(&source.descriptor().config_schema).expect("the schema is JSON")
}

fn rows(prefix: &str, object: &Value, table: &mut String) {
    let required: Vec<&str> = object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in object["properties"].as_object().expect("an object has members") {
        let path = format!("{prefix}{name}");
        if member["properties"].is_object() {
            rows(&format!("{path}."), member, table);
            continue;
        }
        let default = match &member["default"] {
            Value::Null if required.contains(&name.as_str()) => "**required**".to_owned(),
            Value::Null => "–".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let meaning = member["description"].as_str().unwrap_or_default();
        let _ = writeln!(table, "| `{path}` | {} | {default} | {meaning} |", shape(member));
    }
}

fn shape(member: &Value) -> String {
    if let Some(words) = member["enum"].as_array() {
        let words: Vec<_> = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        return words.join(", ");
    }
    match member["type"].as_str().unwrap_or_default() {
        "array" if member["items"]["enum"].is_array() => format!("list of {}", shape(&member["items"])),
        "array" => "list of texts".to_owned(),
        "integer" => format!("{} to {}", member["minimum"], member["maximum"]),
        "boolean" => "`true`, `false`".to_owned(),
        _ if member["format"] == "uri" => "origin".to_owned(),
        _ => "text".to_owned(),
    }
}

#[tokio::test]
async fn the_documented_members_are_the_published_ones() {
    let mut table = String::from("| member | value | default | meaning |\n|---|---|---|---|\n");
    rows("", &schema().await, &mut table);
    page::hold_parts(FILE, &[("table", &table)]);
}
