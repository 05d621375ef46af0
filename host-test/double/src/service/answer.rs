//! What a request is answered with, faults included. Whoever carries it (a socket, a test) decides how a lost
//! connection looks there.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::time::Duration;

/// What comes of a request.
pub enum Answer {
    /// An HTTP answer.
    Http(Response),
    /// Nobody listens.
    Refused,
    /// The connection is lost before the head of an answer.
    Reset {
        /// Time until then.
        after: Duration,
    },
}

/// An HTTP answer.
pub struct Response {
    /// Time until the head.
    pub after: Duration,
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body. It is made while it is read, so its length costs no memory.
    pub body: Body,
}

/// A body, piece by piece.
pub type Body = Box<dyn Iterator<Item = Piece> + Send>;

/// A piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes.
    Data(Bytes),
    /// Nothing for a while.
    Pause(Duration),
    /// The connection is reset. Nothing follows.
    Reset,
    /// The connection is closed before the announced end. Nothing follows.
    Closed,
}
