//! `replay` and the demo: the source with answers from recordings.

use super::args::Replay;
use super::exit::Exit;
use super::interrupt;
use super::job::{self, Job};
use crate::clock::Clock;
use crate::config::{self, Overrides, Settings};
use crate::contract::{Descriptor, Secret};
use crate::engine::{Randomness, Source};
use crate::har::{self, Exchange};
use crate::replay::{Matching, ReplayOptions, ReplayTransport};
use crate::sink::Lines;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(super) const SAMPLE: &[u8] = include_bytes!("../../../tests/recordings/sample-tenant.har");

/// What stands for a secret that is not at hand.
const ANY_SECRET: &str = "replay";

/// The bundled sample tenant.
pub(super) async fn demo(out: Option<PathBuf>) -> Result<(), Exit> {
    eprintln!("replaying the bundled sample tenant; no network is used");
    let exchanges = har::parse(SAMPLE, "the bundled sample tenant")?;
    replay_exchanges(exchanges, Matching::Path, None, &Overrides::default(), out.as_deref()).await?;
    eprintln!("next: `source-host describe` shows what can be read, `source-host --help` all commands");
    Ok(())
}

/// Recordings from files.
pub(super) async fn replay(args: Replay) -> Result<(), Exit> {
    let settings = args.config.as_deref().map(Settings::load).transpose()?;
    let exchanges = har::read_paths(&args.paths)?;
    let changes = args.changes.into();
    replay_exchanges(exchanges, args.matching.into(), settings, &changes, args.out.as_deref()).await
}

async fn replay_exchanges(
    exchanges: Vec<Exchange>,
    matching: Matching,
    settings: Option<Settings>,
    changes: &Overrides,
    out: Option<&Path>,
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
    let sink = match out {
        Some(path) => Lines::create(path)?,
        None => Lines::stdout()?,
    };
    let stop = interrupt::listen();
    let stopped = stop.clone();
    let mut sink = sink.unless(move || stopped.is_requested());
    Job {
        source: &mut source,
        config: &config,
        secrets: &secrets,
        checkpoint: None,
        sink: &mut sink,
        store: &mut (),
        clock: &clock,
        stop: &stop,
        limits: job::batch_limits(&sandbox),
        resumable: false,
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
        let fetched = config::resolve(&one).ok().and_then(|mut secrets| secrets.pop());
        fetched.unwrap_or_else(|| Secret { name: name.clone(), value: ANY_SECRET.into() })
    };
    references.iter().map(fetch).collect()
}
