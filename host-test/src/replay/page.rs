//! Pages cut from a collection that was recorded whole.

use bytes::Bytes;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A part of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) skip: usize,
    pub(super) top: Option<usize>,
}

/// The part of a recorded collection; nothing if the body is not a whole collection. Records keep their bytes.
pub(super) fn cut(body: &Bytes, window: Window) -> Option<Bytes> {
    let envelope: BTreeMap<String, &RawValue> = serde_json::from_slice(body).ok()?;
    let records: Vec<&RawValue> = serde_json::from_str(envelope.get("value")?.get()).ok()?;
    let end = window.skip.saturating_add(window.top.unwrap_or(usize::MAX));
    if envelope.contains_key("@odata.nextLink") {
        // The rest of the collection is elsewhere: only its first page can be told.
        return (window.skip == 0).then(|| body.clone());
    }
    if window.skip == 0 && end >= records.len() {
        return Some(body.clone());
    }
    let page = records.get(window.skip..end.min(records.len())).unwrap_or_default();
    let page = RawValue::from_string(serde_json::to_string(page).ok()?).ok()?;
    let mut envelope = envelope;
    envelope.insert("value".into(), &page);
    serde_json::to_vec(&envelope).ok().map(Bytes::from)
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
    fn what_is_no_whole_collection_is_not_cut() {
        assert_eq!(cut_text("[]", 0, Some(1)), None);
        assert_eq!(cut_text(r#"{"value":{}}"#, 0, Some(1)), None);
        let first = r#"{"@odata.nextLink":"n","value":[1,2]}"#;
        assert_eq!(cut_text(first, 0, Some(1)).unwrap(), first);
        assert_eq!(cut_text(first, 1, Some(1)), None);
    }
}
