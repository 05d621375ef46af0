//! `replay`: the source with answers from recordings.

use super::args::Replay;
use super::exit::Exit;
use super::interrupt;
use super::job::{self, Job, Told};
use super::out;
use crate::clock::Clock;
use crate::config::{self, Overrides, Settings};
use crate::contract::{Descriptor, Secret};
use crate::engine::{Randomness, Source};
use crate::har::{self, Exchange};
use crate::replay::{Matching, ReplayOptions, ReplayTransport};
use crate::runner::Stop;
use crate::sink::Sink;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What stands for a secret that is not at hand.
const ANY_SECRET: &str = "replay";

/// Recordings from files.
pub(super) async fn replay(args: Replay) -> Result<(), Exit> {
    let settings = args.config.as_deref().map(Settings::load).transpose()?;
    let exchanges = har::read_paths(&args.paths, args.bound.bytes)?;
    let changes = args.changes.into();
    let stop = interrupt::listen();
    let mut sink = out::sink(args.out.as_deref(), &stop)?;
    let told = Told::All;
    self::exchanges(exchanges, args.matching.into(), settings, &changes, sink.as_mut(), told, &stop).await
}

/// Runs the source with these answers.
pub(super) async fn exchanges(
    exchanges: Vec<Exchange>,
    matching: Matching,
    settings: Option<Settings>,
    changes: &Overrides,
    sink: &mut (dyn Sink + Send),
    told: Told,
    stop: &Stop,
) -> Result<(), Exit> {
    let transport = ReplayTransport::new(exchanges, ReplayOptions { matching, ..ReplayOptions::default() });
    let clock = Clock::virtual_at(transport.started().unwrap_or(Duration::ZERO));
    let (config, references) = match &settings {
        Some(settings) => (settings.config.clone(), settings.secrets.clone()),
        None => (transport.sign_in_config().ok_or_else(no_tenant)?, BTreeMap::new()),
    };
    let sandbox = settings.as_ref().map(|settings| settings.sandbox.clone()).unwrap_or_default();
    let engine = job::engine(&sandbox)?;
    let component = job::component(&engine, settings.as_ref().and_then(|settings| settings.component.as_deref()))?;
    let mut options = job::sandbox_options(&sandbox, Arc::new(transport), clock.clone());
    options.randomness = Randomness::Fixed;
    let mut source = Source::start(&component, &options).await?;
    let config = job::configure(config, changes, source.descriptor())?;
    let secrets = secrets(&references, source.descriptor());
    Job {
        source: &mut source,
        config: &config,
        secrets: &secrets,
        checkpoint: None,
        sink,
        store: &mut (),
        clock: &clock,
        stop,
        limits: job::batch_limits(&sandbox),
        resumable: false,
        told,
    }
    .run()
    .await
}

fn no_tenant() -> Exit {
    Exit::usage("the recordings hold no token request that names the tenant; give a configuration with --config")
}

/// Secrets as configured where they are at hand. A replay must be possible on a machine that has none of them.
fn secrets(references: &BTreeMap<String, config::SecretRef>, descriptor: &Descriptor) -> Vec<Secret> {
    if references.is_empty() {
        let name = match descriptor.secrets.iter().any(|secret| secret.name == "client_secret") {
            true => "client_secret",
            false => return Vec::new(),
        };
        return vec![Secret { name: name.into(), value: ANY_SECRET.into() }];
    }
    let fetch = |(name, reference): (&String, &config::SecretRef)| {
        let one = BTreeMap::from([(name.clone(), reference.clone())]);
        let fetched =
            reference.is_passive().then(|| config::resolve(&one).ok()).flatten().and_then(|mut secrets| secrets.pop());
        fetched.unwrap_or_else(|| Secret { name: name.clone(), value: ANY_SECRET.into() })
    };
    references.iter().map(fetch).collect()
}
