//! What an open file is, and what "durable" means for it.
//!
//! | what it is | durable when |
//! |---|---|
//! | a file | its data is on the disk, and a file that was opened by its path is still there and no shorter |
//! | a pipe | the reader has read it (Linux); the system has taken it (elsewhere) |
//! | a socket | the program at the other end has read it (Linux, sockets of this machine); else the system has taken it |
//! | a terminal, `/dev/null`, another device | the system has taken it |
#![cfg_attr(not(unix), allow(dead_code, reason = "other systems do not tell the kinds of files apart"))]

use super::SinkError;
use super::place::Place;
#[cfg(unix)]
use crate::lock::Lock;
use std::fs::File;
use std::io::{ErrorKind, Write};

/// An open file that lines go to.
pub(super) struct Outlet {
    writer: Writer,
    /// For messages.
    target: String,
    kind: Kind,
    /// Whether a reader that does not read is worth no more waiting.
    pub(super) give_up: Box<dyn Fn() -> bool + Send>,
}

/// What is written to.
pub(super) enum Writer {
    File(File),
    /// A console takes text, which the standard library translates.
    #[cfg(not(unix))]
    Standard(std::io::Stdout),
}

/// What is behind an open file.
pub(super) enum Kind {
    /// A file that was opened by its path.
    Placed { place: Place, batch: Option<Batch> },
    /// A file that somebody else has opened. It had a name then, or not.
    File {
        had_name: bool,
        #[cfg(unix)]
        _lock: Option<Lock>,
    },
    /// A pipe or a socket: somebody reads, or does not.
    #[cfg(unix)]
    Stream { _lock: Option<Lock> },
    /// Anything else.
    Device,
}

/// What was written since the last time that it was durable.
#[derive(Clone, Copy)]
pub(super) struct Batch {
    /// Length of the file before, in bytes.
    start: u64,
    bytes: u64,
}

impl Outlet {
    pub(super) fn new(writer: Writer, target: String, kind: Kind) -> Self {
        Self { writer, target, kind, give_up: Box::new(|| false) }
    }

    /// Writes all of it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        let target = &self.target;
        let explain = |cause| SinkError::Write { target: target.clone(), cause };
        match (&mut self.writer, &mut self.kind) {
            #[cfg(unix)]
            (Writer::File(file), Kind::Stream { .. }) => super::reader::write(file, bytes, target, &*self.give_up),
            (Writer::File(file), Kind::Placed { batch, .. }) => {
                let batch = match batch {
                    Some(batch) => batch,
                    None => batch.insert(Batch { start: length(file).map_err(explain)?, bytes: 0 }),
                };
                file.write_all(bytes).map_err(explain)?;
                batch.bytes += bytes.len() as u64;
                Ok(())
            }
            (Writer::File(file), _) => file.write_all(bytes).map_err(|cause| closed_or(cause, explain)),
            #[cfg(not(unix))]
            (Writer::Standard(out), _) => out.write_all(bytes).map_err(|cause| closed_or(cause, explain)),
        }
    }

    /// Returns when everything that was written is durable.
    pub(super) fn settle(&mut self) -> Result<(), SinkError> {
        let target = &self.target;
        let explain = |cause| SinkError::Write { target: target.clone(), cause };
        match (&mut self.writer, &mut self.kind) {
            #[cfg(unix)]
            (Writer::File(file), Kind::Stream { .. }) => super::reader::wait(file, target, &*self.give_up),
            (Writer::File(file), Kind::Placed { place, batch }) => {
                file.sync_data().map_err(explain)?;
                let written = batch.take();
                place.is_there(file)?;
                match written {
                    Some(Batch { start, bytes }) if length(file).map_err(explain)? < start + bytes => {
                        Err(place.displaced("was shortened by somebody else"))
                    }
                    _ => Ok(()),
                }
            }
            (Writer::File(file), Kind::File { had_name, .. }) => {
                file.sync_data().map_err(explain)?;
                match *had_name && !has_name(file).map_err(explain)? {
                    true => Err(SinkError::Displaced {
                        path: target.clone(),
                        happened: "was deleted, and the bytes with it,",
                    }),
                    false => Ok(()),
                }
            }
            (Writer::File(file), _) => file.flush().map_err(explain),
            #[cfg(not(unix))]
            (Writer::Standard(out), _) => out.flush().map_err(|cause| closed_or(cause, explain)),
        }
    }
}

fn closed_or(cause: std::io::Error, explain: impl Fn(std::io::Error) -> SinkError) -> SinkError {
    match cause.kind() {
        ErrorKind::BrokenPipe => SinkError::Closed,
        _ => explain(cause),
    }
}

fn length(file: &File) -> std::io::Result<u64> {
    Ok(file.metadata()?.len())
}

/// Whether any path leads to an open file. Where the system does not count them, one does.
pub(super) fn has_name(file: &File) -> std::io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok(file.metadata()?.nlink() > 0)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        Ok(true)
    }
}
