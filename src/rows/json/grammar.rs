//! The grammar of JSON (RFC 8259), read as far as one value goes.
//!
//! serde_json knows it too, and tests compare the two. It looks at four bytes of a text at a time where a register of
//! the processor that runs WebAssembly holds sixteen, and a row would have to be gone through a second time for its
//! members.

use super::Json;
use super::cut::Name;
use crate::lanes::{Mask, Sixteen};
use crate::wide::{first_other, same};

/// Deepest nesting that is read.
const MAX_DEPTH: u32 = 128;

/// Longest number that is finite as a double whatever its digits are, if it has no exponent.
const SURELY_FINITE: usize = 300;

/// A text that is read by the grammar. Every method takes the position where something has to start, and gives the
/// position behind it, or as an error that of the first byte that does not fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grammar<'a> {
    text: &'a str,
    /// Whether escapes have to stand for characters, and numbers to be finite as doubles. The grammar does not ask for
    /// it, but receivers would stumble over the others.
    is_strict: bool,
}

impl<'a> Grammar<'a> {
    /// All that RFC 8259 allows.
    pub(super) fn lenient(text: &'a str) -> Self {
        Self { text, is_strict: false }
    }

    /// What every receiver can read.
    pub(super) fn strict(text: &'a str) -> Self {
        Self { text, is_strict: true }
    }

