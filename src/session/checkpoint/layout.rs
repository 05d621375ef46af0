//! The text of a checkpoint: its layout and its checksum.
//!
//! | layout | what changed |
//! |---|---|
//! | 1 | the run alone |
//! | 2 | what outlives a run: `tenant`, `budget`, `cursors`; the run is a member |
//! | 3 | `checksum`; lives of a run in the place of the number of its last event |
//!
//! A source reads its own layout and older ones, and tells others apart. `figures` came to layout 2 later: who does not
//! know them loses a forecast and nothing else. `mapping` came to layout 3 later: without it, the first version of the
//! mapping made the events.
//!
//! | came later still | without it |
//! |---|---|
//! | `repeated` of an account | no record was read again |
//! | `seam_from`, `seam_is` of a position | the page begins with the row that the one before ended with |
//! | `told_ms` of a cursor | what its other members say counts |
//! | `began_ms` of a place | the start of the run counts |
//! | `owed` of a round | every device could be read |
//! | `records` | any other configuration may tell of other records |
//!
//! **The rule.** A text of layout 3 is `{"version":3,"checksum":"…",` and a rest, and the checksum is that of the rest.
//! What stands before it is compared byte by byte, so that every byte of the text is held to what was written. Older
//! layouts have no checksum; they are taken only as their sources began them, so that no text of layout 3 in which a byte
//! changed is taken for one of them.

use std::ops::RangeInclusive;

use defender_client::error::SourceError;
use defender_rows::hash::{Sha256, hex};
use serde_json::Value;

use super::invalid::{damaged, invalid};

/// The layout that is written.
const VERSION: u64 = 3;

/// How each layout begins.
const HEADS: [(u64, &str); 3] =
    [(1, r#"{"version":1,"config":""#), (2, r#"{"version":2,"tenant":""#), (VERSION, r#"{"version":3,"checksum":""#)];

/// What follows the checksum.
const BEHIND: &str = "\",";

/// Hexadecimal digits of the checksum.
const DIGITS: usize = 16;

/// Longest checkpoint accepted, in bytes; `wit/types.wit` promises that none is longer.
pub(super) const MAX_BYTES: usize = 64 << 10;

/// The checksum of a text: the first eight bytes of its SHA-256. It is against accidents, which leave the checksum of
/// another text right once in 2^64 times. Whoever changes a checkpoint on purpose can write a checksum to it; such a one
/// can delete it as well.
fn checksum(text: &str) -> String {
    let mut sum = Sha256::default();
    sum.update(text.as_bytes());
    hex(&sum.finish()[..DIGITS / 2])
}

/// The text with the members of an object, which must have some.
pub(super) fn seal(object: &str) -> String {
    let rest = object.get(1..).unwrap_or_default();
    let (_, head) = HEADS[HEADS.len() - 1];
    [head, &checksum(rest), BEHIND, rest].concat()
}

/// The layout of a text.
///
/// # Errors
/// `invalid-checkpoint` for what no source wrote so.
pub(super) fn open(text: &str) -> Result<u64, SourceError> {
    if text.len() > MAX_BYTES {
        return Err(invalid(&format!("The checkpoint is {} bytes long; none of this source is.", text.len())));
    }
    let found = HEADS.iter().find_map(|(version, head)| Some((*version, text.strip_prefix(head)?)));
    if let Some((VERSION, behind)) = found {
        let sealed = behind.split_at_checked(DIGITS).and_then(|(sum, rest)| Some((sum, rest.strip_prefix(BEHIND)?)));
        if sealed.is_none_or(|(sum, rest)| checksum(rest) != sum) {
            return Err(damaged("its checksum does not fit, so it is not as it was written"));
        }
    }
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    const KNOWN: RangeInclusive<u64> = 1..=VERSION;
    match (found, value["version"].as_u64()) {
        (Some((version, _)), Some(same)) if same == version => Ok(version),
        (None, Some(other)) if !KNOWN.contains(&other) => Err(invalid(&format!(
            "The checkpoint has layout {other}; this version of the source reads layouts 1 to {VERSION}."
        ))),
        (None, None) if value.is_object() => Err(damaged("it has no version, or it is of another source")),
        _ => Err(damaged("it does not begin or end as a checkpoint does")),
    }
}
