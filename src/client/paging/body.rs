//! The bytes of a body that have arrived and are not yet done with.

use std::ops::Range;

use super::reader_outcome::PageError;
use crate::wire::{Receive, TransportError};

/// Bytes asked of the body at once.
const CHUNK: usize = 256 << 10;
/// Most bytes of one answer after decoding: a hundred times the largest page that Microsoft documents, so that only a
/// compression bomb gets there.
const MAX_BODY: u64 = 20 << 30;

/// A window that moves over a body. It holds one chunk plus what its reader is not yet done with.
pub(super) struct Body {
    source: Box<dyn Receive>,
    buffer: Vec<u8>,
    /// Where the reader is. What lies before is let go with the next chunk, and all places move with it.
    pub(super) at: usize,
    filled: usize,
    bytes: u64,
    is_over: bool,
}

impl Body {
    /// Nothing has arrived yet.
    pub(super) fn new(source: Box<dyn Receive>) -> Self {
        Self { source, buffer: Vec::new(), at: 0, filled: 0, bytes: 0, is_over: false }
    }

    /// Bytes received so far, after decoding.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Which byte of the body the reader is at, counted from 0.
    pub(super) fn offset(&self) -> u64 {
        self.bytes - (self.filled - self.at) as u64
    }

    /// Where what has arrived ends.
    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    /// What has arrived and lies before the reader.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.at..self.filled]
    }

    /// The bytes at a place that the reader knows.
    pub(super) fn slice(&self, range: &Range<usize>) -> &[u8] {
        &self.buffer[range.start..range.end]
    }

    /// Lets go of all that has arrived.
    pub(super) fn skip_rest(&mut self) {
        self.at = self.filled;
    }

    /// Receives more bytes; `false` at the end of the body.
    pub(super) fn fill(&mut self) -> Result<bool, PageError> {
        if self.is_over {
            return Ok(false);
        }
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        if self.buffer.len() - self.filled < CHUNK {
            self.buffer.resize(self.filled + CHUNK, 0);
        }
        let received = loop {
            match self.source.receive(&mut self.buffer[self.filled..]) {
                Ok(received) => break received,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(&error)),
            }
        };
        self.filled += received;
        self.bytes += received as u64;
        if self.bytes > MAX_BODY {
            return Err(PageError::TooLong("the answer"));
        }
        self.is_over = received == 0;
        Ok(received > 0)
    }
}

fn broken(error: &std::io::Error) -> PageError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<TransportError>()) {
        Some(error) => PageError::Transport(error.clone()),
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => PageError::CutShort,
        None if error.kind() == std::io::ErrorKind::InvalidData => PageError::Trailing,
        None => PageError::Transport(TransportError::ConnectionLost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    /// Never ends, and costs nothing: it says that it filled the buffer.
    struct Bomb;

    impl Read for Bomb {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            Ok(buffer.len())
        }
    }

    #[test]
    fn a_bomb_is_bounded() {
        let mut body = Body::new(Box::new(Bomb));
        let end = loop {
            match body.fill() {
                Ok(true) => body.skip_rest(),
                end => break end,
            }
        };
        assert_eq!(end, Err(PageError::TooLong("the answer")));
        assert!(body.buffer.len() <= 2 * CHUNK);
    }

    #[test]
    fn a_body_that_is_over_is_not_asked_again() {
        struct Once(bool);
        impl Read for Once {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                assert!(!std::mem::replace(&mut self.0, true), "asked again");
                Ok(0)
            }
        }
        let mut body = Body::new(Box::new(Once(false)));
        assert_eq!((body.fill(), body.fill()), (Ok(false), Ok(false)));
    }
}
