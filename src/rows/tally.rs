//! What is counted while rows are read.

use std::borrow::Cow;

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

/// Largest count that is taken from a text: what every reader of JSON takes for a whole number. No sum of counts that were
/// made one by one comes near it.
pub const MAX_COUNT: u64 = (1 << 53) - 1;

/// How often, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies(Vec<(Cow<'static, str>, u64)>);

impl Tallies {
    /// Counts one more.
    #[inline(never)]
    pub fn count(&mut self, name: &'static str) {
        self.add(name, 1);
    }

    /// Counts several.
    pub fn add(&mut self, name: &'static str, count: u64) {
        match self.place(name) {
            _ if count == 0 => {}
            Ok(at) => self.0[at].1 += count,
            Err(at) => self.0.insert(at, (Cow::Borrowed(name), count)),
        }
    }

    /// How often something was counted.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.place(name).map_or(0, |at| self.0[at].1)
    }

    /// Name and count, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (&**name, *count))
    }

    /// Sum of all counts.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.0.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Where a name is, or has to be put. There are a dozen of them at most.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name))
    }

    /// Writes them as a member that is an object; left out when nothing was counted.
    pub fn write(&self, out: &mut JsonWriter, name: &str) {
        out.object_member(name, |out| {
            for (name, count) in self.iter() {
                out.count_member(name, count);
            }
        });
    }

    /// What [`Tallies::write`] wrote, of which nothing is nothing; `None` if it is something else.
    #[must_use]
    pub fn read(value: Json<'_>) -> Option<Self> {
        let mut tallies = Self::default();
        if !value.is_object() && !value.is_null() {
            return None;
        }
        for (name, count) in value.members() {
            let name = Cow::Owned(name.text().into_owned());
            let at = tallies.place(&name).err()?;
            tallies.0.insert(at, (name, count.count().filter(|count| *count <= MAX_COUNT)?));
        }
        Some(tallies)
    }
}

/// Oddities that were tolerated, by name from a closed list.
pub type Tolerated = Tallies;
