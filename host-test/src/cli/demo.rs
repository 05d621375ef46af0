//! The demo: the bundled sample tenant, replayed. A person at a terminal sees what was found; a pipe gets the events.

use super::exit::Exit;
use super::interrupt;
use super::job::Told;
use super::out;
use super::posture::{self, Page};
use super::replay;
use super::tell::tell;
use crate::config::Overrides;
use crate::contract::Event;
use crate::har;
use crate::posture::Posture;
use crate::replay::Matching;
use crate::sink::{Sink, SinkError};
use std::io::IsTerminal;
use std::path::PathBuf;

pub(super) const SAMPLE: &[u8] = include_bytes!("../../../tests/recordings/sample-tenant.har");

/// Replays the sample tenant.
pub(super) async fn run(path: Option<PathBuf>) -> Result<(), Exit> {
    tell("replaying the bundled sample tenant; no network is used");
    let exchanges = har::parse(SAMPLE, "the bundled sample tenant")?;
    let (stop, changes) = (interrupt::listen(), Overrides::default());
    if !std::io::stdout().is_terminal() {
        let mut sink = out::sink(path.as_deref(), &stop)?;
        replay::exchanges(exchanges, Matching::Path, None, &changes, sink.as_mut(), Told::All, &stop).await?;
        tell("next: `source-host describe` shows what can be read, `source-host --help` all commands");
        return Ok(());
    }
    let file = path.as_deref().map(|path| out::sink(Some(path), &stop)).transpose()?;
    let mut seen = Seen { posture: Posture::default(), file };
    replay::exchanges(exchanges, Matching::Path, None, &changes, &mut seen, Told::Trouble, &stop).await?;
    out::print_page(&posture::render(&seen.posture, Page::of_terminal()))?;
    tell(format!("\n{}", next(path.is_some())));
    Ok(())
}

fn next(has_file: bool) -> &'static str {
    match has_file {
        true => {
            "the events are in the file, a line of JSON each\n\
                 next: `source-host double` serves a larger tenant to run against, `source-host --help` shows all commands"
        }
        false => {
            "the events behind this: `source-host --out events.ndjson`, or `source-host | head -n 3`\n\
                  next: `source-host double` serves a larger tenant to run against, `source-host --help` shows all commands"
        }
    }
}

/// Looks at the events on their way.
struct Seen {
    posture: Posture,
    file: Option<Box<dyn Sink + Send>>,
}

impl Sink for Seen {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        self.posture.deliver(events)?;
        self.file.as_mut().map_or(Ok(()), |file| file.deliver(events))
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        self.file.as_mut().map_or(Ok(()), |file| file.make_durable())
    }
}
