//! Changes to the component's configuration from the command line.

use super::disclosed::Disclosed;
use super::document::to_json;
use super::error::ConfigError;
use serde_json::{Map, Value};
use toml::de::DeValue;

/// What `--datasets` and `--set` said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Datasets to read; all others are switched off. Empty: as configured.
    pub datasets: Vec<String>,
    /// `path=value`, in order.
    pub set: Vec<String>,
}

impl Overrides {
    /// Applies them. `known` are the datasets that the component can read.
    pub fn apply(&self, config: &mut Map<String, Value>, known: &[&str]) -> Result<(), ConfigError> {
        if !self.datasets.is_empty() {
            self.select(config, known)?;
        }
        for assignment in &self.set {
            assign(config, assignment)?;
        }
        Ok(())
    }

    fn select(&self, config: &mut Map<String, Value>, known: &[&str]) -> Result<(), ConfigError> {
        for name in &self.datasets {
            if !known.contains(&name.as_str()) {
                return Err(ConfigError::unknown_dataset(name, known));
            }
        }
        for name in known {
            let enabled = self.datasets.iter().any(|wanted| wanted == name);
            put(config, &["datasets", name, "enabled"], enabled.into())
                .map_err(|member| not_a_section("--datasets", &member))?;
        }
        Ok(())
    }
}

fn assign(config: &mut Map<String, Value>, assignment: &str) -> Result<(), ConfigError> {
    let (path, text) = assignment.split_once('=').ok_or_else(|| ConfigError::Override {
        option: "--set".into(),
        problem: "has no `=`; write it like --set datasets.vulnerabilities.strategy=per_device".into(),
    })?;
    // The path of a slip may be anything; the one that is meant consists of names.
    let shown: Vec<_> = path.trim().split('.').map(|member| Disclosed::member(member).to_string()).collect();
    let option = format!("--set {}", shown.join("."));
    let members: Vec<&str> = path.trim().split('.').collect();
    if members.iter().any(|member| member.is_empty()) {
        let problem = "has an empty member; write it like --set a.b=value".into();
        return Err(ConfigError::Override { option, problem });
    }
    // What is not a TOML value is a string: nobody wants to quote for the shell and for TOML.
    let value = DeValue::parse(text.trim()).ok().and_then(|value| to_json(value.get_ref()));
    put(config, &members, value.unwrap_or_else(|| text.into()))
        .map_err(|member| not_a_section(&option, &Disclosed::member(&member).to_string()))
}

fn not_a_section(option: &str, member: &str) -> ConfigError {
    let problem = format!("`{member}` is not a section in the configuration; correct the path");
    ConfigError::Override { option: option.into(), problem }
}

fn put(config: &mut Map<String, Value>, path: &[&str], value: Value) -> Result<(), String> {
    match path {
        [] => Ok(()),
        [last] => {
            config.insert((*last).to_owned(), value);
            Ok(())
        }
        [first, rest @ ..] => match config.entry(*first).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(inner) => put(inner, rest, value),
            _ => Err((*first).to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(config: &str, datasets: &[&str], set: &[&str]) -> Result<String, String> {
        let Value::Object(mut config) = serde_json::from_str(config).unwrap() else { panic!() };
        let own = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect();
        Overrides { datasets: own(datasets), set: own(set) }
            .apply(&mut config, &["devices", "software"])
            .map(|()| Value::Object(config).to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn datasets_are_switched_on_and_off() {
        assert_eq!(
            apply(r#"{"datasets":{"devices":{"enabled":false,"x":1}}}"#, &["devices"], &[]).unwrap(),
            r#"{"datasets":{"devices":{"enabled":true,"x":1},"software":{"enabled":false}}}"#
        );
        assert_eq!(
            apply("{}", &["device"], &[]).unwrap_err(),
            "--datasets: there is no dataset `device`; did you mean `devices`?"
        );
    }

    #[test]
    fn values_are_toml_or_text() {
        let set = ["a.b=1", "a.c=true", "d=[1, \"x\"]", "e=per_device", "f=a=b", "g=", "h=0123"];
        assert_eq!(
            apply("{}", &[], &set).unwrap(),
            r#"{"a":{"b":1,"c":true},"d":[1,"x"],"e":"per_device","f":"a=b","g":"","h":"0123"}"#
        );
        assert_eq!(
            apply(r#"{"a":1}"#, &[], &["a.b=1"]).unwrap_err(),
            "--set a.b: `a` is not a section in the configuration; correct the path"
        );
        assert_eq!(
            apply(r#"{"Hush8":1}"#, &[], &["Hush8.hush~hush=1"]).unwrap_err(),
            "--set (5 characters, not shown).(9 characters, not shown): `(5 characters, not shown)` is not a section in \
             the configuration; correct the path"
        );
        assert!(apply("{}", &[], &["a"]).unwrap_err().contains("has no `=`"));
        assert!(apply("{}", &[], &["a..b=1"]).unwrap_err().contains("empty member"));
    }
}
