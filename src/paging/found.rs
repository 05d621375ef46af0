//! What readers of answers find.

use crate::http::TransportError;
use crate::receipt::RejectReason;

/// What comes next in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A row; the reader lends it out.
    Row,
    /// An element that is no usable row.
    Bad(RejectReason),
    /// The end of the answer.
    End,
}

/// Why an answer could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PageError {
    /// The body broke off, or was empty.
    CutShort,
    /// The transport failed while the body came.
    Transport(TransportError),
    /// The body is no JSON object, or a file not one JSON object a line, as the byte with this number shows, counted from
    /// 0 after decoding.
    NotJson { byte: u64 },
    /// The object has no list `value`.
    NoValue,
    /// A name, link or answer is longer than its bound.
    TooLong(&'static str),
}
