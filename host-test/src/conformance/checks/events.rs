//! Typed fields have one form each.

use crate::clock;
use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, broken};
use crate::contract::{Event, Operation, one_line};
use std::collections::BTreeSet;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let published: BTreeSet<&str> =
        lab.descriptor.datasets.iter().flat_map(|dataset| &dataset.kinds).map(String::as_str).collect();
    let mut kinds = BTreeSet::new();
    for event in whole.events() {
        if let Some(why) = wrong(event, &published) {
            return Err(broken(format!("the event {}: {why}", one_line(&event.key))));
        }
        kinds.insert(event.kind.as_str());
    }
    let kinds: Vec<&str> = kinds.into_iter().collect();
    Ok(format!("{} events: {}", whole.events().count(), kinds.join(", ")))
}

fn wrong(event: &Event, published: &BTreeSet<&str>) -> Option<String> {
    let is_marker = matches!(event.operation, Operation::SnapshotBegin | Operation::SnapshotEnd);
    if event.key.is_empty() {
        return Some("it has no key".to_owned());
    }
    if !is_marker && !published.contains(event.kind.as_str()) {
        return Some(format!("its kind {:?} is not published", event.kind));
    }
    if !event.observed_at.ends_with('Z') || clock::parse(&event.observed_at).is_none() {
        return Some(format!("its time {:?} is not RFC 3339 in UTC", event.observed_at));
    }
    let is_hash = event.content_hash.len() == 64
        && event.content_hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (!is_hash).then(|| format!("its hash {:?} is not 64 lower-case hexadecimal digits", event.content_hash))
}
