//! Time-outs of one request, by phase.

use super::body::Body;
use super::error::TransportError;
use bytes::Bytes;
use http_body_util::{BodyExt, StreamBody};
use std::time::Duration;

/// How long each phase of a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// From there to the head of the answer.
    pub head: Duration,
    /// Between two chunks of the body.
    pub between: Duration,
}

/// Time-outs when the component asks for none.
pub const DEFAULT_TIMEOUTS: Timeouts =
    Timeouts { connect: Duration::from_secs(30), head: Duration::from_secs(120), between: Duration::from_secs(60) };

impl Timeouts {
    /// Ends a body with an error when it stalls.
    pub(super) fn guard<B>(self, body: B, explain: impl Fn(B::Error) -> TransportError + Send + 'static) -> Body
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Send,
    {
        let stream = futures_util::stream::unfold(Some((body, explain)), move |state| async move {
            let (mut body, explain) = state?;
            match tokio::time::timeout(self.between, body.frame()).await {
                Err(_) => Some((Err(TransportError::BodyTimeout), None)),
                Ok(None) => None,
                Ok(Some(Ok(frame))) => Some((Ok(frame), Some((body, explain)))),
                Ok(Some(Err(error))) => Some((Err(explain(error)), None)),
            }
        });
        StreamBody::new(stream).boxed_unsync()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[tokio::test(start_paused = true)]
    async fn a_stalled_body_is_an_error_once() {
        let stalled =
            futures_util::stream::once(async { Ok::<_, Infallible>(http_body::Frame::data(Bytes::from_static(b"x"))) });
        let stalled = futures_util::StreamExt::chain(stalled, futures_util::stream::pending());
        let timeouts = Timeouts { between: Duration::from_secs(5), ..DEFAULT_TIMEOUTS };
        let mut body = timeouts.guard(StreamBody::new(Box::pin(stalled)), |never| match never {});
        assert!(body.frame().await.unwrap().is_ok());
        assert_eq!(body.frame().await.unwrap().unwrap_err(), TransportError::BodyTimeout);
        assert!(body.frame().await.is_none());
    }
}
