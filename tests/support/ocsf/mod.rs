//! What JSON Schema cannot say of an OCSF event, checked on every event of the test runs.
//!
//! **The rule.** An observable is named by a path to an attribute of the event, never into `unmapped`, and has the value
//! that stands there; `type_uid` is `class_uid * 100 + activity_id`; a caption beside an id is the schema's own, or the
//! source's word beside 99; a profile is listed if and only if an attribute of it is used; objects hold what their
//! constraints ask for; nothing deprecated, null or empty is written. Each fault is one line.

pub mod captions;
mod constraints;

use super::{envelope, schemas};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Attributes that come with a profile, and the classes that have them without it.
const PROFILES: [(&str, &str, &[u64]); 3] =
    [("cloud", "cloud", &[]), ("host", "device", &[2002, 2003, 5001, 5020]), ("osint", "osint", &[5021])];

/// Lists that their object must have, with or without elements.
const MAY_BE_EMPTY: [&str; 1] = ["sbom.software_components"];

/// Checks documents; those in other shapes than OCSF are passed over. Returns how many were checked.
pub fn check_all<'a>(documents: impl Iterator<Item = &'a str>) -> usize {
    let mut checked = 0;
    let mut all: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for document in documents {
        let Some(faults) = faults(document) else { continue };
        faults.into_iter().for_each(|fault| all.entry(fault).or_insert((0, document)).0 += 1);
        checked += 1;
    }
    let list = all.iter().map(|(fault, (count, first))| format!("{count} times {fault}, first in\n{first}\n"));
    assert!(all.is_empty(), "{}", list.collect::<String>());
    checked
}

/// What is wrong with a document; nothing if it is not OCSF.
pub fn faults(document: &str) -> Option<Vec<String>> {
    let document = envelope(document);
    document["schema"].as_str()?.strip_prefix("ocsf/")?;
    let body = document["body"].as_object().expect("a body is an object");
    let mut faults = Vec::new();
    type_of(body, &mut faults);
    observables(body, &mut faults);
    profiles(body, &mut faults);
    let is_lean = !body.contains_key("class_name");
    visit(body, &mut String::new(), &mut |path, object| {
        captions::check(path, object, is_lean, &mut faults);
        constraints::check(path, object, body["class_uid"].as_u64(), &mut faults);
        for (name, value) in object {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let is_empty = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
            if value.is_null() || is_empty && !MAY_BE_EMPTY.contains(&&*path) {
                faults.push(format!("{path} is {value}"));
            }
        }
    });
    faults.extend(schemas::deprecated(&document).into_iter().map(|path| format!("{path} is deprecated")));
    Some(faults)
}

/// Calls `see` with each object of a body and its path, lists passed through; not with what is free of the schema.
fn visit(object: &Map<String, Value>, path: &mut String, see: &mut impl FnMut(&str, &Map<String, Value>)) {
    see(path, object);
    for (name, value) in object {
        if matches!(name.as_str(), "unmapped" | "data") {
            continue;
        }
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(name);
        let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for element in elements.iter().filter_map(Value::as_object) {
            visit(element, path, see);
        }
        path.truncate(length);
    }
}

fn number(body: &Map<String, Value>, name: &str) -> u64 {
    body.get(name).and_then(Value::as_u64).unwrap_or(u64::MAX)
}

fn type_of(body: &Map<String, Value>, faults: &mut Vec<String>) {
    let [class, category, activity, of_type] =
        ["class_uid", "category_uid", "activity_id", "type_uid"].map(|name| number(body, name));
    if class.checked_mul(100).and_then(|class| class.checked_add(activity)) != Some(of_type) {
        faults.push(format!("type_uid {of_type} of class {class} with activity {activity}"));
    }
    if category != class / 1000 {
        faults.push(format!("category_uid {category} of class {class}"));
    }
}

fn observables(body: &Map<String, Value>, faults: &mut Vec<String>) {
    for observable in body.get("observables").and_then(Value::as_array).into_iter().flatten() {
        let (Some(name), Some(value)) = (observable["name"].as_str(), observable["value"].as_str()) else {
            faults.push(format!("an observable without name or value: {observable}"));
            continue;
        };
        let mut path = name.split('.');
        let first = path.next().unwrap_or_default();
        let mut found: Vec<&Value> = body.get(first).into_iter().collect();
        for part in path {
            let elements = found.iter().flat_map(|it| it.as_array().map_or(std::slice::from_ref(*it), Vec::as_slice));
            found = elements.filter_map(|element| element.get(part)).collect();
        }
        if first == "unmapped" || found.is_empty() {
            faults.push(format!("observable {name} leads to no attribute"));
        } else if !found.iter().any(|it| it.as_str() == Some(value)) {
            faults.push(format!("observable {name} is {value}, and there stands {found:?}"));
        }
    }
}

fn profiles(body: &Map<String, Value>, faults: &mut Vec<String>) {
    let listed = body["metadata"]["profiles"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (profile, attribute, own) in PROFILES {
        let is_used = body.contains_key(attribute) && !own.contains(&number(body, "class_uid"));
        if is_used != listed.iter().any(|it| it == profile) {
            faults.push(format!("profile {profile}: {attribute} is used: {is_used}, listed: {listed:?}"));
        }
    }
    if let Some(other) = listed.iter().find(|it| !PROFILES.iter().any(|(profile, ..)| it == profile)) {
        faults.push(format!("profile {other} is none of those whose attributes are known here"));
    }
}
