//! The event that says that an asset is gone: its last document, turned into a deletion.

use crate::contract::{Event, Operation};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Category of findings in OCSF. They have an activity of their own for the end; inventory classes have none.
const FINDINGS: i64 = 2;

/// The activity that a class has no number for.
const OTHER: i64 = 99;

/// What is about the moment rather than about the asset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    /// Identity of the run that found out.
    pub(super) run: &'a str,
    /// Ordinal in that run.
    pub(super) sequence: u64,
    /// When, since 1970.
    pub(super) now: Duration,
}

/// The tombstone of an asset with this last document. Key, hash and event id are the same whenever it is made again.
/// Nothing, if the document is not an envelope.
pub(super) fn of(document: &str, moment: Moment<'_>) -> Option<Event> {
    let mut document: Value = serde_json::from_str(document).ok()?;
    let key = document["key"].as_str()?.to_owned();
    let kind = document["kind"].as_str()?.to_owned();
    let schema = document["schema"].as_str()?.to_owned();
    let hash = hash(&key, document["hash"].as_str()?);
    let instance = document["instance"].take();
    let mut body = document["body"].take();
    if schema.starts_with("ocsf/")
        && let Some(members) = body.as_object_mut()
    {
        close(members, &hash, moment);
    }
    let observed_at = crate::clock::format(moment.now);
    let text = |text: &str| Value::from(text).to_string();
    let instance = if instance.is_null() { String::new() } else { format!(r#","instance":{instance}"#) };
    let document = format!(
        r#"{{"schema":{},"kind":{},"op":"delete","key":{},"run":{}{instance},"seq":{},"observed":{},"hash":"{hash}","refs":[],"body":{body}}}"#,
        text(&schema),
        text(&kind),
        text(&key),
        text(moment.run),
        moment.sequence,
        text(&observed_at),
    );
    Some(Event { kind, operation: Operation::Delete, key, observed_at, content_hash: hash, document })
}

fn hash(key: &str, last: &str) -> String {
    let digest = Sha256::digest(format!("delete\n{key}\n{last}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes out what was said of compliance: that it fails is no more, and nobody knows that it passes. What is gone may have
/// been made right, be excepted, or have gone with its device.
fn comply(body: &mut Map<String, Value>) {
    const SAID: [&str; 4] = ["status_id", "status", "status_code", "status_detail"];
    let Some(compliance) = body.get_mut("compliance").and_then(Value::as_object_mut) else { return };
    let checks = compliance.get_mut("checks").and_then(Value::as_array_mut).into_iter().flatten();
    for check in checks.filter_map(Value::as_object_mut) {
        check.retain(|name, _| !SAID.contains(&name.as_str()));
    }
    compliance.retain(|name, _| !SAID.contains(&name.as_str()));
}

/// Turns an OCSF body into one that closes: findings by their activity Close with the status Resolved, all others by
/// activity 99 with the name Delete, for which inventory classes have no number.
fn close(body: &mut Map<String, Value>, hash: &str, moment: Moment<'_>) {
    let class = body.get("class_uid").and_then(Value::as_i64).unwrap_or_default();
    let is_finding = body.get("category_uid").and_then(Value::as_i64) == Some(FINDINGS);
    let (activity, name) = if is_finding { (3, "Close") } else { (OTHER, "Delete") };
    let title = body.get("class_name").and_then(Value::as_str).map(str::to_owned);
    let millis = u64::try_from(moment.now.as_millis()).unwrap_or_default();
    body.insert("activity_id".into(), activity.into());
    body.insert("type_uid".into(), (class * 100 + activity).into());
    body.insert("time".into(), millis.into());
    let done = if is_finding { "Closed" } else { "Deleted" };
    if let Some(Value::String(message)) = body.get_mut("message") {
        *message = format!("{done}: {message}");
    }
    // A lean body has no captions but those of 99, and base events, whose type is 99 too, have one for that.
    if title.is_some() || activity == OTHER {
        body.insert("activity_name".into(), name.into());
    }
    if title.is_some() || class == 0 {
        let title = title.as_deref().unwrap_or("Base Event");
        body.insert("type_name".into(), format!("{title}: {name}").into());
    }
    if is_finding {
        body.insert("status_id".into(), 4.into());
        match title {
            Some(_) => drop(body.insert("status".into(), "Resolved".into())),
            None => drop(body.remove("status")),
        }
        comply(body);
    }
    let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.insert("uid".into(), hash[..32].into());
    for (name, value) in [
        ("correlation_uid", Value::from(moment.run)),
        ("sequence", moment.sequence.into()),
        ("logged_time", millis.into()),
        ("processed_time", millis.into()),
    ] {
        // What a lean body leaves to its envelope stays there.
        if let Some(member) = metadata.get_mut(name) {
            *member = value;
        }
    }
    metadata.remove("original_time");
    if let Some(tags) = metadata.get_mut("tags").and_then(Value::as_array_mut) {
        for tag in tags.iter_mut().filter(|tag| tag["name"] == "op") {
            *tag = json!({ "name": "op", "value": "delete" });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Moment<'_> = Moment { run: "r2", sequence: 9, now: Duration::from_millis(1_000_500) };

    fn document(schema: &str, class: i64, category: i64) -> String {
        json!({
            "schema": schema, "kind": "device", "op": "upsert", "key": "k\"1", "run": "r1", "seq": 1, "hash": "aa",
            "observed": "x", "refs": [{ "rel": "has", "key": "b" }], "instance": "lab",
            "body": {
                "class_uid": class, "class_name": "C", "category_uid": category, "activity_id": 2, "time": 5,
                "metadata": { "uid": "u", "original_time": "x", "tags": [{ "name": "op", "value": "upsert" }] },
                "device": { "uid": "d" }, "message": "x on y",
                "compliance": { "control": "c", "status_id": 3, "status": "Fail", "status_detail": "why",
                    "checks": [{ "uid": "1", "status_id": 3, "status": "Fail" }] },
            },
        })
        .to_string()
    }

    fn body(event: &Event) -> Value {
        serde_json::from_str::<Value>(&event.document).unwrap()["body"].take()
    }

    #[test]
    fn inventory_is_deleted_and_findings_are_closed() {
        let event = of(&document("ocsf/1.8.0/5001", 5001, 5), AT).unwrap();
        let deleted = body(&event);
        assert_eq!((&deleted["activity_id"], &deleted["type_uid"]), (&json!(99), &json!(500_199)));
        assert_eq!(deleted["activity_name"], "Delete");
        assert_eq!(deleted["device"]["uid"], "d", "it is said what is gone");
        assert_eq!(deleted["metadata"]["tags"][0]["value"], "delete");
        assert_eq!(deleted["metadata"]["uid"], event.content_hash[..32]);
        let closed = body(&of(&document("ocsf/1.8.0/2002", 2002, 2), AT).unwrap());
        assert_eq!(
            (&closed["activity_id"], &closed["type_uid"], &closed["status_id"]),
            (&json!(3), &json!(200_203), &json!(4))
        );
        assert_eq!((&closed["message"], &deleted["message"]), (&json!("Closed: x on y"), &json!("Deleted: x on y")));
        let native = body(&of(&document("native/devices", 1, 1), AT).unwrap());
        assert_eq!(native["activity_id"], 2, "a source record stays as it was");
    }

    /// Whoever counts what fails must not count what is closed; and that it passes nobody said.
    #[test]
    fn a_closed_finding_says_nothing_of_compliance() {
        let closed = body(&of(&document("ocsf/1.8.0/2003", 2003, 2), AT).unwrap());
        assert_eq!(closed["compliance"], json!({ "control": "c", "checks": [{ "uid": "1" }] }));
        assert_eq!((&closed["status_id"], &closed["status"]), (&json!(4), &json!("Resolved")));
        let native = body(&of(&document("native/recommendations", 2003, 2), AT).unwrap());
        assert_eq!(native["compliance"]["status"], "Fail", "a source record stays as it was");
    }

    #[test]
    fn a_lean_body_stays_lean() {
        for (class, category, activity, names) in
            [(2002, 2, 3, &[][..]), (5001, 5, 99, &["activity_name"]), (0, 0, 99, &["activity_name", "type_name"])]
        {
            let document = document("ocsf/1.8.0/1", class, category).replace(r#""class_name":"C","#, "");
            let body = body(&of(&document, AT).unwrap());
            assert_eq!((&body["activity_id"], &body["type_uid"]), (&json!(activity), &json!(class * 100 + activity)));
            for name in ["activity_name", "type_name", "status"] {
                assert_eq!(body.get(name).is_some(), names.contains(&name), "{name} in {body}");
            }
            let metadata = body["metadata"].as_object().unwrap();
            assert_eq!(metadata.keys().collect::<Vec<_>>(), ["tags", "uid"]);
        }
    }

    #[test]
    fn the_envelope_names_the_asset_and_is_the_same_each_time() {
        let event = of(&document("native/x", 1, 1), AT).unwrap();
        let envelope: Value = serde_json::from_str(&event.document).unwrap();
        assert_eq!(
            (&envelope["op"], &envelope["key"], &envelope["run"]),
            (&json!("delete"), &json!("k\"1"), &json!("r2"))
        );
        assert_eq!(
            (&envelope["seq"], &envelope["refs"], &envelope["instance"]),
            (&json!(9), &json!([]), &json!("lab"))
        );
        assert_eq!(envelope["observed"], "1970-01-01T00:16:40.500Z");
        assert_eq!((event.operation, event.kind.as_str()), (Operation::Delete, "device"));
        let later = Moment { run: "r3", sequence: 1, now: Duration::from_secs(9) };
        let again = of(&document("native/x", 1, 1), later).unwrap();
        assert_eq!(again.content_hash, event.content_hash);
        assert_eq!(of("no envelope", AT).map(|event| event.key), None);
    }
}
