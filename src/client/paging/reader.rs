//! Reads one answer, of whichever form, one row at a time and without ever holding it.

use super::lines::LineReader;
use super::page::PageReader;
use super::reader_outcome::{Found, PageError};
use crate::wire::Receive;

/// Reads one answer, of whichever form.
pub(super) enum Reader {
    /// A page.
    Page(PageReader),
    /// A file.
    Lines(LineReader),
}

impl Reader {
    /// A reader at the start of a page whose rows are in the member `list`. `max_row` bounds the length of a row in
    /// bytes.
    pub(super) fn page(body: Box<dyn Receive>, list: &'static str, max_row: usize) -> Self {
        Self::Page(PageReader::new(body, list, max_row))
    }

    /// The same for a file, decompressed.
    pub(super) fn lines(body: Box<dyn Receive>, max_row: usize) -> Self {
        Self::Lines(LineReader::new(body, max_row))
    }

    /// Goes on to the next row or to the end.
    pub(super) fn advance(&mut self) -> Result<Found, PageError> {
        match self {
            Self::Page(reader) => reader.advance(),
            Self::Lines(reader) => reader.advance(),
        }
    }

    /// Body bytes received so far, after decoding.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Page(reader) => reader.bytes(),
            Self::Lines(reader) => reader.bytes(),
        }
    }

    /// The bytes of the row that was found last.
    pub(super) fn row_bytes(&self) -> &[u8] {
        match self {
            Self::Page(reader) => reader.row_bytes(),
            Self::Lines(reader) => reader.row_bytes(),
        }
    }

    /// Whether the row that was found last shows that its answer is not what it should be. A page is one text, in which
    /// a row that is no JSON object leaves in doubt what follows it. In a file every line stands for itself.
    pub(super) fn is_damaged(&self) -> bool {
        match self {
            Self::Page(reader) => reader.is_damaged(),
            Self::Lines(_) => false,
        }
    }

    /// The row that was found last; `None` if it is not UTF-8.
    pub(super) fn row(&self) -> Option<&str> {
        std::str::from_utf8(self.row_bytes()).ok()
    }

    /// How many rows the service says that there are, if it does.
    pub(super) fn count(&self) -> Option<u64> {
        match self {
            Self::Page(reader) => reader.count(),
            Self::Lines(_) => None,
        }
    }

    /// The next link of a page that was read to its end.
    pub(super) fn into_next_link(self) -> Option<String> {
        match self {
            Self::Page(reader) => reader.into_next_link(),
            Self::Lines(_) => None,
        }
    }
}
