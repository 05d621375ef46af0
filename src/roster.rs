//! What has to be remembered across rows: devices to ask about, and identities met before.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use crate::event::Kind;
use crate::order::sort_by_text;
use crate::record::DeviceFacts;
use crate::window::Window;

/// How much of the list of devices is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coverage {
    /// It was not read.
    #[default]
    Unread,
    /// All of it.
    Whole,
    /// A part of it, or nothing: it could not be read to its end.
    Part,
}

/// The devices that requests are made about, one by one, in the order of their identifiers.
///
/// Kept only while such requests follow; about 150 bytes for each device. Words that repeat over devices are stored
/// once.
#[derive(Debug, Default)]
pub struct Roster {
    entries: Vec<Entry>,
    words: Vec<Rc<str>>,
    numbers: HashMap<Rc<str>, u32, Fixed>,
    sorted: bool,
    coverage: Coverage,
}

#[derive(Debug)]
struct Entry {
    id: Box<str>,
    hostname: Option<Box<str>>,
    os_platform: Word,
    os_version: Word,
    group_id: Word,
    group_name: Word,
    value: Word,
    risk: Word,
    exposure: Word,
    /// Milliseconds since the epoch; 0 if unknown.
    last_seen: i64,
}

/// Index into `Roster::words`.
type Word = Option<u32>;

impl Roster {
    /// Remembers a device, and when it was seen last, in milliseconds since the epoch.
    #[inline(never)]
    pub fn enroll(&mut self, facts: &DeviceFacts<'_>, last_seen: Option<i64>) {
        let entry = Entry {
            id: facts.id.into(),
            hostname: facts.hostname.map(Into::into),
            os_platform: self.intern(facts.os_platform),
            os_version: self.intern(facts.os_version),
            group_id: self.intern(facts.group_id),
            group_name: self.intern(facts.group_name),
            value: self.intern(facts.value),
            risk: self.intern(facts.risk),
            exposure: self.intern(facts.exposure),
            last_seen: last_seen.unwrap_or_default(),
        };
        self.entries.push(entry);
        self.sorted = false;
    }

    /// Brings the devices into the order of their identifiers, so that "all up to this one" is a position.
    pub fn sort(&mut self) {
        if !self.sorted {
            sort_by_text(&mut self.entries, |entry| &entry.id);
            self.entries.dedup_by(|a, b| a.id == b.id);
            self.sorted = true;
        }
    }

    /// The list of devices was read, as far as it goes.
    pub fn close(&mut self, coverage: Coverage) {
        self.sort();
        self.coverage = coverage;
    }

    /// How much of the list of devices is known.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// Number of devices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Position of the first device whose identifier is greater. Needs [`Roster::sort`].
    #[must_use]
    pub fn position_after(&self, id: &str) -> usize {
        self.entries.partition_point(|entry| &*entry.id <= id)
    }

    /// The device at a position.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<DeviceFacts<'_>> {
        let entry = self.entries.get(position)?;
        Some(DeviceFacts {
            id: &entry.id,
            hostname: entry.hostname.as_deref(),
            os_platform: self.word(entry.os_platform),
            os_version: self.word(entry.os_version),
            group_id: self.word(entry.group_id),
            group_name: self.word(entry.group_name),
            value: self.word(entry.value),
            risk: self.word(entry.risk),
            exposure: self.word(entry.exposure),
        })
    }

    /// What is known of a device. Needs [`Roster::sort`].
    #[must_use]
    pub fn find(&self, id: &str) -> Option<DeviceFacts<'_>> {
        let position = self.entries.binary_search_by(|entry| (*entry.id).cmp(id)).ok()?;
        self.get(position)
    }

    /// When the device at a position was seen last, in milliseconds since the epoch; 0 if that is not known.
    #[must_use]
    pub fn last_seen(&self, position: usize) -> i64 {
        self.entries.get(position).map_or(0, |entry| entry.last_seen)
    }

    fn word(&self, word: Word) -> Option<&str> {
        self.words.get(usize::try_from(word?).ok()?).map(|text| &**text)
    }

    #[inline(never)]
    fn intern(&mut self, text: Option<&str>) -> Word {
        let text = text?;
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let number = u32::try_from(self.words.len()).ok()?;
        let word: Rc<str> = text.into();
        self.words.push(Rc::clone(&word));
        self.numbers.insert(word, number);
        Some(number)
    }
}

/// A hasher without a random seed: the same run takes the same steps everywhere.
type Fixed = BuildHasherDefault<DefaultHasher>;

type Fingerprints = HashSet<u128, Fixed>;

/// Identities met before in this run.
///
/// Keeps 128-bit fingerprints. Two identities with one fingerprint are not to be expected below 2^60 of them.
#[derive(Debug, Default)]
pub struct Seen {
    /// The window of changes that is read, if one is.
    pub window: Option<Window>,
    received: Fingerprints,
    announced: Fingerprints,
}

impl Seen {
    /// Identities that `announce` remembers before it forgets them all. Forgetting costs a repeated event, nothing
    /// more, and bounds the memory.
    const ANNOUNCED_MAX: usize = 1 << 16;

    /// Whether this is the first row with the identity. For collections that are read by offset, where a row can
    /// come twice.
    pub fn receive(&mut self, kind: Kind, id: &str) -> bool {
        self.received.insert(fingerprint(kind, id))
    }

    /// Forgets which rows came: none of them comes again.
    pub fn settle(&mut self) {
        self.received.clear();
    }

    /// Whether an asset that many rows mention, such as a product, should be emitted now.
    pub fn announce(&mut self, kind: Kind, id: &str) -> bool {
        if self.announced.len() >= Self::ANNOUNCED_MAX {
            self.announced.clear();
        }
        self.announced.insert(fingerprint(kind, id))
    }
}

/// Stands for an identity in 16 bytes.
#[must_use]
#[inline(never)]
pub fn fingerprint(kind: Kind, id: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, kind, id).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(id: &str) -> DeviceFacts<'_> {
        DeviceFacts {
            id,
            hostname: Some("h"),
            os_platform: Some("Linux"),
            group_name: Some(id),
            ..DeviceFacts::default()
        }
    }

    #[test]
    fn devices_come_back_sorted_and_once() {
        let mut roster = Roster::default();
        for id in ["c", "a", "b", "a"] {
            roster.enroll(&facts(id), None);
        }
        roster.sort();
        let ids: Vec<_> = (0..roster.len()).filter_map(|i| roster.get(i)).map(|facts| facts.id).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        assert_eq!(roster.get(1), Some(facts("b")));
        assert_eq!((roster.find("b"), roster.find("bb")), (Some(facts("b")), None));
        assert_eq!(roster.position_after("a"), 1);
        assert_eq!(roster.position_after("zz"), 3);
        assert_eq!(roster.position_after(""), 0);
    }

    #[test]
    fn an_identity_is_new_once() {
        let mut seen = Seen::default();
        assert!(seen.receive(Kind::Device, "a"));
        assert!(!seen.receive(Kind::Device, "a"));
        assert!(seen.receive(Kind::User, "a"));
        seen.settle();
        assert!(seen.receive(Kind::User, "a"));
        assert!(seen.announce(Kind::Application, "a"));
        assert!(!seen.announce(Kind::Application, "a"));
    }
}
