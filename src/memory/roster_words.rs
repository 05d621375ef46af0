//! Texts that repeat over devices, each kept once.

use super::arena::Arena;
use super::index::{Index, hash};

/// Most texts that are kept for repetition. One that is not among them is written out wherever it stands: where every
/// device has its own, numbers would save nothing. References to so many take at most two bytes.
const WORDS_MAX: usize = (1 << 14) - WRITTEN_OUT - 1;

/// Stands for no text.
const NONE: usize = 0;
/// Stands for a text that follows, behind its length. Greater numbers stand for the words.
const WRITTEN_OUT: usize = 1;

/// Texts, or other bytes, and references to them in one byte or two.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Each behind its length.
    arena: Arena,
    /// Where each is, by number.
    places: Vec<u32>,
    /// Numbers by text.
    numbers: Index,
}

impl Words {
    /// Writes a reference to a text.
    #[inline(never)]
    pub(super) fn write(&mut self, out: &mut Vec<u8>, text: Option<&[u8]>) {
        let Some(text) = text else { return write_number(out, NONE) };
        match self.number(text) {
            Some(number) => write_number(out, number as usize + WRITTEN_OUT + 1),
            None => {
                write_number(out, WRITTEN_OUT);
                write_bytes(out, text);
            }
        }
    }

    /// Reads a reference, and moves behind it.
    pub(super) fn read<'a>(&'a self, from: &mut &'a [u8]) -> Option<&'a [u8]> {
        match read_number(from) {
            NONE => None,
            WRITTEN_OUT => Some(read_bytes(from)),
            more => Some(self.word(u32::try_from(more - WRITTEN_OUT - 1).ok()?)),
        }
    }

    /// The number of a text, a new one for a new text; `None` if there are too many.
    fn number(&mut self, text: &[u8]) -> Option<u32> {
        let hashed = hash(text);
        if let Some(number) = self.numbers.find(hashed, |number| self.word(number) == text) {
            return Some(number);
        }
        if self.places.len() >= WORDS_MAX {
            return None;
        }
        let number = u32::try_from(self.places.len()).ok()?;
        let mut record = Vec::new();
        write_bytes(&mut record, text);
        self.places.push(self.arena.push(&record)?);
        let (arena, places) = (&self.arena, &self.places);
        self.numbers.insert(hashed, number, |other| hash(word(arena, places, other))).then_some(number)
    }

    fn word(&self, number: u32) -> &[u8] {
        word(&self.arena, &self.places, number)
    }
}

fn word<'a>(arena: &'a Arena, places: &[u32], number: u32) -> &'a [u8] {
    places.get(number as usize).map_or(&[], |place| read_bytes(&mut arena.at(*place)))
}

/// Writes bytes behind their length.
pub(super) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Reads bytes behind their length.
pub(super) fn read_bytes<'a>(from: &mut &'a [u8]) -> &'a [u8] {
    let length = read_number(from);
    let (bytes, rest) = from.split_at_checked(length).unwrap_or_default();
    *from = rest;
    bytes
}

/// Writes a number in as many bytes as it takes, seven bits in each, the lowest first (LEB128).
fn write_number(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_number(from: &mut &[u8]) -> usize {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = from.split_first() {
        *from = rest;
        number |= usize::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_referred_to_is_read(texts in proptest::collection::vec(proptest::option::of(".{0,300}"), 0..40)) {
            let (mut words, mut out) = (Words::default(), Vec::new());
            for text in &texts {
                words.write(&mut out, text.as_deref().map(str::as_bytes));
            }
            let from = &mut &*out;
            for text in &texts {
                prop_assert_eq!(words.read(from), text.as_deref().map(str::as_bytes));
            }
            prop_assert!(from.is_empty());
        }
    }

    #[test]
    fn too_many_words_are_written_out() {
        let (mut words, mut out) = (Words::default(), Vec::new());
        let text = |number: usize| format!("{number:05}");
        for number in (0..WORDS_MAX + 10).chain([0]) {
            words.write(&mut out, Some(text(number).as_bytes()));
        }
        assert_eq!(words.places.len(), WORDS_MAX);
        assert_eq!(out.len(), (1 << 7) - 2 + (WORDS_MAX - (1 << 7) + 2) * 2 + 10 * 7 + 1);
        let from = &mut &*out;
        for number in (0..WORDS_MAX + 10).chain([0]) {
            assert_eq!(words.read(from), Some(text(number).as_bytes()));
        }
    }
}
