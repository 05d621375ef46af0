//! An answer before faults and encodings: chunks of a body that is made while it is read.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

/// A body in chunks.
pub(super) type Chunks = Box<dyn Iterator<Item = Vec<u8>> + Send>;

/// What a service says.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Length of the body, where the service announces it.
    pub(super) length: Option<u64>,
    pub(super) body: Chunks,
}

impl Reply {
    /// An answer with a body that is there already.
    pub(super) fn bytes(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Self {
        let length = Some(body.len() as u64);
        let mut reply = Self { status, headers: HeaderMap::new(), length, body: Box::new(std::iter::once(body)) };
        reply.set(header::CONTENT_TYPE, media_type);
        reply
    }

    /// A JSON document.
    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self::bytes(status, "application/json; charset=utf-8", body.to_string().into_bytes())
    }

    /// A body of unknown length.
    pub(super) fn stream(media_type: &'static str, body: Chunks) -> Self {
        let mut reply = Self { status: StatusCode::OK, headers: HeaderMap::new(), length: None, body };
        reply.set(header::CONTENT_TYPE, media_type);
        reply
    }

    /// Sets a header. A value that no header can have is left out.
    pub(super) fn set(&mut self, name: HeaderName, value: impl AsRef<str>) {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(name, value);
        }
    }

    /// The same with another header.
    pub(super) fn with(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        self.set(name, value);
        self
    }
}
