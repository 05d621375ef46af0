//! Makes event documents and queues them.

use std::collections::VecDeque;

use super::content::Content;
use super::json::JsonWriter;
use super::key::{Key, Keys};
use super::relation::Refs;
use super::sequence::Sequence;
use super::{Event, Kind, Operation, Stamp};
use super::{Format, OcsfVersion, TenantId};
use crate::hash::hex;
use crate::record::time;

/// Version of the `source/snapshot` body.
const SNAPSHOT_SCHEMA: &str = "source/snapshot/1";

/// The envelope's part of an event that a mapper decides.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is about.
    pub kind: Kind,
    /// Identity of the asset.
    pub key: Key,
    /// Relations to other assets.
    pub refs: Refs,
    /// The values that the event is made of, without those that change with every sighting.
    pub content: Content,
}

/// What the envelope says about an event, for members of the body that repeat it.
#[derive(Clone, Copy, Debug)]
pub struct Seal<'s> {
    /// Identity of the asset.
    pub key: &'s str,
    /// What happened.
    pub operation: Operation,
    /// Identity of the event: 32 hexadecimal digits made of key, operation and content hash, so equal on replay.
    pub uid: &'s str,
    /// Number of the event in the run; see [`Sequence`].
    pub sequence: u64,
    /// When the record was read, in milliseconds since the epoch.
    pub collected_ms: i64,
    /// What is the same for the whole run.
    pub stamp: &'s Stamp,
}

/// What became of the records of a full read, for whoever judges by the end of a snapshot that an asset is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotEnd {
    /// Records that became events, each with a key of its own. Assets that records merely mention are not in it.
    pub count: u64,
    /// Records that came, those that came twice among them.
    pub received: u64,
    /// Records that could not be used: of an asset whose record is one of them nothing is said.
    pub rejected: u64,
    /// Records that were left out because the user wanted it so.
    pub filtered: u64,
}

/// Makes events and queues them.
#[derive(Debug)]
pub struct EventWriter {
    stamp: Stamp,
    queue: VecDeque<Event>,
    sequence: Sequence,
    collected_ms: i64,
    observed: String,
    /// The dataset that events belong to, where no marker says it.
    dataset: Option<&'static str>,
    out: JsonWriter,
}

impl EventWriter {
    /// A writer whose first event has the number behind `sequence`.
    #[must_use]
    pub fn new(stamp: Stamp, sequence: Sequence) -> Self {
        let out = JsonWriter::of(stamp.body);
        Self {
            stamp,
            queue: VecDeque::new(),
            sequence,
            collected_ms: 0,
            observed: time::to_rfc3339(0),
            dataset: None,
            out,
        }
    }

    /// Sets the time at which the records that follow were read, in milliseconds since the epoch.
    pub fn collected_at(&mut self, ms: i64) {
        if ms != self.collected_ms {
            self.collected_ms = ms;
            self.observed = time::to_rfc3339(ms);
        }
    }

    /// Sets the dataset that the events which follow name, because no marker does; `None` to name none.
    pub fn name_dataset(&mut self, dataset: Option<&'static str>) {
        self.dataset = dataset;
    }

    /// The time set by [`EventWriter::collected_at`].
    #[must_use]
    pub fn collected_ms(&self) -> i64 {
        self.collected_ms
    }

    /// When the run started, milliseconds since the epoch: the same after every restart.
    #[must_use]
    pub fn started_ms(&self) -> i64 {
        self.stamp.started_ms
    }

