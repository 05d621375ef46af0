//! One exchange, as it is kept until it is written.

use bytes::Bytes;
use std::time::Duration;

/// One exchange as it went over the wire.
pub struct Recorded {
    /// When the request was sent, as time since 1970.
    pub started: Duration,
    /// How long it took until the last byte.
    pub took: Duration,
    /// The request.
    pub request: http::Request<Bytes>,
    /// The answer.
    pub response: http::Response<Bytes>,
}
