//! What is counted while rows are read.

use std::borrow::Cow;
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
    /// It is about a device that is not in the list of devices, of which a part could not be read.
    UnknownDevice,
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
            Self::UnknownDevice => "unknown_device",
        }
    }
}

/// How often, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies(BTreeMap<Cow<'static, str>, u64>);

impl Tallies {
    /// Counts one more.
    #[inline(never)]
    pub fn count(&mut self, name: &'static str) {
        self.add(name, 1);
    }

    /// Counts several.
    pub fn add(&mut self, name: &'static str, count: u64) {
        if count > 0 {
            *self.0.entry(Cow::Borrowed(name)).or_default() += count;
        }
    }

    /// Takes a count that was kept elsewhere; `false` if there is one of that name.
    pub fn put(&mut self, name: String, count: u64) -> bool {
        self.0.insert(Cow::Owned(name), count).is_none()
    }

    /// How often something was counted.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Name and count, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (&**name, *count))
    }

    /// Sum of all counts.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// Oddities that were tolerated, by name from a closed list.
pub type Tolerated = Tallies;
