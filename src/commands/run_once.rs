//! The `wasi:cli/run` face: one whole run, events on standard output, log lines on standard error.
//!
//! For hosts that only start programs: `wasmtime run`, `exec` inputs of pipeline agents. There is no durable position
//! here, so every run reads everything.

use std::io::Write;

use defender_client::error::{Cause, SourceError};
use defender_client::request::Collaborators;
use defender_client::sign_in::CLIENT_SECRET;
use serde::Serialize;

use crate::diagnose::{DatasetReceipt, Receipt};
use crate::session::{Limits, Session, Step};

/// Environment variable with the configuration as JSON text; the first argument comes before it.
pub const CONFIG_VARIABLE: &str = "DEFENDER_SOURCE_CONFIG";
/// Environment variable with the client secret.
pub const SECRET_VARIABLE: &str = "DEFENDER_SOURCE_CLIENT_SECRET";

/// Events taken from the session at once. Small, since each batch is written before the next is read.
const LIMITS: Limits = Limits { max_events: 1000, max_bytes: 1 << 20 };

/// What the surroundings give to a run.
pub struct Surroundings<'a> {
    /// Arguments behind the name of the program.
    pub arguments: Vec<String>,
    /// Looks up an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Sleeps for some milliseconds.
    pub sleep: &'a mut dyn FnMut(u64),
    /// Where events go.
    pub events: &'a mut dyn Write,
    /// Where log lines go.
    pub log: &'a mut dyn Write,
}

/// Runs once. `true` if nothing is left to read.
pub fn run(outside: Collaborators, around: Surroundings<'_>) -> bool {
    let Surroundings { arguments, variable, sleep, events, log } = around;
    let outcome = config_text(&arguments, variable).and_then(|config| {
        let secret = variable(SECRET_VARIABLE).unwrap_or_default();
        let session = Session::open(&config, &[(CLIENT_SECRET.to_owned(), secret)], None, outside)?;
        drain(session, sleep, events, log)
    });
    match outcome {
        Ok(receipt) => {
            for dataset in &receipt.datasets {
                let level = if dataset.completeness.is_satisfied() { "info" } else { "error" };
                line(log, &Line { receipt: Some(dataset), ..Line::new(level, "dataset done") });
            }
            receipt.datasets.iter().all(|dataset| dataset.completeness.is_satisfied())
        }
        Err(error) => {
            let SourceError { cause, message, remedy, retry_after_ms, .. } = &error;
            let (cause, remedy) = (Some(cause.as_str()), Some(remedy.as_str()));
            line(log, &Line { cause, remedy, retry_after_ms: *retry_after_ms, ..Line::new("error", message) });
            false
        }
    }
}

/// Where the configuration is: the first argument, or the environment.
pub fn config_text(arguments: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Result<String, SourceError> {
    arguments.first().cloned().or_else(|| variable(CONFIG_VARIABLE)).ok_or_else(|| {
        SourceError::new(
            Cause::InvalidConfig,
            "There is no configuration.",
            format!("Pass it as JSON text in the first argument or in the environment variable {CONFIG_VARIABLE}."),
        )
    })
}

fn drain(
    mut session: Session,
    sleep: &mut dyn FnMut(u64),
    events: &mut dyn Write,
    log: &mut dyn Write,
) -> Result<Receipt, SourceError> {
    loop {
        match session.next(LIMITS)? {
            Step::Batch(batch) => {
                for event in &batch.events {
                    events.write_all(event.document.as_bytes()).map_err(|_| closed())?;
                    events.write_all(b"\n").map_err(|_| closed())?;
                }
                events.flush().map_err(|_| closed())?;
            }
            Step::Wait(wait) => {
                line(log, &Line { wait_ms: Some(wait.millis), ..Line::new("info", &wait.message) });
                sleep(wait.millis);
            }
            Step::Finished(receipt) => return Ok(receipt),
        }
    }
}

fn closed() -> SourceError {
    SourceError::new(
        Cause::Unavailable,
        "Events could not be written to standard output.",
        "Check the program that reads them.",
    )
}

/// One line of the log.
#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<&'a DatasetReceipt>,
}

impl<'a> Line<'a> {
    fn new(level: &'static str, message: &'a str) -> Self {
        Self { level, cause: None, message, remedy: None, retry_after_ms: None, wait_ms: None, receipt: None }
    }
}

fn line(log: &mut dyn Write, line: &Line<'_>) {
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    // With standard error gone there is nobody left to tell.
    let _ = log.write_all(&text).and_then(|()| log.flush());
}
