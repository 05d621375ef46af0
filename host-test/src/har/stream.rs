//! The entries of a recording, one at a time: nothing is held of an entry once it was looked at, and nothing of the
//! members that a replay does not need.

use super::entry::{Entry, RawEntry};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Hands the entries of a file that can be replayed to `each`, with their numbers, and counts all. A refusal ends the
/// reading; why is known to who refused.
pub(super) fn entries<'de>(
    text: &'de [u8],
    each: impl FnMut(usize, Entry<'de>) -> Result<(), Refused>,
) -> Result<usize, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let log = Within { name: "entries", inner: List(each) };
    let count = Within { name: "log", inner: log }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(count)
}

/// An entry is not taken.
pub(super) struct Refused;

/// An object of which a single member matters.
struct Within<S> {
    name: &'static str,
    inner: S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Within<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Within<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with {}", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<S::Value, A::Error> {
        let (mut inner, mut found) = (Some(self.inner), None);
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name != self.name {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let seed = inner.take().ok_or_else(|| A::Error::duplicate_field(self.name))?;
            found = Some(map.next_value_seed(seed)?);
        }
        found.ok_or_else(|| A::Error::missing_field(self.name))
    }
}

/// A list whose elements are handed on.
struct List<F>(F);

impl<'de, F: FnMut(usize, Entry<'de>) -> Result<(), Refused>> DeserializeSeed<'de> for List<F> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(usize, Entry<'de>) -> Result<(), Refused>> Visitor<'de> for List<F> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<usize, A::Error> {
        let mut count = 0;
        // What a program could not say comes as `null`.
        while let Some(raw) = list.next_element::<Option<RawEntry<'de>>>()? {
            if let Some(entry) = raw.as_ref().and_then(Entry::read) {
                (self.0)(count, entry).map_err(|Refused| A::Error::custom("refused"))?;
            }
            count += 1;
        }
        Ok(count)
    }
}
