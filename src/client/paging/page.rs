//! Reads the rows of one answer, one at a time, without ever holding the answer.
//!
//! An answer is `{"@odata.context":…,"value":[row,row,…],"@odata.nextLink":…}` with members in any order. The reader
//! pulls body bytes as it needs them, finds where each element of `value` ends and lends it out. Memory is one chunk
//! plus the longest row allowed.
//!
//! Everything around the rows is held to the grammar of JSON (RFC 8259), byte by byte: a page that lacks a comma may lack
//! rows too. Of a row only its end is looked for here; whether it is valid JSON is for its parser to say, which goes
//! through it anyway, and [`PageReader::is_damaged`] tells what a row is that no parser took.

use std::borrow::Cow;
use std::ops::Range;

use defender_rows::json::{Json, ValueScan};

use super::body::Body;
use super::reader_outcome::{BadRow, Found, PageError};
use crate::request::ServiceError;
use crate::wire::{BYTE_ORDER_MARK, Receive};

/// Longest member name of the envelope.
const MAX_NAME: usize = 1 << 10;
/// The member with the address of the next page, in small letters: as OData 4, 4.01 and 3 name it, and without the name
/// of the standard. A link that is passed over would make a part of a list look like the whole.
const NEXT_LINKS: [&str; 4] = ["@odata.nextlink", "@nextlink", "odata.nextlink", "nextlink"];
/// The member with the number of rows in all pages, likewise.
const COUNTS: [&str; 4] = ["@odata.count", "@count", "odata.count", "count"];
/// Longest next link.
const MAX_LINK: usize = 32 << 10;
/// Longest other value beside the rows, or the longest row where that is longer: it has to be held to be checked. What the
/// service puts there is a number or an address.
const MAX_OTHER: usize = 1 << 20;
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
    /// In which spellings there was a link.
    has_link: [bool; NEXT_LINKS.len()],
    /// How many rows the service says that there are in all.
    count: Option<u64>,
    /// What the service says went wrong.
    refusal: Option<ServiceError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the opening brace.
    Start,
    /// Behind the opening brace: before the first member or the closing brace.
    FirstMember,
    /// Behind a member: before a comma or the closing brace.
    Members,
    /// Behind the opening bracket of `value`: before the first element or the closing bracket.
    FirstElement,
    /// Behind an element: before a comma or the closing bracket.
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
        Self {
            body: Body::new(body),
            list,
            max_row,
            place: Place::Start,
            row: 0..0,
            has_value: false,
            next_link: None,
            has_link: [false; NEXT_LINKS.len()],
            count: None,
            refusal: None,
        }
    }

    /// Body bytes received so far.
    pub(super) fn bytes(&self) -> u64 {
        self.body.bytes()
    }

    /// The next link, once [`Found::End`] was returned.
    pub(super) fn into_next_link(self) -> Option<String> {
        self.next_link
    }

    /// How many rows the service says that there are in all, if it said so before [`Found::End`].
    pub(super) fn count(&self) -> Option<u64> {
        self.count
    }

    /// The bytes of the row that was found last.
    pub(super) fn row_bytes(&self) -> &[u8] {
        self.body.slice(&self.row)
    }

    /// Whether the row that was found last is anything but a JSON object. Only of use where it could not be used: it is
    /// gone through once more.
    pub(super) fn is_damaged(&self) -> bool {
        let row = std::str::from_utf8(self.row_bytes()).ok().and_then(|text| Json::parse(text).ok());
        !row.is_some_and(Json::is_object)
    }

    /// Goes on to the next row or to the end.
    pub(super) fn advance(&mut self) -> Result<Found, PageError> {
        loop {
            let byte = match self.place {
                Place::End => {
                    self.drain()?;
                    if let Some(refusal) = self.refusal.take() {
                        return Err(PageError::Refused(refusal));
                    }
                    return if self.has_value { Ok(Found::End) } else { Err(PageError::NoValue) };
                }
                Place::Start => {
                    self.skip_byte_order_mark()?;
                    self.peek()?
                }
                _ => self.peek()?,
            };
            match (self.place, byte) {
                (Place::Start, b'{') => self.take(Place::FirstMember),
                (Place::FirstMember | Place::Members, b'}') => self.take(Place::End),
                (Place::FirstMember, b'"') => self.member()?,
                (Place::Members, b',') => {
                    self.body.at += 1;
                    self.peek()?;
                    self.member()?;
                }
                (Place::FirstElement | Place::Elements, b']') => self.take(Place::Members),
                (Place::FirstElement, first) => return self.element(first),
                (Place::Elements, b',') => {
                    self.body.at += 1;
                    let first = self.peek()?;
                    return self.element(first);
                }
                _ => return Err(self.not_json()),
            }
        }
    }

    fn take(&mut self, place: Place) {
        self.body.at += 1;
        self.place = place;
    }

    /// The body is no JSON from here on.
    fn not_json(&self) -> PageError {
        PageError::NotJson { byte: self.body.offset() }
    }

    fn element(&mut self, first: u8) -> Result<Found, PageError> {
        if matches!(first, b',' | b':' | b']' | b'}') {
            return Err(self.not_json());
        }
        let value = self.value(self.max_row)?;
        self.place = Place::Elements;
        Ok(match value {
            Value::TooLong => Found::Bad(BadRow::TooLarge),
            Value::At(_, depth) if depth > MAX_DEPTH => Found::Bad(BadRow::TooDeep),
            Value::At(range, _) => {
                self.row = range;
                if first == b'{' { Found::Row } else { Found::Bad(BadRow::Malformed) }
            }
        })
    }

    fn member(&mut self) -> Result<(), PageError> {
        if self.peek()? != b'"' {
            return Err(self.not_json());
        }
        let name = match self.value(MAX_NAME)? {
            Value::At(range, _) => self.text(range)?,
            Value::TooLong => return Err(PageError::TooLong("a member name")),
        };
        if self.peek()? != b':' {
            return Err(self.not_json());
        }
        self.body.at += 1;
        let first = self.peek()?;
        match name.as_str() {
            name if name == self.list && first == b'[' => {
                if std::mem::replace(&mut self.has_value, true) {
                    return Err(self.not_json());
                }
                self.take(Place::FirstElement);
                return Ok(());
            }
            name if name == self.list && self.has_value => return Err(self.not_json()),
            // Whether an error comes with nothing where the rows were to be is seen at the end.
            name if name == self.list && first != b'n' => return Err(PageError::NoValue),
            name if let Some(spelling) = NEXT_LINKS.iter().position(|link| name.eq_ignore_ascii_case(link)) => {
                self.link(spelling)?;
            }
            name if COUNTS.iter().any(|count| name.eq_ignore_ascii_case(count)) => {
                let count = self.checked(MAX_OTHER, "a member beside the rows")?;
                self.count = count.count().or_else(|| count.text()?.parse().ok());
            }
            name if ServiceError::is_named(name) => {
                let error = self.checked(MAX_OTHER, "an error")?;
                let error = ServiceError::told(&serde_json::from_str(error.raw()).unwrap_or_default());
                self.refusal = error.or(self.refusal.take());
            }
            _ => drop(self.checked(self.max_row.max(MAX_OTHER), "a member beside the rows")?),
        }
        self.place = Place::Members;
        Ok(())
    }

    /// Takes the next link. A page may name it in several ways, but not different ones.
    fn link(&mut self, spelling: usize) -> Result<(), PageError> {
        let is_again = std::mem::replace(&mut self.has_link[spelling], true);
        let link = self.checked(MAX_LINK, "the next link")?;
        let (text, is_null) = (link.text().map(Cow::into_owned), link.is_null());
        match (&self.next_link, text) {
            _ if is_again => return Err(self.not_json()),
            (None, text) if text.is_some() || is_null => self.next_link = text,
            (Some(known), Some(text)) if *known == text => {}
            (Some(_), None) if is_null => {}
            _ => return Err(self.not_json()),
        }
        Ok(())
    }

    /// Passes over one value that has to be JSON.
    fn checked(&mut self, max: usize, what: &'static str) -> Result<Json<'_>, PageError> {
        let byte = self.body.offset();
        let Value::At(range, _) = self.value(max)? else { return Err(PageError::TooLong(what)) };
        let text = std::str::from_utf8(self.body.slice(&range)).ok();
        text.and_then(|text| Json::parse(text).ok()).ok_or(PageError::NotJson { byte })
    }

    fn text(&self, range: Range<usize>) -> Result<String, PageError> {
        Json::read(self.body.slice(&range)).text().map(Cow::into_owned).ok_or_else(|| self.not_json())
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
            match rest.iter().position(|byte| !is_space(*byte)) {
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
        while self.body.rest().len() < BYTE_ORDER_MARK.len() && self.body.fill()? {}
        if self.body.rest().starts_with(BYTE_ORDER_MARK) {
            self.body.at += BYTE_ORDER_MARK.len();
        }
        Ok(())
    }

    /// Reads on to the end of the body: only then is its compression known to be whole, and only then can its
    /// connection be used again.
    fn drain(&mut self) -> Result<(), PageError> {
        loop {
            if let Some(spaces) = self.body.rest().iter().position(|byte| !is_space(*byte)) {
                self.body.at += spaces;
                return Err(self.not_json());
            }
            self.body.skip_rest();
            if !self.body.fill()? {
                return Ok(());
            }
        }
    }
}

/// What JSON knows as white space: less than other formats do.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests;
