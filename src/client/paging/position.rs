//! A place within a collection, as checkpoints hold it.

use defender_rows::event::JsonWriter;
use defender_rows::json::Json;
use defender_rows::tally::MAX_COUNT;

/// Where a collection goes on. Part of checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// At its first page.
    Start,
    /// Behind this many rows, of which the last had this name, if it is known.
    Skip(u64, Option<u64>),
    /// At this address, which the service gave behind this many rows.
    Link(String, u64),
    /// At this file of the snapshot made at this time.
    File(String, u32),
    /// With as many shards as the first number says, at the one that the second says.
    Shard(u32, u32),
    /// Nowhere: it was read to its end.
    End,
}

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
            Next::Shard(of, at) => {
                out.integer_member("shards", i64::from(*of));
                out.integer_member("shard", i64::from(*at));
            }
            Next::End => out.flag_member("read", true),
        }
        out.raw_member("rows", &self.rows.to_string());
        out.raw_member("digest", &self.digest.to_string());
    }

    /// Reads what [`PagePosition::write`] wrote; `None` if it is something else.
    #[must_use]
    pub fn read(value: Json<'_>) -> Option<Self> {
        let members = ["skip", "link", "snapshot", "shards", "read"].map(|name| value.get(name));
        let many = |value: Json<'_>| value.count().filter(|count| *count <= MAX_COUNT);
        let small = |name: &str| u32::try_from(value.get(name).count()?).ok();
        let [skip, link, snapshot, ..] = members;
        let next = match members.map(Json::is_null) {
            [true, true, true, true, true] => Next::Start,
            [false, true, true, true, true] => Next::Skip(many(skip)?, value.get("seam").count()),
            [true, false, true, true, true] => {
                Next::Link(link.text()?.into_owned(), many(value.get("before")).unwrap_or_default())
            }
            [true, true, false, true, true] => Next::File(snapshot.text()?.into_owned(), small("file")?),
            [true, true, true, false, true] => Next::Shard(small("shards")?, small("shard")?),
            [true, true, true, true, false] => Next::End,
            _ => return None,
        };
        Some(Self { next, rows: many(value.get("rows"))?, digest: value.get("digest").count()? })
    }
}
