//! The JSON Schema of our events, which `describe --events` prints.

use super::envelope;
use jsonschema::Validator;
use std::sync::OnceLock;

/// Checks documents of the built-in component against it. Where it is written anew it is made of them.
pub fn check_all<'a>(documents: impl Iterator<Item = &'a str>) {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    if std::env::var_os("BLESS").is_some() {
        return;
    }
    let validator = VALIDATOR.get_or_init(|| {
        let schema = serde_json::from_str(include_str!("../../docs/events.schema.json")).expect("a schema is JSON");
        jsonschema::draft202012::new(&schema).expect("a schema is valid")
    });
    for document in documents {
        let event = envelope(document);
        if event["key"].as_str().is_some_and(|key| key.starts_with("mde:")) {
            let faults: Vec<String> =
                validator.iter_errors(&event).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(faults.is_empty(), "docs/events.schema.json does not describe this: {faults:#?}\n{document}");
        }
    }
}
