//! Reads the rows of one file of an export: one JSON object a line, compressed with gzip.
//!
//! Source: "Export software vulnerabilities assessment per device", response of the files form.

use std::ops::Range;

use defender_rows::json::ValueScan;
use memchr::memchr;

use super::body::Body;
use super::reader_outcome::{BadRow, Found, PageError};
use crate::wire::{BYTE_ORDER_MARK, Receive};

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineEnd {
    Newline,
    /// The body is over.
    Body,
    /// Nothing that matters: it is longer than a row may be.
    TooLong,
}

/// Reads one file. Memory is one chunk plus the longest row allowed.
pub(super) struct LineReader {
    body: Body,
    max_row: usize,
    row: Range<usize>,
    /// Whether a row was found: what does not begin with one is no file of an export.
    has_row: bool,
}

impl LineReader {
    /// A reader at the start of a body. `max_row` bounds the length of a row in bytes.
    pub(super) fn new(body: Box<dyn Receive>, max_row: usize) -> Self {
        Self { body: Body::new(body), max_row, row: 0..0, has_row: false }
    }

    /// Body bytes received so far, decompressed.
    pub(super) fn bytes(&self) -> u64 {
        self.body.bytes()
    }

    /// The bytes of the row that was found last.
    pub(super) fn row_bytes(&self) -> &[u8] {
        self.body.slice(&self.row)
    }

    /// Goes on to the next row or to the end. Empty lines are passed over, and so are byte order marks: a file may be put
    /// together of others. A last line without a newline must be a whole
    /// object: a file may be cut where its compression is made.
    pub(super) fn advance(&mut self) -> Result<Found, PageError> {
        loop {
            let byte = self.body.offset();
            let Some((line, end)) = self.line()? else { return Ok(Found::End) };
            let text = self.body.slice(&line);
            let mut row = text.trim_ascii_start();
            while let Some(behind) = row.strip_prefix(BYTE_ORDER_MARK) {
                row = behind.trim_ascii_start();
            }
            let spaces = text.len() - row.len();
            let text = row.trim_ascii_end();
            match text.first() {
                _ if end == LineEnd::TooLong => return Ok(Found::Bad(BadRow::TooLarge)),
                None => {}
                Some(b'{') if end == LineEnd::Body && !is_whole(text) => return Err(PageError::CutShort),
                Some(b'{') => {
                    self.row = line.start + spaces..line.start + spaces + text.len();
                    self.has_row = true;
                    return Ok(Found::Row);
                }
                Some(_) if self.has_row => return Ok(Found::Bad(BadRow::Malformed)),
                Some(_) => return Err(PageError::NotJson { byte }),
            }
        }
    }

    /// Where the next line is, and what ends it. The bytes of one that is too long are let go.
    fn line(&mut self) -> Result<Option<(Range<usize>, LineEnd)>, PageError> {
        let (mut scanned, mut is_too_long) = (0, false);
        loop {
            let start = self.body.at;
            if let Some(end) = memchr(b'\n', &self.body.rest()[scanned..]) {
                let line = start..start + scanned + end;
                self.body.at = line.end + 1;
                is_too_long |= line.len() > self.max_row;
                return Ok(Some((line, if is_too_long { LineEnd::TooLong } else { LineEnd::Newline })));
            }
            scanned = self.body.rest().len();
            if is_too_long || scanned > self.max_row {
                is_too_long = true;
                self.body.skip_rest();
                scanned = 0;
            }
            if !self.body.fill()? {
                let line = self.body.at..self.body.filled();
                self.body.skip_rest();
                let end = if is_too_long { LineEnd::TooLong } else { LineEnd::Body };
                return Ok((is_too_long || !line.is_empty()).then_some((line, end)));
            }
        }
    }
}

/// Whether a text is one object from its first byte to its last.
fn is_whole(text: &[u8]) -> bool {
    ValueScan::new().advance(text) == Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    /// Hands out a text in pieces of one size.
    struct Pieces(Vec<u8>, usize);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.0.len().min(self.1).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0.drain(..length);
            Ok(length)
        }
    }

    /// Rows, until the end or an error.
    fn read(text: &str, piece: usize, max_row: usize) -> Vec<Result<String, BadRow>> {
        let mut reader = LineReader::new(Box::new(Pieces(text.into(), piece)), max_row);
        let mut rows = Vec::new();
        loop {
            match reader.advance() {
                Ok(Found::Row) => rows.push(Ok(String::from_utf8(reader.row_bytes().to_vec()).unwrap())),
                Ok(Found::Bad(reason)) => rows.push(Err(reason)),
                Ok(Found::End) => {
                    assert_eq!(reader.bytes(), text.len() as u64);
                    return rows;
                }
                Err(_) => return rows,
            }
        }
    }

    #[test]
    fn each_line_is_a_row() {
        for piece in [1, 3, 1000] {
            let rows = read("{\"a\":1}\r\n\n  {\"b\":2} \nnull\n{\"c\":3}", piece, 100);
            let expected =
                [Ok("{\"a\":1}".into()), Ok("{\"b\":2}".into()), Err(BadRow::Malformed), Ok("{\"c\":3}".into())];
            assert_eq!(rows, expected, "in pieces of {piece}");
        }
        assert_eq!(read("", 1, 100), []);
        assert_eq!(read("\n\n", 1, 100), []);
        for piece in [1, 2, 1000] {
            let marked = "\u{feff}{\"a\":1}\n\u{feff}{\"b\":2}\n\u{feff}\n";
            assert_eq!(
                read(marked, piece, 100),
                [Ok("{\"a\":1}".into()), Ok("{\"b\":2}".into())],
                "in pieces of {piece}"
            );
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_let_go_and_the_next_one_is_read() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(1_000));
        for text in [format!("{long}\n{{}}\n"), format!("{{}}\n{long}")] {
            for piece in [1, 7, 10_000] {
                let rows = read(&text, piece, 50);
                assert_eq!(rows.len(), 2);
                assert!(rows.contains(&Err(BadRow::TooLarge)) && rows.contains(&Ok("{}".into())), "{rows:?}");
            }
        }
    }

    #[test]
    fn what_is_no_export_or_was_cut_is_no_end() {
        let end = |text: &str| {
            let mut reader = LineReader::new(Box::new(Pieces(text.into(), 3)), 100);
            loop {
                match reader.advance() {
                    Ok(Found::End) => return None,
                    Ok(_) => {}
                    Err(error) => return Some(error),
                }
            }
        };
        assert_eq!(end("<html>\n<body>\n"), Some(PageError::NotJson { byte: 0 }));
        assert_eq!(end("\n[1]"), Some(PageError::NotJson { byte: 1 }));
        assert_eq!(end("{\"a\":1}\n{\"b\":"), Some(PageError::CutShort));
        assert_eq!(end("{\"a\":1}\n{\"b\":\"}"), Some(PageError::CutShort));
        assert_eq!(end("{\"a\":1}\n{\"b\":2}"), None);
    }

    proptest! {
        #[test]
        fn rows_do_not_depend_on_how_the_bytes_arrive(
            lines in prop::collection::vec("[ {}a-z\"\\\\]{0,30}", 0..20),
            piece in 1_usize..50,
        ) {
            let text = lines.join("\n");
            prop_assert_eq!(read(&text, piece, 20), read(&text, usize::MAX, 20));
        }
    }
}
