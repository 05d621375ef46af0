//! Finds where a JSON value ends, however its bytes are cut.

use super::grammar::is_content;
use crate::wide::first_other;

/// The state of looking for the end of one value. Looks at structure only; whether the value is valid JSON is for its
/// parser to say.
#[derive(Debug)]
pub struct ValueScan {
    state: State,
    depth: u32,
    deepest: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing seen yet.
    Start,
    /// Within an object or list, outside of texts.
    Structure,
    /// Within a text.
    Text,
    /// Behind a backslash in a text.
    Escape,
    /// Within a number or word that stands alone.
    Scalar,
}

impl Default for ValueScan {
    fn default() -> Self {
        Self::new()
    }
}

impl ValueScan {
    /// A scan that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { state: State::Start, depth: 0, deepest: 0 }
    }

    /// The deepest nesting seen so far; 1 for a flat object.
    #[must_use]
    pub fn deepest(&self) -> u32 {
        self.deepest
    }

    /// Looks at the next bytes. `Some(n)`: the value ends before byte `n`. `None`: it goes on behind them.
    pub fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            match self.state {
                State::Start => {
                    self.state = match bytes[at] {
                        b'"' => State::Text,
                        b'{' | b'[' => {
                            self.descend();
                            State::Structure
                        }
                        _ => State::Scalar,
                    };
                    at += 1;
                }
                State::Structure => match bytes[at] {
                    b'"' => {
                        self.state = State::Text;
                        at += 1;
                    }
                    b'{' | b'[' => {
                        self.descend();
                        at += 1;
                    }
                    b'}' | b']' => {
                        self.depth -= 1;
                        at += 1;
                        if self.depth == 0 {
                            return Some(at);
                        }
                    }
                    _ => {
                        at += 1;
                        // A text comes behind nearly every colon and comma: one turn for both.
                        if bytes.get(at) == Some(&b'"') {
                            self.state = State::Text;
                            at += 1;
                        }
                    }
                },
                State::Text => {
                    at = first_other(bytes, at, is_content);
                    match bytes.get(at) {
                        Some(b'"') if self.depth == 0 => return Some(at + 1),
                        Some(b'"') => self.state = State::Structure,
                        Some(b'\\') => self.state = State::Escape,
                        // Whether it may be there is for the parser to say.
                        _ => {}
                    }
                    at += 1;
                }
                State::Escape => {
                    self.state = State::Text;
                    at += 1;
                }
                State::Scalar => {
                    if matches!(bytes[at], b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n') {
                        return Some(at);
                    }
                    at += 1;
                }
            }
        }
        None
    }

    fn descend(&mut self) {
        self.depth = self.depth.saturating_add(1);
        self.deepest = self.deepest.max(self.depth);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn end_of(text: &str, cut: usize) -> Option<usize> {
        let mut scan = ValueScan::new();
        let mut passed = 0;
        for piece in text.as_bytes().chunks(cut) {
            if let Some(end) = scan.advance(piece) {
                return Some(passed + end);
            }
            passed += piece.len();
        }
        None
    }

    #[test]
    fn ends_are_found_however_bytes_are_cut() {
        for (value, rest) in [
            (r#"{"a":"}\"]","b":[1,{"c":[]}]}"#, ",{}"),
            (r#""te\\xt""#, ","),
            ("-1.5e3", "]"),
            ("null", "}"),
            ("[[],[]]", " "),
            (r#""\\\"""#, "\""),
        ] {
            for cut in 1..=value.len() + rest.len() {
                assert_eq!(end_of(&format!("{value}{rest}"), cut), Some(value.len()), "{value} cut by {cut}");
            }
            assert_eq!(end_of(&value[..value.len() - 1], 3), None, "{value} cut short");
        }
    }

    #[test]
    fn nesting_is_measured() {
        let mut scan = ValueScan::new();
        scan.advance(br#"{"a":[[{}],"[[[[["]}"#);
        assert_eq!(scan.deepest(), 4);
    }

    proptest! {
        #[test]
        fn any_text_inside_an_object_is_passed(text in ".*", cut in 1usize..40) {
            let value = serde_json::json!({ text.clone(): [text] }).to_string();
            prop_assert_eq!(end_of(&value, cut), Some(value.len()));
        }
    }
}
