//! Work on many bytes at a time.
//!
//! In WebAssembly a turn of a loop costs a check that the host wants the component to stop, and a copy or comparison of
//! a length that is not known beforehand is a call. Most texts of an event are shorter than forty bytes, so both cost
//! more than the work itself. What is here works on chunks of fixed sizes, the last of which overlaps the one before.

/// Longest piece that is copied in place.
const SHORT: usize = 64;

/// Eight bytes side by side. What is asked of them is answered in the highest bit of each.
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

    /// Which of them are no ASCII.
    #[inline(always)]
    pub(crate) fn beyond_ascii(self) -> u64 {
        self.0
    }
}

/// Whether all bytes are of a kind.
#[inline(always)]
pub(crate) fn every(bytes: &[u8], kind: impl Fn(Eight) -> u64) -> bool {
    let all = |word: u64| kind(Eight(word)) & Eight::ANSWERS == Eight::ANSWERS;
    let Some(last) = ends(bytes) else { return true };
    all(last) && bytes.as_chunks().0.iter().all(|chunk| all(u64::from_ne_bytes(*chunk)))
}

/// The last eight bytes; of fewer bytes all, some of them repeatedly.
#[inline(always)]
fn ends(bytes: &[u8]) -> Option<u64> {
    match (bytes.last_chunk(), bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(last), _, _) => Some(u64::from_ne_bytes(*last)),
        (_, Some(first), Some(last)) => {
            Some(u64::from(u32::from_ne_bytes(*first)) << 32 | u64::from(u32::from_ne_bytes(*last)))
        }
        _ => {
            let (first, middle, last) = (*bytes.first()?, bytes[bytes.len() / 2], *bytes.last()?);
            Some(u64::from_ne_bytes([first, middle, last, last, last, last, last, last]))
        }
    }
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

/// Appends bytes.
#[inline(always)]
pub(crate) fn append(out: &mut Vec<u8>, piece: &[u8]) {
    out.reserve(piece.len());
    match piece.len() {
        0 => {}
        1..=3 => piece.iter().for_each(|byte| out.push(*byte)),
        4..=7 => append_ends::<4>(out, piece),
        8..=15 => append_ends::<8>(out, piece),
        16..=31 => append_ends::<16>(out, piece),
        32..=SHORT => append_ends::<32>(out, piece),
        _ => out.extend_from_slice(piece),
    }
}

/// Appends a piece of at least `N` and at most twice as many bytes.
#[inline(always)]
fn append_ends<const N: usize>(out: &mut Vec<u8>, piece: &[u8]) {
    if let (Some(first), Some(last)) = (piece.first_chunk::<N>(), piece.last_chunk::<N>()) {
        let end = out.len() + piece.len();
        out.extend_from_slice(first);
        out.truncate(end - N);
        out.extend_from_slice(last);
    }
}

/// Appends a text.
#[inline(always)]
pub(crate) fn append_text(out: &mut String, text: &str) {
    // SAFETY: what is appended is the whole of a `str`, so the text stays UTF-8.
    append(unsafe { out.as_mut_vec() }, text.as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_come_one_behind_the_other(pieces in proptest::collection::vec(".{0,70}", 0..8)) {
            let mut joined = String::new();
            for piece in &pieces {
                super::append_text(&mut joined, piece);
            }
            prop_assert!(std::str::from_utf8(joined.as_bytes()).is_ok());
            prop_assert_eq!(joined, pieces.concat());
        }

        #[test]
        fn one_byte_of_another_kind_is_found(length in 0_usize..40, at in 0_usize..40, odd: u8, low in 0_u8..128, high in 0_u8..128) {
            let mut bytes = vec![low; length];
            let is_within = |bytes: &[u8]| super::every(bytes, |eight| eight.within(low.min(high), high));
            prop_assert_eq!(is_within(&bytes), length == 0 || low <= high);
            prop_assert!(super::same(&bytes, &bytes.clone()));
            if at < length && low <= high {
                let before = bytes.clone();
                bytes[at] = odd;
                prop_assert_eq!(is_within(&bytes), (low..=high).contains(&odd));
                prop_assert_eq!(super::same(&bytes, &before), bytes == before);
                prop_assert_eq!(super::every(&bytes, |eight| !eight.beyond_ascii()), bytes.is_ascii());
            }
            prop_assert!(!super::same(&bytes, &[&bytes[..], b"b"].concat()));
        }
    }
}
