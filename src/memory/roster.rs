//! The devices that requests are made about, and what is known of each.

use defender_rows::record::{DeviceFacts, DeviceTexts};

use super::arena::Arena;
use super::index::{Index, hash};
use super::roster_entry::{self, Id, Key};
use super::roster_words::Words;

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
/// Kept only while such requests follow. A device takes about 32 bytes and the first label of its host name; finding it
/// takes 6 to 11 bytes more while the list is read, and 4 when it is sorted. Texts that repeat over devices are kept once.
#[derive(Debug, Default)]
pub struct Roster {
    records: Arena,
    words: Words,
    listing: Listing,
    /// The last device that was handed over with an earlier batch.
    handed_over: Option<u32>,
    /// The device that was remembered last.
    last: Option<u32>,
    is_full: bool,
    coverage: Coverage,
}

/// Where the devices are.
#[derive(Debug)]
enum Listing {
    /// By identifier, in no order.
    Open(Index),
    /// In the order of their identifiers.
    Sorted(Vec<u32>),
}

impl Default for Listing {
    fn default() -> Self {
        Self::Open(Index::default())
    }
}

impl Roster {
    /// Remembers a device, and when it was seen last, in milliseconds since the epoch. Of several with one identifier that
    /// stays of which the texts come first, whatever the order in which they come. Whether the identifier is new.
    #[inline(never)]
    pub fn enroll(&mut self, facts: &DeviceFacts<'_>, last_seen: Option<i64>) -> bool {
        let key = Key::new(facts.id);
        self.open();
        let hashed = hash(key.bytes());
        let known = self.address(&key);
        let record = roster_entry::write(key, facts, last_seen, &mut self.words);
        if let Some(known) = known {
            let before = self.records.at(known);
            let texts = roster_entry::read(before, &self.words);
            let rank = |facts: &DeviceFacts<'_>, record| {
                (facts.texts_and(None).map(|text| text.map(str::to_owned)), roster_entry::last_seen(record))
            };
            if rank(&texts.facts(), before) <= rank(facts, &record) {
                return false;
            }
        }
        let (records, Listing::Open(index)) = (&mut self.records, &mut self.listing) else { return false };
        let address = records.push(&record);
        let is_kept = match (address, known) {
            (Some(address), Some(known)) => {
                index.replace(hashed, known, address);
                true
            }
            (Some(address), None) => {
                index.insert(hashed, address, |other| hash(roster_entry::key_of(records.at(other))))
            }
            (None, _) => false,
        };
        self.is_full |= !is_kept;
        self.last = address.or(self.last);
        known.is_none()
    }

    /// A batch was handed over: what came in it counts.
    pub fn handed_over(&mut self) {
        self.handed_over = self.last;
    }

    /// Whether a device was handed over with an earlier batch.
    #[must_use]
    pub fn has_handed_over(&self, id: &str) -> bool {
        self.address(&Key::new(id)).is_some_and(|address| Some(address) <= self.handed_over)
    }

    /// Whether a device is in it.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.address(&Key::new(id)).is_some()
    }

    /// Whether a device could not be kept for want of memory.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Brings the devices into the order of their identifiers, so that "all up to this one" is a position.
    pub fn sort(&mut self) {
        if let Listing::Open(index) = &mut self.listing {
            let mut addresses = std::mem::take(index).into_numbers();
            let id = |address| Id::of(self.records.at(address));
            // In place: a second list of as many numbers may have no room.
            addresses.sort_unstable_by(|a, b| id(*a).order(id(*b)));
            self.listing = Listing::Sorted(addresses);
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
        match &self.listing {
            Listing::Open(index) => index.len(),
            Listing::Sorted(addresses) => addresses.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Position of the first device whose identifier is greater. Needs [`Roster::sort`].
    #[must_use]
    pub fn position_after(&self, id: &str) -> usize {
        let key = Key::new(id);
        self.sorted().partition_point(|address| key.id().order(Id::of(self.records.at(*address))).is_ge())
    }

    /// Position of the device with this identifier. Needs [`Roster::sort`].
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.contains(id).then(|| self.position_after(id).checked_sub(1)).flatten()
    }

    /// The device at a position. Needs [`Roster::sort`].
    #[must_use]
    pub fn get(&self, position: usize) -> Option<DeviceTexts<'_>> {
        Some(roster_entry::read(self.record(position)?, &self.words))
    }

    /// The identifier of the device at a position. Needs [`Roster::sort`].
    #[must_use]
    pub fn id(&self, position: usize) -> Option<String> {
        Some(Id::of(self.record(position)?).text().into_owned())
    }

    /// What is known of a device.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<DeviceTexts<'_>> {
        Some(roster_entry::read(self.records.at(self.address(&Key::new(id))?), &self.words))
    }

    /// When the device at a position was seen last, in milliseconds since the epoch; 0 if that is not known. Needs
    /// [`Roster::sort`].
    #[must_use]
    pub fn last_seen(&self, position: usize) -> i64 {
        self.record(position).map_or(0, roster_entry::last_seen)
    }

    fn record(&self, position: usize) -> Option<&[u8]> {
        Some(self.records.at(*self.sorted().get(position)?))
    }

    fn sorted(&self) -> &[u32] {
        match &self.listing {
            Listing::Open(_) => &[],
            Listing::Sorted(addresses) => addresses,
        }
    }

    fn address(&self, key: &Key) -> Option<u32> {
        let is_it = |address| self.records.at(address).starts_with(key.bytes());
        match &self.listing {
            Listing::Open(index) => index.find(hash(key.bytes()), is_it),
            Listing::Sorted(addresses) => {
                let is_before = |address: &u32| Id::of(self.records.at(*address)).order(key.id()).is_lt();
                let address = *addresses.get(addresses.partition_point(is_before))?;
                is_it(address).then_some(address)
            }
        }
    }

    /// Goes on with a list that was sorted.
    fn open(&mut self) {
        let Listing::Sorted(addresses) = &mut self.listing else { return };
        let hash_of = |address| hash(roster_entry::key_of(self.records.at(address)));
        let mut index = Index::default();
        for address in std::mem::take(addresses) {
            self.is_full |= !index.insert(hash_of(address), address, hash_of);
        }
        self.listing = Listing::Open(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// What a device is known by, and what is known of it.
    type Known = (String, Option<String>, [Option<String>; 7], Option<i64>);

    fn facts((id, hostname, words, _): &Known) -> DeviceFacts<'_> {
        let [os_platform, os_version, group_id, group_name, value, risk, exposure] =
            words.each_ref().map(Option::as_deref);
        let hostname = hostname.as_deref();
        DeviceFacts {
            id,
            hostname,
            os_platform,
            os_version,
            os_build: None,
            group_id,
            group_name,
            value,
            risk,
            exposure,
        }
    }

    fn known() -> impl Strategy<Value = Known> {
        let id = prop_oneof!["[0-9a-f]{40}", "[0-1]{39}[0-9a-f]", "[0-9A-Fg]{40}", "[a-c]{0,2}", "[0-9a-f]{38,42}"];
        let text = || prop::option::of(prop_oneof!["[a-c]{0,2}", ".{0,200}"]);
        let hostname = prop::option::of(prop_oneof!["[a-z]{0,5}", "[a-z]{0,5}\\.corp\\.example", "\\.?.{0,80}\\.?"]);
        let seen = prop::option::of(prop_oneof![0_i64..100, 0_i64..1 << 48]);
        (id, hostname, prop::array::uniform7(text()), seen)
    }

    proptest! {
        #[test]
        fn it_is_a_map_in_the_order_of_identifiers(
            devices in prop::collection::vec(known(), 0..60),
            later in prop::collection::vec(known(), 0..4),
            others in prop::collection::vec(known(), 0..10),
        ) {
            let mut roster = Roster::default();
            let mut model = BTreeMap::new();
            for part in [&devices, &later] {
                for device in part {
                    let is_new = roster.enroll(&facts(device), device.3);
                    prop_assert_eq!(is_new, !model.contains_key(&device.0));
                    let known = model.entry(device.0.clone()).or_insert(device);
                    let rank = |device: &Known| (device.1.clone(), device.2.clone(), device.3.unwrap_or_default());
                    if rank(device) < rank(known) {
                        *known = device;
                    }
                    let found = roster.find(&device.0).unwrap();
                    prop_assert_eq!(found.facts(), facts(model[&device.0]));
                }
                // What comes after sorting is sorted in.
                roster.sort();
                prop_assert_eq!(roster.len(), model.len());
            }
            for (position, (id, device)) in model.iter().enumerate() {
                let (there, found) = (roster.get(position).unwrap(), roster.find(id).unwrap());
                prop_assert_eq!((there.facts(), found.facts()), (facts(device), facts(device)));
                prop_assert_eq!(roster.id(position), Some(id.clone()));
                prop_assert_eq!(roster.last_seen(position), device.3.unwrap_or_default());
            }
            prop_assert!(roster.get(model.len()).is_none());
            for id in devices.iter().chain(&others).map(|device| &device.0) {
                prop_assert_eq!(roster.contains(id), model.contains_key(id));
                prop_assert_eq!(roster.position_after(id), model.range::<String, _>(..=id).count());
            }
            prop_assert!(!roster.is_full());
        }
    }

    #[test]
    fn a_time_before_1970_is_none() {
        let mut roster = Roster::default();
        for (id, seen) in [("a", i64::MIN), ("b", -1), ("c", i64::MAX)] {
            roster.enroll(&DeviceFacts { id, ..DeviceFacts::default() }, Some(seen));
        }
        roster.sort();
        assert_eq!([0, 1, 2].map(|position| roster.last_seen(position)), [0, 0, (1 << 48) - 1]);
    }
}
