//! How a value looks in encodings that no undoing of escapes reveals: base64 and base64url at each alignment, hex. All
//! of it folded, so that spellings that differ in nothing that matters are one.

use super::layers;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fmt::Write;

/// One spelling of a value, folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spelling {
    pub(super) text: Vec<u8>,
    /// Whether characters of base64 beside it can hold the rest of the value's first and last byte.
    pub(super) has_edges: bool,
}

/// Letters without their case, both alphabets of base64 as one, and a blank as forms write it.
pub(super) fn fold(byte: u8) -> u8 {
    match byte {
        b'-' | b' ' => b'+',
        b'_' => b'/',
        other => other.to_ascii_lowercase(),
    }
}

/// A text, folded.
pub(super) fn folded(text: &[u8]) -> Vec<u8> {
    text.iter().copied().map(fold).collect()
}

/// Every spelling of a value, each once.
pub(super) fn spellings(value: &str) -> Vec<Spelling> {
    let plain = |text: &[u8]| Spelling { text: folded(text), has_edges: false };
    let mut all = vec![plain(value.as_bytes()), plain(&layers::innermost(value))];
    let joined = |text: &[u8]| text.iter().copied().filter(|byte| !layers::is_gap(*byte)).collect::<Vec<_>>();
    all.extend([plain(&joined(value.as_bytes())), plain(&joined(&layers::innermost(value)))]);
    all.push(plain(hex(value).as_bytes()));
    all.extend((0..3).map(|before| Spelling { text: base64(value, before), has_edges: true }));
    all.sort();
    all.dedup();
    all
}

fn hex(value: &str) -> String {
    value.bytes().fold(String::with_capacity(value.len() * 2), |mut out, byte| {
        // Writing to a text cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The characters of base64 that a value alone decides, where so many bytes of something else stand before it.
fn base64(value: &str, before: usize) -> Vec<u8> {
    let bytes = [&[0, 0][..before], value.as_bytes()].concat();
    let text = STANDARD_NO_PAD.encode(&bytes);
    // Six bits a character: the first that begins within the value, and the last that ends within it.
    let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    folded(text.as_bytes().get(first..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_known_at_each_alignment() {
        for before in ["", "a", "ab", "abc", "abcd"] {
            for behind in ["", "x", "xy", "xyz"] {
                let text = folded(STANDARD_NO_PAD.encode(format!("{before}sEcReT~8Q/x+1{behind}")).as_bytes());
                let part = base64("sEcReT~8Q/x+1", before.len() % 3);
                assert!(memchr::memmem::find(&text, &part).is_some(), "{before} {behind}");
                assert!(part.len() >= 15);
            }
        }
    }

    #[test]
    fn alphabets_and_cases_are_one() {
        assert_eq!(folded(b"aB+/-_ "), b"ab+/+/+");
        assert_eq!(hex("aZ\u{e9}"), "615ac3a9");
        assert_eq!(spellings("plain-value").len(), 5, "its innermost text is the value itself");
        assert_eq!(spellings("pl%61in-value").len(), 6);
    }
}
