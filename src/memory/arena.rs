//! Short records, one behind the other in chunks that are never moved.

use super::allocation::has_room;

/// Bytes of a chunk.
const CHUNK: usize = 1 << OFFSET_BITS;
/// Bits of an address that say where in its chunk a record begins.
const OFFSET_BITS: u32 = 16;

/// Records of any length, each found by the address that it was given. An address has 32 bits: 4 GiB are enough.
#[derive(Debug, Default)]
pub(super) struct Arena {
    /// Chunks with records first, then those that [`Arena::clear`] left.
    chunks: Vec<Vec<u8>>,
    /// Chunks with records.
    used: usize,
}

impl Arena {
    /// Takes a record and gives its address; `None` if there is no memory for it.
    #[must_use]
    #[inline(never)]
    pub(super) fn push(&mut self, record: &[u8]) -> Option<u32> {
        let fits = |chunk: &Vec<u8>| chunk.capacity() - chunk.len() >= record.len() && chunk.len() < CHUNK;
        if !self.used.checked_sub(1).and_then(|last| self.chunks.get(last)).is_some_and(fits) {
            self.add(record.len())?;
        }
        let last = self.used - 1;
        let chunk = &mut self.chunks[last];
        let address = u32::try_from(last).ok()? << OFFSET_BITS | u32::try_from(chunk.len()).ok()?;
        chunk.extend_from_slice(record);
        Some(address)
    }

    /// What begins at an address: the record, and what follows it. Nothing where no record begins.
    #[must_use]
    pub(super) fn at(&self, address: u32) -> &[u8] {
        let (chunk, offset) = (address >> OFFSET_BITS, address & (CHUNK as u32 - 1));
        self.chunks.get(chunk as usize).and_then(|chunk| chunk.get(offset as usize..)).unwrap_or_default()
    }

    /// Forgets all records. What they took is taken again before more is asked for.
    pub(super) fn clear(&mut self) {
        self.chunks.iter_mut().for_each(Vec::clear);
        self.used = 0;
    }

    /// Goes on in the next chunk, one with room for a record of so many bytes.
    fn add(&mut self, length: usize) -> Option<()> {
        // The last address stands for none where addresses are kept.
        if self.used + 1 >= 1 << (u32::BITS - OFFSET_BITS) {
            return None;
        }
        let left = self.chunks.get(self.used).is_some_and(|chunk| chunk.capacity() >= length);
        if !left {
            // A record that is longer than a chunk is one of its own.
            let size = length.max(CHUNK);
            if !has_room(self.chunks.len() * CHUNK, size) {
                return None;
            }
            self.chunks.insert(self.used, Vec::with_capacity(size));
        }
        self.used += 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn records_stay_where_they_are(
            lengths in proptest::collection::vec(prop_oneof![0_usize..200, 30_000_usize..140_000], 0..60),
            rounds in 1..3,
        ) {
            let mut arena = Arena::default();
            for _ in 0..rounds {
                arena.clear();
                let record = |nth: usize| vec![nth as u8; lengths[nth]];
                let addresses: Vec<_> = (0..lengths.len()).map(|nth| arena.push(&record(nth)).unwrap()).collect();
                for (nth, address) in addresses.into_iter().enumerate() {
                    prop_assert!(arena.at(address).starts_with(&record(nth)));
                }
            }
            let bytes: usize = arena.chunks.iter().map(Vec::capacity).sum();
            prop_assert!(bytes <= 2 * lengths.iter().sum::<usize>() + CHUNK, "{bytes}");
        }
    }

    #[test]
    fn what_is_cleared_is_used_again() {
        let mut arena = Arena::default();
        let fill = |arena: &mut Arena| (0..10_000).for_each(|_| assert!(arena.push(&[7; 20]).is_some()));
        fill(&mut arena);
        let chunks = arena.chunks.len();
        arena.clear();
        fill(&mut arena);
        assert_eq!((chunks, arena.chunks.len()), (4, 4));
        assert!(arena.at(u32::MAX).is_empty());
    }
}
