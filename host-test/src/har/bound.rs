//! How much memory recordings may take, all of them together.
//!
//! A few bytes of a file can stand for many: a compressed body, a short entry. So what counts is not the size of the
//! files but what is held of them: the file itself while it is read, and of each exchange its body as it was meant,
//! its headers and its address, with a flat amount for the tables that they are kept in. By default [`MOST_BYTES`];
//! what would exceed it is refused before it is held.

use std::io::{self, Read};

/// Most bytes that recordings take by default. The recordings of a run with tens of thousands of devices take less.
pub const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// What an exchange takes beside its texts: its own fields, its places in the tables of a replay.
pub(super) const EXCHANGE_BYTES: u64 = 1024;
/// What a header takes beside its texts.
pub(super) const HEADER_BYTES: u64 = 128;

/// What a parameter of an address takes beside its texts.
pub(super) const PART_BYTES: u64 = 128;

/// How much what is read grows at a time, at least.
const STEP_BYTES: usize = 64 * 1024;

/// Reads to the end; nothing if that is more than so many bytes. Room is made in steps of an eighth, not doubled, so that
/// hardly more is held than was read.
pub(super) fn read_within(mut reader: impl Read, most: u64) -> io::Result<Option<Vec<u8>>> {
    let (mut bytes, mut reader) = (Vec::new(), reader.by_ref().take(most.saturating_add(1)));
    loop {
        let step = (bytes.len() / 8).max(STEP_BYTES);
        bytes.reserve_exact(step);
        let read = (&mut reader).take(step as u64).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Ok(None);
        }
        if read < step {
            break;
        }
    }
    bytes.shrink_to_fit();
    Ok(Some(bytes))
}

/// What is left of the bound.
#[derive(Debug)]
pub(super) struct Budget {
    limit: u64,
    left: u64,
}

/// Something would not fit any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Budget {
    /// Room for so many bytes.
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, left: limit }
    }

    /// The whole bound.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// What can still be taken.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Takes some of it for something that is kept.
    pub(super) fn take(&mut self, bytes: u64) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(bytes).ok_or(Exhausted)?;
        Ok(())
    }

    /// Gives back what was taken for something that is no longer held.
    pub(super) fn give_back(&mut self, bytes: u64) {
        self.left = self.left.saturating_add(bytes).min(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_gone_until_it_is_given_back() {
        let mut budget = Budget::new(10);
        assert_eq!(budget.take(7), Ok(()));
        assert_eq!(budget.take(4), Err(Exhausted));
        assert_eq!((budget.left(), budget.limit()), (3, 10), "what was refused is not taken");
        budget.give_back(7);
        assert_eq!(budget.take(10), Ok(()));
        budget.give_back(u64::MAX);
        assert_eq!(budget.left(), 10);
    }
}
