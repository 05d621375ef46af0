//! Makes event documents and queues them.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

use super::json::{JsonWriter, hex};
use super::key::{Key, Keys};
use super::relation::Refs;
use super::{Event, Kind, Operation, Stamp};
use crate::config::{Format, OcsfVersion, TenantId};
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
}

/// What is known about an event once its content is written: for members that repeat the envelope in the body.
#[derive(Clone, Copy, Debug)]
pub struct Seal<'s> {
    /// Identity of the asset.
    pub key: &'s str,
    /// What happened.
    pub operation: Operation,
    /// Identity of the event: 32 hexadecimal digits made of key, operation and content hash, so equal on replay.
    pub uid: &'s str,
    /// Ordinal of the event in the run, from 1.
    pub sequence: u64,
    /// When the record was read, in milliseconds since the epoch.
    pub collected_ms: i64,
    /// What is the same for the whole run.
    pub stamp: &'s Stamp,
}

/// Makes events and queues them.
#[derive(Debug)]
pub struct EventWriter {
    stamp: Stamp,
    queue: VecDeque<Event>,
    sequence: u64,
    collected_ms: i64,
    observed: String,
    body: JsonWriter,
    envelope: JsonWriter,
}

impl EventWriter {
    /// A writer whose first event has the sequence number `sequence + 1`.
    #[must_use]
    pub fn new(stamp: Stamp, sequence: u64) -> Self {
        Self {
            stamp,
            queue: VecDeque::new(),
            sequence,
            collected_ms: 0,
            observed: time::to_rfc3339(0),
            body: JsonWriter::default(),
            envelope: JsonWriter::default(),
        }
    }

    /// Sets the time at which the records that follow were read, in milliseconds since the epoch.
    pub fn collected_at(&mut self, ms: i64) {
        if ms != self.collected_ms {
            self.collected_ms = ms;
            self.observed = time::to_rfc3339(ms);
        }
    }

    /// The time set by [`EventWriter::collected_at`].
    #[must_use]
    pub fn collected_ms(&self) -> i64 {
        self.collected_ms
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

    /// Sequence number of the newest event, taken or not.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Queues the mark that the full read of a dataset starts.
    pub fn snapshot_begin(&mut self, dataset: &str) {
        self.snapshot(Operation::SnapshotBegin, dataset, None);
    }

    /// Queues the mark that the full read of a dataset ended with everything read; `count` is the number of distinct
    /// keys that were emitted.
    pub fn snapshot_end(&mut self, dataset: &str, count: u64) {
        self.snapshot(Operation::SnapshotEnd, dataset, Some(count));
    }

    fn snapshot(&mut self, operation: Operation, dataset: &str, count: Option<u64>) {
        let draft = Draft { kind: Kind::Snapshot, key: self.keys().snapshot(dataset), refs: Refs::default() };
        self.body.clear();
        self.body.object(|body| {
            body.text_member("dataset", dataset);
            body.optional_integer("count", count.map(|count| i64::try_from(count).unwrap_or(i64::MAX)));
        });
        let hash = self.body.content_hash();
        self.finish(draft, operation, &[SNAPSHOT_SCHEMA], &hash, None);
    }

    /// Queues an upsert with an OCSF body. `content` writes the members that count for the hash, `metadata` the
    /// `metadata` member, once the hash is known.
    pub fn ocsf(
        &mut self,
        draft: Draft,
        class_uid: &str,
        content: impl FnOnce(&mut JsonWriter),
        metadata: impl FnOnce(&mut JsonWriter, &Seal<'_>),
    ) {
        let operation = Operation::Upsert;
        self.body.clear();
        self.body.begin_object();
        content(&mut self.body);
        let hash = self.body.content_hash();
        let uid = event_uid(draft.key.as_str(), operation, &hash);
        let seal = Seal {
            key: draft.key.as_str(),
            operation,
            uid: &uid,
            sequence: self.sequence + 1,
            collected_ms: self.collected_ms,
            stamp: &self.stamp,
        };
        metadata(&mut self.body, &seal);
        self.body.end_object();
        let version = self.stamp.ocsf_version.as_str();
        self.finish(draft, operation, &["ocsf/", version, "/", class_uid], &hash, None);
    }

    /// Queues an upsert whose body is a source record as it came. `content` writes what counts for the hash, in an
    /// order that does not depend on the record's.
    pub fn native(&mut self, draft: Draft, dataset: &str, record: &str, content: impl FnOnce(&mut JsonWriter)) {
        self.body.clear();
        self.body.object(content);
        let hash = self.body.content_hash();
        self.finish(draft, Operation::Upsert, &["native/", dataset], &hash, Some(record));
    }

    /// Queues an upsert for an asset that has no source record of its own: `members` writes the body, made of members
    /// of the record that mentions it.
    pub fn native_part(&mut self, draft: Draft, dataset: &str, members: impl FnOnce(&mut JsonWriter)) {
        self.body.clear();
        self.body.object(members);
        let hash = self.body.content_hash();
        self.finish(draft, Operation::Upsert, &["native/", dataset], &hash, None);
    }

    /// Wraps the body, or the record instead of it, and queues the event.
    fn finish(
        &mut self,
        draft: Draft,
        operation: Operation,
        schema: &[&str],
        content_hash: &[u8; 32],
        record: Option<&str>,
    ) {
        self.sequence += 1;
        let content_hash = hex(content_hash);
        let body = record.unwrap_or(self.body.as_str());
        let out = &mut self.envelope;
        out.clear();
        out.begin_object();
        out.name("schema");
        out.pieces(schema);
        out.text_member("kind", draft.kind.as_str());
        out.text_member("op", operation.as_str());
        out.text_member("key", draft.key.as_str());
        out.text_member("run", &self.stamp.run);
        out.optional_text("instance", self.stamp.instance.as_deref());
        out.integer_member("seq", i64::try_from(self.sequence).unwrap_or(i64::MAX));
        out.text_member("observed", &self.observed);
        out.text_member("hash", &content_hash);
        out.name("refs");
        out.begin_array();
        if !draft.refs.elements().is_empty() {
            out.raw(draft.refs.elements());
        }
        out.end_array();
        out.name("body");
        out.raw(body);
        out.end_object();
        self.queue.push_back(Event {
            kind: draft.kind,
            operation,
            key: draft.key.into_string(),
            observed_at: self.observed.clone(),
            content_hash,
            document: out.as_str().to_owned(),
        });
    }
}

/// Identity of an event: the same asset, operation and content give the same.
fn event_uid(key: &str, operation: Operation, content_hash: &[u8; 32]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(key);
    hasher.update(operation.as_str());
    hasher.update(content_hash);
    hex(&hasher.finalize()[..16])
}
