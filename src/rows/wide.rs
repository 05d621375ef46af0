//! A look at many bytes at a time.
//!
//! In WebAssembly a turn of a loop costs a check that the host wants the component to stop, and a comparison of a length
//! that is not known beforehand is a call. Most texts of an event are shorter than forty bytes, so both cost more than
//! the work itself. What is here works on chunks of fixed sizes, the last of which overlaps the one before.

/// Longest piece that is looked at without a loop.
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
        Self(self.0 ^ (Self::ONES * u64::from(byte))).below(1)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
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
                let other = if odd == low { length } else { at };
                prop_assert_eq!(super::first_other(&bytes, 0, |eight| eight.within(low, low)), other);
                prop_assert_eq!(super::same(&bytes, &before), bytes == before);
            }
            prop_assert!(!super::same(&bytes, &[&bytes[..], b"b"].concat()));
        }

        #[test]
        fn the_first_other_is_found_wherever_one_looks_from(
            bytes in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'"'), Just(b'\\'), Just(b'!'), any::<u8>()], 0..60),
            from in 0_usize..60,
        ) {
            let is_other = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\');
            let expected = bytes.iter().skip(from).position(is_other).map_or(from.max(bytes.len()), |at| from + at);
            let kind = |eight: super::Eight| !(eight.below(b' ') | eight.is(b'"') | eight.is(b'\\'));
            prop_assert_eq!(super::first_other(&bytes, from, kind), expected);
        }
    }
}
