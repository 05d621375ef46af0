//! A scripted answer, with the faults that networks have.

use crate::transport::{Body, TransportError, body_from_bytes, body_from_chunks};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::fmt;
use std::sync::Arc;

type Chunks = Box<dyn Iterator<Item = Bytes> + Send>;

/// What a scripted request is answered with.
#[derive(Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    content: Content,
    chunk_bytes: usize,
    cut: Option<(usize, TransportError)>,
    failure: Option<TransportError>,
    hangs: bool,
}

#[derive(Clone)]
enum Content {
    Whole(Bytes),
    Generated(Arc<dyn Fn() -> Chunks + Send + Sync>),
}

impl Reply {
    /// A status without a body.
    pub fn status(status: u16) -> Self {
        let content = Content::Whole(Bytes::new());
        Self { status, headers: Vec::new(), content, chunk_bytes: 64 * 1024, cut: None, failure: None, hangs: false }
    }

    /// 200 with a JSON body.
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self::status(200).header("content-type", "application/json").body(body)
    }

    /// No answer at all.
    pub fn fail(error: TransportError) -> Self {
        Self { failure: Some(error), ..Self::status(200) }
    }

    /// No answer and no error, for ever. Of use with paused time only.
    pub fn never() -> Self {
        Self { hangs: true, ..Self::status(200) }
    }

    /// 200 with a JSON body that is made while it is read, so that its size costs no memory.
    pub fn generated<I>(chunks: impl Fn() -> I + Send + Sync + 'static) -> Self
    where
        I: Iterator<Item = Bytes> + Send + 'static,
    {
        let content = Content::Generated(Arc::new(move || Box::new(chunks())));
        Self { content, ..Self::status(200).header("content-type", "application/json") }
    }

    /// Another body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.content = Content::Whole(body.into());
        self
    }

    /// Another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body comes in chunks of at most this size.
    pub fn chunk_bytes(mut self, size: usize) -> Self {
        self.chunk_bytes = size.max(1);
        self
    }

    /// The body ends too early, as if the connection was closed.
    pub fn truncated_after(mut self, bytes: usize) -> Self {
        self.cut = Some((bytes, TransportError::Incomplete));
        self
    }

    /// The connection is reset in the middle of the body.
    pub fn reset_after(mut self, bytes: usize) -> Self {
        self.cut = Some((bytes, TransportError::Reset));
        self
    }

    pub(super) fn hangs(&self) -> bool {
        self.hangs
    }

    pub(super) fn serve(&self) -> Result<http::Response<Body>, TransportError> {
        if let Some(error) = &self.failure {
            return Err(error.clone());
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| TransportError::Protocol)?;
            headers.append(name, HeaderValue::from_str(value).map_err(|_| TransportError::Protocol)?);
        }
        let mut response = http::Response::new(self.serve_body());
        *response.status_mut() = StatusCode::from_u16(self.status).map_err(|_| TransportError::Protocol)?;
        *response.headers_mut() = headers;
        Ok(response)
    }

    fn serve_body(&self) -> Body {
        match (&self.content, self.cut.clone()) {
            (Content::Whole(bytes), None) => body_from_bytes(bytes.clone(), self.chunk_bytes),
            (Content::Generated(chunks), None) => body_from_chunks(chunks().map(Ok)),
            (Content::Whole(bytes), Some((at, error))) => {
                let size = self.chunk_bytes;
                let kept = bytes.slice(..at.min(bytes.len()));
                let starts = (0..kept.len()).step_by(size);
                let chunks = starts.map(move |start| Ok(kept.slice(start..kept.len().min(start + size))));
                body_from_chunks(chunks.chain(std::iter::once(Err(error))))
            }
            (Content::Generated(chunks), Some((at, error))) => {
                let mut left = at;
                let chunks = chunks().map_while(move |mut chunk| {
                    chunk.truncate(left);
                    left -= chunk.len();
                    (!chunk.is_empty()).then_some(Ok(chunk))
                });
                body_from_chunks(chunks.chain(std::iter::once(Err(error))))
            }
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    async fn read(reply: Reply) -> (Vec<usize>, Option<TransportError>) {
        let mut body = reply.serve().unwrap().into_body();
        let mut sizes = Vec::new();
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => sizes.push(frame.into_data().unwrap().len()),
                Err(error) => return (sizes, Some(error)),
            }
        }
        (sizes, None)
    }

    #[tokio::test]
    async fn faults_come_where_they_are_wanted() {
        let reply = || Reply::json("0123456789").chunk_bytes(4);
        assert_eq!(read(reply()).await, (vec![4, 4, 2], None));
        assert_eq!(read(reply().truncated_after(6)).await, (vec![4, 2], Some(TransportError::Incomplete)));
        assert_eq!(read(reply().reset_after(0)).await, (vec![], Some(TransportError::Reset)));
        let generated = || Reply::generated(|| (0..3).map(|_| Bytes::from_static(b"abc")));
        assert_eq!(read(generated()).await, (vec![3, 3, 3], None));
        assert_eq!(read(generated().reset_after(4)).await, (vec![3, 1], Some(TransportError::Reset)));
        assert_eq!(Reply::fail(TransportError::Dns).serve().unwrap_err(), TransportError::Dns);
    }
}
