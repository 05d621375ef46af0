//! What is counted while rows are read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::event::JsonWriter;
use crate::json::Json;

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
        *self.0.entry(Cow::Borrowed(name)).or_default() += 1;
    }

    /// Counts several.
    pub fn add(&mut self, name: &'static str, count: u64) {
        if count > 0 {
            *self.0.entry(Cow::Borrowed(name)).or_default() += count;
        }
    }

    /// How often something was counted.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Name and count, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (&**name, *count))
    }

    /// Sum of all counts.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.0.values().sum()
    }

    /// Writes them as a member that is an object; left out when nothing was counted.
    pub fn write(&self, out: &mut JsonWriter, name: &str) {
        out.object_member(name, |out| {
            for (name, count) in self.iter() {
                out.count_member(name, count);
            }
        });
    }

    /// What [`Tallies::write`] wrote; nothing of anything else.
    #[must_use]
    pub fn read(value: Json<'_>) -> Option<Self> {
        let mut tallies = BTreeMap::new();
        for (name, count) in value.members() {
            tallies.insert(Cow::Owned(name.text().into_owned()), count.count()?);
        }
        Some(Self(tallies))
    }
}

/// Oddities that were tolerated, by name from a closed list.
pub type Tolerated = Tallies;
