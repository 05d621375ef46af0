//! `run` and `record`: the source with the real network.

use super::args::{Record, Run};
use super::exit::Exit;
use super::interrupt;
use super::job::{self, Job, Told};
use super::places;
use super::premises::{Once, Premises};
use super::tell::tell;
use crate::clock::Clock;
use crate::config::{self, Overrides, Settings};
use crate::engine::{Component, Source};
use crate::lock::Lock;
use crate::record::{RecordTransport, Tape};
use crate::runner::{self, Started, Stop};
use crate::transport::{LiveTransport, Transport};
use std::sync::Arc;
use std::time::Duration;

/// The pipeline: once, or on schedule.
pub(super) async fn run(args: Run) -> Result<(), Exit> {
    let settings = Settings::load(&args.config)?;
    places::check(&settings, &args.config)?;
    // Before anything is touched. On schedule it is held in the pauses too: a position has one owner.
    let lock = Lock::beside(&settings.state_path)?;
    let changes = args.changes.into();
    let clock = Clock::real();
    let transport: Arc<dyn Transport> = Arc::new(LiveTransport::new(&settings.sandbox.network)?);
    let engine = job::engine(&settings.sandbox)?;
    let component = job::component(&engine, settings.component.as_deref())?;
    let pipeline = Pipeline { settings: &settings, changes: &changes, component: &component, transport, clock };
    let stop = interrupt::listen();
    let mut once = Once { reset: args.reset_state, allow_mass_delete: args.allow_mass_delete };
    let mut is_first = true;
    if args.allow_mass_delete && settings.inventory.is_none() {
        return Err(Exit::usage(
            "--allow-mass-delete needs `inventory = true` in [state]; without it nothing is deleted",
        ));
    }
    let Some(interval) = settings.interval.filter(|_| !args.once) else {
        return pipeline.once(&stop, Some((&lock, once))).await;
    };
    loop {
        let started = pipeline.clock.elapsed();
        match pipeline.once(&stop, Some((&lock, once))).await {
            Err(exit) if exit.is_usage() || is_first && exit.is_busy() => return Err(exit),
            // A night of trouble must not end the schedule: the next run goes on where this one was.
            Err(exit) => {
                let _ = exit.report();
            }
            Ok(()) => {}
        }
        (once, is_first) = (Once::default(), false);
        let rest = interval.saturating_sub(pipeline.clock.elapsed().saturating_sub(started));
        if stop.is_requested() || !pause(&pipeline.clock, rest, &stop).await {
            return Ok(());
        }
    }
}

/// The pipeline once, from the start, with everything that went over the wire on file.
pub(super) async fn record(args: Record) -> Result<(), Exit> {
    let settings = Settings::load(&args.config)?;
    places::check(&settings, &args.config)?;
    let changes = args.changes.into();
    let clock = Clock::real();
    let live: Arc<dyn Transport> = Arc::new(LiveTransport::new(&settings.sandbox.network)?);
    let (recorder, tape) = RecordTransport::new(live, clock.clone());
    let transport: Arc<dyn Transport> = Arc::new(recorder);
    let engine = job::engine(&settings.sandbox)?;
    let component = job::component(&engine, settings.component.as_deref())?;
    hide_secrets(&tape, &settings)?;
    let pipeline = Pipeline { settings: &settings, changes: &changes, component: &component, transport, clock };
    let ran = pipeline.once(&interrupt::listen(), None).await;
    if !tape.is_empty() {
        let written = tape.write(&args.out, pipeline.clock.now()).map_err(|error| {
            Exit::failed(format!("cannot write to {}: {error}; check the folder given to --out", args.out.display()))
        })?;
        written.omitted.iter().for_each(|line| tell(format_args!("warning: {line}")));
        tell(format_args!("{} exchanges recorded in {}", written.exchanges, written.path.display()));
    }
    ran
}

/// Tells the recorder what it must not write, before anything is sent.
fn hide_secrets(tape: &Tape, settings: &Settings) -> Result<(), Exit> {
    for secret in config::resolve(&settings.secrets)? {
        if !tape.hide("a secret of the configuration", &secret.value) {
            tell(format_args!(
                "warning: the secret {} is shorter than {} bytes: it is taken out only where secrets stand, as it is \
                 in every text",
                secret.name,
                known_secrets::SHORTEST_WORD
            ));
        }
    }
    if let Some(proxy) = &settings.sandbox.network.proxy {
        tape.hide_url(proxy.expose());
    }
    Ok(())
}

struct Pipeline<'a> {
    settings: &'a Settings,
    changes: &'a Overrides,
    component: &'a Component,
    transport: Arc<dyn Transport>,
    clock: Clock,
}

impl Pipeline<'_> {
    /// One run; without the lock on the state, one that remembers nothing.
    async fn once(&self, stop: &Stop, once: Option<(&Lock, Once)>) -> Result<(), Exit> {
        let settings = self.settings;
        let options = job::sandbox_options(&settings.sandbox, Arc::clone(&self.transport), self.clock.clone());
        let mut source = Source::start(self.component, &options).await?;
        let config = job::configure(settings.config.clone(), self.changes, source.descriptor())?;
        // Fetched for each run: secrets are rotated while the program runs.
        let secrets = config::resolve(&settings.secrets)?;
        let mut premises = Premises {
            settings,
            once,
            about: source.descriptor(),
            config: &config,
            clock: &self.clock,
            stop,
            claimed: None,
        };
        let Started { mut sink, mut state, position, lock: () } = runner::start(&mut premises)?;
        if position.is_some() {
            tell("going on where the last run ended");
        }
        let ran = Job {
            source: &mut source,
            config: &config,
            secrets: &secrets,
            checkpoint: position.as_deref(),
            sink: sink.as_mut(),
            store: state.store(),
            clock: &self.clock,
            stop,
            limits: job::batch_limits(&settings.sandbox),
            resumable: once.is_some(),
            told: Told::All,
        }
        .run()
        .await;
        state.report(ran)
    }
}

/// Waits for the next start; false if asked to stop before.
async fn pause(clock: &Clock, rest: Duration, stop: &Stop) -> bool {
    tell(format_args!("next run in {} s", rest.as_secs_f64().ceil()));
    tokio::select! {
        () = clock.sleep(rest) => true,
        () = stop.requested() => false,
    }
}
