//! `run` and `record`: the source with the real network.

use super::args::{Record, Run};
use super::exit::Exit;
use super::interrupt;
use super::job::{self, Job};
use crate::clock::Clock;
use crate::config::{self, Overrides, Settings, SinkSettings};
use crate::engine::{Component, Source};
use crate::record::RecordTransport;
use crate::runner::Stop;
use crate::sink::{Lines, Sink};
use crate::store::{FileStore, Store};
use crate::transport::{LiveTransport, Transport};
use std::sync::Arc;
use std::time::Duration;

/// The pipeline: once, or on schedule.
pub(super) async fn run(args: Run) -> Result<(), Exit> {
    let settings = Settings::load(&args.config)?;
    let changes = args.changes.into();
    let clock = Clock::real();
    let transport: Arc<dyn Transport> = Arc::new(LiveTransport::new(&settings.sandbox.network)?);
    let engine = job::engine(&settings.sandbox)?;
    let component = job::component(&engine, settings.component.as_deref())?;
    let pipeline = Pipeline { settings: &settings, changes: &changes, component: &component, transport, clock };
    let stop = interrupt::listen();
    let Some(interval) = settings.interval.filter(|_| !args.once) else {
        return pipeline.once(&stop, State::File { reset: args.reset_state }).await;
    };
    let mut reset = args.reset_state;
    loop {
        let started = pipeline.clock.elapsed();
        match pipeline.once(&stop, State::File { reset }).await {
            Err(exit) if exit.is_usage() => return Err(exit),
            // A night of trouble must not end the schedule: the next run goes on where this one was.
            Err(exit) => eprintln!("error: {exit}"),
            Ok(()) => {}
        }
        reset = false;
        let rest = interval.saturating_sub(pipeline.clock.elapsed().saturating_sub(started));
        if stop.is_requested() || !pause(&pipeline.clock, rest, &stop).await {
            return Ok(());
        }
    }
}

/// The pipeline once, from the start, with everything that went over the wire on file.
pub(super) async fn record(args: Record) -> Result<(), Exit> {
    let settings = Settings::load(&args.config)?;
    let changes = args.changes.into();
    let clock = Clock::real();
    let live: Arc<dyn Transport> = Arc::new(LiveTransport::new(&settings.sandbox.network)?);
    let (recorder, tape) = RecordTransport::new(live, clock.clone());
    let transport: Arc<dyn Transport> = Arc::new(recorder);
    let engine = job::engine(&settings.sandbox)?;
    let component = job::component(&engine, settings.component.as_deref())?;
    let pipeline = Pipeline { settings: &settings, changes: &changes, component: &component, transport, clock };
    let ran = pipeline.once(&interrupt::listen(), State::None).await;
    if !tape.is_empty() {
        let exchanges = tape.len();
        let written = tape.write(&args.out, pipeline.clock.now()).map_err(|error| {
            Exit::failed(format!("cannot write to {}: {error}; check the folder given to --out", args.out.display()))
        })?;
        eprintln!("{exchanges} exchanges recorded in {}", written.display());
    }
    ran
}

enum State {
    None,
    File { reset: bool },
}

struct Pipeline<'a> {
    settings: &'a Settings,
    changes: &'a Overrides,
    component: &'a Component,
    transport: Arc<dyn Transport>,
    clock: Clock,
}

impl Pipeline<'_> {
    async fn once(&self, stop: &Stop, state: State) -> Result<(), Exit> {
        let settings = self.settings;
        let options = job::sandbox_options(&settings.sandbox, Arc::clone(&self.transport), self.clock.clone());
        let mut source = Source::start(self.component, &options).await?;
        let config = job::configure(settings.config.clone(), self.changes, source.descriptor())?;
        // Fetched for each run: secrets are rotated while the program runs.
        let secrets = config::resolve(&settings.secrets)?;
        let mut sink: Box<dyn Sink> = match &settings.sink {
            SinkSettings::Stdout => Box::new(Lines::stdout()),
            SinkSettings::File(path) => Box::new(Lines::append(path)?),
        };
        let descriptor = source.descriptor();
        let mut file =
            FileStore::new(settings.state_path.clone(), &descriptor.name, &descriptor.version, self.clock.clone());
        let resumable = matches!(state, State::File { .. });
        let mut nothing = ();
        let (store, checkpoint): (&mut dyn Store, _) = match state {
            State::None => (&mut nothing, None),
            State::File { reset } => {
                if reset {
                    file.reset()?;
                }
                let checkpoint = file.load()?;
                (&mut file, checkpoint)
            }
        };
        if checkpoint.is_some() {
            eprintln!("going on where the last run ended early");
        }
        Job {
            source: &mut source,
            config: &config,
            secrets: &secrets,
            checkpoint: checkpoint.as_deref(),
            sink: sink.as_mut(),
            store,
            clock: &self.clock,
            stop,
            limits: job::batch_limits(&settings.sandbox),
            resumable,
        }
        .run()
        .await
    }
}

/// Waits for the next start; false if asked to stop before.
async fn pause(clock: &Clock, rest: Duration, stop: &Stop) -> bool {
    eprintln!("next run in {} s", rest.as_secs_f64().ceil());
    tokio::select! {
        () = clock.sleep(rest) => true,
        () = stop.requested() => false,
    }
}
