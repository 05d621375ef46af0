//! Recording: passes requests on to another transport and keeps what came back, redacted.

use crate::clock::Clock;
use crate::har::{self, Recorded};
use crate::transport::{Body, Timeouts, Transport, TransportError};
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, StreamBody};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What was recorded so far. Clones share it.
#[derive(Clone, Default)]
pub struct Tape(Arc<Mutex<Vec<har::Entry>>>);

/// A transport that records.
pub struct RecordTransport {
    inner: Arc<dyn Transport>,
    clock: Clock,
    tape: Tape,
}

impl RecordTransport {
    /// Records what `inner` answers.
    pub fn new(inner: Arc<dyn Transport>, clock: Clock) -> (Self, Tape) {
        let tape = Tape::default();
        (Self { inner, clock, tape: tape.clone() }, tape)
    }
}

impl Tape {
    /// Number of complete exchanges.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes everything recorded so far into a new file in a folder, named after the time, and returns its path.
    pub fn write(&self, folder: &Path, now: Duration) -> std::io::Result<PathBuf> {
        std::fs::create_dir_all(folder)?;
        let name = crate::clock::format(now).replace([':', '.'], "-");
        let path = folder.join(format!("{name}.har"));
        self.write_file(&path)?;
        Ok(path)
    }

    /// Writes everything recorded so far into a file.
    pub fn write_file(&self, path: &Path) -> std::io::Result<()> {
        let mut entries = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        // Answers end in another order than requests start.
        entries.sort_by(|a, b| a.started_date_time.cmp(&b.started_date_time));
        har::write_file(path, entries)
    }

    fn keep(&self, recorded: &Recorded) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(har::entry(recorded));
    }
}

impl Transport for RecordTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: Timeouts,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let (started, before) = (self.clock.now(), self.clock.elapsed());
            let copy = request.clone();
            let (parts, body) = self.inner.send(request, timeouts).await?.into_parts();
            let (tape, clock, head) = (self.tape.clone(), self.clock.clone(), parts.clone());
            // An exchange that is not read to its end is not kept: replayed, it would look like a short answer.
            let keep = move |whole: Bytes| {
                let took = clock.elapsed().saturating_sub(before);
                let response = http::Response::from_parts(head, whole);
                tape.keep(&Recorded { started, took, request: copy, response });
            };
            Ok(http::Response::from_parts(parts, tee(body, keep)))
        })
    }
}

/// Passes a body on and hands over a copy of it at its end.
fn tee(body: Body, keep: impl FnOnce(Bytes) + Send + 'static) -> Body {
    let start = (body, BytesMut::new(), Some(keep));
    let stream = futures_util::stream::unfold(start, |(mut body, mut copy, mut keep)| async move {
        match body.frame().await {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    copy.extend_from_slice(data);
                }
                Some((Ok(frame), (body, copy, keep)))
            }
            Some(Err(error)) => Some((Err(error), (body, copy, None))),
            None => {
                if let Some(keep) = keep.take() {
                    keep(copy.freeze());
                }
                None
            }
        }
    });
    StreamBody::new(stream).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeTransport, Reply};
    use crate::transport::DEFAULT_TIMEOUTS;

    #[tokio::test]
    async fn complete_exchanges_are_kept_and_can_be_replayed() {
        let network = FakeTransport::new().on("GET", "/a?", Reply::json("{\"value\":[1,2]}").chunk_bytes(3)).on(
            "GET",
            "/b?",
            Reply::json("{\"value\":[1,2]}").truncated_after(4),
        );
        let clock = Clock::virtual_at(Duration::from_secs(1_700_000_000));
        let (transport, tape) = RecordTransport::new(Arc::new(network), clock.clone());
        for path in ["/a", "/b"] {
            let url = format!("https://api.example{path}?sig=hush");
            let request = http::Request::get(url).header("authorization", "hush").body(Bytes::new()).unwrap();
            let _ = transport.send(request, DEFAULT_TIMEOUTS).await.unwrap().into_body().collect().await;
        }
        assert_eq!(tape.len(), 1);
        let folder = tempfile::tempdir().unwrap();
        let path = tape.write(&folder.path().join("new"), clock.now()).unwrap();
        assert!(path.ends_with("new/2023-11-14T22-13-20-000Z.har"));
        assert!(!std::fs::read_to_string(&path).unwrap().contains("hush"));
        assert_eq!(har::read_file(&path).unwrap()[0].body, "{\"value\":[1,2]}");
    }
}
