//! Numbers, found by what they stand for: a table of four bytes a slot, open addressing, linear probing.

use std::hash::{DefaultHasher, Hasher};

use super::allocation::has_room;

/// Fewest slots of a table that is not empty.
const SLOTS_MIN: usize = 1 << 6;

/// A set of numbers below `u32::MAX`. What they stand for lies elsewhere: whoever asks brings its hash, and says whether
/// a number stands for it.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Numbers, each one more than it is; 0 where there is none. A power of two, or empty.
    slots: Vec<u32>,
    len: usize,
}

impl Index {
    /// Numbers in it.
    #[must_use]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number with this hash that `is` says is the one.
    pub(super) fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut slot = hash as usize & self.mask();
        loop {
            let number = self.slots.get(slot)?.checked_sub(1)?;
            if is(number) {
                return Some(number);
            }
            slot = (slot + 1) & self.mask();
        }
    }

    /// Adds a number that is not in it. `hash_of` gives the hash of those that are. `false` if there is no memory for it.
    #[must_use]
    pub(super) fn insert(&mut self, hash: u32, number: u32, hash_of: impl Fn(u32) -> u32) -> bool {
        if (self.len + 1) * 4 > self.slots.len() * 3 && !self.grow(hash_of) {
            return false;
        }
        self.put(hash, number.saturating_add(1));
        self.len += 1;
        true
    }

    /// Puts a number in the place of one that is in it and has the same hash.
    pub(super) fn replace(&mut self, hash: u32, known: u32, number: u32) {
        let mask = self.mask();
        let mut slot = hash as usize & mask;
        while let Some(found) = self.slots.get_mut(slot).filter(|found| **found != 0) {
            if *found == known.saturating_add(1) {
                *found = number.saturating_add(1);
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The numbers, in no order, where the table was.
    #[must_use]
    pub(super) fn into_numbers(mut self) -> Vec<u32> {
        self.slots.retain_mut(|number| {
            let is_one = *number != 0;
            *number = number.wrapping_sub(1);
            is_one
        });
        self.slots.shrink_to_fit();
        self.slots
    }

    /// Forgets all numbers, and keeps the slots.
    pub(super) fn clear(&mut self) {
        if self.len > 0 {
            self.slots.fill(0);
            self.len = 0;
        }
    }

    fn mask(&self) -> usize {
        self.slots.len().wrapping_sub(1)
    }

    fn put(&mut self, hash: u32, number: u32) {
        let mask = self.mask();
        let mut slot = hash as usize & mask;
        while self.slots.get(slot).is_some_and(|taken| *taken != 0) {
            slot = (slot + 1) & mask;
        }
        if let Some(free) = self.slots.get_mut(slot) {
            *free = number;
        }
    }

    #[inline(never)]
    fn grow(&mut self, hash_of: impl Fn(u32) -> u32) -> bool {
        let size = (self.slots.len() * 2).max(SLOTS_MIN);
        if !has_room(self.slots.len() * 4, size * 4) {
            return false;
        }
        let old = std::mem::replace(&mut self.slots, vec![0; size]);
        for number in old.into_iter().filter(|number| *number != 0) {
            self.put(hash_of(number - 1), number);
        }
        true
    }
}

/// A hash without a random seed: the same run takes the same steps everywhere. For nothing that is stored: it may differ
/// between versions.
#[must_use]
#[inline(never)]
pub(super) fn hash(bytes: &[u8]) -> u32 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Whatever the hashes are, and however many are alike.
        #[test]
        fn it_is_a_set(
            numbers in proptest::collection::vec(0_u32..400, 0..300),
            mask in prop_oneof![Just(0), Just(3), Just(u32::MAX)],
            is_cleared in any::<bool>(),
        ) {
            let mut index = Index::default();
            let hash_of = |number: u32| hash(&number.to_le_bytes()) & mask;
            if is_cleared {
                prop_assert!((0..100).all(|number| index.insert(hash_of(number), number, hash_of)));
                index.clear();
            }
            let mut model = BTreeSet::new();
            for number in numbers {
                let found = index.find(hash_of(number), |one| one == number);
                prop_assert_eq!(found, model.get(&number).copied());
                if model.insert(number) {
                    prop_assert!(index.insert(hash_of(number), number, hash_of));
                }
            }
            prop_assert_eq!(index.len(), model.len());
            let mut numbers = index.into_numbers();
            numbers.sort_unstable();
            prop_assert!(numbers.into_iter().eq(model));
        }
    }
}
