//! Texts within a text: what could be base64 or hex is decoded, and what then turns out to be gzip is unpacked.

use super::shortest::SHORTEST;
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::ops::Range;

/// Shortest texts that are decoded, in characters: the shortest value in each encoding.
const SHORTEST_BASE64: usize = (SHORTEST * 8).div_ceil(6);
const SHORTEST_HEX: usize = SHORTEST * 2;
/// Letters in a row without which a decoded text says nothing.
const LETTERS: usize = 8;
/// Most bytes that are unpacked.
const MOST_BYTES: u64 = 64 << 20;

const BASE64: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Shows what is packed into a text, with the place of each.
pub(super) fn each(text: &[u8], mut see: impl FnMut(Range<usize>, &[u8])) {
    // Where base64 begins is not known: a letter or a slash before it looks like a part of it.
    runs(text, is_base64, SHORTEST_BASE64, |range, run| {
        for content in (0..4).filter_map(|at| base64(&run[at..])).filter_map(readable) {
            see(range.clone(), &content);
        }
    });
    runs(
        text,
        |byte| byte.is_ascii_hexdigit(),
        SHORTEST_HEX,
        |range, run| {
            for content in (0..2).map(|at| hex(&run[at..])).filter_map(readable) {
                see(range.clone(), &content);
            }
        },
    );
}

/// Shows every stretch of some bytes that is long enough.
fn runs(text: &[u8], belongs: impl Fn(u8) -> bool, shortest: usize, mut see: impl FnMut(Range<usize>, &[u8])) {
    let mut from = 0;
    for run in text.split(|byte| !belongs(*byte)) {
        if run.len() >= shortest {
            see(from..from + run.len(), run);
        }
        from += run.len() + 1;
    }
}

/// What can be read in a decoded text; nothing if there can be no value in it.
fn readable(content: Vec<u8>) -> Option<Vec<u8>> {
    if content.starts_with(&[0x1f, 0x8b, 8]) {
        let mut unpacked = Vec::new();
        // What comes before damage is looked at as well; nobody can read what comes behind it.
        let _ = MultiGzDecoder::new(content.as_slice()).take(MOST_BYTES).read_to_end(&mut unpacked);
        return Some(unpacked);
    }
    let is_letter = |byte: &u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t');
    let mut row = 0;
    let says_something = content.iter().filter(|byte| **byte != 0).any(|byte| {
        row = if is_letter(byte) { row + 1 } else { 0 };
        row >= LETTERS
    });
    (says_something || std::str::from_utf8(&content).is_ok()).then_some(content)
}

fn hex(run: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or_default();
    // A digit is at most 15, so two of them are a byte.
    run.chunks_exact(2).map(|pair| (digit(&pair[0]) * 16 + digit(&pair[1])).to_le_bytes()[0]).collect()
}

fn base64(run: &[u8]) -> Option<Vec<u8>> {
    let one_alphabet = |byte: &u8| match byte {
        b'+' => b'-',
        b'/' => b'_',
        other => *other,
    };
    // One character more than whole bytes need is none of theirs.
    let whole = if run.len() % 4 == 1 { run.len() - 1 } else { run.len() };
    BASE64.decode(run[..whole].iter().map(one_alphabet).collect::<Vec<u8>>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    fn all(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        each(text.as_bytes(), |range, content| {
            if content.is_ascii() {
                all.push(format!("{} {}", range.start, String::from_utf8_lossy(content)));
            }
        });
        all
    }

    #[test]
    fn base64_and_hex_are_decoded_where_they_stand() {
        let text = "a text of some length ~~~???";
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        for packed in [STANDARD.encode(text), format!("/{}", URL_SAFE_NO_PAD.encode(text)), hex] {
            assert_eq!(all(&format!("[\"{packed}\", 1]")), [format!("2 {text}")], "{packed}");
        }
        let gzip = STANDARD.encode(super::super::gzip(text.as_bytes()));
        assert_eq!(all(&gzip), [format!("0 {text}")]);
        assert!(all("too short").is_empty() && all("").is_empty());
        let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert!(all(hash).is_empty(), "a hash says nothing");
    }
}
