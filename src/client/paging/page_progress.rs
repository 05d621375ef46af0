//! How far a page was read, and what was read of it, in a few bytes.

use std::hash::{DefaultHasher, Hash, Hasher};

/// First bytes of a row, which hold its identifier.
pub(super) const NAME: usize = 64;

/// The same for a row of a query's result, which is named by a device and an account.
pub(super) const PAIR: usize = 192;

/// Rows that were read, and their fingerprint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) rows: u64,
    pub(super) digest: u64,
}

impl Mark {
    /// The one that came further.
    pub(super) fn max(self, other: Self) -> Self {
        if other.rows > self.rows { other } else { self }
    }

    /// Takes a row into account by its length and first bytes, which hold what identifies it.
    pub(super) fn add(self, row: &[u8], first: usize) -> Self {
        let mut hasher = DefaultHasher::new();
        (self.digest, row.len(), &row[..row.len().min(first)]).hash(&mut hasher);
        Self { rows: self.rows + 1, digest: hasher.finish() }
    }
}

/// What a row is called: its first bytes, which hold its identifier.
pub(super) fn name(row: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    row[..row.len().min(NAME)].hash(&mut hasher);
    hasher.finish()
}
