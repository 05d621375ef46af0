//! A writer of compact JSON that knows which of its bytes count for the content hash.

use std::fmt::Write as _;
use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::record::lexical;

/// Writes one JSON value into a buffer that is kept for the next one.
///
/// Commas are set by the writer. Bytes written inside [`JsonWriter::unhashed`] do not count for
/// [`JsonWriter::content_hash`]: values that change without anything worth reporting, and values that merely repeat
/// others. Where an unhashed member may be missing it must not be the first of its object, or the comma after it
/// would tell.
#[derive(Debug, Default)]
pub struct JsonWriter {
    buffer: String,
    comma: bool,
    skipped: Vec<Range<usize>>,
}

/// For each ASCII byte: 0 to copy, `u` for a `\u00XX` escape, else the letter after the backslash.
static ESCAPES: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0A] = b'n';
    table[0x0C] = b'f';
    table[0x0D] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

impl JsonWriter {
    /// Forgets everything written, keeps the buffer.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.skipped.clear();
        self.comma = false;
    }

    /// What was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.buffer
    }

    fn separate(&mut self) {
        if self.comma {
            self.buffer.push(',');
        }
    }

    /// Opens an object.
    pub fn begin_object(&mut self) {
        self.separate();
        self.buffer.push('{');
        self.comma = false;
    }

    /// Closes the open object.
    pub fn end_object(&mut self) {
        self.buffer.push('}');
        self.comma = true;
    }

    /// Opens an array.
    pub fn begin_array(&mut self) {
        self.separate();
        self.buffer.push('[');
        self.comma = false;
    }

    /// Closes the open array.
    pub fn end_array(&mut self) {
        self.buffer.push(']');
        self.comma = true;
    }

    /// The name of the next member; must hold nothing that JSON escapes.
    pub fn name(&mut self, name: &str) {
        self.separate();
        self.buffer.push('"');
        self.buffer.push_str(name);
        self.buffer.push_str("\":");
        self.comma = false;
    }

    /// The name of the next member, whatever it holds.
    pub fn text_name(&mut self, name: &str) {
        self.separate();
        self.buffer.push('"');
        self.push_escaped(name);
        self.buffer.push_str("\":");
        self.comma = false;
    }

    /// A string made of pieces.
    pub fn pieces(&mut self, pieces: &[&str]) {
        self.separate();
        self.buffer.push('"');
        for piece in pieces {
            self.push_escaped(piece);
        }
        self.buffer.push('"');
        self.comma = true;
    }

    /// A string.
    pub fn text(&mut self, text: &str) {
        self.pieces(&[text]);
    }

    /// A whole number.
    pub fn integer(&mut self, number: i64) {
        self.separate();
        // Writing to a string cannot fail.
        let _ = write!(self.buffer, "{number}");
        self.comma = true;
    }

    /// A finite number, without exponent.
    pub fn float(&mut self, number: f64) {
        self.separate();
        let _ = write!(self.buffer, "{number}");
        self.comma = true;
    }

    /// A truth value.
    pub fn flag(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    /// A value that is valid JSON already. One that spans lines is made to fit on one.
    pub fn raw(&mut self, json: &str) {
        self.separate();
        if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_some() {
            lexical::push_compact(json, &mut self.buffer);
        } else {
            self.buffer.push_str(json);
        }
        self.comma = true;
    }

    /// Members that are valid JSON already, without the braces around them.
    pub fn members(&mut self, json: &str) {
        self.raw(json);
    }

    /// A member with a string value.
    pub fn text_member(&mut self, name: &str, text: &str) {
        self.name(name);
        self.text(text);
    }

    /// A member with a string value, if there is one.
    pub fn optional_text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text_member(name, text);
        }
    }

    /// A member with a whole number.
    pub fn integer_member(&mut self, name: &str, number: i64) {
        self.name(name);
        self.integer(number);
    }

    /// A member with a whole number, if there is one.
    pub fn optional_integer(&mut self, name: &str, number: Option<i64>) {
        if let Some(number) = number {
            self.integer_member(name, number);
        }
    }

    /// A member with a truth value.
    pub fn flag_member(&mut self, name: &str, flag: bool) {
        self.name(name);
        self.flag(flag);
    }

    /// A member that is an object; left out when nothing is written into it.
    pub fn object_member(&mut self, name: &str, members: impl FnOnce(&mut Self)) {
        let (start, comma) = (self.buffer.len(), self.comma);
        self.name(name);
        self.begin_object();
        members(self);
        if self.comma {
            self.end_object();
        } else {
            self.buffer.truncate(start);
            self.comma = comma;
        }
    }

    /// A member that is an array; left out when nothing is written into it.
    pub fn array_member(&mut self, name: &str, elements: impl FnOnce(&mut Self)) {
        let (start, comma) = (self.buffer.len(), self.comma);
        self.name(name);
        self.begin_array();
        elements(self);
        if self.comma {
            self.end_array();
        } else {
            self.buffer.truncate(start);
            self.comma = comma;
        }
    }

    /// An object as the next element of an array.
    pub fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.begin_object();
        members(self);
        self.end_object();
    }

    /// Keeps what is written inside out of the content hash. May be nested.
    pub fn unhashed(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.buffer.len();
        write(self);
        let end = self.buffer.len();
        self.skipped.retain(|range| range.start < start);
        if end > start {
            self.skipped.push(start..end);
        }
    }

    /// SHA-256 of what was written, without the unhashed bytes.
    #[must_use]
    pub fn content_hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut from = 0;
        for range in &self.skipped {
            hasher.update(&self.buffer[from..range.start]);
            from = range.end;
        }
        hasher.update(&self.buffer[from..]);
        hasher.finalize().into()
    }

    fn push_escaped(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let bytes = text.as_bytes();
        let mut from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let Some(escape @ 1..) = ESCAPES.get(usize::from(*byte)).copied() else { continue };
            self.buffer.push_str(&text[from..at]);
            from = at + 1;
            self.buffer.push('\\');
            self.buffer.push(char::from(escape));
            if escape == b'u' {
                self.buffer.push_str("00");
                self.buffer.push(char::from(HEX[usize::from(byte >> 4)]));
                self.buffer.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
        self.buffer.push_str(&text[from..]);
    }
}

