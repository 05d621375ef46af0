//! Work on many bytes at a time.
//!
//! In WebAssembly a turn of a loop costs a check that the host wants the component to stop, and a copy or comparison of
//! a length that is not known beforehand is a call. Most texts of an event are shorter than forty bytes, so both cost
//! more than the work itself. What is here works on chunks of fixed sizes, the last of which overlaps the one before.

use std::mem::MaybeUninit;

/// Longest piece that is copied in place.
const SHORT: usize = 64;

/// Bytes of one turn of a loop over a longer piece.
const TURN: usize = 32;

/// Eight bytes side by side. What is asked of them is answered in the highest bit of each; the other bits mean nothing.
#[derive(Clone, Copy)]
pub(crate) struct Eight(u64);

impl Eight {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const ANSWERS: u64 = 0x80 * Self::ONES;

    /// Which of them lie from `low` to `high`, both ASCII.
    #[inline(always)]
    pub(crate) fn within(self, low: u8, high: u8) -> u64 {
        // No sum is above 0xFF, so none runs over into its neighbour.
        let sevens = self.0 & !Self::ANSWERS;
        let from_low = sevens + Self::ONES * u64::from(0x80 - low);
        let above_high = sevens + Self::ONES * u64::from(0x7F - high);
        from_low & !above_high & !self.0
    }

    /// Which of them are this ASCII byte. Right as long as none is; one that is may lend its answer to its neighbour.
    #[inline(always)]
    pub(crate) fn is(self, byte: u8) -> u64 {
        Self(self.0 ^ Self::ONES * u64::from(byte)).below(1)
    }

    /// Which of them are below this ASCII byte. Right as long as none is; one that is may lend its answer to its
    /// neighbour.
    #[inline(always)]
    pub(crate) fn below(self, byte: u8) -> u64 {
        self.0.wrapping_sub(Self::ONES * u64::from(byte)) & !self.0
    }
}

/// Whether all bytes are of a kind.
#[inline(always)]
pub(crate) fn every(bytes: &[u8], kind: impl Fn(Eight) -> u64) -> bool {
    let word = |bytes| kind(Eight(u64::from_ne_bytes(bytes)));
    let answers = match *bytes {
        [] => return true,
        [one] => word([one; 8]),
        [one, two] => word([one, two, one, one, one, one, one, one]),
        [one, two, three] => word([one, two, three, one, one, one, one, one]),
        _ => match bytes.len() {
            4..=7 => both_ends::<4>(bytes, |[a, b, c, d]| word([*a, *b, *c, *d, *a, *b, *c, *d])),
            8..=15 => both_ends::<8>(bytes, |eight| word(*eight)),
            16..=31 => both_ends::<16>(bytes, |many| all(many, &kind)),
            32..=SHORT => both_ends::<32>(bytes, |many| all(many, &kind)),
            _ if run(bytes, &kind) < bytes.len() / TURN * TURN => return false,
            _ => both_ends::<TURN>(bytes, |many| all(many, &kind)),
        },
    };
    answers & Eight::ANSWERS == Eight::ANSWERS
}

/// What is said of the first `N` bytes and of the last `N`.
#[inline(always)]
fn both_ends<const N: usize>(bytes: &[u8], look: impl Fn(&[u8; N]) -> u64) -> u64 {
    bytes.first_chunk().map_or(u64::MAX, &look) & bytes.last_chunk().map_or(u64::MAX, &look)
}

/// What all the words say.
#[inline(always)]
fn all(words: &[u8], kind: &impl Fn(Eight) -> u64) -> u64 {
    words.as_chunks().0.iter().fold(u64::MAX, |all, word| all & kind(Eight(u64::from_ne_bytes(*word))))
}

/// How many bytes at the beginning are surely of a kind, in steps of 32.
#[inline(always)]
pub(crate) fn run(bytes: &[u8], kind: impl Fn(Eight) -> u64) -> usize {
    let is_whole = |turn: &&[u8; TURN]| all(&turn[..], &kind) & Eight::ANSWERS == Eight::ANSWERS;
    bytes.as_chunks().0.iter().take_while(is_whole).count() * TURN
}

/// Position from `at` on of the first byte that is not of a kind; behind the last one if there is none.
#[inline(always)]
pub(crate) fn first_other(bytes: &[u8], mut at: usize, kind: impl Fn(Eight) -> u64) -> usize {
    let others = |word| !kind(Eight(u64::from_le_bytes(word))) & Eight::ANSWERS;
    // An answer that was lent comes from a byte before.
    let first = |others: u64| others.trailing_zeros() as usize / 8;
    while let Some(words) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let [low, high] = [0, 8].map(|from| words[from..].first_chunk().map_or(0, |word| others(*word)));
        match (low, high) {
            (0, 0) => at += 16,
            (0, high) => return at + 8 + first(high),
            (low, _) => return at + first(low),
        }
    }
    while bytes.get(at).is_some_and(|byte| others([*byte; 8]) == 0) {
        at += 1;
    }
    at
}

/// Whether two runs of bytes are the same.
#[inline(always)]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let word = |chunk: &[u8; 8]| u64::from_ne_bytes(*chunk);
    if one.len() != other.len() {
        return false;
    }
    match (one.last_chunk(), other.last_chunk()) {
        (Some(last), Some(others_last)) => {
            let (words, others) = (one.as_chunks().0, other.as_chunks().0);
            word(last) == word(others_last) && words.iter().zip(others).all(|(one, other)| word(one) == word(other))
        }
        _ => one.iter().zip(other).all(|(one, other)| one == other),
    }
}

