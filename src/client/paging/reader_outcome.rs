//! What readers of answers come to: a row, one that is of no use, or why they stopped.

use crate::request::ServiceError;
use crate::wire::TransportError;

/// Why an element of an answer is no row that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRow {
    /// Not a JSON object.
    Malformed,
    /// Longer than the bound on one row.
    TooLarge,
    /// Nested deeper than the bound.
    TooDeep,
}

impl BadRow {
    /// What stands for it in the fingerprint of a page.
    #[must_use]
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
        }
    }
}

/// What comes next in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A row; the reader lends it out.
    Row,
    /// An element that is no usable row.
    Bad(BadRow),
    /// The end of the answer.
    End,
}

/// Why an answer could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PageError {
    /// The body broke off, or was empty.
    CutShort,
    /// Bytes that are no gzip member follow the last one.
    Trailing,
    /// The transport failed while the body came.
    Transport(TransportError),
    /// The body is no JSON object, or a file not one JSON object a line, as the byte with this number shows, counted from
    /// 0 after decoding.
    NotJson { byte: u64 },
    /// The object has no list `value`.
    NoValue,
    /// The service says in it what went wrong, whatever the status was.
    Refused(ServiceError),
    /// A name, link or answer is longer than its bound.
    TooLong(&'static str),
}
