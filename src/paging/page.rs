//! Reads the rows of one answer, one at a time, without ever holding the answer.
//!
//! An answer is `{"@odata.context":…,"value":[row,row,…],"@odata.nextLink":…}` with members in any order. The reader
//! pulls body bytes as it needs them, finds where each element of `value` ends and lends it out. Memory is one chunk
//! plus the longest row allowed. Whether a row is valid JSON is for its parser to say; the envelope is checked here.

use std::borrow::Cow;
use std::ops::Range;

use super::body::Body;
use super::found::{Found, PageError};
use crate::http::Receive;
use crate::json::{Json, ValueScan};
use crate::receipt::RejectReason;

/// Longest member name of the envelope.
const MAX_NAME: usize = 1 << 10;
/// Longest next link.
const MAX_LINK: usize = 32 << 10;
/// Deepest nesting of a row. Defender's own rows have four levels.
const MAX_DEPTH: u32 = 64;

/// Reads one page.
pub(super) struct PageReader {
    body: Body,
    /// The member that holds the rows: `value` almost everywhere.
    list: &'static str,
    max_row: usize,
    place: Place,
    row: Range<usize>,
    has_value: bool,
    next_link: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the opening brace.
    Start,
    /// Before a member or the closing brace.
    Members,
    /// Within `value`, before an element or the closing bracket.
    Elements,
    /// Behind the closing brace.
    End,
}

/// A value of the envelope or an element of `value`.
enum Value {
    At(Range<usize>, u32),
    TooLong,
}

impl PageReader {
    /// A reader at the start of a body whose rows are in the member `list`. `max_row` bounds the length of a row in
    /// bytes.
    pub(super) fn new(body: Box<dyn Receive>, list: &'static str, max_row: usize) -> Self {
        Self { body: Body::new(body), list, max_row, place: Place::Start, row: 0..0, has_value: false, next_link: None }
    }

    /// Body bytes received so far.
    pub(super) fn bytes(&self) -> u64 {
        self.body.bytes()
    }

    /// The next link, once [`Found::End`] was returned.
    pub(super) fn into_next_link(self) -> Option<String> {
        self.next_link
    }

    /// The bytes of the row that was found last.
    pub(super) fn row_bytes(&self) -> &[u8] {
        self.body.slice(&self.row)
    }

    /// Goes on to the next row or to the end.
    pub(super) fn advance(&mut self) -> Result<Found, PageError> {
        loop {
            match self.place {
                Place::Start => {
                    self.skip_byte_order_mark()?;
                    match self.peek()? {
                        b'{' => self.take(Place::Members),
                        _ => return Err(PageError::NotJson),
                    }
                }
                Place::Members => match self.peek()? {
                    b',' => self.body.at += 1,
                    b'}' => self.take(Place::End),
                    b'"' => self.member()?,
                    _ => return Err(PageError::NotJson),
                },
                Place::Elements => match self.peek()? {
                    b',' => self.body.at += 1,
                    b']' => self.take(Place::Members),
                    b'}' | b':' => return Err(PageError::NotJson),
                    first => return self.element(first),
                },
                Place::End => {
                    self.drain()?;
                    return if self.has_value { Ok(Found::End) } else { Err(PageError::NoValue) };
                }
            }
        }
    }

    fn take(&mut self, place: Place) {
        self.body.at += 1;
        self.place = place;
    }

    fn element(&mut self, first: u8) -> Result<Found, PageError> {
        let value = self.value(self.max_row)?;
        Ok(match value {
            Value::TooLong => Found::Bad(RejectReason::TooLarge),
            Value::At(_, depth) if depth > MAX_DEPTH => Found::Bad(RejectReason::TooDeep),
            Value::At(_, _) if first != b'{' => Found::Bad(RejectReason::Malformed),
            Value::At(range, _) => {
                self.row = range;
                Found::Row
            }
        })
    }