/// Appends up to six pieces, after one look whether there is room for all of them.
#[inline(always)]
pub(crate) fn append<const N: usize>(out: &mut Vec<u8>, pieces: [&[u8]; N]) {
    const { assert!(N <= 6) };
    let piece = |index: usize| pieces.get(index).copied().unwrap_or_default();
    let length = piece(0).len() + piece(1).len() + piece(2).len() + piece(3).len() + piece(4).len() + piece(5).len();
    out.reserve(length);
    // Not a loop: constant pieces become constant stores.
    let room = &mut out.spare_capacity_mut()[..length];
    let room = put(room, piece(0));
    let room = put(room, piece(1));
    let room = put(room, piece(2));
    let room = put(room, piece(3));
    let room = put(room, piece(4));
    put(room, piece(5));
    // SAFETY: the pieces are as long as the room together, so all of it was written.
    unsafe { out.set_len(out.len() + length) };
}

/// Copies a piece to the beginning of the room there is; gives the rest.
#[inline(always)]
fn put<'r>(room: &'r mut [MaybeUninit<u8>], piece: &[u8]) -> &'r mut [MaybeUninit<u8>] {
    let (here, behind) = room.split_at_mut(piece.len());
    copy(here, piece);
    behind
}

/// Copies a piece to where there is room for just it.
#[inline(always)]
fn copy(room: &mut [MaybeUninit<u8>], piece: &[u8]) {
    match piece.len() {
        0..=3 => copy_few(room, piece),
        4..=7 => copy_ends::<4>(room, piece),
        8..=15 => copy_ends::<8>(room, piece),
        16..=31 => copy_ends::<16>(room, piece),
        32..=SHORT => copy_ends::<32>(room, piece),
        _ => {
            room.write_copy_of_slice(piece);
        }
    }
}

/// Copies a piece of at most three bytes: its ends, and its middle.
#[inline(always)]
fn copy_few(room: &mut [MaybeUninit<u8>], piece: &[u8]) {
    if let ([first, ..], [first_to, ..]) = (piece, &mut *room) {
        first_to.write(*first);
    }
    if let ([.., last], [.., last_to]) = (piece, &mut *room) {
        last_to.write(*last);
    }
    if let ([_, middle, _], [_, middle_to, _]) = (piece, room) {
        middle_to.write(*middle);
    }
}

/// Copies a piece of at least `N` and at most twice as many bytes.
#[inline(always)]
fn copy_ends<const N: usize>(room: &mut [MaybeUninit<u8>], piece: &[u8]) {
    if let (Some(to), Some(from)) = (room.first_chunk_mut::<N>(), piece.first_chunk::<N>()) {
        to.write_copy_of_slice(from);
    }
    if let (Some(to), Some(from)) = (room.last_chunk_mut::<N>(), piece.last_chunk::<N>()) {
        to.write_copy_of_slice(from);
    }
}

/// Appends texts.
#[inline(always)]
pub(crate) fn append_text<const N: usize>(out: &mut String, pieces: [&str; N]) {
    // SAFETY: what is appended is the whole of each `str`, so the text stays UTF-8.
    append(unsafe { out.as_mut_vec() }, pieces.map(str::as_bytes));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_come_one_behind_the_other(pieces in proptest::collection::vec(".{0,70}", 0..8)) {
            let mut joined = String::new();
            for pair in pieces.chunks(2) {
                match pair {
                    [one, other] => super::append_text(&mut joined, [one, ",", other]),
                    rest => super::append_text(&mut joined, [&rest[0]]),
                }
            }
            prop_assert!(std::str::from_utf8(joined.as_bytes()).is_ok());
            prop_assert_eq!(joined, pieces.chunks(2).map(|pair| pair.join(",")).collect::<String>());
        }

        #[test]
        fn one_byte_of_another_kind_is_found(length in 0_usize..100, at in 0_usize..100, odd: u8, low in 0_u8..128, high in 0_u8..128) {
            let mut bytes = vec![low; length];
            let is_within = |bytes: &[u8]| super::every(bytes, |eight| eight.within(low.min(high), high));
            prop_assert_eq!(is_within(&bytes), length == 0 || low <= high);
            prop_assert!(super::same(&bytes, &bytes.clone()));
            if at < length && low <= high {
                let before = bytes.clone();
                bytes[at] = odd;
                prop_assert_eq!(is_within(&bytes), (low..=high).contains(&odd));
                prop_assert_eq!(super::every(&bytes, |eight| !eight.is(high)), odd != high && (low != high || length == 1));
                prop_assert_eq!(super::every(&bytes, |eight| !eight.below(low)), odd >= low);
                let run = super::run(&bytes, |eight| eight.within(low, high));
                prop_assert_eq!(run, if (low..=high).contains(&odd) { length } else { at } / super::TURN * super::TURN);
                prop_assert_eq!(super::same(&bytes, &before), bytes == before);
            }
            prop_assert!(!super::same(&bytes, &[&bytes[..], b"b"].concat()));
        }
    }
}
