//! Many values at once: their spellings are cut into anchors, an automaton finds the anchors, and around each of them
//! the spelling is compared as far as it goes. So a piece of a value is found as well, and the time for a text does not
//! depend on the number of values.

use super::layers::{self, Layer, TooDeep};
use super::packed;
use super::shortest::{SHORTEST, SHORTEST_WORD};
use super::spelling::{Spelling, folded, spellings};
use aho_corasick::AhoCorasick;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Longest piece of a spelling that has to be met before it counts, in characters.
const ENOUGH: usize = 24;
/// Most places of one anchor in one spelling. What repeats itself more often is met at any of them.
const MOST_REPEATS: usize = 32;
/// How deep texts within texts are decoded.
const DEPTH: usize = 3;
/// What is found in a text that is escaped too often to be looked through.
const UNCLEAR: &str = "something that is escaped too often to be looked through";

/// Values that must not come out, with what each of them is.
#[derive(Debug, Clone, Default)]
pub struct Known(BTreeMap<String, &'static str>);

impl Known {
    /// Adds a value; `what` says what it is without saying it. False if the value is too short to be searched for.
    pub fn add(&mut self, what: &'static str, value: &str) -> bool {
        let mut add = |value: &str| {
            let is_long = value.len() >= SHORTEST_WORD;
            if is_long && !self.0.contains_key(value) {
                self.0.insert(value.to_owned(), what);
            }
            is_long
        };
        let added = add(value);
        if value.trim().contains('\n') {
            // Of keys and certificates each line is one, and the lines that say so are none.
            let lines = value.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
            let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            add(&lines.concat());
            lines.iter().filter(|line| line.len() >= SHORTEST).for_each(|line| {
                add(line);
            });
        }
        added
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What finds them.
    pub fn searcher(&self) -> Searcher {
        let mut searcher = Searcher::default();
        let mut numbers: HashMap<Vec<u8>, usize> = HashMap::new();
        for (value, what) in &self.0 {
            if value.len() < SHORTEST {
                searcher.words.push((value.clone(), what));
                continue;
            }
            for spelling in spellings(value) {
                searcher.anchor(spelling, what, &mut numbers);
            }
        }
        let mut patterns = vec![Vec::new(); numbers.len()];
        for (pattern, number) in numbers {
            patterns[number] = pattern;
        }
        searcher.automaton = (!patterns.is_empty()).then(|| AhoCorasick::new(&patterns).ok());
        searcher
    }
}

/// A spelling of a value, and the least of it that counts.
#[derive(Debug)]
struct Sought {
    spelling: Spelling,
    least: usize,
    what: &'static str,
}

/// Finds known values.
#[derive(Debug, Default)]
pub struct Searcher {
    /// Nothing where there is nothing to find; none within where it could not be built, and then everything is found.
    automaton: Option<Option<AhoCorasick>>,
    /// For each pattern of the automaton: the spellings that it is a part of, and where.
    anchors: Vec<Vec<(usize, usize)>>,
    spellings: Vec<Sought>,
    words: Vec<(String, &'static str)>,
}

impl Searcher {
    /// What is found first, if anything is.
    pub fn find(&self, text: &[u8]) -> Option<&'static str> {
        self.find_within(text, DEPTH)
    }

    fn find_within(&self, text: &[u8], depth: usize) -> Option<&'static str> {
        let mut found = None;
        let seen = layers::walk(text, |layer| {
            if found.is_none() {
                self.layer(layer, depth, |_, what| {
                    found.get_or_insert(what);
                });
            }
        });
        found.or(seen.err().map(|TooDeep| UNCLEAR))
    }

    /// Tells of every value in one layer, with its place there.
    pub(super) fn places(&self, layer: &Layer<'_>, tell: impl FnMut(Range<usize>, &'static str)) {
        self.layer(layer, DEPTH, tell);
    }

    fn layer(&self, layer: &Layer<'_>, depth: usize, mut tell: impl FnMut(Range<usize>, &'static str)) {
        self.anchored(layer.bytes, &mut tell);
        if !layer.is_joined {
            self.words(layer.bytes, &mut tell);
        }
        let Some(deeper) = depth.checked_sub(1) else { return };
        packed::each(layer.bytes, |range, content| {
            if let Some(what) = self.find_within(content, deeper) {
                tell(range, what);
            }
        });
    }

    fn anchored(&self, bytes: &[u8], tell: &mut impl FnMut(Range<usize>, &'static str)) {
        let Some(automaton) = &self.automaton else { return };
        let Some(automaton) = automaton else { return tell(0..bytes.len(), "what cannot be searched") };
        let text = folded(bytes);
        let mut covered = 0..0;
        for found in automaton.find_overlapping_iter(&text) {
            if covered.start <= found.start() && found.end() <= covered.end {
                continue;
            }
            for (spelling, offset) in &self.anchors[found.pattern().as_usize()] {
                let sought = &self.spellings[*spelling];
                let range = stretch(&text, found.range(), &sought.spelling.text, *offset);
                if range.len() >= sought.least {
                    let range = if sought.spelling.has_edges { with_edges(bytes, range) } else { range };
                    if range.end > covered.end {
                        covered = range.clone();
                    }
                    tell(range, sought.what);
                }
            }
        }
    }

    fn words(&self, bytes: &[u8], tell: &mut impl FnMut(Range<usize>, &'static str)) {
        let is_apart =
            |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        for (word, what) in &self.words {
            for at in memchr::memmem::find_iter(bytes, word.as_bytes()) {
                if is_apart(at.checked_sub(1)) && is_apart(Some(at + word.len())) {
                    tell(at..at + word.len(), what);
                }
            }
        }
    }

    /// Cuts a spelling so that every piece of it that counts holds an anchor: of anchors that stand side by side, one
    /// lies within any stretch of twice their length, less one.
    fn anchor(&mut self, spelling: Spelling, what: &'static str, numbers: &mut HashMap<Vec<u8>, usize>) {
        let (number, length) = (self.spellings.len(), spelling.text.len());
        let least = (length * 2).div_ceil(3).clamp(SHORTEST, ENOUGH).min(length);
        let width = least.div_ceil(2);
        for at in (0..=length - width).step_by(width) {
            let next = numbers.len();
            let anchor = *numbers.entry(spelling.text[at..at + width].to_vec()).or_insert(next);
            if anchor == self.anchors.len() {
                self.anchors.push(Vec::new());
            }
            let places = &mut self.anchors[anchor];
            if places.iter().rev().take_while(|(spelling, _)| *spelling == number).count() < MOST_REPEATS {
                places.push((number, at));
            }
        }
        self.spellings.push(Sought { spelling, least, what });
    }
}

/// How far a text is a spelling around a place where they meet.
fn stretch(text: &[u8], met: Range<usize>, spelling: &[u8], offset: usize) -> Range<usize> {
    let before = text[..met.start].iter().rev().zip(spelling[..offset].iter().rev());
    let before = before.take_while(|(one, other)| one == other).count();
    let behind = text[met.end..].iter().zip(&spelling[offset + met.len()..]);
    let behind = behind.take_while(|(one, other)| one == other).count();
    met.start - before..met.end + behind
}

/// With the characters beside it in which the first and the last byte of a value may go on.
fn with_edges(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let is_edge = |byte: &&u8| packed::is_base64(**byte);
    let before = bytes[..range.start].iter().rev().take(2).take_while(is_edge).count();
    let behind = bytes[range.end..].iter().take(2).take_while(is_edge).count();
    range.start - before..range.end + behind
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    const SECRET: &str = "cAnArY~8Q/x+1&\"s3cret\u{e9}";

    fn searcher(values: &[&str]) -> Searcher {
        let mut known = Known::default();
        values.iter().for_each(|value| assert!(known.add("the secret", value) || value.len() < 4));
        known.searcher()
    }

    #[test]
    fn values_are_found_in_every_spelling() {
        let searcher = searcher(&[SECRET]);
        let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let json: String = SECRET.chars().map(|letter| format!("\\u{:04X}", u32::from(letter))).collect();
        let entities: String = SECRET.chars().map(|letter| format!("&#{};", u32::from(letter))).collect();
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect();
        let wide: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let packed = super::super::gzip(SECRET.as_bytes());
        for text in [
            SECRET.to_owned(),
            SECRET.to_ascii_uppercase(),
            format!("x{SECRET}y"),
            percent.replace("%41", "A"),
            percent.replace('%', "%25"),
            json.clone(),
            json.replace('\\', "\\\\"),
            json.replacen("\\u0063", "%63", 1),
            entities,
            "cAnArY~8Q/x+1&amp;&quot;s3cret&#xE9;".into(),
            hex.clone(),
            STANDARD.encode(SECRET),
            URL_SAFE_NO_PAD.encode(format!("user:{SECRET}")),
            STANDARD.encode(format!("u:{SECRET}:x")),
            STANDARD.encode(STANDARD.encode(SECRET)),
            STANDARD.encode(&percent),
            STANDARD.encode(&hex),
            STANDARD.encode(wide),
            STANDARD.encode(&packed),
            STANDARD.encode(SECRET).replace('/', "%2F").replace('+', "%2b"),
            format!("{}\r\n{}", &STANDARD.encode(SECRET)[..9], &STANDARD.encode(SECRET)[9..]),
            SECRET[..16].to_owned(),
            SECRET[7..].to_owned(),
        ] {
            assert_eq!(searcher.find(text.as_bytes()), Some("the secret"), "{text}");
        }
        for text in
            ["", "a canary", "cAnArY~8", &STANDARD.encode("a canary of another kind, and a long one"), "%zz\\u12"]
        {
            assert_eq!(searcher.find(text.as_bytes()), None, "{text}");
        }
        assert!(Known::default().searcher().find(SECRET.as_bytes()).is_none());
    }

    #[test]
    fn values_with_escapes_in_them_are_found_too() {
        let searcher = searcher(&["100%41 sure\\u0041"]);
        for text in
            ["100%41 sure\\u0041", "100%41+sure\\u0041", "100%2541 sure\\\\u0041", "\\u0031\\u003000%41 sure\\u0041"]
        {
            assert_eq!(searcher.find(text.as_bytes()), Some("the secret"), "{text}");
        }
    }

    #[test]
    fn short_values_are_words() {
        let searcher = searcher(&["hush", "abc"]);
        for text in ["hush", "\"hush\"", "a=hush&b", "%68ush", "\\u0068ush"] {
            assert_eq!(searcher.find(text.as_bytes()), Some("the secret"), "{text}");
        }
        for text in ["hushed", "abc", "xhush"] {
            assert_eq!(searcher.find(text.as_bytes()), None, "{text}");
        }
        assert!(!Known::default().add("a", "abc") && Known::default().add("a", "abcd"));
    }

    #[test]
    fn of_a_key_each_line_counts_and_its_first_does_not() {
        let searcher =
            searcher(&["-----BEGIN PRIVATE KEY-----\nMIIabcdefgh\nijklmnopqrs\n-----END PRIVATE KEY-----\n"]);
        for text in ["MIIabcdefgh", "x ijklmnopqrs", "MIIabcdefghijklmnopqrs", "MIIabcdefgh\\nijklmnopqrs"] {
            assert_eq!(searcher.find(text.as_bytes()), Some("the secret"), "{text}");
        }
        assert_eq!(searcher.find(b"-----BEGIN CERTIFICATE-----"), None);
    }

    #[test]
    fn what_repeats_itself_takes_no_time_that_matters() {
        let searcher = searcher(&[&"a".repeat(60_000), &"ab".repeat(30_000)]);
        assert!(searcher.find("a".repeat(1_000_000).as_bytes()).is_some());
    }
}
