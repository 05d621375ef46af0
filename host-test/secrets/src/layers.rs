//! A text, and what it is once its escapes are undone: one layer after the other, each with the way back to the places
//! in the text that it came from.

use std::ops::Range;

/// Most layers of escapes that are undone. Real answers have two: a link in JSON, and perhaps JSON in a text of JSON.
pub(super) const MOST: usize = 8;

/// What is escaped more often than [`MOST`] times. It cannot be said what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooDeep;

/// A place where a layer differs from the one below: `took` bytes at `from` became `made` bytes at `at`.
#[derive(Debug, Clone, Copy)]
struct Edit {
    at: usize,
    made: usize,
    from: usize,
    took: usize,
}

/// One layer, and what leads back from it.
#[derive(Debug)]
pub(super) struct Layer<'a> {
    /// The bytes of this layer.
    pub(super) bytes: &'a [u8],
    /// Whether it is one more than the layers: the last of them without what [`is_gap`]. Parts of it are beside each
    /// other that have nothing to do with each other.
    pub(super) is_joined: bool,
    below: &'a [Vec<Edit>],
}

impl Layer<'_> {
    /// The place in the text that a place in this layer came from.
    pub(super) fn source(&self, range: Range<usize>) -> Range<usize> {
        self.below.iter().rev().fold(range, |range, edits| down(edits, range))
    }
}

fn down(edits: &[Edit], range: Range<usize>) -> Range<usize> {
    let start = below(edits, range.start).start;
    let end = range.end.checked_sub(1).filter(|last| *last >= range.start).map_or(start, |last| below(edits, last).end);
    start..end
}

/// What one byte of a layer came from.
fn below(edits: &[Edit], at: usize) -> Range<usize> {
    match edits.partition_point(|edit| edit.at <= at).checked_sub(1).and_then(|index| edits.get(index)) {
        Some(edit) if at < edit.at + edit.made => edit.from..edit.from + edit.took,
        Some(edit) => {
            let from = edit.from + edit.took + (at - edit.at - edit.made);
            from..from + 1
        }
        None => at..at + 1,
    }
}

/// Shows every layer of a text, the text itself first.
pub(super) fn walk(text: &[u8], mut see: impl FnMut(&Layer<'_>)) -> Result<(), TooDeep> {
    let mut below: Vec<Vec<Edit>> = Vec::new();
    let mut current: Option<Vec<u8>> = None;
    loop {
        let bytes = current.as_deref().unwrap_or(text);
        see(&Layer { bytes, is_joined: false, below: &below });
        match change(bytes, escape) {
            None => break,
            Some(_) if below.len() == MOST => return Err(TooDeep),
            Some((next, edits)) => {
                below.push(edits);
                current = Some(next);
            }
        }
    }
    let bytes = current.as_deref().unwrap_or(text);
    if let Some((joined, edits)) = change(bytes, gap) {
        below.push(edits);
        see(&Layer { bytes: &joined, is_joined: true, below: &below });
    }
    Ok(())
}

/// What a value is once nothing in it can be taken for an escape any more. However its text is escaped, it comes to
/// this in the end.
pub(super) fn innermost(value: &str) -> Vec<u8> {
    let mut last = Vec::new();
    // A value that is too deep comes to where looking ends in a text too.
    let _ = walk(value.as_bytes(), |layer| {
        if !layer.is_joined {
            last = layer.bytes.to_vec();
        }
    });
    last
}

/// What stands at the beginning of some bytes: how many of them, and what they mean.
type Meaning = (usize, [u8; 4], usize);

/// A layer with every spelling replaced by what it means; nothing if there is none.
fn change(bytes: &[u8], meaning: impl Fn(&[u8]) -> Option<Meaning>) -> Option<(Vec<u8>, Vec<Edit>)> {
    let (mut out, mut edits, mut from) = (Vec::new(), Vec::new(), 0);
    let mut at = 0;
    while at < bytes.len() {
        match meaning(&bytes[at..]) {
            Some((took, means, made)) => {
                out.extend_from_slice(&bytes[from..at]);
                edits.push(Edit { at: out.len(), made, from: at, took });
                out.extend_from_slice(&means[..made]);
                at += took;
                from = at;
            }
            None => at += 1,
        }
    }
    if edits.is_empty() {
        return None;
    }
    out.extend_from_slice(&bytes[from..]);
    Some((out, edits))
}

/// Line ends and NULs, and backslashes: in front of an escape, one that belongs to a value looks like a part of it.
pub(super) fn is_gap(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0 | b'\\')
}

fn gap(bytes: &[u8]) -> Option<Meaning> {
    bytes.first().filter(|byte| is_gap(**byte)).map(|_| (1, [0; 4], 0))
}

fn escape(bytes: &[u8]) -> Option<Meaning> {
    match bytes.first()? {
        b'%' => Some((3, [hex(bytes.get(1..3)?)?.try_into().ok()?, 0, 0, 0], 1)),
        b'\\' => backslash(bytes),
        b'&' => entity(bytes),
        _ => None,
    }
}

