//! Appending short texts.
//!
//! A copy of a length that is not known beforehand is a call in WebAssembly, and a turn of a loop costs a check that the
//! host wants the component to stop; a copy of a fixed length is one store. So a piece is copied as its beginning and
//! its end, which overlap.

use std::mem::MaybeUninit;

/// Longest piece that is copied in place.
const SHORT: usize = 64;

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
    }
}
