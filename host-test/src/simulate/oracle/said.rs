//! What was delivered, read back from the documents.

use super::expect::{group_key, relation, updated};
use crate::clock;
use crate::contract::{Event, Operation};
use crate::simulate::reading::Dataset;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

/// An event as its document has it.
#[derive(Debug)]
pub(super) struct Said<'a> {
    /// What happened.
    pub(super) operation: Operation,
    /// Kind of the asset.
    pub(super) kind: &'a str,
    /// The dataset that it belongs to.
    pub(super) dataset: Option<Dataset>,
    /// Identity of the asset.
    pub(super) key: &'a str,
    /// Identity of the run.
    pub(super) run: Cow<'a, str>,
    /// Ordinal in the run.
    pub(super) sequence: u64,
    /// When it was read, as time since 1970.
    pub(super) observed: Duration,
    /// Content hash.
    pub(super) hash: &'a str,
    /// Relations, and of a CVE the time of its last update, as claims are written.
    pub(super) relations: Vec<String>,
    /// The body as it stands.
    body: &'a RawValue,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    op: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    run: Cow<'a, str>,
    seq: u64,
    #[serde(borrow)]
    observed: Cow<'a, str>,
    #[serde(borrow)]
    hash: Cow<'a, str>,
    #[serde(borrow)]
    refs: Vec<Reference<'a>>,
    #[serde(borrow)]
    body: &'a RawValue,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    rel: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
}

/// What was said, in order, but for changes that were given up: where the service refuses them midway, a full read of the
/// same run begins behind them, and its rows say more.
pub(super) fn standing<'a, 'b>(said: &'b [Said<'a>]) -> impl Iterator<Item = &'b Said<'a>> {
    let mut begins: HashMap<Dataset, usize> = HashMap::new();
    for (at, event) in said.iter().enumerate() {
        if let (Operation::SnapshotBegin, Some(dataset)) = (event.operation, event.dataset) {
            begins.entry(dataset).or_insert(at);
        }
    }
    let begin = move |event: &Said<'_>| event.dataset.and_then(|dataset| begins.get(&dataset).copied());
    said.iter().enumerate().filter(move |(at, event)| begin(event).is_none_or(|begin| *at >= begin)).map(|(_, it)| it)
}

impl<'a> Said<'a> {
    /// Reads an event.
    ///
    /// # Errors
    /// Where its document is not one line of JSON in the envelope's shape, or says something else than the typed
    /// members.
    pub(super) fn read(event: &'a Event, tenant: &str) -> Result<Self, String> {
        let document = &event.document;
        if document.bytes().any(|byte| byte.is_ascii_control()) {
            return Err("the document is not one line".into());
        }
        let envelope: Envelope<'_> =
            serde_json::from_str(document).map_err(|error| format!("the document is no envelope: {error}"))?;
        for (member, document, typed) in [
            ("kind", &envelope.kind, &event.kind),
            ("op", &envelope.op, &operation_name(event.operation).to_owned()),
            ("key", &envelope.key, &event.key),
            ("observed", &envelope.observed, &event.observed_at),
            ("hash", &envelope.hash, &event.content_hash),
        ] {
            if document != typed {
                return Err(format!("`{member}` is {document:?} in the document and {typed:?} beside it"));
            }
        }
        let is_hash = event.content_hash.len() == 64
            && event.content_hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if !is_hash {
            return Err(format!("`hash` is {:?}, which is no hash of 256 bits", event.content_hash));
        }
        let observed = clock::parse(&event.observed_at).ok_or("`observed` is no time")?;
        let dataset = match event.operation {
            Operation::Upsert | Operation::Delete => Dataset::of_asset(&event.kind, &event.key),
            Operation::SnapshotBegin | Operation::SnapshotEnd => Dataset::ALL
                .iter()
                .copied()
                .find(|dataset| event.key.ends_with(&format!(":snapshot:{}", dataset.name()))),
        };
        let mut relations = Vec::with_capacity(envelope.refs.len());
        for reference in &envelope.refs {
            // Group numbers are the service's own; the truth knows names.
            let target = match reference.rel.as_ref() {
                "member_of" => Cow::Owned(group_key(tenant, &group_name(envelope.body)?)),
                _ => Cow::Borrowed(reference.key.as_ref()),
            };
            relations.push(relation(&event.key, &reference.rel, &target));
        }
        if dataset == Some(Dataset::Cves) && event.operation == Operation::Upsert {
            relations.extend(update_time(envelope.body)?.map(|at| updated(&event.key, at)));
        }
        Ok(Self {
            operation: event.operation,
            kind: &event.kind,
            dataset,
            key: &event.key,
            run: envelope.run,
            sequence: envelope.seq,
            observed,
            hash: &event.content_hash,
            relations,
            body: envelope.body,
        })
    }

