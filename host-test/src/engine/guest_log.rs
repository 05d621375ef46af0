//! What the component writes to its standard error, as log lines of the host: bounded in length and number, and
//! without the secrets that it was given, should it ever write one.

use crate::contract::{Secret, one_line};
use known_secrets::{Known, Place, Redactor, Searcher};
use serde::Deserialize;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

const LONGEST_LINE: usize = 4096;
const MOST_LINES: u64 = 10_000;
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The standard error of one component.
#[derive(Clone, Default)]
pub(super) struct GuestLog(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    line: Vec<u8>,
    cut: bool,
    count: u64,
    bytes: usize,
    leaks: u64,
    known: Known,
    hidden: Searcher,
}

impl GuestLog {
    /// Keeps some secrets out of the lines to come, in every spelling.
    pub(super) fn hide(&self, secrets: &[Secret]) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in secrets {
            lines.known.add("a secret", secret.value.trim());
        }
        lines.hidden = lines.known.searcher();
    }
}

impl GuestLog {
    /// How many lines held a secret.
    pub(super) fn leaks(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).leaks
    }
}

impl IsTerminal for GuestLog {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestLog {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for GuestLog {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes, emit);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Lines {
    fn push(&mut self, bytes: &[u8], mut emit: impl FnMut(&str)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ended) = match part.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (part, false),
            };
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.cut |= text.len() > room;
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if ended {
                self.finish(&mut emit);
            }
        }
    }

    fn is_full(&self) -> bool {
        self.count > MOST_LINES || self.bytes > MOST_BYTES
    }

    fn finish(&mut self, emit: &mut impl FnMut(&str)) {
        let line = std::mem::take(&mut self.line);
        let cut = std::mem::take(&mut self.cut);
        let was_full = self.is_full();
        self.count = self.count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(line.len());
        // Looked for before the line is made fit to be shown, which changes some characters.
        let text = String::from_utf8_lossy(&line).into_owned();
        if self.hidden.find(text.as_bytes()).is_some() {
            self.leaks = self.leaks.saturating_add(1);
        }
        if self.is_full() {
            if !was_full {
                emit("the component wrote too much to its log; the rest is dropped");
            }
            return;
        }
        let text = one_line(&Redactor::new(&self.hidden).text(&text, Place::Body));
        if !text.is_empty() {
            emit(&if cut { format!("{text} [cut]") } else { text });
        }
    }
}

#[derive(Deserialize)]
struct Structured<'a> {
    #[serde(borrow)]
    level: Option<std::borrow::Cow<'a, str>>,
}

fn emit(line: &str) {
    let level = serde_json::from_str::<Structured<'_>>(line).ok().and_then(|line| line.level);
    match level.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("error") => tracing::error!(target: "component", "{line}"),
        Some("warn" | "warning") => tracing::warn!(target: "component", "{line}"),
        Some("debug" | "trace") => tracing::debug!(target: "component", "{line}"),
        Some(_) => tracing::info!(target: "component", "{line}"),
        // Not one of ours: most likely the message of a panic.
        None => tracing::warn!(target: "component", "{line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(writes: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for write in writes {
            lines.push(write, |line| out.push(line.to_owned()));
        }
        out
    }

    #[test]
    fn lines_are_joined_and_cleaned() {
        assert_eq!(lines(&[b"a", b"b\nc\x1b[2J\n\n", b"not ended"]), ["ab", "c\\u001b[2J"]);
    }

    #[test]
    fn secrets_are_hidden() {
        let log = GuestLog::default();
        let secret = |value: &str| Secret { name: "s".into(), value: value.into() };
        log.hide(&[secret("hush-hush"), secret("ab"), secret("-----BEGIN-----\nMIIhidden\n")]);
        let mut out = Vec::new();
        log.0.lock().unwrap().push(b"x hush-hush ab\nMIIhidden\n", |line| out.push(line.to_owned()));
        assert_eq!(out, ["x [REDACTED] ab", "[REDACTED]"]);
        assert_eq!(log.leaks(), 2);
        log.hide(&[secret("hu\u{202e}sh\ttab")]);
        log.0.lock().unwrap().push("x hu\u{202e}sh\ttab\n".as_bytes(), |line| out.push(line.to_owned()));
        assert_eq!((out[2].as_str(), log.leaks()), ("x [REDACTED]", 3), "whatever characters it has");
    }

    #[test]
    fn lines_are_bounded() {
        let long = [vec![b'x'; 10_000], vec![b'\n']].concat();
        let out = lines(&[&long]);
        assert_eq!(out[0].len(), LONGEST_LINE + " [cut]".len());
        let many = b"y\n".repeat(20_000);
        assert_eq!(lines(&[&many]).len() as u64, MOST_LINES + 1);
        let wide = [vec![b'z'; LONGEST_LINE], vec![b'\n']].concat().repeat(5_000);
        let out = lines(&[&wide]);
        assert_eq!(out.len(), MOST_BYTES / LONGEST_LINE + 1);
        assert!(out.last().unwrap().contains("too much"));
    }
}
