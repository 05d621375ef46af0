//! A place within a collection, as checkpoints hold it.

use serde::{Deserialize, Serialize};

use super::late::{LATE_MAX, Late};
use super::page_progress::Mark;
use crate::wire::Count;

/// Where a collection goes on. Part of checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// At its first page.
    Start,
    /// Behind this many rows, of which the last had this name, if it is known.
    Skip(u64, Option<u64>),
    /// At this address, which the service gave behind this many rows.
    Link(String, u64),
    /// At this file of the snapshot made at this time, with these files before it still to be read.
    File(String, u32, Vec<Late>),
    /// With as many shards as the first number says, at the one that the second says.
    Shard(u32, u32),
    /// Nowhere: it was read to its end.
    End,
}

/// A place within a collection. Part of checkpoints.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(into = "Written", try_from = "Written")]
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
}

/// A file that is come back to: its number, its rows that are done with, and their fingerprint.
type WrittenLate = (u32, Count, u64);

/// The same as checkpoints hold it.
#[derive(Default, Deserialize, Serialize)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seam: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    late: Vec<WrittenLate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shards: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<bool>,
    rows: Count,
    digest: u64,
}

impl From<PagePosition> for Written {
    fn from(PagePosition { next, rows, digest }: PagePosition) -> Self {
        let at = Self { rows: Count(rows), digest, ..Self::default() };
        match next {
            Next::Start => at,
            Next::Skip(skip, seam) => Self { skip: Some(Count(skip)), seam, ..at },
            Next::Link(link, before) => Self { link: Some(link), before: Some(Count(before)), ..at },
            Next::File(snapshot, index, late) => {
                let late =
                    late.into_iter().map(|Late { file, reached, .. }| (file, Count(reached.rows), reached.digest));
                Self { snapshot: Some(snapshot), file: Some(index), late: late.collect(), ..at }
            }
            Next::Shard(of, index) => Self { shards: Some(of), shard: Some(index), ..at },
            Next::End => Self { read: Some(true), ..at },
        }
    }
}

impl TryFrom<Written> for PagePosition {
    type Error = &'static str;

    fn try_from(at: Written) -> Result<Self, &'static str> {
        let next = match (at.skip, at.link, (at.snapshot, at.file), (at.shards, at.shard), at.read) {
            (None, None, (None, _), (None, _), None) => Next::Start,
            (Some(Count(skip)), None, (None, _), (None, _), None) => Next::Skip(skip, at.seam),
            (None, Some(link), (None, _), (None, _), None) => Next::Link(link, at.before.unwrap_or_default().0),
            (None, None, (Some(snapshot), Some(index)), (None, _), None) if at.late.len() <= LATE_MAX => {
                let late = at.late.into_iter();
                let late = late.map(|(file, Count(rows), digest)| Late::known(file, Mark { rows, digest }));
                Next::File(snapshot, index, late.collect())
            }
            (None, None, (None, _), (Some(of), Some(index)), None) => Next::Shard(of, index),
            (None, None, (None, _), (None, _), Some(_)) => Next::End,
            _ => return Err("this is no place, or several"),
        };
        Ok(Self { next, rows: at.rows.0, digest: at.digest })
    }
}