/// Longest text between `&` and `;`, and between `\u{` and `}`, that is looked at.
const LONGEST_NAME: usize = 10;

/// Escapes of JSON and JavaScript.
fn backslash(bytes: &[u8]) -> Option<Meaning> {
    let one = |byte: u8| Some((2, [byte, 0, 0, 0], 1));
    match bytes.get(1)? {
        byte @ (b'"' | b'\\' | b'/' | b'\'') => one(*byte),
        b'b' => one(8),
        b'f' => one(12),
        b'n' => one(b'\n'),
        b'r' => one(b'\r'),
        b't' => one(b'\t'),
        b'x' => Some((4, [hex(bytes.get(2..4)?)?.try_into().ok()?, 0, 0, 0], 1)),
        b'u' if bytes.get(2) == Some(&b'{') => {
            let end = bytes.iter().take(LONGEST_NAME + 1).position(|byte| *byte == b'}')?;
            character(end + 1, hex(bytes.get(3..end)?)?)
        }
        b'u' => {
            let unit = hex(bytes.get(2..6)?)?;
            if !(0xd800..0xdc00).contains(&unit) {
                return character(6, unit);
            }
            let low = bytes.get(6..8).filter(|next| *next == b"\\u").and_then(|_| hex(bytes.get(8..12)?));
            let low = low.filter(|low| (0xdc00..0xe000).contains(low))?;
            character(12, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
        }
        _ => None,
    }
}

/// ASCII characters that HTML has names for. The names of letters beyond ASCII are in no secret.
const NAMES: [(&str, u8); 34] = [
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("plus", b'+'),
    ("sol", b'/'),
    ("equals", b'='),
    ("lowbar", b'_'),
    ("period", b'.'),
    ("excl", b'!'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("comma", b','),
    ("colon", b':'),
    ("semi", b';'),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("Hat", b'^'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
    ("verbar", b'|'),
];

fn entity(bytes: &[u8]) -> Option<Meaning> {
    let end = bytes.iter().take(LONGEST_NAME + 2).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(bytes.get(1..end)?).ok()?;
    let Some(number) = name.strip_prefix('#') else {
        let (_, byte) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        return Some((end + 1, [*byte, 0, 0, 0], 1));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    character(end + 1, code)
}

fn character(took: usize, code: u32) -> Option<Meaning> {
    let (mut means, character) = ([0; 4], char::from_u32(code)?);
    let made = character.encode_utf8(&mut means).len();
    Some((took, means, made))
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value: u32, digit| value.checked_mul(16)?.checked_add(char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        walk(text.as_bytes(), |layer| all.push(String::from_utf8_lossy(layer.bytes).into_owned())).unwrap();
        all
    }

    #[test]
    fn every_escape_is_undone() {
        for text in [
            "%61%2Fb",
            "%61%2fb",
            "a\\/b",
            "\\u0061\\u002Fb",
            "a&#47;b",
            "&#x61;/b",
            "a&sol;b",
            "\\x61/b",
            "\\u{61}/b",
            "\\u0061%2Fb",
        ] {
            assert_eq!(layers(text).last().unwrap(), "a/b", "{text}");
        }
        assert_eq!(layers("%2561"), ["%2561", "%61", "a"]);
        assert_eq!(layers("\\ud83d\\ude00").last().unwrap(), "😀");
        for text in ["", "100%", "%zz", "&", "&;", "&nothing;", "&#xd800;", "a & b; c"] {
            assert_eq!(layers(text), [text], "is no escape");
        }
        assert_eq!(layers("a\r\n\0b\\"), ["a\r\n\0b\\", "ab"], "joined at the end");
        for text in ["\\", "\\u12", "\\ud83d"] {
            assert_eq!(layers(text), [text, &text[1..]], "is no escape");
        }
    }

    #[test]
    fn places_lead_back_to_the_text() {
        let text = "x%2541\\u0042&amp;C\nD";
        let mut seen = 0;
        walk(text.as_bytes(), |layer| {
            seen += 1;
            for (part, from) in [("A", "%2541"), ("C", "C"), ("x", "x"), ("D", "D"), ("CD", "C\nD")] {
                let Some(at) = memchr::memmem::find(layer.bytes, part.as_bytes()) else { continue };
                assert_eq!(&text[layer.source(at..at + part.len())], from, "{part}");
            }
        })
        .unwrap();
        assert_eq!(seen, 4);
    }

    #[test]
    fn what_is_too_deep_says_so() {
        let deep = format!("%{}41", "25".repeat(MOST + 1));
        assert_eq!(walk(deep.as_bytes(), |_| {}), Err(TooDeep));
        let less = format!("%{}41", "25".repeat(MOST - 1));
        assert_eq!(layers(&less).last().unwrap(), "A");
    }
}
