//! The published schema of the configuration, and what can be learned from it: which configurations it refuses, and
//! which others it accepts.

use serde_json::{Map, Value, json};

/// The schema as it was published.
pub(super) enum ConfigSchema {
    /// It can be used.
    Usable { schema: Value, validator: Box<jsonschema::Validator> },
    /// It cannot, and why.
    Broken(String),
}

impl ConfigSchema {
    pub(super) fn parse(text: &str) -> Self {
        let schema: Value = match serde_json::from_str(text) {
            Ok(schema) => schema,
            Err(error) => return Self::Broken(format!("it is not JSON: {error}")),
        };
        if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
            return Self::Broken(format!("{error} at {}", error.instance_path()));
        }
        match jsonschema::draft202012::new(&schema) {
            Ok(validator) => Self::Usable { schema, validator: Box::new(validator) },
            Err(error) => Self::Broken(error.to_string()),
        }
    }

    /// Why a configuration is refused; nothing if it is accepted.
    pub(super) fn refusal(&self, config: &Value) -> Option<String> {
        match self {
            Self::Usable { validator, .. } => {
                validator.iter_errors(config).next().map(|error| format!("{error} at {}", error.instance_path()))
            }
            Self::Broken(_) => None,
        }
    }

    /// Configurations that the schema refuses, each one step away from a good one, with what is wrong about it. `null`
    /// is not tried: many programs write it for a member that is not there, and reading it so is no mistake.
    pub(super) fn refused_neighbours(&self, config: &Map<String, Value>) -> Vec<(String, Value)> {
        let mut neighbours = Vec::new();
        for name in config.keys() {
            let mut without = config.clone();
            without.remove(name);
            neighbours.push((format!("without {name}"), Value::Object(without)));
            for other in [json!([]), json!({}), json!(-1.5), json!("")] {
                let mut changed = config.clone();
                changed.insert(name.clone(), other.clone());
                neighbours.push((format!("with {name} = {other}"), Value::Object(changed)));
            }
        }
        neighbours.retain(|(_, neighbour)| self.refusal(neighbour).is_some());
        neighbours
    }

    /// Configurations that the schema accepts, each another choice in one member, with the choice.
    pub(super) fn accepted_neighbours(&self, config: &Map<String, Value>) -> Vec<(String, Value)> {
        let Self::Usable { schema, .. } = self else { return Vec::new() };
        let mut choices = Vec::new();
        collect_choices(schema, &mut Vec::new(), &mut choices);
        let mut neighbours = Vec::new();
        for (path, choice) in choices {
            let mut changed = Value::Object(config.clone());
            if set(&mut changed, &path, choice.clone()) && self.refusal(&changed).is_none() {
                neighbours.push((format!("with {} = {choice}", path.join(".")), changed));
            }
        }
        neighbours
    }
}

/// Every member with a closed list of values, or with a truth value, and each value other than its default.
fn collect_choices(schema: &Value, path: &mut Vec<String>, choices: &mut Vec<(Vec<String>, Value)>) {
    let words = schema["enum"].as_array().cloned().unwrap_or_default();
    let truths = if schema["type"] == "boolean" { vec![json!(true), json!(false)] } else { Vec::new() };
    choices.extend(
        words.into_iter().chain(truths).filter(|value| *value != schema["default"]).map(|value| (path.clone(), value)),
    );
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        path.push(name.clone());
        collect_choices(member, path, choices);
        path.pop();
    }
}

/// Sets a member; false if it has that value already.
fn set(config: &mut Value, path: &[String], value: Value) -> bool {
    let Some((last, parents)) = path.split_last() else { return false };
    let mut at = config;
    for name in parents {
        let Some(object) = at.as_object_mut() else { return false };
        at = object.entry(name.clone()).or_insert_with(|| json!({}));
    }
    let Some(object) = at.as_object_mut() else { return false };
    object.insert(last.clone(), value.clone()) != Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"type":"object","required":["tenant"],"additionalProperties":false,"properties":{
        "tenant":{"type":"string","minLength":1},
        "style":{"enum":["plain","fancy"],"default":"plain"},
        "deep":{"type":"object","properties":{"on":{"type":"boolean","default":true}}}}}"#;

    fn config() -> Map<String, Value> {
        Map::from_iter([("tenant".to_owned(), json!("t"))])
    }

    fn names(neighbours: Vec<(String, Value)>) -> Vec<String> {
        neighbours.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn neighbours_follow_from_the_schema() {
        let schema = ConfigSchema::parse(SCHEMA);
        assert!(names(schema.refused_neighbours(&config())).contains(&"without tenant".to_owned()));
        assert_eq!(schema.refused_neighbours(&config()).len(), 5);
        assert_eq!(names(schema.accepted_neighbours(&config())), ["with deep.on = false", "with style = \"fancy\""]);
    }

    #[test]
    fn what_is_no_schema_says_why() {
        for text in ["", "{", r#"{"type":"strin"}"#, r#"{"properties":[]}"#, "3"] {
            assert!(matches!(ConfigSchema::parse(text), ConfigSchema::Broken(_)), "{text}");
        }
    }
}
