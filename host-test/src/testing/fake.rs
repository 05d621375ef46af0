//! A scripted network that remembers what it was asked.

use super::reply::Reply;
use crate::transport::{Body, Timeouts, Transport, TransportError};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Uri};
use std::sync::{Arc, Mutex, PoisonError};

/// A request that was seen.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its method.
    pub method: Method,
    /// Its absolute address.
    pub url: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Seen {
    /// Path and query as they were sent.
    pub fn path_and_query(&self) -> &str {
        self.url.path_and_query().map_or("/", |path| path.as_str())
    }

    /// A header as text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

type Answer = Box<dyn Fn(&Seen) -> Option<Reply> + Send + Sync>;

/// A scripted network. Rules are tried in the order in which they were added; a request that fits none ends the run.
/// Clones share the script and the memory.
#[derive(Clone, Default)]
pub struct FakeTransport {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    rules: Mutex<Vec<Answer>>,
    seen: Mutex<Vec<Seen>>,
}

impl FakeTransport {
    /// A network that answers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers requests of a method whose address contains `part` (of host, path and query, as sent).
    pub fn on(self, method: &str, part: &str, reply: Reply) -> Self {
        self.in_turn(method, part, vec![reply])
    }

    /// Answers them one after the other, and the last one for ever after.
    pub fn in_turn(self, method: &str, part: &str, replies: Vec<Reply>) -> Self {
        let (method, part) = (method.to_owned(), part.to_owned());
        let turn = Mutex::new(0usize);
        self.answer(move |seen| {
            if seen.method.as_str() != method || !seen.url.to_string().contains(&part) {
                return None;
            }
            let mut turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let reply = replies.get((*turn).min(replies.len().saturating_sub(1))).cloned();
            *turn += 1;
            reply
        })
    }

    /// Answers whatever a function answers.
    pub fn answer(self, rule: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) -> Self {
        self.inner.rules.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(rule));
        self
    }

    /// Everything that was asked so far, in order.
    pub fn requests(&self) -> Vec<Seen> {
        self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn reply(&self, request: http::Request<Bytes>) -> Result<Reply, TransportError> {
        let (parts, body) = request.into_parts();
        let seen = Seen { method: parts.method, url: parts.uri, headers: parts.headers, body };
        let rules = self.inner.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = rules.iter().find_map(|rule| rule(&seen));
        let line = format!("no scripted answer for {} {}", seen.method, seen.url);
        self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        reply.ok_or(TransportError::Unrecorded(line))
    }
}

impl Transport for FakeTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
        _: Timeouts,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let reply = self.reply(request)?;
            if reply.hangs() {
                std::future::pending::<()>().await;
            }
            reply.serve()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_tried_in_order_and_requests_remembered() {
        let fake = FakeTransport::new()
            .in_turn("GET", "/x", vec![Reply::status(429), Reply::status(200)])
            .answer(|seen| (seen.header("a") == "b").then(|| Reply::status(201)));
        let ask = |method: &str, url: &str| {
            let request = http::Request::builder().method(method).uri(url).header("a", "b").body(Bytes::new()).unwrap();
            fake.reply(request)?.serve().map(|response| response.status().as_u16())
        };
        assert_eq!(ask("GET", "https://h/x?y"), Ok(429));
        assert_eq!(ask("POST", "https://h/x"), Ok(201));
        assert_eq!(ask("GET", "https://h/x"), Ok(200));
        assert_eq!(ask("GET", "https://h/x"), Ok(200));
        let seen = fake.requests();
        assert_eq!((seen.len(), seen[0].path_and_query()), (4, "/x?y"));
    }
}
