//! How a request that passed the policy gets its answer: from the network, from a recording, or from a script.

mod live;
mod names;
mod proxy;
mod timeouts;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use std::time::Duration;

pub use live::{LiveOptions, LiveTransport, SetupError};
pub use proxy::{Proxy, ProxyError};
pub use timeouts::Timeouts;

/// Largest request body that is passed on. Requests of sources are a form or a short query.
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// Body of an answer, as a stream of chunks.
pub type Body = UnsyncBoxBody<Bytes, TransportError>;

/// Something that answers requests. Redirects are answers like any other: nothing follows them.
pub trait Transport: Send + Sync {
    /// Sends one request and waits for the head of the answer.
    fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: Timeouts,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>>;
}

/// Why there is no answer, or no more of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The name of the host has no address.
    #[error("no address found for the host")]
    Dns,
    /// Nobody listens, or the network is down.
    #[error("the connection was refused or could not be made")]
    Connect,
    /// The connection was not made in time.
    #[error("the connection was not made in time")]
    ConnectTimeout,
    /// The handshake failed for another reason than the certificate.
    #[error("the TLS handshake failed")]
    Tls,
    /// The certificate is not one that the host trusts.
    #[error("the certificate is not trusted")]
    Certificate,
    /// The head of the answer did not come in time.
    #[error("no answer in time")]
    HeadTimeout,
    /// The body of the answer stalled.
    #[error("the answer stalled")]
    BodyTimeout,
    /// The connection was lost after the request was sent.
    #[error("the connection was lost")]
    Reset,
    /// The body ended before its announced length.
    #[error("the answer is incomplete")]
    Incomplete,
    /// The other side does not speak HTTP as it should.
    #[error("the answer is not valid HTTP")]
    Protocol,
    /// The request body is longer than [`MAX_REQUEST_BYTES`].
    #[error("the request body is too long")]
    RequestTooLong,
    /// A recording has no answer for the request. The run cannot go on: whatever came of it would be made up.
    #[error("{0}")]
    Unrecorded(String),
    /// The host is going down: nothing is sent or read any more.
    #[error("the host stopped")]
    Stopped,
}

impl TransportError {
    /// Whether the run must end, whatever the component makes of the error.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Unrecorded(_) | Self::Stopped)
    }
}

/// A body that is already there, in chunks of at most `chunk_bytes`.
pub fn body_from_bytes(bytes: Bytes, chunk_bytes: usize) -> Body {
    let size = chunk_bytes.max(1);
    if bytes.len() <= size {
        return Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
    }
    let chunks = std::iter::successors(Some(bytes), move |rest| (rest.len() > size).then(|| rest.slice(size..)));
    body_from_chunks(chunks.map(move |rest| Ok(rest.slice(..size.min(rest.len())))))
}

/// A body that is made while it is read.
pub fn body_from_chunks<I>(chunks: I) -> Body
where
    I: IntoIterator<Item = Result<Bytes, TransportError>>,
    I::IntoIter: Send + 'static,
{
    let frames = chunks.into_iter().map(|chunk| chunk.map(http_body::Frame::data));
    StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync()
}

/// The whole of a body, up to a limit.
pub async fn read_all<B>(body: B, limit: usize) -> Result<Bytes, B::Error>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: From<TooLong>,
{
    let mut body = std::pin::pin!(body);
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if whole.len() + data.len() > limit {
                return Err(TooLong.into());
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.into())
}

/// A body was longer than the caller wanted to hold.
#[derive(Debug)]
pub struct TooLong;

impl From<TooLong> for TransportError {
    fn from(_: TooLong) -> Self {
        Self::RequestTooLong
    }
}

/// Time-outs when the component asks for none.
pub const DEFAULT_TIMEOUTS: Timeouts =
    Timeouts { connect: Duration::from_secs(30), head: Duration::from_secs(120), between: Duration::from_secs(60) };

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_come_in_chunks_of_the_wanted_size() {
        for (size, expected) in [(1, 7), (3, 3), (7, 1), (100, 1), (0, 7)] {
            let mut body = body_from_bytes(Bytes::from_static(b"1234567"), size);
            let (mut chunks, mut whole) = (0, Vec::new());
            while let Some(frame) = body.frame().await {
                chunks += 1;
                whole.extend_from_slice(&frame.unwrap().into_data().unwrap());
            }
            assert_eq!((chunks, whole.as_slice()), (expected, b"1234567".as_slice()), "{size}");
        }
    }

    #[tokio::test]
    async fn long_bodies_are_refused_before_they_are_held() {
        let endless = std::iter::repeat_with(|| Ok(Bytes::from_static(&[0; 1024])));
        assert_eq!(read_all(body_from_chunks(endless), 4096).await, Err(TransportError::RequestTooLong));
    }
}
