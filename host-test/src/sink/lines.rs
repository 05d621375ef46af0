//! Events as lines.

use super::outlet::Outlet;
use super::place::Claim;
use super::{Sink, SinkError, standard};
use crate::contract::Event;
use std::path::Path;

const BUFFER_BYTES: usize = 256 * 1024;

/// Lines to the standard output or a file.
///
/// What [`make_durable`](Sink::make_durable) waits for depends on what is behind: that a file is on its disk, that a
/// pipe's reader has read. See the table in `docs/configuration.md`.
pub struct Lines {
    outlet: Outlet,
    buffer: Vec<u8>,
}

impl Lines {
    /// The standard output.
    ///
    /// # Errors
    /// [`SinkError::Unfit`] if it was closed when the program started or cannot be written to.
    pub fn stdout() -> Result<Self, SinkError> {
        standard::outlet().map(Self::on)
    }

    /// A file to which lines are added. A half line at its end, left by a crash, is cut off: its event comes again.
    /// The file is locked as long as this lives.
    ///
    /// # Errors
    /// [`SinkError`]: it cannot be opened, is in use, or is no file for events.
    pub fn append(path: &Path) -> Result<Self, SinkError> {
        Claim::on(path)?.append()
    }

    /// A file that is made anew. One that holds anything but lines of ours is kept, and refused.
    ///
    /// # Errors
    /// [`SinkError`]: it cannot be opened, is in use, or is no file for events.
    pub fn create(path: &Path) -> Result<Self, SinkError> {
        Claim::on(path)?.renew()
    }

    /// The same, but a reader that does not read is not waited for any longer than a moment once `give_up` says so.
    #[must_use]
    pub fn unless(mut self, give_up: impl Fn() -> bool + Send + 'static) -> Self {
        self.outlet.give_up = Box::new(give_up);
        self
    }

    pub(super) fn on(outlet: Outlet) -> Self {
        Self { outlet, buffer: Vec::with_capacity(BUFFER_BYTES) }
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        let written = self.outlet.write(&self.buffer);
        self.buffer.clear();
        written
    }
}

impl Sink for Lines {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        for event in events {
            if self.buffer.len() + event.document.len() >= BUFFER_BYTES {
                self.flush()?;
            }
            self.buffer.extend_from_slice(event.document.as_bytes());
            self.buffer.push(b'\n');
        }
        Ok(())
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        self.flush()?;
        self.outlet.settle()
    }
}
