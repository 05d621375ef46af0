//! The component's own code as a native library, against a body in memory.

use crate::reading::Reading;
use bytes::Bytes;
use defender_client::request::Collaborators;
use defender_client::wire::{Clock, Entropy, InFlight, Receive, Request, Response, Transport};
use defender_source_native::session::{Limits, Session, Step};
use std::io::{self, Read};
use std::rc::Rc;

/// Reads the page and writes its events as newline-delimited JSON to nowhere.
pub(crate) fn read(config: &str, chunks: &[Bytes]) -> Reading {
    let outside =
        Collaborators { transport: Box::new(Memory(chunks.to_vec())), clock: Rc::new(Still), entropy: Box::new(Fixed) };
    let secrets = [("client_secret".to_owned(), "test".to_owned())];
    let mut session = Session::open(config, &secrets, None, outside).expect("the configuration is valid");
    let mut reading = Reading::default();
    loop {
        match session.next(Limits { max_events: 1000, max_bytes: 1 << 20 }).expect("the run succeeds") {
            Step::Batch(batch) => reading.take(batch.events.iter().map(|event| &*event.document)),
            Step::Wait(wait) => panic!("nothing to wait for: {}", wait.message),
            Step::Finished(_) => return reading,
        }
    }
}

struct Memory(Vec<Bytes>);

impl Transport for Memory {
    fn send(&mut self, request: Request) -> InFlight {
        let body: Box<dyn Receive> = if request.uri.path().ends_with("/token") {
            Box::new(io::Cursor::new(r#"{"expires_in":3599,"access_token":"t"}"#))
        } else {
            Box::new(Chunks { chunks: self.0.clone(), next: 0, at: 0 })
        };
        let status = http::StatusCode::OK;
        InFlight::new(move || {
            Ok(Response { status, content_encoding: None, retry_after: None, copy_status: None, body })
        })
    }
}

struct Chunks {
    chunks: Vec<Bytes>,
    next: usize,
    at: usize,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(chunk) = self.chunks.get(self.next) else { return Ok(0) };
        let length = buffer.len().min(chunk.len() - self.at);
        buffer[..length].copy_from_slice(&chunk[self.at..self.at + length]);
        self.at += length;
        if self.at == chunk.len() {
            (self.next, self.at) = (self.next + 1, 0);
        }
        Ok(length)
    }
}

struct Still;

impl Clock for Still {
    fn wall_ms(&self) -> i64 {
        1_767_225_600_000
    }

    fn monotonic_ms(&self) -> u64 {
        0
    }
}

struct Fixed;

impl Entropy for Fixed {
    fn next(&mut self) -> u64 {
        7
    }
}
