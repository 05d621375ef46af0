//! Accounts that reconcile.

use std::collections::BTreeMap;

/// Why a row could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectReason {
    /// Not a JSON object, not UTF-8, or an escape that stands for no character.
    Malformed,
    /// Longer than the bound on one record.
    TooLarge,
    /// Nested deeper than the bound.
    TooDeep,
    /// The identifier is missing or empty.
    NoIdentity,
}

impl RejectReason {
    /// The name in receipts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::NoIdentity => "no_identity",
        }
    }
}

/// Oddities that were tolerated, by name from a closed list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tolerated(BTreeMap<&'static str, u64>);

impl Tolerated {
    /// Counts one more.
    pub fn count(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }

    /// Name and count, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().map(|(name, count)| (*name, *count))
    }
}
