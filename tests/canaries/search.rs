//! A plain search for a secret in every spelling. It shares nothing with the room `secrets` of the host, so that both
//! would have to be wrong in the same way.
//!
//! A spelling is met from one of two sides: what programs *undo* (percent, JSON escapes) is undone in the text that is
//! searched, over and over until nothing changes; what they *make* (base64, hex) is made of the secret, for every place
//! in a group of base64 that it can begin at. The case of letters does not matter, except in base64.
//!
//! A secret counts as found if [`PIECE`] of its bytes in a row are.

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes in a row that give a secret away.
pub(crate) const PIECE: usize = 12;

/// Most times that escapes are undone.
const MOST_LAYERS: usize = 6;

/// Searches for some secrets.
pub(crate) struct Search {
    /// Pieces as they are and as hex, in lower case.
    any_case: (AhoCorasick, Vec<String>),
    /// Pieces in base64.
    base64: (AhoCorasick, Vec<String>),
}

impl Search {
    /// For secrets with names.
    pub(crate) fn new(secrets: &[(&str, &str)]) -> Self {
        let (mut any_case, mut base64) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        for (name, secret) in secrets {
            assert!(secret.len() >= PIECE, "{name} is too short to be searched for");
            for piece in secret.as_bytes().windows(PIECE) {
                any_case.0.push(piece.to_ascii_lowercase());
                any_case.1.push(format!("{name}, plain"));
                any_case.0.push(hex(piece));
                any_case.1.push(format!("{name}, hex"));
                for shift in 0..3 {
                    let spelled = shifted(piece, shift);
                    base64.0.push(spelled.replace('+', "-").replace('/', "_").into_bytes());
                    base64.1.push(format!("{name}, base64url"));
                    base64.0.push(spelled.into_bytes());
                    base64.1.push(format!("{name}, base64"));
                }
            }
        }
        let built = |(pieces, names): (Vec<Vec<u8>>, _)| (AhoCorasick::new(pieces).expect("a few patterns"), names);
        Self { any_case: built(any_case), base64: built(base64) }
    }

    /// Which secret is in a text, and how it is spelled; nothing if none is.
    pub(crate) fn find(&self, text: &[u8]) -> Option<String> {
        let mut layer = text.to_vec();
        for depth in 0..MOST_LAYERS {
            // Line ends are put into base64 by those who wrap it.
            let joined: Vec<u8> = layer.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            for text in [&layer, &joined] {
                let found = first(&self.base64, text).or_else(|| first(&self.any_case, &text.to_ascii_lowercase()));
                if let Some(found) = found {
                    return Some(format!("{found}, {depth} escapes deep"));
                }
            }
            let next = undone(&layer);
            if next == layer {
                return None;
            }
            layer = next;
        }
        None
    }
}

fn first((automaton, names): &(AhoCorasick, Vec<String>), text: &[u8]) -> Option<String> {
    automaton.find(text).map(|found| names[found.pattern().as_usize()].clone())
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

/// What base64 makes of some bytes that stand `shift` bytes behind the beginning of a group, without the characters that
/// depend on what is beside them.
fn shifted(bytes: &[u8], shift: usize) -> String {
    let mut padded = vec![0; shift];
    padded.extend(bytes);
    let text = STANDARD.encode(&padded);
    // A character holds six bits: those that belong to the bytes alone are kept.
    let (begin, end) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
    text[begin..end].to_owned()
}

/// The text with one layer of percent-encoding and of JSON escapes undone; a plus as a blank is no secret's beginning.
fn undone(text: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    let number = |from: usize, digits: usize| {
        let digits = text.get(from..from + digits)?;
        u32::from_str_radix(
            std::str::from_utf8(digits).ok().filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?,
            16,
        )
        .ok()
    };
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            (b'%', _) if number(at + 1, 2).is_some() => {
                out.extend(number(at + 1, 2).and_then(|byte| u8::try_from(byte).ok()));
                at += 3;
            }
            (b'\\', Some(b'u')) if number(at + 2, 4).is_some() => {
                let character = number(at + 2, 4).and_then(char::from_u32).unwrap_or('?');
                out.extend(character.to_string().into_bytes());
                at += 6;
            }
            (b'\\', Some(escaped)) if b"\"\\/bfnrt".contains(escaped) => {
                let meant = match escaped {
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => *other,
                };
                out.push(meant);
                at += 2;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};

    const SECRET: &str = "cAnArY~5eCrEt\"8Q/x+1\\\u{fc}=tail";

    fn found(text: impl AsRef<[u8]>) -> bool {
        Search::new(&[("s", SECRET)]).find(text.as_ref()).is_some()
    }

    #[test]
    fn every_spelling_is_found() {
        let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let form = SECRET.replace('"', "%22").replace('/', "%2F").replace('+', "%2B").replace('\\', "%5c");
        let json = serde_json::to_string(SECRET).expect("text");
        let units: String = SECRET.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect();
        let twice = serde_json::to_string(&json).expect("text");
        let percent_twice = percent.replace('%', "%25");
        for spelled in [SECRET, &percent, &form, &json, &units, &hex, &twice, &percent_twice, &SECRET.to_uppercase()] {
            assert!(found(format!("before {spelled} behind")), "{spelled}");
        }
        let mixed = format!("{}{}{}", &SECRET[..4], "%7e\\u0035", &SECRET[6..]);
        assert!(found(mixed));
    }

    #[test]
    fn base64_is_found_wherever_a_group_begins() {
        for before in ["", "a", "ab", "abc", "user:"] {
            for behind in ["", "z", "zz"] {
                let text = format!("{before}{SECRET}{behind}");
                for spelled in [STANDARD.encode(&text), URL_SAFE.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                    assert!(found(&spelled), "{spelled}");
                    let wrapped: Vec<&str> =
                        spelled.as_bytes().chunks(10).filter_map(|it| std::str::from_utf8(it).ok()).collect();
                    assert!(found(wrapped.join("\r\n")), "{spelled} in lines");
                    assert!(found(spelled.replace('+', "%2B").replace('/', "\\/")), "{spelled} escaped");
                }
            }
        }
    }

    #[test]
    fn a_piece_is_found_and_less_is_not() {
        assert!(found(&SECRET[..PIECE]) && found(&SECRET[SECRET.len() - PIECE..]));
        assert!(!found(&SECRET[..PIECE - 1]));
        assert!(!found("") && !found("%") && !found("\\u12") && !found("nothing %zz \\q of interest"));
        assert!(!found(STANDARD.encode("another text that has nothing to do with it")));
    }
}