    fn member(&mut self) -> Result<(), PageError> {
        let name = match self.value(MAX_NAME)? {
            Value::At(range, _) => self.text(range)?,
            Value::TooLong => return Err(PageError::TooLong("a member name")),
        };
        if self.peek()? != b':' {
            return Err(PageError::NotJson);
        }
        self.body.at += 1;
        let first = self.peek()?;
        match name.as_str() {
            name if name == self.list && first == b'[' => {
                self.has_value = true;
                self.take(Place::Elements);
            }
            name if name == self.list => return Err(PageError::NoValue),
            "@odata.nextLink" => match self.value(MAX_LINK)? {
                Value::At(range, _) if first == b'"' => self.next_link = Some(self.text(range)?),
                Value::At(range, _) if self.body.slice(&range) == b"null" => {}
                Value::At(_, _) => return Err(PageError::NotJson),
                Value::TooLong => return Err(PageError::TooLong("the next link")),
            },
            _ => {
                self.value(0)?;
            }
        }
        Ok(())
    }

    fn text(&self, range: Range<usize>) -> Result<String, PageError> {
        Json::read(self.body.slice(&range)).text().map(Cow::into_owned).ok_or(PageError::NotJson)
    }

    /// Passes over one value and says where it is, unless it is longer than `max`; then its bytes are let go.
    fn value(&mut self, max: usize) -> Result<Value, PageError> {
        let mut scan = ValueScan::new();
        let mut scanned = 0;
        let mut too_long = false;
        loop {
            if let Some(end) = scan.advance(&self.body.rest()[scanned..]) {
                let start = self.body.at;
                self.body.at += scanned + end;
                return Ok(if too_long || self.body.at - start > max {
                    Value::TooLong
                } else {
                    Value::At(start..self.body.at, scan.deepest())
                });
            }
            scanned = self.body.rest().len();
            if too_long || scanned > max {
                too_long = true;
                self.body.skip_rest();
                scanned = 0;
            }
            if !self.body.fill()? {
                return Err(PageError::CutShort);
            }
        }
    }

