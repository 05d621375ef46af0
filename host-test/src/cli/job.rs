//! What all verbs that run a source have in common.

use super::exit::Exit;
use super::tell::tell;
use super::{compile, progress, receipt};
use crate::clock::Clock;
use crate::config::{Overrides, Sandbox};
use crate::contract::{Descriptor, Limits, Secret, one_line};
use crate::engine::{CompiledCache, Component, Engine, SandboxOptions, Source, default_cache_dir};
use crate::runner::{self, Ending, Outcome, Stop, Surroundings};
use crate::sink::Sink;
use crate::store::Store;
use crate::transport::Transport;
use indicatif::HumanBytes;
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::Arc;

/// An engine with the cache that the settings ask for.
pub(super) fn engine(sandbox: &Sandbox) -> Result<Engine, Exit> {
    let folder = sandbox.cache_dir.clone().or_else(default_cache_dir).filter(|_| sandbox.cache);
    Ok(Engine::new(folder.map(CompiledCache::new))?.with_compiler(compile::compiler(sandbox.compile)?))
}

/// The component that the settings ask for.
pub(super) fn component(engine: &Engine, path: Option<&Path>) -> Result<Component, Exit> {
    Ok(match path {
        Some(path) => Component::from_file(engine, path)?,
        None => Component::embedded(engine)?,
    })
}

/// The sandbox that the settings ask for.
pub(super) fn sandbox_options(sandbox: &Sandbox, transport: Arc<dyn Transport>, clock: Clock) -> SandboxOptions {
    let mut options = SandboxOptions::new(transport);
    options.memory_bytes = sandbox.memory_bytes;
    options.call_timeout = sandbox.call_timeout;
    options.max_in_flight = sandbox.max_in_flight;
    options.aliases = sandbox.hosts.clone();
    options.clock = clock;
    options
}

/// Limits of one batch.
pub(super) fn batch_limits(sandbox: &Sandbox) -> Limits {
    Limits { max_events: sandbox.max_batch_events, max_bytes: sandbox.max_batch_bytes }
}

/// The component's configuration as JSON text, with changes from the command line.
pub(super) fn configure(
    mut config: Map<String, Value>,
    changes: &Overrides,
    descriptor: &Descriptor,
) -> Result<String, Exit> {
    let known: Vec<&str> = descriptor.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
    changes.apply(&mut config, &known)?;
    Ok(Value::Object(config).to_string())
}

/// One run, from opening to the receipt on the standard error.
pub(super) struct Job<'a> {
    pub(super) source: &'a mut Source,
    pub(super) config: &'a str,
    pub(super) secrets: &'a [Secret],
    pub(super) checkpoint: Option<&'a str>,
    pub(super) sink: &'a mut (dyn Sink + Send),
    pub(super) store: &'a mut (dyn Store + Send),
    pub(super) clock: &'a Clock,
    pub(super) stop: &'a Stop,
    pub(super) limits: Limits,
    /// Whether the next run goes on where this one is interrupted.
    pub(super) resumable: bool,
    pub(super) told: Told,
}

/// What is told of a run when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The whole account.
    All,
    /// The account only if something was not read completely.
    Trouble,
}

impl Job<'_> {
    /// Runs it. Incomplete datasets make it fail, after everything that could be read was delivered.
    pub(super) async fn run(self) -> Result<(), Exit> {
        let mut shown = progress::Shown::start();
        let ran = async {
            let mut session = self.source.open(self.config, self.secrets, self.checkpoint).await?;
            let around = Surroundings {
                sink: self.sink,
                store: self.store,
                clock: self.clock,
                stop: self.stop,
                observer: &mut shown,
                limits: self.limits,
            };
            let outcome = runner::run_apart(&mut session, around).await?;
            session.close().await?;
            Ok::<_, Exit>(outcome)
        }
        .await;
        shown.finish();
        let outcome = ran?;
        let is_whole = matches!(&outcome.ending, Ending::Finished(receipt) if receipt::incomplete(receipt).is_empty());
        if self.told == Told::All || !is_whole {
            summarize(&outcome, self.source.peak_memory_bytes());
        }
        match &outcome.ending {
            Ending::Interrupted => {
                tell(format_args!(
                    "interrupted; {}",
                    match self.resumable {
                        true => "what was delivered is kept, the next run goes on from there",
                        false => "what was delivered is kept, the next run starts from the beginning",
                    }
                ));
                Ok(())
            }
            Ending::Finished(receipt) => match receipt::incomplete(receipt).as_slice() {
                [] => Ok(()),
                names => Err(Exit::failed(format!(
                    "not read completely: {}; the lines above say why and what to do",
                    names.iter().map(|name| one_line(name)).collect::<Vec<_>>().join(", ")
                ))),
            },
        }
    }
}

fn summarize(outcome: &Outcome, peak_memory_bytes: u64) {
    if let Ending::Finished(receipt) = &outcome.ending {
        tell(receipt::render(receipt));
    }
    tell(format_args!(
        "{} events in {} batches, {} waits of {} s together, peak memory of the component {}",
        outcome.events,
        outcome.batches,
        outcome.waits,
        outcome.waited.as_secs(),
        HumanBytes(peak_memory_bytes)
    ));
}
