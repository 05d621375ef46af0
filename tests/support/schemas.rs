//! The JSON Schemas of OCSF, which live beside the checkout.

use super::{envelope, shared};
use jsonschema::Validator;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Version and file.
type Choice = (String, PathBuf);

/// Checks documents against the schema of their class, version and profiles. Documents in other shapes than OCSF are
/// passed over. Returns how many were checked: none, with a line that says so, if the schemas are not there.
pub fn check_all<'a>(documents: impl Iterator<Item = &'a str>) -> usize {
    let mut checked = 0;
    for document in documents {
        let Some(faults) = faults(document) else { continue };
        assert!(faults.is_empty(), "{faults:#?}\n{document}");
        checked += 1;
    }
    checked
}

/// What the schema has against a document; nothing if there is no schema for it.
pub fn faults(document: &str) -> Option<Vec<String>> {
    let folder = folder()?;
    let document = envelope(document);
    let (version, class) = ocsf(&document)?;
    let body = &document["body"];
    let mut faults = Vec::new();
    if body["class_uid"] != class || body["metadata"]["version"] != *version {
        faults.push("the envelope names another schema than the body".to_owned());
    }
    let validator = validator(folder, version, class, &profiles(body));
    faults.extend(validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())));
    Some(faults)
}

fn folder() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(|| shared("reference/ocsf-schemas")).as_deref()
}

/// Version and class in `ocsf/<version>/<class>`.
fn ocsf(document: &Value) -> Option<(&str, u64)> {
    let (version, class) = document["schema"].as_str()?.strip_prefix("ocsf/")?.split_once('/')?;
    Some((version, class.parse().expect("a class is a number")))
}

fn profiles(body: &Value) -> Vec<&str> {
    let profiles = body["metadata"]["profiles"].as_array().map(Vec::as_slice).unwrap_or_default();
    profiles.iter().map(|profile| profile.as_str().expect("a profile is a text")).collect()
}

fn validator(folder: &Path, version: &str, class: u64, profiles: &[&str]) -> Arc<Validator> {
    static VALIDATORS: OnceLock<Mutex<HashMap<Choice, Arc<Validator>>>> = OnceLock::new();
    let file = file(class, profiles);
    let path = if version == "1.8.0" { folder.join(file) } else { folder.join(version).join(file) };
    let mut validators = VALIDATORS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let schema = serde_json::from_slice(&text).expect("a schema is JSON");
        Arc::new(jsonschema::draft202012::new(&schema).expect("a schema is valid"))
    };
    Arc::clone(validators.entry((version.to_owned(), path.clone())).or_insert_with(compile))
}

/// The file for a class and its profiles.
fn file(class: u64, profiles: &[&str]) -> &'static str {
    match (class, profiles) {
        (0, []) => "base_event.json",
        (2002, []) => "vulnerability_finding.json",
        (2003, []) => "compliance_finding.json",
        (2007, []) => "application_security_posture_finding.json",
        (5001, []) => "inventory_info.json",
        (5001, ["cloud"]) => "inventory_info.cloud.json",
        (5003, ["host"]) => "user_inventory.json",
        (5003, []) => "user_inventory.none.json",
        (5020, []) => "software_info.json",
        other => panic!("no schema for {other:?}"),
    }
}