    /// The one value that the text is, with white space around it.
    pub(super) fn document(self) -> Result<Json<'a>, usize> {
        let start = self.space(0);
        let end = self.value(start, 0)?;
        self.end(end)?;
        Ok(self.json(start, end))
    }

    /// Visits the members of the one object that the text is, with white space around it. `expected` guesses the name of
    /// a member by its position: one that is right need not be looked for. The visitor is told whether it was.
    #[inline(always)]
    pub(super) fn members<'e>(
        self,
        expected: impl Fn(usize) -> &'e str,
        visit: impl FnMut(Name<'a>, Json<'a>, bool),
    ) -> Result<(), usize> {
        let end = self.object(self.space(0), 0, expected, visit)?;
        self.end(end)
    }

    /// Nothing but white space.
    fn end(self, at: usize) -> Result<(), usize> {
        let at = self.space(at);
        if at < self.text.len() { Err(at) } else { Ok(()) }
    }

    fn byte(self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn json(self, start: usize, end: usize) -> Json<'a> {
        Json(self.text.get(start..end).unwrap_or_default())
    }

    /// White space, of which there is hardly ever any.
    #[inline(always)]
    fn space(self, at: usize) -> usize {
        if self.is_space(at) { self.spaces(at) } else { at }
    }

    fn is_space(self, at: usize) -> bool {
        matches!(self.byte(at), Some(b' ' | b'\t' | b'\r' | b'\n'))
    }

    #[cold]
    fn spaces(self, mut at: usize) -> usize {
        while self.is_space(at) {
            at += 1;
        }
        at
    }

    /// One byte and the white space behind it.
    #[inline(always)]
    fn mark(self, at: usize, mark: u8) -> Result<usize, usize> {
        if self.byte(at) == Some(mark) { Ok(self.space(at + 1)) } else { Err(at) }
    }

    #[inline(always)]
    fn object<'e>(
        self,
        at: usize,
        depth: u32,
        expected: impl Fn(usize) -> &'e str,
        mut visit: impl FnMut(Name<'a>, Json<'a>, bool),
    ) -> Result<usize, usize> {
        let mut at = self.mark(at, b'{')?;
        if self.byte(at) == Some(b'}') {
            return Ok(at + 1);
        }
        let mut position = 0;
        loop {
            let guess = expected(position);
            position += 1;
            let is_right = self.is_name(at, guess);
            let name_end = if is_right { at + guess.len() + 2 } else { self.string(at)? };
            let name = Name::of(self.text.get(at + 1..name_end - 1).unwrap_or_default());
            let start = self.mark(self.space(name_end), b':')?;
            let end = self.value(start, depth)?;
            visit(name, self.json(start, end), is_right);
            at = self.space(end);
            match self.byte(at) {
                Some(b',') => at = self.space(at + 1),
                Some(b'}') => return Ok(at + 1),
                _ => return Err(at),
            }
        }
    }

    /// Whether a name stands at a position, in its quotes. The name must hold nothing that has to be escaped.
    #[inline(always)]
    fn is_name(self, at: usize, name: &str) -> bool {
        let there = self.text.as_bytes().get(at..at + name.len() + 2);
        matches!(there, Some([b'"', there @ .., b'"']) if !name.is_empty() && same(there, name.as_bytes()))
    }

    fn array(self, at: usize, depth: u32) -> Result<usize, usize> {
        let mut at = self.mark(at, b'[')?;
        if self.byte(at) == Some(b']') {
            return Ok(at + 1);
        }
        loop {
            at = self.space(self.value(at, depth)?);
            match self.byte(at) {
                Some(b',') => at = self.space(at + 1),
                Some(b']') => return Ok(at + 1),
                _ => return Err(at),
            }
        }
    }

    #[inline(always)]
    fn value(self, at: usize, depth: u32) -> Result<usize, usize> {
        match self.byte(at) {
            Some(b'"') => self.string(at),
            _ => self.no_string(at, depth),
        }
    }

    #[inline(never)]
    fn no_string(self, at: usize, depth: u32) -> Result<usize, usize> {
        match self.byte(at) {
            Some(b'{' | b'[') if depth == MAX_DEPTH => Err(at),
            Some(b'{') => self.object(at, depth + 1, |_| "", |_, _, _| ()),
            Some(b'[') => self.array(at, depth + 1),
            Some(b'-' | b'0'..=b'9') => self.number(at),
            Some(b't') => self.word(at, "true"),
            Some(b'f') => self.word(at, "false"),
            Some(b'n') => self.word(at, "null"),
            _ => Err(at),
        }
    }

    fn word(self, at: usize, word: &str) -> Result<usize, usize> {
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        if rest.starts_with(word.as_bytes()) { Ok(at + word.len()) } else { Err(at) }
    }

    #[inline(always)]
    fn string(self, at: usize) -> Result<usize, usize> {
        if self.byte(at) != Some(b'"') {
            return Err(at);
        }
        let mut at = at + 1;
        loop {
            at = first_other(self.text.as_bytes(), at, is_content);
            match self.byte(at) {
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => at = self.escape(at)?,
                _ => return Err(at),
            }
        }
    }

    #[inline(never)]
    fn escape(self, at: usize) -> Result<usize, usize> {
        match self.byte(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            _ => match self.unit(at).ok_or(at)? {
                0xD800..=0xDBFF if self.is_strict => match self.unit(at + 6) {
                    Some(0xDC00..=0xDFFF) => Ok(at + 12),
                    _ => Err(at),
                },
                // Databases and programs in C end a text at a zero.
                0 | 0xDC00..=0xDFFF if self.is_strict => Err(at),
                _ => Ok(at + 6),
            },
        }
    }

    /// The UTF-16 unit of the `\uXXXX` escape at a position.
    fn unit(self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().try_fold(0, |unit, digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
    }

    fn number(self, start: usize) -> Result<usize, usize> {
        let mut at = start + usize::from(self.byte(start) == Some(b'-'));
        at = match self.byte(at) {
            Some(b'0') => at + 1,
            _ => self.digits(at)?,
        };
        if self.byte(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        let has_exponent = matches!(self.byte(at), Some(b'e' | b'E'));
        if has_exponent {
            let is_signed = matches!(self.byte(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(is_signed))?;
        }
        let is_doubtful = self.is_strict && (has_exponent || at - start > SURELY_FINITE);
        if is_doubtful && !is_finite(&self.text[start..at]) { Err(start) } else { Ok(at) }
    }

    /// One digit or more.
    fn digits(self, start: usize) -> Result<usize, usize> {
        let mut at = start;
        while matches!(self.byte(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        if at > start { Ok(at) } else { Err(at) }
    }
}

/// The largest double begins with these digits, and has 309 of them. What begins with smaller ones is finite.
const LARGEST: &str = "17976931348623158";

/// Whether a valid number is finite as a double. Receivers read `1e999` as infinity, or not at all. Plain digits fit up
/// to 308 of them; only an exponent makes a short number large.
fn is_finite(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa, ""));
    let whole = whole.trim_start_matches('-');
    let digits = whole.bytes().chain(fraction.bytes());
    let zeros = digits.clone().take_while(|digit| *digit == b'0').count();
    if zeros == whole.len() + fraction.len() {
        return true;
    }
    let exponent = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    // How many digits stand before the point once the exponent is carried out.
    let places = exponent.saturating_add(whole.len() as i64 - zeros as i64);
    places < 309 || places == 309 && digits.skip(zeros).lt(LARGEST.bytes())
}

/// Which bytes stand for themselves within a string.
#[inline(always)]
pub(crate) fn is_content(bytes: Sixteen) -> Mask {
    !(bytes.below(b' ') | bytes.is(b'"') | bytes.is(b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    fn strictly(text: &str) -> bool {
        Grammar::strict(text).document().is_ok()
    }

    #[test]
    fn surrogates_come_in_pairs() {
        for good in [
            "plain",
            r"\u0041",
            r"\ud83d\ude00",
            r"\uD83D\uDE00\uD83D\uDE00",
            r"\\ud800",
            r"\\\u0041 \\\\udc00",
            r"C:\\users",
            r"\n\ud83d\ude00\\ud800",
        ] {
            assert!(strictly(&format!("\"{good}\"")), "{good}");
        }
        for bad in [r"\ud800", r"\udc00", r"\ud800\u0041", r"\ud800\\udc00", r"\\\ud800", r"x\ude00\ud83d", r"\ud800\n"]
        {
            let text = format!("[\"{bad}\"]");
            assert!(!strictly(&text), "{bad}");
            assert!(Grammar::lenient(&text).document().is_ok(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_finite_or_not() {
        let digits = "9".repeat(400);
        for good in [
            "1e308",
            "-1.7976931348623157e308",
            "0.1e309",
            "0.00012e312",
            "1",
            "-0.5e10",
            "[1,2.5]",
            r#"["1e999",{"1e999":"\"1e999"}]"#,
            "true",
            &digits[..300],
            "1e-999",
        ] {
            assert!(strictly(good), "{good}");
        }
        for bad in ["1.8e308", "0.18e309", "1e999", "-1E400", "[0,1e309]", r#"{"a":{"b":[1e999]}}"#, &digits] {
            assert!(!strictly(bad), "{bad}");
            assert!(Grammar::lenient(bad).document().is_ok(), "{bad}");
        }
    }

    #[test]
    fn what_does_not_fit_is_found() {
        for (bad, at) in [
            ("", 0),
            (" ", 1),
            ("{\n 1}", 3),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("{\"a\":1,}", 7),
            ("{\"a\" 1}", 5),
            ("\"a\u{1}\"", 2),
            ("\"a", 2),
            ("\"\\x\"", 1),
            ("\"\\u12G4\"", 1),
            ("01", 1),
            ("-", 1),
            ("1.", 2),
            ("1e+", 3),
            ("nul", 0),
            ("1 1", 2),
            ("\u{feff}1", 0),
        ] {
            assert_eq!(Grammar::lenient(bad).document().map(Json::raw), Err(at), "{bad}");
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(Grammar::lenient(&deep).document().is_err());
        assert!(Grammar::lenient(&deep[72..328]).document().is_ok());
    }

    proptest! {
        /// Texts that are nearly JSON: made of its tokens, and cut anywhere.
        #[test]
        fn serde_json_takes_the_same(
            tokens in proptest::collection::vec(
                prop_oneof![
                    "[\\[\\]{},: \n]", "true|false|null|nul", "-?[0-9]{1,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?",
                    "\"[ -~é😀]{0,40}\"", "\"(\\\\[\"\\\\/bfnrtux]|\\\\u[0-9a-fA-F]{4}|[a-z\u{1}]){0,8}\"", "\"a\":", "\\[1,\\{\\}\\]",
                ],
                0..8,
            ),
        ) {
            let text = tokens.concat();
            let ours = Grammar::lenient(&text).document();
            let theirs = serde_json::from_str::<&RawValue>(&text);
            prop_assert_eq!(ours.map(Json::raw).ok(), theirs.map(RawValue::get).ok(), "{}", text);
        }

        /// JSON in which one character was replaced, taken out or put in.
        #[test]
        fn serde_json_takes_the_same_of_what_is_damaged(
            value in crate::json::tests::any_json(),
            pretty: bool,
            at: prop::sample::Index,
            length in 0_usize..2,
            other in "|[\\[\\]{},:\"\\\\0-9.eE+ tfnu\u{1}é-]",
        ) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let mut characters: Vec<char> = text.chars().collect();
            let at = at.index(characters.len());
            characters.splice(at..at + length, other.chars());
            let text: String = characters.into_iter().collect();
            let ours = Grammar::lenient(&text).document();
            let theirs = serde_json::from_str::<&RawValue>(&text);
            prop_assert_eq!(ours.map(Json::raw).ok(), theirs.map(RawValue::get).ok(), "{}", text);
        }

        #[test]
        fn finite_numbers_are_those_of_the_standard_library(
            number in "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,6})?[eE][+-]?(3[01][0-9]|[0-9]{1,2})",
        ) {
            prop_assert_eq!(is_finite(&number), number.parse::<f64>().unwrap().is_finite(), "{}", number);
        }

        #[test]
        fn members_are_those_of_the_cut(text in "\\{(\"[a-z\\\\n]{0,3}\":(1|\"x{0,40}\"|\\[\\{\\}\\]),?){0,4} ?\\}") {
            let mut members = Vec::new();
            let result = Grammar::strict(&text).members(|at| if at == 1 { "b" } else { "" }, |name, value, _| members.push((name, value)));
            match Json::parse(&text) {
                Ok(json) => prop_assert_eq!(members, json.members().collect::<Vec<_>>()),
                Err(_) => prop_assert!(result.is_err()),
            }
        }
    }
}
