//! Writing JSON straight into a buffer.

/// An object that is being written. Its members stand in the order of the calls.
pub(super) struct Object<'o> {
    pub(super) out: &'o mut Vec<u8>,
}

impl<'o> Object<'o> {
    /// Opens an object.
    pub(super) fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out }
    }

    /// Goes on with members of an object that was opened elsewhere.
    pub(super) fn within(out: &'o mut Vec<u8>) -> Self {
        Self { out }
    }

    /// Closes it.
    pub(super) fn close(self) {
        self.out.push(b'}');
    }

    /// Writes the name of a member; its value must follow.
    pub(super) fn name(&mut self, name: &str) -> &mut Vec<u8> {
        if !matches!(self.out.last(), Some(b'{') | None) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// A string.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        string(self.name(name), value);
    }

    /// A string or null.
    pub(super) fn optional(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    /// Null.
    pub(super) fn null(&mut self, name: &str) {
        self.name(name).extend_from_slice(b"null");
    }

    /// A boolean.
    pub(super) fn flag(&mut self, name: &str, value: bool) {
        self.name(name).extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A boolean or null.
    pub(super) fn optional_flag(&mut self, name: &str, value: Option<bool>) {
        match value {
            Some(value) => self.flag(name, value),
            None => self.null(name),
        }
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &str, value: impl Into<u64>) {
        digits(self.name(name), value.into());
    }

    /// A number in tenths, written with its fraction as .NET writes a double.
    pub(super) fn tenths(&mut self, name: &str, value: u32) {
        let out = self.name(name);
        digits(out, u64::from(value / 10));
        out.push(b'.');
        out.push(b'0' + (value % 10) as u8);
    }

    /// Members that were written before.
    pub(super) fn members(&mut self, written: &[u8]) {
        if !matches!(self.out.last(), Some(b'{') | None) {
            self.out.push(b',');
        }
        self.out.extend_from_slice(written);
    }

    /// An object within; `write` writes its members.
    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut Object<'_>)) {
        nested(self.name(name), write);
    }

    /// A list; `write` writes an element.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = T>,
        write: impl FnMut(T, &mut Vec<u8>),
    ) {
        list(self.name(name), values, write);
    }

    /// JSON inside a string, as some columns have it.
    pub(super) fn encoded(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
        let mut inner = Vec::new();
        write(&mut inner);
        // What was written here is text; nothing would show otherwise.
        string(self.name(name), &String::from_utf8_lossy(&inner));
    }

    /// Several members that are null.
    pub(super) fn nulls(&mut self, names: &[&str]) {
        names.iter().for_each(|name| self.null(name));
    }

    /// A list of strings.
    pub(super) fn texts<'t>(&mut self, name: &str, values: impl IntoIterator<Item = &'t str>) {
        let out = self.name(name);
        out.push(b'[');
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            string(out, value);
        }
        out.push(b']');
    }
}

/// An object; `write` writes its members.
pub(super) fn nested(out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    let mut object = Object::open(out);
    write(&mut object);
    object.close();
}

/// A list; `write` writes an element.
pub(super) fn list<T>(out: &mut Vec<u8>, values: impl IntoIterator<Item = T>, mut write: impl FnMut(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (place, value) in values.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(value, out);
    }
    out.push(b']');
}

/// A string in quotes.
pub(super) fn string(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    escaped(out, value);
    out.push(b'"');
}

/// A string without its quotes.
pub(super) fn escaped(out: &mut Vec<u8>, value: &str) {
    let bytes = value.as_bytes();
    let mut written = 0;
    for (place, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[written..place]);
        written = place + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.push(b'0' + (byte >> 4));
                out.push(b"0123456789abcdef"[usize::from(byte & 15)]);
            }
        }
    }
    out.extend_from_slice(&bytes[written..]);
}

/// A number in decimal digits.
pub(super) fn digits(out: &mut Vec<u8>, mut value: u64) {
    let mut buffer = [0; 20];
    let mut start = buffer.len();
    loop {
        start -= 1;
        buffer[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&buffer[start..]);
}

/// A number with leading zeros.
pub(super) fn padded<const N: usize>(out: &mut Vec<u8>, mut value: u32) {
    let mut buffer = [b'0'; N];
    for byte in buffer.iter_mut().rev() {
        *byte = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&buffer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_is_written_is_read_back() {
        let odd = "q\"b\\n\nt\tr\r\u{1}\u{1f}ü®🗺 帳";
        let mut out = Vec::new();
        let mut object = Object::open(&mut out);
        object.text("a", odd);
        object.optional("b", None);
        object.flag("c", true);
        object.number("d", u64::MAX);
        object.tenths("e", 98);
        object.texts("f", ["x", odd]);
        object.texts("g", []);
        object.number("h", 0_u32);
        object.object("i", |within| within.list("j", [1_u64, 2], |value, out| digits(out, value)));
        object.encoded("k", |out| list(out, [odd], |text, out| nested(out, |object| object.text("l", text))));
        object.close();
        let value: Value = serde_json::from_slice(&out).unwrap();
        let wanted = json!({
            "a": odd, "b": null, "c": true, "d": u64::MAX, "e": 9.8, "f": ["x", odd], "g": [], "h": 0,
            "i": {"j": [1, 2]}, "k": json!([{"l": odd}]).to_string(),
        });
        assert_eq!(value, wanted);
    }

    #[test]
    fn every_character_is_escaped_as_json_wants_it() {
        for code in (0..0x300).chain(0x1f5f0..0x1f600) {
            let text = char::from_u32(code).unwrap().to_string();
            let mut out = Vec::new();
            string(&mut out, &text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
