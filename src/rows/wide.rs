//! A look at many bytes at a time.
//!
//! In WebAssembly a turn of a loop costs a check that the host wants the component to stop, and a comparison of a length
//! that is not known beforehand is a call. Most texts of an event are shorter than forty bytes, so both cost more than
//! the work itself. What is here works on chunks of fixed sizes, the last of which overlaps the one before.

use crate::lanes::{Mask, Sixteen};

/// Longest piece that is looked at without a loop.
const SHORT: usize = 64;

/// Bytes of one turn of a loop over a longer piece.
const TURN: usize = 32;

/// Whether all bytes are of a kind.
#[inline(always)]
pub(crate) fn every(bytes: &[u8], kind: impl Fn(Sixteen) -> Mask) -> bool {
    let word = |bytes| u64::from_ne_bytes(bytes);
    let halves = |low, high| kind(Sixteen::of_halves(low, high)).all();
    match *bytes {
        [] => true,
        [one] => halves(word([one; 8]), word([one; 8])),
        [one, two] => halves(word([one; 8]), word([two; 8])),
        [one, two, three] => halves(word([one, two, three, one, one, one, one, one]), word([one; 8])),
        _ => match bytes.len() {
            4..=7 => both_ends::<4>(bytes, |[a, b, c, d], [e, f, g, h]| {
                let all = word([*a, *b, *c, *d, *e, *f, *g, *h]);
                halves(all, all)
            }),
            8..=15 => both_ends::<8>(bytes, |first, last| halves(word(*first), word(*last))),
            16..TURN => {
                both_ends::<16>(bytes, |first, last| (kind(Sixteen::of(first)) & kind(Sixteen::of(last))).all())
            }
            TURN..=SHORT => both_ends::<TURN>(bytes, |first, last| (turn(first, &kind) & turn(last, &kind)).all()),
            _ => {
                bytes.as_chunks::<TURN>().0.iter().all(|chunk| turn(chunk, &kind).all())
                    && bytes.last_chunk::<TURN>().is_none_or(|last| turn(last, &kind).all())
            }
        },
    }
}

/// What is said of the first `N` bytes and of the last `N`, of which there are as many at least.
#[inline(always)]
fn both_ends<const N: usize>(bytes: &[u8], look: impl Fn(&[u8; N], &[u8; N]) -> bool) -> bool {
    bytes.first_chunk().zip(bytes.last_chunk()).is_none_or(|(first, last)| look(first, last))
}

#[inline(always)]
fn turn(bytes: &[u8; TURN], kind: &impl Fn(Sixteen) -> Mask) -> Mask {
    let halves = bytes.as_chunks().0.iter();
    halves
        .map(|half| kind(Sixteen::of(half)))
        .reduce(|low, high| low & high)
        .unwrap_or_else(|| kind(Sixteen::of_halves(0, 0)))
}

/// Position from `at` on of the first byte that is not of a kind; behind the last one if there is none.
#[inline(always)]
pub(crate) fn first_other(bytes: &[u8], mut at: usize, kind: impl Fn(Sixteen) -> Mask) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        match kind(Sixteen::of(chunk)).first_other() {
            16 => at += 16,
            first => return at + first,
        }
    }
    while bytes.get(at).is_some_and(|byte| every(&[*byte], &kind)) {
        at += 1;
    }
    at
}

/// Whether two runs of bytes are the same. `==` is a call in WebAssembly, of a loop over bytes.
#[inline(always)]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && match one.len() {
            0..4 => one.iter().zip(other).all(|(one, other)| one == other),
            4..8 => same_ends::<4>(one, other),
            8..16 => same_ends::<8>(one, other),
            16..32 => same_ends::<16>(one, other),
            _ => {
                let chunks = one.as_chunks::<32>().0.iter().zip(other.as_chunks::<32>().0);
                same_ends::<32>(one, other) && chunks.into_iter().all(|(one, other)| same_chunk(one, other))
            }
        }
}

/// Whether the first `N` bytes are the same, and the last `N`.
#[inline(always)]
fn same_ends<const N: usize>(one: &[u8], other: &[u8]) -> bool {
    let is_same =
        |one: Option<&[u8; N]>, other: Option<&[u8; N]>| one.zip(other).is_some_and(|(a, b)| same_chunk(a, b));
    is_same(one.first_chunk(), other.first_chunk()) && is_same(one.last_chunk(), other.last_chunk())
}

#[inline(always)]
fn same_chunk<const N: usize>(one: &[u8; N], other: &[u8; N]) -> bool {
    match (one.as_chunks::<8>().0, other.as_chunks::<8>().0) {
        ([], []) => one.iter().zip(other).fold(0, |odd, (one, other)| odd | (one ^ other)) == 0,
        (words, others) => {
            words.iter().zip(others).fold(0, |odd, (a, b)| odd | (u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b))) == 0
        }
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
            let kind = |eight: super::Sixteen| !(eight.below(b' ') | eight.is(b'"') | eight.is(b'\\'));
            prop_assert_eq!(super::first_other(&bytes, from, kind), expected);
        }
    }
}
