//! Pages cut from a collection that was recorded whole.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// A part of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) skip: usize,
    pub(super) top: Option<usize>,
}

/// Most members beside the records. Services send three or four.
const MOST_MEMBERS: usize = 100;

/// The part of a recorded collection; nothing if the body is not a whole collection. Records keep their bytes.
pub(super) fn cut(body: &Bytes, window: Window) -> Option<Bytes> {
    Some(part(body, window)?.1)
}

/// What a recorded page holds from a row on, and what follows it: nothing if it does not reach so far, or if the rest of
/// the collection is elsewhere.
pub(super) fn rest(body: &Bytes, skip: usize) -> Option<Bytes> {
    part(body, Window { skip, top: None }).filter(|(count, _)| *count >= skip).map(|(_, rest)| rest)
}

/// How many records there are, and some of them.
fn part(body: &Bytes, window: Window) -> Option<(usize, Bytes)> {
    let Envelope(mut envelope) = serde_json::from_slice(body).ok()?;
    let value = envelope.get("value")?.get();
    let end = window.skip.saturating_add(window.top.unwrap_or(usize::MAX));
    let records = Records(window.skip..end);
    let Page { count, text } = records.deserialize(&mut serde_json::Deserializer::from_str(value)).ok()?;
    if envelope.contains_key("@odata.nextLink") {
        // The rest of the collection is elsewhere: only its first page can be told.
        return (window.skip == 0).then(|| (count, body.clone()));
    }
    if window.skip == 0 && end >= count {
        return Some((count, body.clone()));
    }
    let page = RawValue::from_string(text).ok()?;
    envelope.insert("value".into(), &page);
    Some((count, serde_json::to_vec(&envelope).ok()?.into()))
}

/// An answer, without looking into its members.
struct Envelope<'a>(BTreeMap<String, &'a RawValue>);

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an answer")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<'de>, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    members.insert(name, value);
                    if members.len() > MOST_MEMBERS {
                        return Err(A::Error::custom("no collection"));
                    }
                }
                Ok(Envelope(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Reads a list and copies a part of it. No list of the records is made: it would take more than they do.
struct Records(Range<usize>);

/// Records, as a JSON array.
struct Page {
    /// How many there are in the whole list.
    count: usize,
    text: String,
}

impl<'de> DeserializeSeed<'de> for Records {
    type Value = Page;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Page, A::Error> {
        let (mut count, mut text) = (0, String::from("["));
        while let Some(record) = list.next_element::<&RawValue>()? {
            if self.0.contains(&count) {
                if text.len() > 1 {
                    text.push(',');
                }
                text.push_str(record.get());
            }
            count += 1;
        }
        text.push(']');
        Ok(Page { count, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_text(body: &str, skip: usize, top: Option<usize>) -> Option<String> {
        let page = cut(&Bytes::from(body.to_owned()), Window { skip, top })?;
        Some(String::from_utf8(page.to_vec()).unwrap())
    }

    #[test]
    fn records_keep_their_bytes() {
        let body = r#"{ "value": [ {"b" : 1.10, "a":2}, [], null ], "@odata.count": 3 }"#;
        assert_eq!(cut_text(body, 0, Some(1)).unwrap(), r#"{"@odata.count":3,"value":[{"b" : 1.10, "a":2}]}"#);
        assert_eq!(cut_text(body, 1, None).unwrap(), r#"{"@odata.count":3,"value":[[],null]}"#);
        assert_eq!(cut_text(body, 7, Some(1)).unwrap(), r#"{"@odata.count":3,"value":[]}"#);
        assert_eq!(cut_text(body, usize::MAX, Some(usize::MAX)).unwrap(), r#"{"@odata.count":3,"value":[]}"#);
        assert_eq!(cut_text(body, 0, Some(3)).unwrap(), body, "a page that holds everything is the recording");
    }

    #[test]
    fn the_rest_begins_within_what_there_is() {
        let body = Bytes::from(r#"{"value":[1,2]}"#);
        assert_eq!(rest(&body, 1).unwrap(), r#"{"value":[2]}"#);
        assert_eq!(rest(&body, 2).unwrap(), r#"{"value":[]}"#);
        assert_eq!(rest(&body, 3), None);
        assert_eq!(rest(&Bytes::from(r#"{"@odata.nextLink":"n","value":[1,2]}"#), 1), None);
    }

    #[test]
    fn what_is_no_whole_collection_is_not_cut() {
        assert_eq!(cut_text("[]", 0, Some(1)), None);
        assert_eq!(cut_text(r#"{"value":{}}"#, 0, Some(1)), None);
        let members: String = (0..=MOST_MEMBERS).map(|number| format!(r#""m{number}":0,"#)).collect();
        assert_eq!(cut_text(&format!(r#"{{{members}"value":[1,2]}}"#), 0, Some(1)), None);
        let first = r#"{"@odata.nextLink":"n","value":[1,2]}"#;
        assert_eq!(cut_text(first, 0, Some(1)).unwrap(), first);
        assert_eq!(cut_text(first, 1, Some(1)), None);
    }
}
