//! Sinks write the document and nothing else; routers read the typed fields. They must not disagree.

use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::contract::{Event, Operation, one_line};
use serde_json::{Map, Value};

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let mut count = 0;
    for event in whole.events() {
        let wrong = |why: &str| broken(format!("the document of {}: {why}", one_line(&event.key)));
        if event.document.contains(['\n', '\r']) {
            return Err(wrong("it has more than one line"));
        }
        let document: Map<String, Value> =
            serde_json::from_str(&event.document).map_err(|error| wrong(&format!("it is no JSON object: {error}")))?;
        agrees(event, &document)?;
        if let Some(schema) = document.get("schema").and_then(Value::as_str)
            && !lab.descriptor.schemas.iter().any(|known| known == schema)
        {
            return Err(wrong(&format!("its schema {schema:?} is not published")));
        }
        count += 1;
    }
    Ok(format!("{count} documents"))
}

/// Whether each typed field is a member of the envelope, under whatever name.
fn agrees(event: &Event, document: &Map<String, Value>) -> Result<(), Verdict> {
    let operation: &[&str] = match event.operation {
        Operation::Upsert => &["upsert"],
        Operation::Delete => &["delete"],
        Operation::SnapshotBegin => &["snapshot-begin", "snapshot_begin"],
        Operation::SnapshotEnd => &["snapshot-end", "snapshot_end"],
    };
    for (field, values) in [
        ("kind", &[event.kind.as_str()][..]),
        ("operation", operation),
        ("key", &[event.key.as_str()]),
        ("observed-at", &[event.observed_at.as_str()]),
        ("content-hash", &[event.content_hash.as_str()]),
    ] {
        let holds = |member: &Value| member.as_str().is_some_and(|text| values.contains(&text));
        if !document.values().any(holds) {
            return Err(broken(format!(
                "the document of {} has no member with the event's {field} {:?}",
                one_line(&event.key),
                values[0]
            )));
        }
    }
    Ok(())
}
