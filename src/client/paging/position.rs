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
    /// Behind this many rows.
    Skip(u64, Behind),
    /// At this address, which the service gave behind this many rows.
    Link(String, u64),
    /// At this file of the snapshot made at this time, with these files before it still to be read.
    File(String, u32, Vec<Late>),
    /// With as many shards as the first number says, at the one that the second says.
    Shard(u32, u32),
    /// Nowhere: it was read to its end.
    End,
}

/// What is known of the rows in front of a page that is asked for by offset. An offset counts the rows before it, so a row
/// that comes or goes there moves all others, and one of them would be passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behind {
    /// Nothing.
    #[default]
    Unknown,
    /// The page begins with these rows: if it does not, the list moved.
    Seam(Seam),
    /// The row of this name is in front of the page and not on it, as a page has no room for both. The page behind this one
    /// begins with it.
    Row(u64),
    /// The page begins with the row of this name, and is asked for to see that the list stood still: there was nothing
    /// behind it.
    Last(u64),
}

/// Rows that were read already with which a page has to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seam {
    /// The name of the first of them.
    pub first: u64,
    /// How many follow it.
    pub more: u64,
    /// The name of the last of them.
    pub last: u64,
}

impl Seam {
    /// One row alone.
    #[must_use]
    pub fn of(name: u64) -> Self {
        Self { first: name, more: 0, last: name }
    }
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

/// How a page begins, where it is not with the last row in front.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum SeamIs {
    InFront,
    Last,
}

/// The same as checkpoints hold it.
#[derive(Default, Deserialize, Serialize)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<Count>,
    /// The name of the last row in front.
    #[serde(skip_serializing_if = "Option::is_none")]
    seam: Option<u64>,
    /// Where the seam is of more than that row: the name of its first one, and how many follow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    seam_from: Option<(u64, Count)>,
    /// What else that row is.
    #[serde(skip_serializing_if = "Option::is_none")]
    seam_is: Option<SeamIs>,
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
            Next::Skip(skip, behind) => {
                let at = Self { skip: Some(Count(skip)), ..at };
                match behind {
                    Behind::Unknown => at,
                    Behind::Seam(Seam { first, more, last }) => {
                        Self { seam: Some(last), seam_from: Some((first, Count(more))).filter(|_| more > 0), ..at }
                    }
                    Behind::Row(name) => Self { seam: Some(name), seam_is: Some(SeamIs::InFront), ..at },
                    Behind::Last(name) => Self { seam: Some(name), seam_is: Some(SeamIs::Last), ..at },
                }
            }
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
            (Some(Count(skip)), None, (None, _), (None, _), None) => {
                let behind = match (at.seam, at.seam_from, at.seam_is) {
                    (None, None, None) => Behind::Unknown,
                    (Some(last), None, None) => Behind::Seam(Seam::of(last)),
                    (Some(last), Some((first, Count(more))), None) if more < skip => {
                        Behind::Seam(Seam { first, more, last })
                    }
                    (Some(name), None, Some(SeamIs::InFront)) => Behind::Row(name),
                    (Some(name), None, Some(SeamIs::Last)) => Behind::Last(name),
                    _ => return Err("these are no rows in front of a page"),
                };
                Next::Skip(skip, behind)
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_the_rows_in_front_is_read_as_it_was_written() {
        let seam = Seam { first: 3, more: 2, last: 5 };
        for behind in [Behind::Unknown, Behind::Seam(seam), Behind::Seam(Seam::of(5)), Behind::Row(5), Behind::Last(5)]
        {
            let position = PagePosition { next: Next::Skip(9, behind), rows: 1, digest: 7 };
            let text = serde_json::to_string(&position).unwrap();
            assert_eq!(serde_json::from_str::<PagePosition>(&text).unwrap(), position, "{text}");
        }
        // As it was written before anything else was known of a seam.
        let older: PagePosition = serde_json::from_str(r#"{"skip":9,"seam":5,"rows":1,"digest":7}"#).unwrap();
        assert_eq!(older.next, Next::Skip(9, Behind::Seam(Seam::of(5))));
    }

    #[test]
    fn rows_in_front_that_cannot_be_are_no_place() {
        for seam in [
            r#""seam_from":[3,2]"#,
            r#""seam_is":"last""#,
            r#""seam":5,"seam_from":[3,9]"#,
            r#""seam":5,"seam_from":[3,2],"seam_is":"in_front""#,
        ] {
            let text = format!(r#"{{"skip":9,{seam},"rows":1,"digest":7}}"#);
            assert!(serde_json::from_str::<PagePosition>(&text).is_err(), "{text}");
        }
    }
}
