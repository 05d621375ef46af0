//! What came of reading the page.

use std::io::{self, Write as _};

/// What came of reading the page.
#[derive(Default)]
pub(crate) struct Reading {
    /// Events made.
    pub(crate) events: u64,
    /// Bytes of newline-delimited JSON.
    pub(crate) bytes: u64,
    /// Most linear memory, where there is one.
    pub(crate) peak_memory: u64,
}

impl Reading {
    /// Writes the events of a batch to nowhere.
    pub(crate) fn take<'a>(&mut self, documents: impl Iterator<Item = &'a str>) {
        let mut sink = io::sink();
        for document in documents {
            let _ = sink.write_all(document.as_bytes());
            self.events += 1;
            self.bytes += document.len() as u64 + 1;
        }
    }
}
