//! Recording: passes requests on to another transport and keeps what came back.
//!
//! What is kept in memory is as it came. It is rid of secrets when it is written, because only then all of them are
//! known: a token of the last answer can stand in the first.

mod entry;
mod exchange;
#[cfg(test)]
mod tests;

pub use exchange::Recorded;

use crate::clock::Clock;
use crate::har;
use crate::transport::{Body, Timeouts, Transport, TransportError};
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, StreamBody};
use known_secrets::{Known, Place, redact_url};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What was recorded so far. Clones share it.
#[derive(Clone, Default)]
pub struct Tape(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    exchanges: Vec<Recorded>,
    known: Known,
}

/// A recording on disk.
#[derive(Debug)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// Number of exchanges in it.
    pub exchanges: usize,
    /// What was left out, and why, a line each.
    pub omitted: Vec<String>,
}

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
        self.with(|kept| kept.exchanges.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps a value out of what is written, wherever it stands and however it is spelled; `what` says what it is
    /// without saying it. False if it is too short for that.
    pub fn hide(&self, what: &'static str, value: &str) -> bool {
        self.with(|kept| kept.known.add(what, value))
    }

    /// Keeps the credentials in an address out of what is written: user, password and secret parameters.
    pub fn hide_url(&self, url: &str) {
        self.with(|kept| {
            known_secrets::learn(url.as_bytes(), Place::Url, "a credential of an address", &mut kept.known)
        });
    }

    /// Writes everything recorded so far into a new file in a folder, named after the time.
    pub fn write(&self, folder: &Path, now: Duration) -> std::io::Result<Written> {
        std::fs::create_dir_all(folder)?;
        let name = crate::clock::format(now).replace([':', '.'], "-");
        self.write_file(&folder.join(format!("{name}.har")))
    }

    /// Writes everything recorded so far into a file.
    pub fn write_file(&self, path: &Path) -> std::io::Result<Written> {
        let Kept { mut exchanges, mut known } =
            self.with(|kept| Kept { exchanges: std::mem::take(&mut kept.exchanges), known: kept.known.clone() });
        // Answers end in another order than requests start.
        exchanges.sort_by_key(|recorded| recorded.started);
        exchanges.iter().for_each(|recorded| entry::learn(recorded, &mut known));
        let searcher = known.searcher();
        let (mut entries, mut omitted) = (Vec::with_capacity(exchanges.len()), Vec::new());
        for recorded in exchanges {
            let (kept, why) = entry::entry(&recorded, &searcher);
            if let Some(why) = why {
                let request = match &kept {
                    Some(entry) => format!("{} {}", entry.request.method, redact_url(&entry.request.url)),
                    None => "a request".to_owned(),
                };
                omitted.push(format!("the answer to {request} is left out of the recording: {why}"));
            }
            entries.extend(kept);
        }
        let exchanges = entries.len();
        har::write_file(path, entries)?;
        Ok(Written { path: path.to_owned(), exchanges, omitted })
    }

    /// Adds an exchange that is complete.
    pub fn keep(&self, recorded: Recorded) {
        self.with(|kept| kept.exchanges.push(recorded));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
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
                tape.keep(Recorded { started, took, request: copy, response });
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
