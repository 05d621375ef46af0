//! Files of bodies, read within a bound, and why they are not.

use super::bound::read_within;
use std::io::Read;

/// Why there is no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The file that is named is outside of where it may be.
    Outside(String),
    /// There is no such file.
    Missing,
    /// It is longer than what may be read.
    TooLong,
    /// It cannot be read, as said.
    Unreadable(String),
}

/// Reads a file of at most so many bytes.
pub(super) fn read(reader: impl Read, most: u64) -> Result<Vec<u8>, Refusal> {
    let bytes = read_within(reader, most).map_err(|error| Refusal::Unreadable(error.to_string()))?;
    bytes.ok_or(Refusal::TooLong)
}