    /// The next byte that is not white space, without passing it.
    fn peek(&mut self) -> Result<u8, PageError> {
        loop {
            let rest = self.body.rest();
            match rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
                Some(spaces) => {
                    let byte = rest[spaces];
                    self.body.at += spaces;
                    return Ok(byte);
                }
                None => self.body.skip_rest(),
            }
            if !self.body.fill()? {
                return Err(PageError::CutShort);
            }
        }
    }

    fn skip_byte_order_mark(&mut self) -> Result<(), PageError> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        while self.body.rest().len() < MARK.len() && self.body.fill()? {}
        if self.body.rest().starts_with(MARK) {
            self.body.at += MARK.len();
        }
        Ok(())
    }

    /// Reads on to the end of the body: only then is its compression known to be whole, and only then can its
    /// connection be used again.
    fn drain(&mut self) -> Result<(), PageError> {
        loop {
            if self.body.rest().iter().any(|byte| !byte.is_ascii_whitespace()) {
                return Err(PageError::NotJson);
            }
            self.body.skip_rest();
            if !self.body.fill()? {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    /// Hands out a text in pieces of one size.
    struct Pieces(Vec<u8>, usize, usize);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let rest = &self.0[self.1..];
            let n = rest.len().min(self.2).min(buffer.len());
            buffer[..n].copy_from_slice(&rest[..n]);
            self.1 += n;
            Ok(n)
        }
    }

    type Read1 = (Vec<Result<String, RejectReason>>, Result<Option<String>, PageError>);

    fn read(text: impl Into<Vec<u8>>, piece: usize, max_row: usize) -> Read1 {
        let mut reader = PageReader::new(Box::new(Pieces(text.into(), 0, piece)), "value", max_row);
        let mut rows = Vec::new();
        loop {
            match reader.advance() {
                Ok(Found::Row) => {
                    rows.push(String::from_utf8(reader.row_bytes().to_vec()).map_err(|_| RejectReason::Malformed))
                }
                Ok(Found::Bad(reason)) => rows.push(Err(reason)),
                Ok(Found::End) => return (rows, Ok(reader.into_next_link())),
                Err(error) => return (rows, Err(error)),
            }
        }
    }

    fn rows(texts: &[&str]) -> Vec<Result<String, RejectReason>> {
        texts.iter().map(|text| Ok((*text).to_owned())).collect()
    }

    #[test]
    fn rows_and_link_are_found_in_any_order_and_cut() {
        let link = "https://h/api?a=1&b=\u{e9}";
        let before = format!(r#"{{"@odata.nextLink":"{link}","@odata.count":2,"value":[{{"a":[1]}}, {{"b":"]}}"}}]}}"#);
        let after = format!(
            "\u{feff} {{\"@odata.context\":\"x\",\"value\":[{{\"a\":[1]}},\n{{\"b\":\"]}}\"}}],\"@odata.nextLink\":\"{link}\"}} \n"
        );
        for text in [before, after] {
            for piece in [1, 2, 3, 7, 64, 4096] {
                let (found, end) = read(text.clone(), piece, 1000);
                assert_eq!(found, rows(&[r#"{"a":[1]}"#, r#"{"b":"]}"}"#]), "cut by {piece}");
                assert_eq!(end, Ok(Some(link.to_owned())), "cut by {piece}");
            }
        }
        assert_eq!(read(r#"{"value":[],"@odata.nextLink":null}"#, 5, 10), (vec![], Ok(None)));
    }

    #[test]
    fn bad_elements_do_not_stop_the_others() {
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(500_000));
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        let text = format!(r#"{{"value":[1,{long},null,{deep},"t",{{"ok":1}}]}}"#);
        for piece in [1000, 100_000, 1 << 20] {
            let (found, end) = read(text.clone(), piece, 1000);
            assert_eq!(end, Ok(None));
            assert_eq!(
                found,
                vec![
                    Err(RejectReason::Malformed),
                    Err(RejectReason::TooLarge),
                    Err(RejectReason::Malformed),
                    Err(RejectReason::TooDeep),
                    Err(RejectReason::Malformed),
                    Ok(r#"{"ok":1}"#.to_owned()),
                ]
            );
        }
        let not_utf8 = [br#"{"value":[{"a":""#.as_slice(), b"\xff", br#""}]}"#.as_slice()].concat();
        assert_eq!(read(not_utf8, 3, 1000).0, vec![Err(RejectReason::Malformed)]);
    }

    #[test]
    fn what_is_no_page_is_told_apart() {
        let end = |text: &str| read(text, 3, 1000).1;
        assert_eq!(end(""), Err(PageError::CutShort));
        assert_eq!(end("  "), Err(PageError::CutShort));
        assert_eq!(end("<html></html>"), Err(PageError::NotJson));
        assert_eq!(end("[]"), Err(PageError::NotJson));
        assert_eq!(end(r#"{"error":{"code":"x"}}"#), Err(PageError::NoValue));
        assert_eq!(end(r#"{"value":null}"#), Err(PageError::NoValue));
        assert_eq!(end(r#"{"value":[}]}"#), Err(PageError::NotJson));
        assert_eq!(end(r#"{"value":[]}{}"#), Err(PageError::NotJson));
        assert_eq!(end(r#"{"value" []}"#), Err(PageError::NotJson));
        let link = "x".repeat(MAX_LINK);
        assert_eq!(
            end(&format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#)),
            Err(PageError::TooLong("the next link"))
        );
    }

    #[test]
    fn every_cut_is_noticed() {
        let text = r#"{"value":[{"a":1},{"b":2}],"@odata.nextLink":"l"}"#;
        for end in 0..text.len() {
            assert_eq!(read(&text[..end], 5, 100).1, Err(PageError::CutShort), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), piece in 1usize..50) {
            let _ = read(bytes, piece, 50);
        }

        #[test]
        fn json_like_bytes_are_read_without_panic(text in r#"\{"value":\[([{}\[\]",:\\ a1]|null){0,60}"#, piece in 1usize..9) {
            let _ = read(text, piece, 20);
        }
    }
}
