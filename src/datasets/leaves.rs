//! No leaf of a record is lost: each declared property of each type that is read is found in an event, or moves one.

use std::collections::BTreeSet;
use std::path::Path;

use defender_rows::event::{Format, OcsfVersion};
use defender_rows::record::time;
use serde_json::{Map, Value, json};

use super::declared::{READINGS, Reading, RecordType, Shape};
use super::testing::{Doc, Run};
use super::{Outcome, Subject};

/// Texts by which the same record can be told apart from itself: with each number, every leaf has another value.
fn leaf(path: &str, shape: Shape, number: usize) -> Value {
    // The same for the same path, and apart from those of others.
    let place = path.bytes().fold(7, |sum: usize, byte| (sum * 31 + usize::from(byte)) % 9973);
    match shape {
        Shape::Text => json!(format!("t{number}-{}", path.to_lowercase())),
        Shape::Time => json!(time::to_rfc3339(1_700_000_000_000 + (place * 1000 + number) as i64 * 60_000)),
        Shape::Whole => json!(1_000_000 + place * 100 + number),
        Shape::Decimal => json!((place * 10 + number) as f64 / 1e6),
        Shape::Flag => json!(number % 2 == 1),
        Shape::Texts => json!([format!("b{number}-{path}"), format!("a{number}-{path}")]),
        Shape::Words(words) => json!(words[number % words.len()]),
        Shape::Object(of) => record(of, path, number),
        Shape::Objects(of) => json!([record(of, path, number)]),
    }
}

fn record(of: &RecordType, path: &str, number: usize) -> Value {
    let member = |(name, shape): &(&str, Shape)| ((*name).to_owned(), leaf(&format!("{path}.{name}"), *shape, number));
    Value::Object(of.properties.iter().map(member).collect::<Map<_, _>>())
}

/// The bodies of all events of a row, without what only says which event it is.
fn bodies(reading: &Reading, row: &Value, run: &mut Run) -> Vec<Value> {
    let row = row.to_string();
    let docs = match reading.is_change {
        true => run.change(reading.map, &row),
        false => run.emit(reading.map, &row, reading.subject),
    };
    let body = |doc: Doc| {
        let mut body = doc.body().clone();
        for name in ["uid", "tags", "sequence"] {
            body["metadata"].as_object_mut().unwrap().remove(name);
        }
        body
    };
    docs.into_iter().map(body).collect()
}

fn leaves_of(value: &Value, leaves: &mut BTreeSet<String>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| leaves_of(element, leaves)),
        Value::Object(members) => members.values().for_each(|member| leaves_of(member, leaves)),
        Value::String(text) => drop(leaves.insert(text.clone())),
        other => drop(leaves.insert(other.to_string())),
    }
}

/// Whether a leaf of a row stands in the bodies: as it is, or as the same point in time.
fn is_found(wanted: &Value, shape: Shape, found: &BTreeSet<String>) -> bool {
    let text = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
    let as_time = || time::parse(&text).is_some_and(|ms| found.contains(&ms.to_string()));
    found.contains(&text) || matches!(shape, Shape::Time) && as_time()
}

/// Each leaf of a row is found in its events; blank ones, truth values and words, which tables translate, apart.
fn assert_found(reading: &Reading, row: &Value, hint: &str) {
    for run in [Run::ocsf(), Run::lean()] {
        assert_found_by(reading, row, hint, run);
    }
}

fn assert_found_by(reading: &Reading, row: &Value, hint: &str, mut run: Run) {
    let mut found = BTreeSet::new();
    bodies(reading, row, &mut run).iter().for_each(|body| leaves_of(body, &mut found));
    for (name, shape) in reading.of.properties {
        let wanted = match &row[name] {
            Value::Array(elements) => elements.clone(),
            Value::Null => continue,
            other => vec![other.clone()],
        };
        for wanted in wanted {
            match shape {
                Shape::Flag | Shape::Words(_) => {}
                Shape::Object(of) | Shape::Objects(of) => {
                    for (inner, shape) in of.properties {
                        assert!(is_found(&wanted[inner], *shape, &found), "{}{hint} {name}.{inner}", reading.of.name);
                    }
                }
                _ => {
                    let is_there = is_found(&wanted, *shape, &found);
                    assert!(is_there, "{}{hint} {name}: {wanted} in {found:?}", reading.of.name);
                }
            }
        }
    }
}

#[test]
fn each_declared_leaf_is_found_in_an_event() {
    for reading in &READINGS {
        assert_found(reading, &record(reading.of, "", 0), "");
    }
}

/// What one property says needs no other: each leaf is found whichever other is missing, or is a number out of bounds.
#[test]
fn each_declared_leaf_is_found_whichever_other_is_missing() {
    for reading in &READINGS {
        for (missing, shape) in reading.of.properties {
            for value in [Value::Null, json!(-1), json!(1e9)] {
                if !value.is_null() && !matches!(shape, Shape::Decimal) {
                    continue;
                }
                let mut row = record(reading.of, "", 0);
                row[missing] = value;
                for length in [2, 1] {
                    row.as_object_mut()
                        .unwrap()
                        .values_mut()
                        .filter_map(Value::as_array_mut)
                        .for_each(|list| list.truncate(length));
                    let outcome = Run::ocsf().map(reading.map, &row.to_string(), reading.subject);
                    // Without what it is known by, a row is no record.
                    if outcome == Outcome::Emitted {
                        assert_found(reading, &row, &format!(" with {missing} {}:", row[missing]));
                    }
                }
            }
        }
    }
}

