//! What the inventory has to know of an event's document: the members before its body.

use super::error::InventoryError;
use crate::contract::Event;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;

/// Relation of a record that was merged into another; see `refs` in the envelope.
pub(super) const MERGED_INTO: &str = "merged_into";

/// The members of an envelope that the inventory reads.
#[derive(Debug)]
pub(super) struct Head<'a> {
    pub(super) schema: Cow<'a, str>,
    pub(super) run: Cow<'a, str>,
    pub(super) sequence: u64,
    /// The dataset that the event belongs to, where no marker says it.
    pub(super) dataset: Option<Cow<'a, str>>,
    refs: &'a RawValue,
}

/// One relation of an envelope.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Ref<'a> {
    #[serde(borrow)]
    pub(super) rel: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) key: Cow<'a, str>,
}

impl<'a> Head<'a> {
    /// Reads no further than it has to: the body is most of the document.
    pub(super) fn read(event: &'a Event) -> Result<Self, InventoryError> {
        let mut found = Members::default();
        // Leaving in the middle is an error to the parser. What counts is whether everything was found.
        let _ = serde_json::Deserializer::from_str(&event.document).deserialize_map(&mut found);
        match found {
            Members { schema: Some(schema), run: Some(run), sequence: Some(sequence), dataset, refs: Some(refs) } => {
                Ok(Self { schema, run, sequence, dataset, refs })
            }
            _ => Err(InventoryError::Envelope { key: event.key.clone() }),
        }
    }

    /// The relations.
    pub(super) fn refs(&self) -> Vec<Ref<'a>> {
        serde_json::from_str(self.refs.get()).unwrap_or_default()
    }

    /// Stands for everything that a consumer would see change: content, relations and schema.
    pub(super) fn likeness(&self, content_hash: &str) -> [u8; 16] {
        let mut sha = Sha256::new();
        for part in [content_hash, "\n", &self.schema, "\n", self.refs.get()] {
            sha.update(part.as_bytes());
        }
        let mut likeness = [0; 16];
        likeness.copy_from_slice(&sha.finalize()[..16]);
        likeness
    }
}

/// Body of a snapshot marker.
#[derive(Debug, Deserialize)]
pub(super) struct Marker {
    pub(super) dataset: String,
    /// Records that became events; only at the end.
    pub(super) count: Option<i64>,
}

impl Marker {
    pub(super) fn read(event: &Event) -> Result<Self, InventoryError> {
        #[derive(Deserialize)]
        struct Document {
            body: Marker,
        }
        let document = serde_json::from_str::<Document>(&event.document);
        document.map(|document| document.body).map_err(|_| InventoryError::Envelope { key: event.key.clone() })
    }
}

#[derive(Debug, Default)]
struct Members<'a> {
    schema: Option<Cow<'a, str>>,
    run: Option<Cow<'a, str>>,
    sequence: Option<u64>,
    dataset: Option<Cow<'a, str>>,
    refs: Option<&'a RawValue>,
}

/// A text that is lent where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Visitor<'a> for &mut Members<'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(name)) = map.next_key()? {
            match &*name {
                "schema" => self.schema = Some(map.next_value::<Text<'a>>()?.0),
                "run" => self.run = Some(map.next_value::<Text<'a>>()?.0),
                "dataset" => self.dataset = Some(map.next_value::<Text<'a>>()?.0),
                "seq" => self.sequence = Some(map.next_value()?),
                "refs" => self.refs = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            if self.schema.is_some() && self.run.is_some() && self.sequence.is_some() && self.refs.is_some() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Operation;

    fn event(document: &str) -> Event {
        Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: String::new(),
            content_hash: "h".into(),
            document: document.into(),
        }
    }

    #[test]
    fn members_are_found_wherever_they_stand() {
        let first = event(r#"{"schema":"s/1","run":"r","seq":7,"refs":[{"rel":"has","key":"a"}],"body":{"#);
        let last = event(
            r#"{"body":{"refs":1,"run":2},"refs":[{"rel":"has","key":"a"}],"x":null,"seq":7,"run":"r","schema":"s\u002f1"}"#,
        );
        let (first, last) = (Head::read(&first).unwrap(), Head::read(&last).unwrap());
        assert_eq!((&*first.schema, &*first.run, first.sequence), ("s/1", "r", 7));
        assert_eq!(first.refs(), [Ref { rel: "has".into(), key: "a".into() }]);
        assert_eq!(first.likeness("h"), last.likeness("h"));
        assert_ne!(first.likeness("h"), first.likeness("i"));
    }

    #[test]
    fn what_is_no_envelope_is_named() {
        for document in
            ["", "[]", "{}", r#"{"schema":"s","run":"r","refs":[]}"#, r#"{"schema":1,"run":"r","seq":1,"refs":[]}"#]
        {
            let error = Head::read(&event(document)).unwrap_err().to_string();
            assert!(error.contains("event k"), "{error}");
        }
    }
}
