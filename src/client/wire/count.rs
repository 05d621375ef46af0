//! Counts as they are taken from texts.

use serde::{Deserialize, Deserializer, Serialize};

/// A count that every reader of JSON takes for a whole number: below 2^53. No sum of counts that were made one by one comes
/// near it, so a greater one is no count.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(try_from = "u64")]
pub struct Count(pub u64);

impl Count {
    /// The largest.
    pub const MAX: Self = Self((1 << 53) - 1);
}

impl TryFrom<u64> for Count {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<Self, &'static str> {
        Some(Self(number)).filter(|count| *count <= Self::MAX).ok_or("more than can be counted")
    }
}

/// Reads a member that is a [`Count`].
///
/// # Errors
/// When it is none.
pub fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Count::deserialize(deserializer).map(|Count(count)| count)
}

/// Whether a member is left out.
#[must_use]
pub fn is_zero(count: &u64) -> bool {
    *count == 0
}
