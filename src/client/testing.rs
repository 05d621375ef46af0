//! A service that answers from a script, and a clock that is set by hand.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io::{self, Read};
use std::rc::Rc;

use crate::request::Collaborators;
use crate::wire::{Clock, Entropy, InFlight, Receive, Request, Response, Transport, TransportError};

/// One answer.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Status, headers and body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// A body that breaks off after some bytes.
    Broken(String, usize),
    /// No answer.
    Error(TransportError),
}

impl Reply {
    /// A success with this body.
    #[must_use]
    pub fn ok(body: impl Into<String>) -> Self {
        Self::Answer(200, vec![], body.into())
    }

    /// A failure with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(status, vec![], r#"{"error":{"code":"X"}}"#.into())
    }

    /// A page with these rows.
    #[must_use]
    pub fn page(rows: &[String]) -> Self {
        Self::ok(format!(r#"{{"value":[{}]}}"#, rows.join(",")))
    }
}

/// The script: answers by path and query; the last one of a path repeats. Behind a page by offset there is an empty one,
/// unless it says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Service {
    script: Rc<RefCell<HashMap<String, Vec<Reply>>>>,
    /// Paths that were asked for, in order.
    pub log: Rc<RefCell<Vec<String>>>,
    /// What was asked for without an `Authorization` header.
    pub without_token: Rc<RefCell<Vec<String>>>,
    /// The time, milliseconds since the epoch.
    pub now_ms: Rc<Cell<u64>>,
    /// Requests under way: now, and at most.
    under_way: Rc<Cell<(usize, usize)>>,
}

impl Service {
    /// A service that hands out tokens and nothing else.
    #[must_use]
    pub fn new() -> Self {
        let service = Self::default();
        service.now_ms.set(1_700_000_000_000);
        service.on("/t/oauth2/v2.0/token", [Reply::ok(r#"{"expires_in":3599,"access_token":"tok"}"#)]);
        service
    }

    /// Sets the answers for a path with its query.
    pub fn on(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        self.script.borrow_mut().insert(path.to_owned(), replies.into_iter().collect());
    }

    /// How often a path was asked for, by its beginning.
    #[must_use]
    pub fn asked(&self, path: &str) -> usize {
        self.log.borrow().iter().filter(|line| line.starts_with(path)).count()
    }

    /// The most requests that were under way at the same time: sent, and their answers not read to the end.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.under_way.get().1
    }

    /// Lets time pass.
    pub fn pass(&self, millis: u64) {
        self.now_ms.set(self.now_ms.get() + millis);
    }

    /// Everything that a session needs from outside.
    #[must_use]
    pub fn collaborators(&self) -> Collaborators {
        Collaborators {
            transport: Box::new(self.clone()),
            clock: Rc::new(Hands(Rc::clone(&self.now_ms))),
            entropy: Box::new(Counting(0)),
        }
    }
}

impl Transport for Service {
    fn send(&mut self, request: Request) -> InFlight {
        let answer = self.answer(&request);
        let (now, most) = self.under_way.get();
        self.under_way.set((now + 1, most.max(now + 1)));
        let guard = UnderWay(Rc::clone(&self.under_way));
        InFlight::new(|| answer.map(|answer| Response { body: Box::new(Guarded(answer.body, guard)), ..answer }))
    }
}

struct UnderWay(Rc<Cell<(usize, usize)>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let (now, most) = self.0.get();
        self.0.set((now - 1, most));
    }
}

struct Guarded(Box<dyn Receive>, #[expect(dead_code, reason = "it counts while it lives")] UnderWay);

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.receive(buffer)
    }
}

impl Service {
    fn answer(&self, request: &Request) -> Result<Response, TransportError> {
        let mut path = request.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        // A query is told apart by its shard: `hash(DeviceId, 8) == 3` is ` 8 3` behind the path.
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if let Some((shard, _)) = body.split_once("hash(DeviceId, ").and_then(|(_, rest)| rest.split_once("\\n")) {
            path.extend([" ", &shard.replace(") ==", "")]);
        }
        self.log.borrow_mut().push(path.clone());
        if request.headers.iter().all(|(name, _)| *name != "authorization") {
            self.without_token.borrow_mut().push(path.clone());
        }
        let mut script = self.script.borrow_mut();
        let is_behind = row_before(&path).is_some_and(|before| script.contains_key(&before));
        let reply = match script.get_mut(&path) {
            Some(replies) if replies.len() > 1 => replies.remove(0),
            Some(replies) => replies[0].clone(),
            None if is_behind => Reply::page(&[]),
            None => panic!("no answer for {path}"),
        };
        match reply {
            Reply::Answer(status, headers, body) => {
                let header =
                    |wanted: &str| headers.iter().find(|(name, _)| *name == wanted).map(|(_, text)| text.clone());
                Ok(Response {
                    status: http::StatusCode::from_u16(status).unwrap(),
                    content_encoding: header("content-encoding"),
                    retry_after: header("retry-after"),
                    copy_status: header("x-ms-copy-status"),
                    body: Box::new(io::Cursor::new(body.into_bytes())),
                })
            }
            Reply::Broken(body, at) => {
                let start = io::Cursor::new(body.into_bytes()[..at].to_vec());
                let body: Box<dyn Receive> = Box::new(start.chain(Breaks));
                let status = http::StatusCode::OK;
                Ok(Response { status, content_encoding: None, retry_after: None, copy_status: None, body })
            }
            Reply::Error(error) => Err(error),
        }
    }
}

/// The same page from one row before.
fn row_before(path: &str) -> Option<String> {
    let (list, rest) = path.split_once("&$skip=")?;
    let (skip, rest) = rest.split_at(rest.find('&').unwrap_or(rest.len()));
    Some(format!("{list}&$skip={}{rest}", skip.parse::<u64>().ok()?.checked_sub(1)?))
}

struct Breaks;

impl Read for Breaks {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other(TransportError::ConnectionLost))
    }
}

struct Hands(Rc<Cell<u64>>);

impl Clock for Hands {
    fn wall_ms(&self) -> i64 {
        i64::try_from(self.0.get()).unwrap()
    }

    fn monotonic_ms(&self) -> u64 {
        self.0.get()
    }
}

struct Counting(u64);

impl Entropy for Counting {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}
