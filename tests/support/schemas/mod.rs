//! The JSON Schemas of OCSF, which live beside the checkout.

mod derived;
mod osint;

use super::{envelope, ocsf as structure, shared};
use jsonschema::Validator;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Version, class and profiles.
type Choice = (String, u64, Vec<String>);

/// A schema, and what checks by it.
struct Checked {
    schema: Value,
    validator: Validator,
}

/// Checks documents against the schema of their class, version and profiles, and by what no schema can say. Documents in
/// other shapes than OCSF are passed over. Returns how many were checked against a schema: none, with a line that says so,
/// if the schemas are not there.
pub fn check_all<'a>(documents: impl Iterator<Item = &'a str>) -> usize {
    let documents: Vec<&str> = documents.collect();
    structure::check_all(documents.iter().copied());
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
    let checked = checked(folder, version, class, &profiles(body));
    faults.extend(checked.validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())));
    Some(faults)
}

/// Paths of the deprecated attributes that an event has; none if there is no schema for it.
pub fn deprecated(document: &Value) -> Vec<String> {
    let (Some(folder), Some((version, class))) = (folder(), ocsf(document)) else { return Vec::new() };
    let body = &document["body"];
    let checked = checked(folder, version, class, &profiles(body));
    let mut found = Vec::new();
    derived::deprecated(&checked.schema, &checked.schema, body, "", &mut found);
    found
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

fn checked(folder: &Path, version: &str, class: u64, profiles: &[&str]) -> Arc<Checked> {
    static CHECKED: OnceLock<Mutex<HashMap<Choice, Arc<Checked>>>> = OnceLock::new();
    let choice = (version.to_owned(), class, profiles.iter().map(|profile| (*profile).to_owned()).collect());
    let mut all = CHECKED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let schema = schema(folder, version, class, profiles);
        let validator = jsonschema::draft202012::new(&schema).expect("a schema is valid");
        Arc::new(Checked { schema, validator })
    };
    Arc::clone(all.entry(choice).or_insert_with(compile))
}

/// The schema of a class with these profiles in a version.
fn schema(folder: &Path, version: &str, class: u64, profiles: &[&str]) -> Value {
    let of = match version {
        derived::NEXT => derived::NEWEST,
        of => of,
    };
    let read = |name: &str| {
        let path = if of == derived::NEWEST { folder.join(name) } else { folder.join(of).join(name) };
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice::<Value>(&text).expect("a schema is JSON")
    };
    let mut schema = match (class, profiles) {
        (0, ["host"]) => derived::with_host(read("base_event.json"), &read("user_inventory.json")),
        (5021, []) => osint::schema(read("base_event.json"), read("vulnerability_finding.json")),
        _ => read(file(class, profiles)),
    };
    if version == derived::NEXT {
        derived::raise(&mut schema);
    }
    schema
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
