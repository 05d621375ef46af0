//! The content hash: what tells a change worth reporting from a mere sighting.

use super::Operation;
use crate::append::append;
use crate::record::DeviceFacts;

/// What follows is the name of a member that no table knows. Smaller marks are positions of known fields.
const UNKNOWN_NAME: u8 = 0xFF;
/// What follows is its value.
const UNKNOWN_VALUE: u8 = 0xFE;
/// What follows is a text from elsewhere than the row.
const FACT: u8 = 0xFD;
/// There is no such text.
const NO_FACT: u8 = 0xFC;
/// What follows is what the event is about, and what happened.
const KEY: u8 = 0xFB;

/// Collects the values that an event is made of, without those that move with every sighting.
///
/// The body is a function of these values and of the key, so equal hashes mean equal content; and as names, constants
/// and repeats do not have to be hashed, it costs a third of hashing the body. The hash does not depend on the order of
/// columns and of the elements of lists, on the run, on the time of reading, on the format or on the OCSF version.
#[derive(Clone, Debug, Default)]
pub struct Content(Vec<u8>);

impl Content {
    /// Adds the value of a known field.
    pub fn field(&mut self, position: usize, value: &str) {
        // Tables hold fewer than 64 fields.
        self.push(position as u8, value);
    }

    /// Adds a member that no table knows.
    pub fn unknown(&mut self, name: &str, value: &str) {
        self.push(UNKNOWN_NAME, name);
        self.push(UNKNOWN_VALUE, value);
    }

    /// Adds a text from elsewhere than the row.
    pub fn fact(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.push(FACT, text),
            None => self.push(NO_FACT, ""),
        }
    }

    /// Adds what a request knows about its device and the body repeats.
    pub fn device(&mut self, facts: &DeviceFacts<'_>) {
        for fact in [facts.hostname, facts.os_platform, facts.os_version, facts.group_id, facts.group_name] {
            self.fact(fact);
        }
    }

    /// BLAKE3 of all of it, of the identity of the asset and of what happened to it. As the key is part of it, values
    /// that the key is made of need not be added.
    ///
    /// Users of a tenant choose names of devices and software, so no two contents with one hash may be to be found. Of
    /// the hashes of which that is true, this is the one that WebAssembly computes fast.
    #[must_use]
    pub fn seal(mut self, key: &str, operation: Operation) -> [u8; 32] {
        self.push(KEY, key);
        self.push(KEY, operation.as_str());
        hash(&self.0)
    }

    /// One value: what it is, its length, its bytes, so that no two sequences of values look the same.
    #[inline(never)]
    fn push(&mut self, mark: u8, text: &str) {
        // Most contents are below a kilobyte; growing to it in small steps would cost more than hashing it.
        self.0.reserve((text.len() + 10).max(if self.0.is_empty() { 1 << 10 } else { 0 }));
        match u8::try_from(text.len()) {
            Ok(short) if short < u8::MAX => append(&mut self.0, [&[mark, short], text.as_bytes()]),
            _ => {
                let length = (text.len() as u64).to_le_bytes();
                self.0.extend([mark, u8::MAX].iter().chain(&length).chain(text.as_bytes()));
            }
        }
    }
}

/// Not inlined: an event has one of them.
#[inline(never)]
fn hash(bytes: &[u8]) -> [u8; 32] {
    blake3::hash(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hex;

    fn hash(add: impl FnOnce(&mut Content)) -> [u8; 32] {
        let mut content = Content::default();
        add(&mut content);
        content.seal("k", Operation::Upsert)
    }

    #[test]
    fn every_part_counts() {
        let long = "x".repeat(300);
        let hashes = [
            hash(|_| {}),
            hash(|c| c.field(0, "ab")),
            hash(|c| c.field(1, "ab")),
            hash(|c| {
                c.field(0, "a");
                c.field(0, "b");
            }),
            hash(|c| c.unknown("a", "b")),
            hash(|c| c.unknown("ab", "")),
            hash(|c| c.fact(Some("ab"))),
            hash(|c| c.fact(Some(""))),
            hash(|c| c.fact(None)),
            hash(|c| c.field(0, &long)),
            hash(|c| c.field(0, &long[1..])),
            Content::default().seal("l", Operation::Upsert),
            Content::default().seal("k", Operation::Delete),
        ];
        for (index, one) in hashes.iter().enumerate() {
            assert!(!hashes[index + 1..].contains(one), "{index}");
        }
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
    }
}