/// Values that tables translate, so that they are not found as they are.
const TRANSLATED: &[(&str, &[&str])] = &[
    ("osPlatform", &["Windows11", "Ubuntu", "Unknown", "WindowsServer2019"]),
    ("osArchitecture", &["64-bit", "32-bit", "x64", "x86", "arm64", "arm", "amd64", "s390x"]),
    ("computerDnsName", &["a.example.test", "b.example.test", "10.0.0.1", "10.0.0.2"]),
    ("deviceName", &["a.example.test", "b.example.test", "10.0.0.1", "10.0.0.2"]),
    ("lastIpAddress", &["10.0.0.1", "10.0.0.2", "fe80::1", "none"]),
    ("ipAddress", &["10.0.0.1", "10.0.0.2", "fe80::1", "none"]),
    ("macAddress", &["001122AABBCC", "001122AABBCD", "0123456789ABCDEF"]),
    ("severity", &["Low", "Medium", "High", "Critical", "None", "Unknown", "Dire"]),
    ("vulnerabilitySeverityLevel", &["Low", "Medium", "High", "Critical", "None", "Unknown", "Dire"]),
    ("exploitabilityLevel", &["NoExploit", "ExploitIsPublic", "ExploitIsVerified", "ExploitIsInKit", "Other"]),
    ("recommendedSecurityUpdateId", &["200002", "200003", "RHSA-1"]),
    ("cvssScore", &["7.5", "7.6", "-1", "99", "NaN"]),
    ("cvssV3", &["7.5", "7.6", "-1", "99", "NaN"]),
    ("epss", &["0.5", "0.6", "-1", "2", "NaN"]),
    ("version", &["Other", "21H2", "22H2"]),
    ("endOfSupportStatus", &["None", "EOS Version", "Upcoming EOS Version"]),
    ("status", &["New", "Updated", "Fixed", "Else"]),
];

/// All values that a property is tried with.
fn values(name: &str, path: &str, shape: Shape) -> Vec<Value> {
    let of_type = match shape {
        Shape::Words(words) => words.iter().map(|word| json!(word)).collect(),
        Shape::Object(_) | Shape::Objects(_) => Vec::new(),
        _ => (0..2).map(|number| leaf(path, shape, number)).collect::<Vec<_>>(),
    };
    let translated = TRANSLATED.iter().filter(|(known, _)| *known == name && !matches!(shape, Shape::Words(_)));
    of_type.into_iter().chain(translated.flat_map(|(_, values)| values.iter().map(|value| json!(value)))).collect()
}

/// Two records that differ in one leaf give bodies that differ, whatever the leaf, also where a table translates it.
#[test]
fn each_declared_leaf_moves_an_event() {
    for reading in &READINGS {
        let row = record(reading.of, "", 0);
        let told_apart = |path: &str, rows: Vec<Value>| {
            let bodies: Vec<_> = rows.iter().map(|row| bodies(reading, row, &mut Run::ocsf())).collect();
            for (at, one) in bodies.iter().enumerate() {
                let twin = bodies[at + 1..].iter().position(|other| other == one);
                let twin = twin.map(|offset| &rows[at + 1 + offset]);
                assert_eq!(twin, None, "{} {path}: the same bodies as of {}", reading.of.name, rows[at]);
            }
        };
        for (name, shape) in reading.of.properties {
            let with = |value| {
                let mut row = row.clone();
                row[name] = value;
                row
            };
            let path = format!(".{name}");
            told_apart(&path, values(name, &path, *shape).into_iter().map(with).collect());
            let (Shape::Object(of) | Shape::Objects(of)) = shape else { continue };
            for (inner, inner_shape) in of.properties {
                let path = format!("{path}.{inner}");
                let with = |value| {
                    let mut row = row.clone();
                    let object = if row[name].is_array() { &mut row[name][0] } else { &mut row[name] };
                    object[inner] = value;
                    row
                };
                told_apart(&path, values(inner, &path, *inner_shape).into_iter().map(with).collect());
            }
        }
    }
}

