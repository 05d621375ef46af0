//! Why events were not delivered, and what that means for them.

use crate::lock::LockError;
use std::io::Error;

/// Why events could not be delivered. In every case the position stays before the batch that was not delivered for
/// good, so its events come again with the next run.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Whoever takes the events is gone.
    #[error(
        "the reader went away; the position stands before the last batch, whose events come again with the next run"
    )]
    Closed,
    /// The reader of a pipe or socket is gone, and had not read everything.
    #[error(
        "the reader of {target} went away before it had read everything: at least {bytes} bytes of the last batch were \
         not read; the position stands before that batch, whose events come again with the next run"
    )]
    Unread {
        /// The sink.
        target: String,
        /// Bytes that were written and not read, or were still to be written.
        bytes: u64,
    },
    /// The run was to end, and the reader does not read.
    #[error(
        "the run was asked to stop, and the reader of {target} does not read: at least {bytes} bytes of the last batch \
         are left; the position stands before that batch, whose events come again with the next run"
    )]
    Stalled {
        /// The sink.
        target: String,
        /// Bytes that were not read, or were still to be written.
        bytes: u64,
    },
    /// A file cannot be opened.
    #[error("cannot open the sink {path}: {cause}; check the path and its permissions")]
    Open {
        /// The file.
        path: String,
        /// What the system said.
        cause: Error,
    },
    /// The sink is something that events must not be written to.
    #[error("{target} cannot be the sink: {problem}")]
    Unfit {
        /// The sink.
        target: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// Another process writes to it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Writing failed.
    #[error("cannot write to {target}: {cause}; check its permissions and the free space")]
    Write {
        /// The sink.
        target: String,
        /// What the system said.
        cause: Error,
    },
    /// The file is no longer where it was, or no longer holds what was written to it.
    #[error(
        "the sink {path} {happened} while the run wrote to it; the last batch is not in it and its position was not \
         stored, so its events come again with the next run. Let nothing move or shorten the file during a run: rotate \
         it between two runs"
    )]
    Displaced {
        /// The file.
        path: String,
        /// What became of it, and where the bytes went.
        happened: &'static str,
    },
}
