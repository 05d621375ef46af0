//! OCSF bodies: the parts that several datasets share, and the tables they read.
//!
//! Classes, enumerations, portal links and version limits are data; the writers only look them up. Source of all of
//! it: the OCSF schema, releases 1.5.0 to 1.9.0.

pub mod architecture;
pub mod class;
pub mod cvss;
pub mod device;
pub mod finding;
mod metadata;
pub mod observable;
pub mod os_version;
pub mod package;
pub mod platform;
pub mod portal;
pub mod version;
pub mod vocabulary;
pub mod word;

pub use metadata::{MAPPING, Moment, Source};

use defender_rows::event::{Draft, EventWriter, JsonWriter, Seal};

use class::EventType;

/// Queues an event with an OCSF body: the constants of its type, its time, what `content`
/// writes, and the metadata.
pub fn emit(
    events: &mut EventWriter,
    draft: Draft,
    event_type: &EventType,
    source: &Source<'_>,
    content: impl FnOnce(&mut JsonWriter),
) {
    emit_sealed(events, draft, event_type, source, |out, _| content(out));
}

/// The same for a content that repeats what the envelope or the run says.
pub fn emit_sealed(
    events: &mut EventWriter,
    draft: Draft,
    event_type: &EventType,
    source: &Source<'_>,
    content: impl FnOnce(&mut JsonWriter, &Seal<'_>),
) {
    events.ocsf(draft, event_type.operation, event_type.class_uid, |out, seal| {
        out.either(event_type.head, event_type.ids);
        out.integer_member("time", source.time(seal));
        content(out, seal);
        metadata::write(out, seal, source);
    });
}

/// Writes the constant severity of inventory: Informational.
pub fn informational(out: &mut JsonWriter) {
    out.either(r#""severity_id":1,"severity":"Informational""#, r#""severity_id":1"#);
}

/// Writes `message`, a sentence made of other members.
pub fn message(out: &mut JsonWriter, pieces: &[&str]) {
    out.name("message");
    out.pieces(pieces);
}
