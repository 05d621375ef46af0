//! Arguments, environment and standard streams, from WASI itself: the standard library's way to them would be a
//! twentieth of the component.

use std::io::{self, Write};

use wasi::cli::environment;
use wasi::io::streams::OutputStream;

/// Most that one write may hold; a rule of `wasi:io/streams`.
const WRITE_MAX: usize = 4096;

/// Arguments behind the name of the program.
pub(super) fn arguments() -> Vec<String> {
    environment::get_arguments().into_iter().skip(1).collect()
}

/// An environment variable.
pub(super) fn variable(name: &str) -> Option<String> {
    environment::get_environment().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// A stream that is written in full pieces.
pub(super) struct Console {
    stream: OutputStream,
    pending: Vec<u8>,
}

impl Console {
    /// Standard output.
    pub(super) fn output() -> Self {
        Self { stream: wasi::cli::stdout::get_stdout(), pending: Vec::new() }
    }

    /// Standard error.
    pub(super) fn error() -> Self {
        Self { stream: wasi::cli::stderr::get_stderr(), pending: Vec::new() }
    }

    fn write_out(&mut self, keep: usize) -> io::Result<()> {
        let ready = self.pending.len() - keep;
        for piece in self.pending[..ready].chunks(WRITE_MAX) {
            self.stream.blocking_write_and_flush(piece).map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        self.pending.drain(..ready);
        Ok(())
    }
}

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= 16 * WRITE_MAX {
            self.write_out(self.pending.len() % WRITE_MAX)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_out(0)
    }
}
