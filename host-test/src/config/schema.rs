//! The configuration file as a JSON Schema: for editors, and to find every mistake in a file at once.

use super::secret_program;
use super::settings::{
    MOST_BATCH_BYTES, MOST_BATCH_EVENTS, MOST_COMPILE_MEMORY, MOST_GRACE_RUNS, MOST_IN_FLIGHT, MOST_MEMORY, MOST_SECS,
    Sandbox,
};
use crate::inventory::Rules;
use serde_json::{Value, json};

/// The schema of a file (draft 2020-12), with that of `[source.config]`, which the component publishes, in it.
#[must_use]
pub fn of_file(source_config: Value) -> Value {
    let source_config = match source_config {
        // A resource of its own, so that what it refers to is looked for in it.
        Value::Object(mut schema) => {
            schema.insert("$id".to_owned(), "source-config".into());
            schema.remove("$schema");
            Value::Object(schema)
        }
        _ => json!({ "type": "object" }),
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of source-host",
        "type": "object",
        "additionalProperties": false,
        "required": ["source"],
        "properties": {
            "source": section("What is read.", json!({
                "component": text("File of a component to run instead of the built-in one."),
                "config": source_config,
                "secrets": {
                    "type": "object",
                    "description": "Where the component's secrets are, by their names; never the secrets themselves.",
                    "additionalProperties": secret(),
                },
            })),
            "sandbox": section("What the component may take and reach.", sandbox()),
            "state": section("What is remembered between runs.", state()),
            "sink": section("Where events go; without it to the standard output.", json!({
                "type": { "enum": ["stdout", "file"], "default": "stdout", "description": "What kind of sink it is." },
                "path": text("The file that events are added to."),
            })),
            "schedule": {
                "type": "object",
                "description": "When runs start; without it there is one run.",
                "additionalProperties": false,
                "required": ["interval_secs"],
                "properties": {
                    "interval_secs": number("Seconds from the start of one run to the start of the next.", 1, MOST_SECS, None),
                },
            },
        },
    })
}

fn section(description: &str, properties: Value) -> Value {
    json!({ "type": "object", "description": description, "additionalProperties": false, "properties": properties })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": description })
}

fn number(description: &str, least: u64, most: u64, default: Option<u64>) -> Value {
    let mut schema = json!({ "type": "integer", "minimum": least, "maximum": most, "description": description });
    if let (Value::Object(schema), Some(default)) = (&mut schema, default) {
        schema.insert("default".to_owned(), default.into());
    }
    schema
}

fn secret() -> Value {
    let reference = |kind: &str, description: &str| {
        json!({
            "type": "object", "additionalProperties": false, "required": [kind], "properties": { kind: text(description) },
        })
    };
    json!({
        "oneOf": [
            reference("env", "Name of the environment variable that has it."),
            reference("file", "Path of the file that has it; line ends behind it do not belong to it."),
            reference("credential", "Name of a credential that systemd hands to the service."),
            {
                "type": "object", "additionalProperties": false, "required": ["exec"],
                "properties": {
                    "exec": {
                        "type": "array", "minItems": 1, "items": { "type": "string" },
                        "description": "A program that prints it, and its arguments; no shell is in between.",
                    },
                    "timeout_secs": number(
                        "Longest time of the program.", 1, secret_program::MOST_SECS, Some(secret_program::DEFAULT_SECS),
                    ),
                },
            },
        ],
    })
}

fn sandbox() -> Value {
    let default = Sandbox::default();
    let host = || json!({ "type": "string", "minLength": 1 });
    json!({
        "memory_bytes": number("Most linear memory of the component.", 1, MOST_MEMORY, Some(default.memory_bytes)),
        "call_timeout_secs":
            number("Longest time of one call of the component.", 1, MOST_SECS, Some(default.call_timeout.as_secs())),
        "connect_timeout_secs": number("Longest time to connect to a service.", 1, MOST_SECS, None),
        "max_in_flight":
            number("Most requests at the same time.", 1, MOST_IN_FLIGHT.into(), u64::try_from(default.max_in_flight).ok()),
        "max_batch_events":
            number("Most events of a batch.", 1, MOST_BATCH_EVENTS.into(), Some(default.max_batch_events.into())),
        "max_batch_bytes":
            number("Most bytes of a batch.", 1, MOST_BATCH_BYTES.into(), Some(default.max_batch_bytes.into())),
        "cache": {
            "type": "boolean", "default": default.cache, "description": "Whether the compiled component is kept.",
        },
        "cache_dir": text("Folder for compiled components; by default the user's cache folder."),
        "compile_memory_bytes": number(
            "Most memory for compiling a component from a file.", 1, MOST_COMPILE_MEMORY, Some(default.compile.memory_bytes),
        ),
        "compile_timeout_secs": number(
            "Longest time for compiling a component from a file.", 1, MOST_SECS, Some(default.compile.time.as_secs()),
        ),
        "ca_file": text("Certificate authorities to trust beside the public ones, PEM."),
        "proxy": text("Proxy for every request: SCHEME://[USER[:PASSWORD]@]HOST[:PORT] with http, https, socks5 or socks5h."),
        "hosts": {
            "type": "object",
            "description": "Authorities that stand for hosts which the component publishes: AUTHORITY = HOST, or a list of hosts.",
            "additionalProperties": { "anyOf": [host(), { "type": "array", "items": host() }] },
        },
    })
}

fn state() -> Value {
    let default = Rules::default();
    json!({
        "path": text("The file; by default the configuration's name with the ending state.json or inventory.db."),
        "inventory": {
            "type": "boolean", "default": false,
            "description": "Whether every asset is remembered, so that only what is new is delivered.",
        },
        "grace_runs": number(
            "Complete reads that an asset may be missing in before it is gone; only with an inventory.",
            0, MOST_GRACE_RUNS, Some(default.grace_runs.into()),
        ),
        "max_delete_percent": number(
            "Most that may be gone at once, in percent of a dataset; only with an inventory.",
            0, 100, Some(default.max_delete_percent.into()),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::settings::SANDBOX;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_is_a_schema_and_knows_what_the_reader_knows() {
        let schema = of_file(json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object" }));
        jsonschema::draft202012::meta::validate(&schema).expect("a schema");
        let members = schema["properties"]["sandbox"]["properties"].as_object().expect("an object");
        let members: BTreeSet<&str> = members.keys().map(String::as_str).collect();
        assert_eq!(members, SANDBOX.into_iter().collect());
        assert_eq!(schema["properties"]["source"]["properties"]["config"]["$id"], "source-config");
    }
}
