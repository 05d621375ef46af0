//! Members and elements of a value that is known to be valid.

use std::borrow::Cow;

use super::grammar::is_content;
use super::{Json, text};
use crate::wide::first_other;

/// The name of a member as it stands, escapes and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a>(&'a str);

impl<'a> Name<'a> {
    pub(super) fn of(raw: &'a str) -> Self {
        Self(raw)
    }

    /// The text between the quotes. A name without escapes is this text.
    #[must_use]
    pub fn raw(self) -> &'a str {
        self.0
    }

    /// The name itself.
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        text::unescaped(self.0)
    }
}

/// The members of an object, one after another.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    text: &'a str,
    at: usize,
}

/// The elements of an array, one after another.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Members<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, at: 1 }
    }
}

impl<'a> Elements<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, at: 1 }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Name<'a>, Json<'a>);

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let name_at = next_token(bytes, self.at);
        if bytes.get(name_at) != Some(&b'"') {
            return None;
        }
        let name_end = after_string(bytes, name_at);
        let value_at = next_token(bytes, name_end);
        self.at = value_end(bytes, value_at);
        let name = self.text.get(name_at + 1..name_end - 1)?;
        Some((Name(name), Json(self.text.get(value_at..self.at)?)))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let at = next_token(bytes, self.at);
        if matches!(bytes.get(at), None | Some(b']')) {
            return None;
        }
        self.at = value_end(bytes, at);
        Some(Json(self.text.get(at..self.at)?))
    }
}

/// The next byte that is neither white space nor a comma or colon.
fn next_token(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b':')) {
        at += 1;
    }
    at
}

/// The position behind the value that starts at `at`.
fn value_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => after_string(bytes, at),
        Some(b'{' | b'[') => after_nested(bytes, at),
        _ => {
            let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
            bytes[at..].iter().position(is_end).map_or(bytes.len(), |offset| at + offset)
        }
    }
}

fn after_nested(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = after_string(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The position behind the string that starts at `at`.
pub(crate) fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        at = first_other(bytes, at, is_content);
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}
