//! Where a run is, and its account so far: what a checkpoint holds.

use crate::config::hex;
use crate::failure;
use serde_json::{Value, json};
use test_guest::bindings::pipeline::source::types::Error;
use test_guest::mark;

const VERSION: u64 = 1;

/// Where a run is.
#[derive(Clone, Default)]
pub(crate) struct Position {
    pub(crate) run: String,
    /// Sessions of the run before this one.
    pub(crate) life: u64,
    pub(crate) started: String,
    /// The page to read; nothing after the last.
    pub(crate) page: Option<u32>,
    /// Items of it that were emitted.
    pub(crate) at: u64,
    pub(crate) begun: bool,
    pub(crate) ended: bool,
    pub(crate) partial: bool,
    pub(crate) received: u64,
    pub(crate) events: u64,
    pub(crate) pages: u64,
    pub(crate) bytes: u64,
    pub(crate) calls: u64,
    pub(crate) sign_ins: u64,
    pub(crate) waits: u64,
    pub(crate) waited_ms: u64,
}

impl Position {
    pub(crate) fn start(run: String, started: String) -> Self {
        Self { run, started, page: Some(1), ..Self::default() }
    }

    pub(crate) fn to_checkpoint(&self, fingerprint: &str) -> String {
        let padding = if mark::is("checkpoint-size") { "x".repeat(70_000) } else { String::new() };
        let value = json!({
            "version": VERSION, "fingerprint": fingerprint, "run": self.run, "life": self.life, "started": self.started,
            "page": self.page, "at": self.at, "begun": self.begun, "ended": self.ended, "partial": self.partial,
            "received": self.received, "events": self.events, "pages": self.pages, "bytes": self.bytes,
            "calls": self.calls, "sign_ins": self.sign_ins, "waits": self.waits, "waited_ms": self.waited_ms,
            "padding": padding,
        });
        seal(&value)
    }

    /// What the next run starts from: that there was one.
    pub(crate) fn to_last_checkpoint(&self, fingerprint: &str) -> String {
        let version = if mark::is("next-run") { VERSION + 1 } else { VERSION };
        seal(&json!({ "version": version, "fingerprint": fingerprint, "over": true }))
    }

    /// The position of a checkpoint; nothing if the run that it comes from is over.
    pub(crate) fn from_checkpoint(text: &str, fingerprint: &str) -> Result<Option<Self>, Error> {
        match Self::read(text, fingerprint) {
            Some(position) => Ok(position),
            None => Err(Error::InvalidCheckpoint(failure(
                "the checkpoint is damaged or from another configuration",
                "start without it",
            ))),
        }
    }

    fn read(text: &str, fingerprint: &str) -> Option<Option<Self>> {
        let (checksum, rest) = text.split_once(' ')?;
        if checksum != hex(rest.as_bytes()) && !mark::is("checkpoint-refused") {
            return None;
        }
        let value: Value = serde_json::from_str(rest).ok()?;
        if value["version"] != VERSION || value["fingerprint"] != fingerprint {
            return None;
        }
        if value["over"] == true {
            return Some(None);
        }
        let number = |name: &str| value[name].as_u64();
        let skipped = if mark::is("resume") { 1 } else { 0 };
        Some(Some(Self {
            run: value["run"].as_str()?.to_owned(),
            life: number("life")? + 1,
            started: value["started"].as_str()?.to_owned(),
            page: value["page"].as_u64().and_then(|page| u32::try_from(page).ok()),
            at: number("at")? + skipped,
            begun: value["begun"].as_bool()?,
            ended: value["ended"].as_bool()?,
            partial: value["partial"].as_bool()?,
            received: number("received")?,
            events: number("events")?,
            pages: number("pages")?,
            bytes: number("bytes")?,
            calls: number("calls")?,
            sign_ins: number("sign_ins")?,
            waits: number("waits")?,
            waited_ms: number("waited_ms")?,
        }))
    }
}

/// A checkpoint with its checksum in front.
fn seal(value: &Value) -> String {
    let text = value.to_string();
    format!("{} {text}", hex(text.as_bytes()))
}
