//! One request, and who answers it.

use super::body::Body;
use super::error::TransportError;
use super::timeouts::Timeouts;
use bytes::Bytes;
use futures_util::future::BoxFuture;

/// Largest request body that is passed on. Requests of sources are a form or a short query.
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// Something that answers requests. Redirects are answers like any other: nothing follows them.
pub trait Transport: Send + Sync {
    /// Sends one request and waits for the head of the answer.
    fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: Timeouts,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>>;
}