/// No declared property is an unknown column, and no declared word an unknown word; another word is one.
#[test]
fn what_is_declared_is_known() {
    let unknown = |reading: &Reading, row: &Value| {
        let mut run = Run::ocsf();
        bodies(reading, row, &mut run);
        run.tolerated().iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<Vec<_>>()
    };
    let count = |tolerated: &[(String, u64)], start: &str| {
        tolerated.iter().filter(|(name, _)| name.starts_with(start)).map(|(_, count)| count).sum::<u64>()
    };
    for reading in &READINGS {
        let mut row = record(reading.of, "", 0);
        if let Some(address) = row.pointer_mut("/ipAddresses/0") {
            address["ipAddress"] = json!("10.0.0.1");
        }
        assert_eq!(count(&unknown(reading, &row), "unknown_column"), 0, "{}", reading.of.name);
        let check = |path: &str, name: &str, place: &dyn Fn(&mut Value, Value), words: &[&str]| {
            let mut known = row.clone();
            for word in words {
                place(&mut known, json!(word));
                let found = unknown(reading, &known);
                assert_eq!(count(&found, &format!("unknown_word.{name}")), 0, "{} {path} {word}", reading.of.name);
            }
            place(&mut known, json!("SomethingNew"));
            let found = unknown(reading, &known);
            assert!(count(&found, &format!("unknown_word.{name}")) > 0, "{} {path}", reading.of.name);
        };
        for (name, shape) in reading.of.properties {
            match shape {
                Shape::Words(words) => check(name, name, &|row, word| row[name] = word, words),
                Shape::Object(of) | Shape::Objects(of) => {
                    for (inner, shape) in of.properties {
                        let Shape::Words(words) = shape else { continue };
                        let path = format!("{name}.{inner}");
                        let place = |row: &mut Value, word| {
                            let object = if row[name].is_array() { &mut row[name][0] } else { &mut row[name] };
                            object[inner] = word;
                        };
                        check(&path, &path, &place, words);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Two tenants may have the same record of everything but a device: whatever they have of it is theirs. A device has an
/// identifier of its own wherever it is.
#[test]
fn identifiers_of_findings_and_intelligence_are_of_one_tenant() {
    let mut compared = 0;
    for reading in &READINGS {
        let row = record(reading.of, "", 0);
        let of = |tenant: &str| {
            let mut run = Run::of_tenant(tenant, Format::Ocsf, OcsfVersion::V1_8);
            let bodies = bodies(reading, &row, &mut run);
            let uid = |body: &Value| [&body["finding_info"]["uid"], &body["osint"][0]["uid"]].map(Value::clone);
            let uids = bodies.iter().flat_map(uid).filter(|uid| !uid.is_null());
            uids.map(|uid| uid.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        for (one, other) in of("a.example").iter().zip(of("b.example")) {
            let is_of_a_device = matches!(reading.subject, Subject::Device(_)) || row.get("deviceId").is_some();
            let is_of_a_device = is_of_a_device || matches!(reading.subject, Subject::Recommendation(_));
            assert_eq!(*one == other, is_of_a_device, "{} has {one} and {other}", reading.of.name);
            compared += 1;
        }
    }
    assert!(compared >= 6, "{compared}");
}

/// What the tables above are made of, where it is at hand.
#[test]
fn the_tables_follow_the_services_own_metadata() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/defender-edm.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        // The other tests hold the mappers to the tables all the same.
        eprintln!("not compared: {} is not there", path.display());
        return;
    };
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let mut types: Vec<&RecordType> = READINGS.iter().map(|reading| reading.of).collect();
    let mut compared = 0;
    while let Some(of) = types.pop() {
        for (name, declared) in declared_properties(&metadata, of.name) {
            let known = of.properties.iter().find(|(known, _)| *known == name);
            let (_, shape) = known.unwrap_or_else(|| panic!("{} has `{name}`, which no table knows", of.name));
            compared += 1;
            match shape {
                Shape::Words(words) => {
                    let members = metadata["enums"][&declared].as_array().expect("an enumeration");
                    for member in members {
                        let is_known = words.iter().any(|word| member == word);
                        assert!(is_known, "{} `{name}` may be {member}, which no table knows", of.name);
                    }
                }
                Shape::Object(inner) => {
                    assert_eq!(declared, inner.name);
                    types.push(inner);
                }
                Shape::Objects(inner) => {
                    assert_eq!(declared, format!("Collection({})", inner.name));
                    types.push(inner);
                }
                plain => {
                    let fits = match plain {
                        Shape::Text | Shape::Time => ["String", "Guid", "DateTimeOffset"].contains(&declared.as_str()),
                        Shape::Whole => ["Int32", "Int64"].contains(&declared.as_str()),
                        Shape::Decimal => declared == "Double",
                        Shape::Flag => declared == "Boolean",
                        _ => declared == "Collection(String)",
                    };
                    // What was added later is declared by name alone.
                    assert!(fits || declared.is_empty(), "{} `{name}` is {declared}, not {plain:?}", of.name);
                }
            }
        }
    }
    assert!(compared > 100, "{compared} properties");
}

/// Name and type of each property, those of the type it is made from included.
fn declared_properties(metadata: &Value, name: &str) -> Vec<(String, String)> {
    let of = &metadata["types"][name];
    assert!(of.is_object(), "no type {name}");
    let mut properties = match of["base"].as_str() {
        Some(base) => declared_properties(metadata, base),
        None => Vec::new(),
    };
    for (name, declared) in of["properties"].as_object().into_iter().flatten() {
        properties.push((name.clone(), declared.as_str().unwrap_or_default().to_owned()));
    }
    for name in of["added_by_2026_08"].as_array().into_iter().flatten() {
        properties.push((name.as_str().unwrap_or_default().to_owned(), String::new()));
    }
    properties
}
