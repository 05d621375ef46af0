//! Identities that were met, as fingerprints.

use std::hash::{DefaultHasher, Hash, Hasher};

use defender_rows::event::Kind;

use super::arena::Arena;
use super::index::Index;

/// A set of identities, in 22 to 27 bytes for each.
///
/// Keeps 128-bit fingerprints. Two identities with one fingerprint are not to be expected below 2^60 of them.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    arena: Arena,
    index: Index,
    is_full: bool,
}

impl Fingerprints {
    /// Identities in it.
    #[must_use]
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is none.
    #[must_use]
    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Whether one could not be kept for want of memory.
    #[must_use]
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Whether an identity is in it.
    #[must_use]
    pub(super) fn contains(&self, kind: Kind, id: &str) -> bool {
        !self.is_empty() && self.has(&fingerprint(kind, id))
    }

    /// Adds an identity; `false` if it is in it.
    pub(super) fn insert(&mut self, kind: Kind, id: &str) -> bool {
        self.add(&fingerprint(kind, id))
    }

    /// Adds everything that is in another, and empties that.
    pub(super) fn absorb(&mut self, other: &mut Self) {
        for number in std::mem::take(&mut other.index).into_numbers() {
            self.add(&fingerprint_at(&other.arena, number));
        }
        other.clear();
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.arena.clear();
        self.index.clear();
    }

    fn has(&self, print: &[u8; 16]) -> bool {
        self.index.find(short(print), |address| fingerprint_at(&self.arena, address) == *print).is_some()
    }

    #[inline(never)]
    fn add(&mut self, print: &[u8; 16]) -> bool {
        if self.has(print) {
            return false;
        }
        let hash_of = |arena: &Arena, address| short(&fingerprint_at(arena, address));
        let address = self.arena.push(print);
        let is_kept = address
            .is_some_and(|address| self.index.insert(short(print), address, |other| hash_of(&self.arena, other)));
        self.is_full |= !is_kept;
        true
    }
}

fn fingerprint_at(arena: &Arena, address: u32) -> [u8; 16] {
    arena.at(address).first_chunk().copied().unwrap_or_default()
}

/// A part of a fingerprint is a hash as good as any.
fn short(print: &[u8; 16]) -> u32 {
    let [a, b, c, d, ..] = *print;
    u32::from_le_bytes([a, b, c, d])
}

/// Stands for an identity.
#[inline(never)]
fn fingerprint(kind: Kind, id: &str) -> [u8; 16] {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, kind, id).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    (half(0) << 64 | half(1)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set(
            ids in proptest::collection::vec("[a-d]{0,3}", 0..200),
            others in proptest::collection::vec("[a-d]{0,3}", 0..200),
        ) {
            let (mut set, mut other) = (Fingerprints::default(), Fingerprints::default());
            let (mut model, mut model_of_other) = (BTreeSet::new(), BTreeSet::new());
            for id in &ids {
                prop_assert_eq!(set.contains(Kind::Device, id), model.contains(id));
                prop_assert_eq!(set.insert(Kind::Device, id), model.insert(id));
                prop_assert!(!set.contains(Kind::User, id));
            }
            for id in &others {
                prop_assert_eq!(other.insert(Kind::Device, id), model_of_other.insert(id));
            }
            set.absorb(&mut other);
            model.append(&mut model_of_other);
            prop_assert_eq!((set.len(), other.len()), (model.len(), 0));
            prop_assert!(model.iter().all(|id| set.contains(Kind::Device, id)));
            prop_assert!(others.iter().all(|id| !other.contains(Kind::Device, id) && other.insert(Kind::Device, id)
                || other.contains(Kind::Device, id)));
        }
    }
}
