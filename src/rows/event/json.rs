//! A writer of compact JSON.

use super::format::Detail;
use crate::append::append_text;
use crate::json::{is_content, push_compact};
use crate::wide::{every, first_other};

/// Writes one JSON value into a buffer that is kept for the next one.
///
/// Behind each value stands a comma, which a closing bracket takes the place of: so nothing has to be known of what was
/// written before.
///
/// What writes a name is inlined, as nearly all names are constants: where they are known, a name with its quotes is two or
/// three stores. What writes a value is not, or the component would be twice as large.
#[derive(Debug, Default)]
pub struct JsonWriter {
    buffer: String,
    body: Detail,
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
    /// A writer of bodies that say this much.
    #[must_use]
    pub fn of(body: Detail) -> Self {
        Self { buffer: String::new(), body }
    }

    /// Whether captions and repeats are written.
    #[inline(always)]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.body == Detail::Full
    }

    /// Forgets everything written, keeps the buffer.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    /// What was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.buffer.strip_suffix(',').unwrap_or(&self.buffer)
    }

    /// How long it is by now.
    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// What was written since it was so long, without the comma behind the last value.
    pub(super) fn since(&self, length: usize) -> &str {
        let written = self.buffer.get(length..).unwrap_or_default();
        written.strip_suffix(',').unwrap_or(written)
    }

    /// Opens an object.
    #[inline(never)]
    pub fn begin_object(&mut self) {
        self.buffer.push('{');
    }

    /// Closes the open object.
    #[inline(never)]
    pub fn end_object(&mut self) {
        self.end("},");
    }

    /// Opens an array.
    #[inline(never)]
    pub fn begin_array(&mut self) {
        self.buffer.push('[');
    }

    /// Closes the open array.
    #[inline(never)]
    pub fn end_array(&mut self) {
        self.end("],");
    }

    #[inline(always)]
    fn end(&mut self, bracket_and_comma: &str) {
        // The comma behind the last value goes, if there is one.
        if self.buffer.ends_with(',') {
            self.buffer.pop();
        }
        append_text(&mut self.buffer, [bracket_and_comma]);
    }

    /// The name of the next member; must hold nothing that JSON escapes.
    #[inline(always)]
    pub fn name(&mut self, name: &str) {
        append_text(&mut self.buffer, ["\"", name, "\":"]);
    }

    /// The name of the next member, whatever it holds.
    #[inline(never)]
    pub fn text_name(&mut self, name: &str) {
        self.text(name);
        self.buffer.pop();
        self.buffer.push(':');
    }

    /// A string made of pieces.
    #[inline(never)]
    pub fn pieces(&mut self, pieces: &[&str]) {
        self.buffer.push('"');
        for piece in pieces {
            if every(piece.as_bytes(), is_content) {
                append_text(&mut self.buffer, [piece]);
            } else {
                self.escape(piece);
            }
        }
        self.put("\",");
    }

    /// A string.
    pub fn text(&mut self, text: &str) {
        self.pieces(&[text]);
    }

    /// The rest of a string behind its opening quote.
    #[inline(never)]
    fn rest_of_text(&mut self, text: &str) {
        if every(text.as_bytes(), is_content) {
            append_text(&mut self.buffer, [text, "\","]);
        } else {
            self.escape(text);
            self.put("\",");
        }
    }

    /// A whole number.
    #[inline(never)]
    pub fn integer(&mut self, number: i64) {
        append_text(&mut self.buffer, [itoa::Buffer::new().format(number), ","]);
    }

    /// A truth value.
    pub fn flag(&mut self, flag: bool) {
        self.members(if flag { "true" } else { "false" });
    }

    /// A value that is valid JSON already. One that spans lines is made to fit on one.
    #[inline(never)]
    pub fn raw(&mut self, json: &str) {
        if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_some() {
            push_compact(json, &mut self.buffer);
            self.put(",");
        } else {
            self.members(json);
        }
    }

    /// Members or elements that are valid JSON on one line already, without the braces around them.
    #[inline(always)]
    pub fn members(&mut self, json: &str) {
        append_text(&mut self.buffer, [json, ","]);
    }

    /// Members that are valid JSON on one line already: these where captions and repeats are written, else those.
    #[inline(always)]
    pub fn either(&mut self, full: &str, lean: &str) {
        if self.is_full() {
            self.members(full);
        } else {
            self.members(lean);
        }
    }

    /// A member with a string value that another member says already: not in a lean body.
    #[inline(always)]
    pub fn repeat(&mut self, name: &str, text: Option<&str>) {
        if self.is_full() {
            self.optional_text(name, text);
        }
    }

    /// A member with a string value that holds nothing to escape, such as a key, a hash or a time.
    #[inline(always)]
    pub fn plain_member(&mut self, name: &str, text: &str) {
        debug_assert!(
            text.bytes().all(|byte| ESCAPES.get(usize::from(byte)).is_none_or(|escape| *escape == 0)),
            "{text}"
        );
        append_text(&mut self.buffer, ["\"", name, "\":\"", text, "\","]);
    }

    /// A member whose value is valid JSON already.
    #[inline(always)]
    pub fn raw_member(&mut self, name: &str, json: &str) {
        self.name(name);
        self.raw(json);
    }

    /// A member with a string value.
    #[inline(always)]
    pub fn text_member(&mut self, name: &str, text: &str) {
        append_text(&mut self.buffer, ["\"", name, "\":\""]);
        self.rest_of_text(text);
    }

    /// A member with a string value, if there is one.
    #[inline(always)]
    pub fn optional_text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text_member(name, text);
        }
    }

    /// A member with a whole number.
    #[inline(always)]
    pub fn integer_member(&mut self, name: &str, number: i64) {
        self.name(name);
        self.integer(number);
    }

    /// A member with a count. None comes near the bound of whole numbers.
    pub fn count_member(&mut self, name: &str, count: u64) {
        self.integer_member(name, i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// A member with a whole number, if there is one.
    pub fn optional_integer(&mut self, name: &str, number: Option<i64>) {
        if let Some(number) = number {
            self.integer_member(name, number);
        }
    }

    /// A member with a truth value.
    #[inline(always)]
    pub fn flag_member(&mut self, name: &str, flag: bool) {
        self.name(name);
        self.flag(flag);
    }

    /// A member that is an object; left out when nothing is written into it.
    #[inline(always)]
    pub fn object_member(&mut self, name: &str, members: impl FnOnce(&mut Self)) {
        let before = self.buffer.len();
        let within = self.open(["\"", name, "\":{"]);
        members(self);
        self.close(before, within, "},");
    }

    /// A member that is an array; left out when nothing is written into it.
    #[inline(always)]
    pub fn array_member(&mut self, name: &str, elements: impl FnOnce(&mut Self)) {
        let before = self.buffer.len();
        let within = self.open(["\"", name, "\":["]);
        elements(self);
        self.close(before, within, "],");
    }

    /// Opens a member and says where its content starts.
    #[inline(always)]
    fn open(&mut self, head: [&str; 3]) -> usize {
        append_text(&mut self.buffer, head);
        self.buffer.len()
    }

    /// Closes the member that starts at `before`, or takes it back when nothing came behind `within`.
    #[inline(never)]
    fn close(&mut self, before: usize, within: usize, bracket_and_comma: &str) {
        if self.buffer.len() > within {
            self.end(bracket_and_comma);
        } else {
            self.buffer.truncate(before);
        }
    }

    /// An object as the next element of an array.
    pub fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.begin_object();
        members(self);
        self.end_object();
    }

    #[inline(never)]
    fn put(&mut self, text: &str) {
        append_text(&mut self.buffer, [text]);
    }

    #[inline(never)]
    fn escape(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let bytes = text.as_bytes();
        let (mut from, mut at) = (0, 0);
        loop {
            at = first_other(bytes, at, is_content);
            let Some(byte) = bytes.get(at) else { break };
            let escape = ESCAPES.get(usize::from(*byte)).copied().unwrap_or_default();
            append_text(&mut self.buffer, [&text[from..at]]);
            at += 1;
            from = at;
            self.buffer.push('\\');
            self.buffer.push(char::from(escape));
            if escape == b'u' {
                self.buffer.push_str("00");
                self.buffer.push(char::from(HEX[usize::from(byte >> 4)]));
                self.buffer.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
        self.put(&text[from..]);
    }
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
                out.raw("0.5");
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
    fn a_lean_body_has_no_repeats() {
        for (body, expected) in [(Detail::Full, r#"{"id":1,"name":"One","again":"1"}"#), (Detail::Lean, r#"{"id":1}"#)]
        {
            let mut out = JsonWriter::of(body);
            out.object(|out| {
                out.either(r#""id":1,"name":"One""#, r#""id":1"#);
                out.repeat("again", Some("1"));
                out.repeat("none", None);
            });
            assert_eq!(out.as_str(), expected);
        }
    }

    proptest! {
        #[test]
        fn strings_survive(text in any::<String>()) {
            let mut out = JsonWriter::default();
            out.text(&text);
            prop_assert_eq!(serde_json::from_str::<String>(out.as_str()).unwrap(), text);
            prop_assert!(!out.as_str().contains('\n'));
        }
    }
}
