//! A place within a collection, as checkpoints hold it.

use crate::event::JsonWriter;
use crate::json::Json;
use crate::paging::pager::Next;

/// A place within a collection. Part of checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePosition {
    /// The page.
    pub next: Next,
    /// Rows of that page that are done with.
    pub rows: u64,
    /// Fingerprint of those rows.
    pub digest: u64,
}

impl PagePosition {
    /// The start of a collection.
    #[must_use]
    pub fn start() -> Self {
        Self { next: Next::Start, rows: 0, digest: 0 }
    }

    /// Writes the place as members of the open object.
    pub fn write(&self, out: &mut JsonWriter) {
        match &self.next {
            Next::Start => {}
            Next::Skip(skip, seam) => {
                out.raw_member("skip", &skip.to_string());
                if let Some(seam) = seam {
                    out.raw_member("seam", &seam.to_string());
                }
            }
            Next::Link(link, before) => {
                out.text_member("link", link);
                out.raw_member("before", &before.to_string());
            }
            Next::File(snapshot, index) => {
                out.text_member("snapshot", snapshot);
                out.integer_member("file", i64::from(*index));
            }
            Next::End => out.flag_member("read", true),
        }
        out.raw_member("rows", &self.rows.to_string());
        out.raw_member("digest", &self.digest.to_string());
    }

    /// Reads what [`PagePosition::write`] wrote; `None` if it is something else.
    #[must_use]
    pub fn read(value: Json<'_>) -> Option<Self> {
        let [skip, link, snapshot, read] = ["skip", "link", "snapshot", "read"].map(|name| value.get(name));
        let next = match [skip, link, snapshot, read].map(Json::is_null) {
            [true, true, true, true] => Next::Start,
            [false, true, true, true] => Next::Skip(skip.count()?, value.get("seam").count()),
            [true, false, true, true] => {
                Next::Link(link.text()?.into_owned(), value.get("before").count().unwrap_or_default())
            }
            [true, true, false, true] => {
                Next::File(snapshot.text()?.into_owned(), u32::try_from(value.get("file").count()?).ok()?)
            }
            [true, true, true, false] => Next::End,
            _ => return None,
        };
        Some(Self { next, rows: value.get("rows").count()?, digest: value.get("digest").count()? })
    }
}
