//! The content of strings.

use std::borrow::Cow;

use crate::append::append_text;
use crate::wide::every;

/// Resolves the escapes of a valid string, given without its quotes. Half a surrogate pair becomes U+FFFD.
pub(super) fn unescaped(inner: &str) -> Cow<'_, str> {
    if every(inner.as_bytes(), |bytes| !bytes.is(b'\\')) { Cow::Borrowed(inner) } else { Cow::Owned(resolve(inner)) }
}

#[inline(never)]
fn resolve(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = plain(inner, &mut out);
    while let Some(escape) = rest.strip_prefix('\\') {
        let (character, length) = match escape.as_bytes().first() {
            Some(b'u') => unicode(escape),
            Some(b'n') => ('\n', 1),
            Some(b't') => ('\t', 1),
            Some(b'r') => ('\r', 1),
            Some(b'b') => ('\u{8}', 1),
            Some(b'f') => ('\u{c}', 1),
            Some(byte) => (char::from(*byte), 1),
            None => break,
        };
        out.push(character);
        rest = plain(escape.get(length..).unwrap_or_default(), &mut out);
    }
    out
}

/// Copies what comes before the next escape, and gives the rest.
fn plain<'a>(text: &'a str, out: &mut String) -> &'a str {
    let (before, rest) = text.split_at(memchr::memchr(b'\\', text.as_bytes()).unwrap_or(text.len()));
    append_text(out, [before]);
    rest
}

/// The character of `uXXXX`, or of two such escapes that make a pair, and how many bytes it takes.
fn unicode(escape: &str) -> (char, usize) {
    let unit = |at: usize| u32::from_str_radix(escape.get(at..at + 4)?, 16).ok();
    let Some(first) = unit(1) else { return (char::REPLACEMENT_CHARACTER, 1) };
    if (0xD800..0xDC00).contains(&first)
        && escape.get(5..7) == Some("\\u")
        && let Some(second @ 0xDC00..0xE000) = unit(7)
    {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 11);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 5)
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescaped(r#"a\\b\n\"\/\u00e9\ud83d\ude00z"#), "a\\b\n\"/\u{e9}\u{1F600}z");
        assert_eq!(unescaped(r"\ud83dx\udc00\\"), "\u{FFFD}x\u{FFFD}\\");
        assert_eq!(unescaped("plain"), "plain");
    }
}