    /// The name of what happened.
    pub(super) fn operation_name(&self) -> &'static str {
        operation_name(self.operation)
    }

    /// The body without what differs from reading to reading: when it was read, and its number.
    pub(super) fn lasting_body(&self) -> Value {
        let mut body: Value = serde_json::from_str(self.body.get()).unwrap_or_default();
        if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
            for member in ["sequence", "logged_time", "processed_time"] {
                metadata.remove(member);
            }
            let read_at = u64::try_from(self.observed.as_millis()).unwrap_or(u64::MAX);
            if body["time"] == read_at
                && let Some(body) = body.as_object_mut()
            {
                body.remove("time");
            }
        }
        body
    }
}

/// Name of the device group in the body of a device.
fn group_name(body: &RawValue) -> Result<String, String> {
    let body: Value = serde_json::from_str(body.get()).map_err(|error| error.to_string())?;
    let name = [&body["device"]["groups"][0]["name"], &body["rbacGroupName"]].into_iter().find_map(Value::as_str);
    name.map(str::to_owned).ok_or_else(|| "a member of a device group whose body names none".to_owned())
}

/// When the CVE in a body was last updated, in milliseconds since 1970.
fn update_time(body: &RawValue) -> Result<Option<i64>, String> {
    let body: Value = serde_json::from_str(body.get()).map_err(|error| error.to_string())?;
    if let Some(native) = body["updatedOn"].as_str() {
        let at = clock::parse(native).ok_or_else(|| format!("`updatedOn` is {native:?}, which is no time"))?;
        return Ok(i64::try_from(at.as_millis()).ok());
    }
    Ok(body["osint"][0]["vulnerabilities"][0]["cve"]["modified_time"].as_i64())
}

fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Upsert => "upsert",
        Operation::Delete => "delete",
        Operation::SnapshotBegin => "snapshot_begin",
        Operation::SnapshotEnd => "snapshot_end",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn event(refs: &str, body: &str) -> Event {
        let observed_at = "2026-01-01T00:00:01.500Z".to_owned();
        Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "mde:t:device:aa".into(),
            content_hash: HASH.into(),
            document: format!(
                r#"{{"schema":"s","kind":"device","op":"upsert","key":"mde:t:device:aa","run":"r","seq":3,"observed":"{observed_at}","hash":"{HASH}","refs":[{refs}],"body":{body}}}"#
            ),
            observed_at,
        }
    }

    #[test]
    fn an_event_is_read_from_its_document() {
        let event = event(
            r#"{"rel":"has","key":"mde:t:ip_address:aa/b"},{"rel":"member_of","key":"mde:t:device_group:7"}"#,
            r#"{"device":{"groups":[{"name":"Labor Süd"}]}}"#,
        );
        let said = Said::read(&event, "t").unwrap();
        assert_eq!((said.sequence, said.run.as_ref(), said.dataset), (3, "r", Some(Dataset::Devices)));
        assert_eq!(
            said.relations,
            [
                "mde:t:device:aa has mde:t:ip_address:aa/b",
                "mde:t:device:aa member_of mde:t:device_group_named:Labor%20S%C3%BCd"
            ]
        );
    }

    #[test]
    fn only_what_depends_on_the_reading_is_left_out_of_a_body() {
        let event = event(
            "",
            r#"{"time":1767225601500,"x":1,"metadata":{"sequence":3,"logged_time":5,"processed_time":5,"uid":"u"}}"#,
        );
        let said = Said::read(&event, "t").unwrap();
        assert_eq!(said.lasting_body(), serde_json::json!({ "x": 1, "metadata": { "uid": "u" } }));
    }

    #[test]
    fn a_cve_is_told_with_the_time_of_its_update() {
        for body in [
            r#"{"osint":[{"vulnerabilities":[{"cve":{"modified_time":1767225601500}}]}]}"#,
            r#"{"updatedOn":"2026-01-01T00:00:01.500Z"}"#,
        ] {
            let mut event = event("", body);
            event.key = "mde:t:vulnerability:CVE-1".into();
            event.kind = "vulnerability".into();
            event.document = event.document.replace("mde:t:device:aa", &event.key);
            event.document = event.document.replace(r#""kind":"device""#, r#""kind":"vulnerability""#);
            let said = Said::read(&event, "t").unwrap();
            assert_eq!(said.dataset, Some(Dataset::Cves));
            assert_eq!(said.relations, ["mde:t:vulnerability:CVE-1 updated 1767225601500"]);
        }
    }

    #[test]
    fn a_document_that_says_something_else_is_an_error() {
        let mut wrong = event("", "{}");
        wrong.key.push('b');
        assert!(Said::read(&wrong, "t").unwrap_err().contains("`key`"));
        let mut broken = event("", "{}");
        broken.document.push('\n');
        assert!(Said::read(&broken, "t").unwrap_err().contains("one line"));
        let mut short = event("", "{}");
        short.document.truncate(20);
        assert!(Said::read(&short, "t").unwrap_err().contains("no envelope"));
        let homeless = event(r#"{"rel":"member_of","key":"mde:t:device_group:7"}"#, "{}");
        assert!(Said::read(&homeless, "t").unwrap_err().contains("names none"));
    }
}