    /// Builder of keys of this run's tenant.
    #[must_use]
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(&self.stamp.tenant)
    }

    /// Whose assets.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.stamp.tenant
    }

    /// Host of the portal that links lead to.
    #[must_use]
    pub fn portal(&self) -> &'static str {
        self.stamp.portal
    }

    /// Shape of bodies.
    #[must_use]
    pub fn format(&self) -> Format {
        self.stamp.format
    }

    /// Version of OCSF bodies.
    #[must_use]
    pub fn ocsf_version(&self) -> OcsfVersion {
        self.stamp.ocsf_version
    }

    /// Events that wait to be taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no event waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes the oldest event.
    pub fn pop(&mut self) -> Option<Event> {
        self.queue.pop_front()
    }

    /// Length in bytes of the document of the oldest event.
    #[must_use]
    pub fn next_document_len(&self) -> Option<usize> {
        self.queue.front().map(|event| event.document.len())
    }

    /// Number of the newest event, taken or not.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// Goes on behind another number.
    pub fn go_on_behind(&mut self, sequence: Sequence) {
        self.sequence = sequence;
    }

    /// Queues the mark that the full read of a dataset starts.
    pub fn snapshot_begin(&mut self, dataset: &str) {
        self.snapshot(Operation::SnapshotBegin, dataset, None);
    }

    /// Queues the mark that the full read of a dataset ended with everything read, and what became of its records.
    pub fn snapshot_end(&mut self, dataset: &str, end: SnapshotEnd) {
        self.snapshot(Operation::SnapshotEnd, dataset, Some(end));
    }

    fn snapshot(&mut self, operation: Operation, dataset: &str, end: Option<SnapshotEnd>) {
        let mut content = Content::default();
        content.fact(Some(dataset));
        let draft = Draft { kind: Kind::Snapshot, key: self.keys().snapshot(dataset), refs: Refs::default(), content };
        self.queue(draft, operation, &[SNAPSHOT_SCHEMA], |body, _| {
            body.object(|body| {
                body.text_member("dataset", dataset);
                if let Some(SnapshotEnd { count, received, rejected, filtered }) = end {
                    for (name, count) in
                        [("count", count), ("received", received), ("rejected", rejected), ("filtered", filtered)]
                    {
                        body.count_member(name, count);
                    }
                }
            });
        });
    }

    /// Queues an upsert or a deletion with an OCSF body, whose members `write` writes.
    pub fn ocsf(
        &mut self,
        draft: Draft,
        operation: Operation,
        class_uid: &str,
        write: impl FnOnce(&mut JsonWriter, &Seal<'_>),
    ) {
        let version = self.stamp.ocsf_version.as_str();
        self.queue(draft, operation, &["ocsf/", version, "/", class_uid], |body, seal| {
            body.object(|body| write(body, seal));
        });
    }

    /// Queues an upsert whose body is a source record as it came.
    pub fn native(&mut self, draft: Draft, dataset: &str, record: &str) {
        self.queue(draft, Operation::Upsert, &["native/", dataset], |body, _| body.raw(record));
    }

    /// Queues a deletion whose body is the last source record of what is gone.
    pub fn native_end(&mut self, draft: Draft, dataset: &str, record: &str) {
        self.queue(draft, Operation::Delete, &["native/", dataset], |body, _| body.raw(record));
    }

    /// Queues an upsert for an asset that has no source record of its own: `members` writes the body, made of members
    /// of the record that mentions it.
    pub fn native_part(&mut self, draft: Draft, dataset: &str, members: impl FnOnce(&mut JsonWriter)) {
        self.queue(draft, Operation::Upsert, &["native/", dataset], |body, _| body.object(members));
    }

    /// Queues an event whose body `write` writes.
    fn queue(
        &mut self,
        draft: Draft,
        operation: Operation,
        schema: &[&str],
        write: impl FnOnce(&mut JsonWriter, &Seal<'_>),
    ) {
        let sealed = Sealed::new(draft, operation);
        self.open(&sealed, schema);
        let seal = Seal {
            key: sealed.key.as_str(),
            operation,
            uid: sealed.uid(),
            sequence: self.sequence.number(),
            collected_ms: self.collected_ms,
            stamp: &self.stamp,
        };
        write(&mut self.out, &seal);
        self.close(sealed);
    }

    /// Writes the envelope up to its body.
    #[inline(never)]
    fn open(&mut self, sealed: &Sealed, schema: &[&str]) {
        self.sequence.advance();
        let out = &mut self.out;
        out.clear();
        out.begin_object();
        out.name("schema");
        out.pieces(schema);
        out.plain_member("kind", sealed.kind.as_str());
        out.plain_member("op", sealed.operation.as_str());
        out.plain_member("key", sealed.key.as_str());
        out.plain_member("run", &self.stamp.run);
        out.optional_text("instance", self.stamp.instance.as_deref());
        out.optional_text("dataset", self.dataset);
        out.count_member("seq", self.sequence.number());
        out.plain_member("observed", &self.observed);
        out.plain_member("hash", &sealed.hash);
        out.name("refs");
        out.begin_array();
        if !sealed.refs.elements().is_empty() {
            out.members(sealed.refs.elements());
        }
        out.end_array();
        out.name("body");
    }

    /// Ends the envelope and queues the event.
    #[inline(never)]
    fn close(&mut self, sealed: Sealed) {
        self.out.end_object();
        if sealed.refs.has_successor() {
            self.sequence.leave_room();
        }
        self.queue.push_back(Event {
            kind: sealed.kind,
            operation: sealed.operation,
            key: sealed.key.into_string(),
            observed_at: self.observed.clone(),
            content_hash: sealed.hash,
            document: self.out.as_str().to_owned(),
        });
    }
}

/// A draft whose content is settled.
struct Sealed {
    kind: Kind,
    operation: Operation,
    key: Key,
    refs: Refs,
    hash: String,
}

impl Sealed {
    fn new(draft: Draft, operation: Operation) -> Self {
        let Draft { kind, key, refs, content } = draft;
        let hash = hex(&content.seal(key.as_str(), operation));
        Self { kind, operation, key, refs, hash }
    }

    /// Identity of the event: the same asset, operation and content give the same.
    fn uid(&self) -> &str {
        &self.hash[..32]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::{Detail, Relation};
    use crate::hash::hex;

    fn writer(instance: Option<&str>, format: Format) -> EventWriter {
        let stamp = Stamp {
            tenant: TenantId::parse("contoso.example").unwrap(),
            run: "01JD4T8Y7XK0S5Z6H2M9Q3W1RB".into(),
            started_ms: 1_795_196_400_000,
            instance: instance.map(str::to_owned),
            portal: "security.microsoft.com",
            format,
            ocsf_version: OcsfVersion::V1_7,
            body: Detail::Full,
        };
        let mut sequence = Sequence::default();
        (0..16).for_each(|_| sequence.advance());
        let mut events = EventWriter::new(stamp, sequence);
        events.collected_at(1_795_196_400_120);
        events
    }

    fn draft(events: &EventWriter) -> Draft {
        let keys = events.keys();
        let mut content = Content::default();
        content.fact(Some("x"));
        let refs = Refs::default()
            .with(Relation::Has, &keys.ip_address("a", "b"))
            .with(Relation::MemberOf, &keys.device_group("86"));
        Draft { kind: Kind::Device, key: keys.device("a"), refs, content }
    }

    #[test]
    fn envelopes_have_fixed_members_in_a_fixed_order() {
        let mut events = writer(None, Format::Native);
        let draft = draft(&events);
        let hash = hex(&draft.content.clone().seal(draft.key.as_str(), Operation::Upsert));
        events.native(draft, "devices", "{\"id\": \"a\"}");
        let event = events.pop().unwrap();
        assert_eq!(
            event.document,
            format!(
                r#"{{"schema":"native/devices","kind":"device","op":"upsert","key":"mde:contoso.example:device:a","run":"01JD4T8Y7XK0S5Z6H2M9Q3W1RB","seq":17,"observed":"2026-11-20T17:40:00.120Z","hash":"{hash}","refs":[{{"rel":"has","key":"mde:contoso.example:ip_address:a/b"}},{{"rel":"member_of","key":"mde:contoso.example:device_group:86"}}],"body":{{"id": "a"}}}}"#
            )
        );
        assert_eq!(event.key, "mde:contoso.example:device:a");
        assert_eq!(event.observed_at, "2026-11-20T17:40:00.120Z");
        assert_eq!(event.content_hash, hash);
        assert!(events.is_empty() && events.pop().is_none() && events.next_document_len().is_none());
    }

    #[test]
    fn metadata_can_repeat_the_envelope() {
        let mut events = writer(Some("lab \"1\""), Format::Ocsf);
        for _ in 0..2 {
            let draft = draft(&events);
            events.ocsf(draft, Operation::Upsert, "5001", |out, seal| {
                out.text_member("uid", seal.uid);
                out.text_member("key", seal.key);
                out.integer_member("seq", i64::try_from(seal.sequence).unwrap());
                out.optional_text("instance", seal.stamp.instance.as_deref());
            });
        }
        assert_eq!((events.len(), events.sequence().number()), (2, 18));
        let [one, two]: [Value; 2] = [(); 2].map(|()| serde_json::from_str(&events.pop().unwrap().document).unwrap());
        assert_eq!(one["schema"], "ocsf/1.7.0/5001");
        assert_eq!(one["instance"], "lab \"1\"");
        assert_eq!((&one["seq"], &one["body"]["seq"]), (&json!(17), &json!(17)));
        assert_eq!(two["seq"], 18);
        assert!(one["dataset"].is_null());
        events.name_dataset(Some("cves"));
        let draft = draft(&events);
        events.native(draft, "cves", "{}");
        assert_eq!(serde_json::from_str::<Value>(&events.pop().unwrap().document).unwrap()["dataset"], "cves");
        assert_eq!(one["body"]["uid"], two["body"]["uid"]);
        assert_eq!(one["body"]["uid"].as_str().unwrap().len(), 32);
        assert_eq!(one["hash"], two["hash"]);
    }

    #[test]
    fn numbers_are_left_free_behind_what_goes_on_as_another() {
        let mut events = writer(None, Format::Native);
        for is_merged in [false, true, false] {
            let mut draft = draft(&events);
            if is_merged {
                let survivor = events.keys().device("b");
                draft.refs.push(Relation::MergedInto, &survivor);
            }
            events.native(draft, "devices", "{}");
        }
        let numbers = [(); 3].map(|()| {
            let document: Value = serde_json::from_str(&events.pop().unwrap().document).unwrap();
            document["seq"].as_u64().unwrap()
        });
        assert_eq!(numbers, [17, 18, 18 + 65_537]);
    }

    #[test]
    fn snapshots_have_a_begin_and_an_end() {
        let mut events = writer(None, Format::Ocsf);
        events.snapshot_begin("devices");
        events.snapshot_end("devices", SnapshotEnd { count: 9, received: 12, rejected: 1, filtered: 2 });
        let [begin, end]: [Value; 2] = [(); 2].map(|()| serde_json::from_str(&events.pop().unwrap().document).unwrap());
        for marker in [&begin, &end] {
            assert_eq!(marker["schema"], "source/snapshot/1");
            assert_eq!(marker["kind"], "snapshot");
            assert_eq!(marker["key"], "mde:contoso.example:snapshot:devices");
            assert_eq!(marker["refs"], json!([]));
        }
        assert_eq!((&begin["op"], &begin["body"]), (&json!("snapshot_begin"), &json!({ "dataset": "devices" })));
        assert_eq!(
            (&end["op"], &end["body"]),
            (
                &json!("snapshot_end"),
                &json!({ "dataset": "devices", "count": 9, "received": 12, "rejected": 1, "filtered": 2 })
            )
        );
    }
}