/// Lower-case hexadecimal digits of some bytes.
#[must_use]
pub(super) fn hex(bytes: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commas_and_empty_members() {
        let mut out = JsonWriter::default();
        out.object(|out| {
            out.object_member("none", |_| {});
            out.text_member("a", "x");
            out.array_member("b", |out| {
                out.integer(-1);
                out.float(0.5);
                out.object(|_| {});
                out.raw("[ 1,\n 2 ]");
            });
            out.array_member("none", |_| {});
            out.object_member("c", |out| out.flag_member("d", true));
            out.optional_text("none", None);
            out.optional_integer("e", Some(7));
            out.text_name("\"");
            out.pieces(&["p", "\n", "q"]);
        });
        assert_eq!(out.as_str(), r#"{"a":"x","b":[-1,0.5,{},[1,2]],"c":{"d":true},"e":7,"\"":"p\nq"}"#);
    }

    #[test]
    fn the_hash_leaves_out_what_is_unhashed() {
        let write = |time: &str, extra: bool| {
            let mut out = JsonWriter::default();
            out.object(|out| {
                out.text_member("id", "x");
                out.unhashed(|out| {
                    out.text_member("time", time);
                    out.unhashed(|out| out.text_member("again", time));
                    if extra {
                        out.object_member("more", |out| out.unhashed(|out| out.integer_member("n", 1)));
                    }
                });
                out.text_member("end", "y");
            });
            out.content_hash()
        };
        assert_eq!(write("1", false), write("22", true));
        let mut plain = JsonWriter::default();
        plain.raw(r#"{"id":"x","end":"y"}"#);
        assert_eq!(write("1", true), plain.content_hash());
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
    }

    proptest! {
        #[test]
        fn strings_survive(text in any::<String>()) {
            let mut out = JsonWriter::default();
            out.text(&text);
            prop_assert_eq!(serde_json::from_str::<String>(out.as_str()).unwrap(), text);
            prop_assert!(!out.as_str().contains('\n'));
        }

        #[test]
        fn floats_survive(number in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
            let mut out = JsonWriter::default();
            out.float(number);
            prop_assert_eq!(out.as_str().parse::<f64>().unwrap(), number);
        }
    }
}
