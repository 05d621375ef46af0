//! What reading a collection comes to, step by step.

use super::reader_outcome::BadRow;
use crate::error::SourceError;
use crate::request::Wait;

/// What [`Collection::poll`](super::Collection::poll) came to.
#[derive(Debug)]
pub enum Poll {
    /// An answer began.
    Answered,
    /// A row: take it with [`Collection::row`](super::Collection::row).
    Row,
    /// A row that was read before, in an attempt that broke off.
    Repeated,
    /// An element that is no usable row.
    Bad(BadRow),
    /// A file is not to be had now; the others are read first.
    Late,
    /// A file was come back to for long enough and is given up. Reading goes on with the others.
    Lost(SourceError),
    /// A page was read to its end.
    PageEnd,
    /// A result was read to where it may have been cut off: its rows come again, in two results.
    Cut,
    /// The collection was read to its end.
    End,
    /// The snapshot is the one that was read before: there is nothing to read.
    Unchanged,
    /// What comes now does not continue what was read before: the tenant was read at another time. Only a new start is
    /// of use; the error is for when that was tried often enough.
    Changed(SourceError),
    /// Come back later.
    Wait(Wait),
    /// Given up: what follows in this collection is unknown.
    Failed(SourceError),
    /// Given up, and no other request can succeed either.
    Fatal(SourceError),
}
