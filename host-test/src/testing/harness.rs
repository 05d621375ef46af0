//! Runs a source against a transport and returns everything that came of it.

use super::collected::{Collected, Positions};
use crate::clock::Clock;
use crate::config::{ConfigError, Overrides};
use crate::contract::{Descriptor, Limits, Progress, Receipt, Report, Secret, Wait};
use crate::engine::{CallError, Component, Engine, LoadError, Randomness, SandboxOptions, Source};
use crate::har::Exchange;
use crate::policy::Aliases;
use crate::replay::{ReplayOptions, ReplayTransport};
use crate::runner::{self, DEFAULT_LIMITS, Ending, Observer, RunError, Stop, Surroundings};
use crate::transport::Transport;
use serde_json::Value;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// 2026-01-01T00:00:00Z: the time at which runs start unless told otherwise.
const START: Duration = Duration::from_secs(1_767_225_600);

/// An engine for all tests of a process.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(None).expect("the engine starts with the settings it is built with"))
}

/// The built-in component, compiled once for all tests of a process.
pub fn embedded() -> Result<Component, LoadError> {
    static EMBEDDED: OnceLock<Component> = OnceLock::new();
    match EMBEDDED.get() {
        Some(component) => Ok(component.clone()),
        None => Component::embedded(engine()).map(|component| EMBEDDED.get_or_init(|| component).clone()),
    }
}

/// One run, being prepared. By default: the built-in component, a virtual clock, fixed random numbers, the secret
/// `client_secret`.
pub struct Harness {
    component: Option<Component>,
    options: SandboxOptions,
    config: String,
    secrets: Vec<Secret>,
    checkpoint: Option<String>,
    limits: Limits,
    changes: Overrides,
    discard: bool,
    stop_after: Option<u64>,
}

/// Everything that came of a run.
#[derive(Debug)]
pub struct TestRun {
    /// The events and their number.
    pub sink: Collected,
    /// Every checkpoint that was stored.
    pub positions: Positions,
    /// Every wait.
    pub waits: Vec<Wait>,
    /// The receipt; it reconciles. Nothing if the run did not finish.
    pub receipt: Option<Receipt>,
    /// Why the run failed.
    pub error: Option<RunError>,
    /// Most linear memory that the component had.
    pub peak_memory_bytes: u64,
    /// How long the run took on its own clock.
    pub elapsed: Duration,
}

impl TestRun {
    /// The documents of all events.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        self.sink.events.iter().map(|event| event.document.as_str())
    }

    /// The documents as one newline-delimited text.
    pub fn ndjson(&self) -> String {
        self.documents().flat_map(|document| [document, "\n"]).collect()
    }
}

impl Harness {
    /// A run against a transport.
    pub fn new(transport: impl Transport + 'static) -> Self {
        let mut options = SandboxOptions::new(Arc::new(transport));
        options.clock = Clock::virtual_at(START);
        options.randomness = Randomness::Fixed;
        let secret = Secret { name: "client_secret".into(), value: "test".into() };
        Self {
            component: None,
            options,
            config: "{}".into(),
            secrets: vec![secret],
            checkpoint: None,
            limits: DEFAULT_LIMITS,
            changes: Overrides::default(),
            discard: false,
            stop_after: None,
        }
    }

    /// A run against recorded exchanges, at the time and with the tenant of the recording.
    pub fn replay(exchanges: Vec<Exchange>, options: ReplayOptions) -> Self {
        let transport = ReplayTransport::new(exchanges, options);
        let start = transport.started().unwrap_or(START);
        let config = transport.sign_in_config().unwrap_or_default();
        Self::new(transport).start_time(start).config(Value::Object(config).to_string())
    }

    /// Reads only these datasets, like `--datasets`.
    pub fn datasets(mut self, names: &[&str]) -> Self {
        self.changes.datasets = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Changes a member of the configuration, like `--set path=value`.
    pub fn set(mut self, assignment: &str) -> Self {
        self.changes.set.push(assignment.to_owned());
        self
    }

    /// Another component than the built-in one. It has to be compiled by [`engine`].
    pub fn component(mut self, component: Component) -> Self {
        self.component = Some(component);
        self
    }

    /// The component's configuration, as JSON.
    pub fn config(mut self, json: impl Into<String>) -> Self {
        self.config = json.into();
        self
    }

    /// Sets a secret.
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.retain(|secret| secret.name != name);
        self.secrets.push(Secret { name: name.into(), value: value.into() });
        self
    }

    /// No secrets at all.
    pub fn without_secrets(mut self) -> Self {
        self.secrets.clear();
        self
    }

    /// Continues from a checkpoint.
    pub fn checkpoint(mut self, checkpoint: impl Into<String>) -> Self {
        self.checkpoint = Some(checkpoint.into());
        self
    }

    /// Limits of one batch.
    pub fn limits(mut self, max_events: u32, max_bytes: u32) -> Self {
        self.limits = Limits { max_events, max_bytes };
        self
    }

    /// Memory cap of the component.
    pub fn memory_bytes(mut self, bytes: u64) -> Self {
        self.options.memory_bytes = bytes;
        self
    }

    /// Longest time for one call, by the machine's clock.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.options.call_timeout = timeout;
        self
    }

    /// Time at which the clock stands at the start, since 1970.
    pub fn start_time(mut self, since_1970: Duration) -> Self {
        self.options.clock = Clock::virtual_at(since_1970);
        self
    }

    /// Another clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.options.clock = clock;
        self
    }

    /// Hosts that stand for published hosts.
    pub fn aliases(mut self, aliases: Aliases) -> Self {
        self.options.aliases = aliases;
        self
    }

    /// Counts events instead of keeping them.
    pub fn discard_events(mut self) -> Self {
        self.discard = true;
        self
    }

    /// Stops the run as if interrupted, once so many batches are stored.
    pub fn stop_after_batches(mut self, batches: u64) -> Self {
        self.stop_after = Some(batches);
        self
    }

    /// Runs it.
    pub fn run(self) -> TestRun {
        runtime().block_on(self.run_async())
    }

    /// Asks what the run would cost, with or without the secrets.
    pub fn plan(self, with_secrets: bool) -> Result<Report, CallError> {
        runtime().block_on(async {
            let (mut source, config) = self.start().await?;
            let secrets = with_secrets.then_some(&*self.secrets);
            source.plan(&config, secrets, self.checkpoint.as_deref()).await
        })
    }

    /// Runs it inside of a tokio runtime.
    pub async fn run_async(self) -> TestRun {
        let mut run = TestRun {
            sink: Collected { discard: self.discard, ..Collected::default() },
            positions: Positions::default(),
            waits: Vec::new(),
            receipt: None,
            error: None,
            peak_memory_bytes: 0,
            elapsed: Duration::ZERO,
        };
        let clock = self.options.clock.clone();
        let started = clock.elapsed();
        match self.drive(&mut run).await {
            Ok(Ending::Finished(receipt)) => run.receipt = Some(receipt),
            Ok(Ending::Interrupted) => {}
            Err(error) => run.error = Some(error),
        }
        run.elapsed = clock.elapsed().saturating_sub(started);
        run
    }

    /// The component in its sandbox, and its configuration.
    async fn start(&self) -> Result<(Source, String), CallError> {
        let component = match &self.component {
            Some(component) => component.clone(),
            None => embedded().map_err(|error| CallError::Transport(error.to_string()))?,
        };
        let source = Source::start(&component, &self.options).await?;
        let config = changed(self.config.clone(), &self.changes, source.descriptor())
            .map_err(|error| CallError::Transport(error.to_string()))?;
        Ok((source, config))
    }

    async fn drive(self, run: &mut TestRun) -> Result<Ending, RunError> {
        let (mut source, config) = self.start().await?;
        let ending = async {
            let mut session = source.open(&config, &self.secrets, self.checkpoint.as_deref()).await?;
            let (stop, handle) = Stop::new();
            let mut observer = Watch { waits: &mut run.waits, left: self.stop_after, handle };
            let around = Surroundings {
                sink: &mut run.sink,
                store: &mut run.positions,
                clock: &self.options.clock,
                stop: &stop,
                observer: &mut observer,
                limits: self.limits,
            };
            let outcome = runner::run(&mut session, around).await?;
            session.close().await?;
            Ok(outcome.ending)
        }
        .await;
        run.peak_memory_bytes = source.peak_memory_bytes();
        ending
    }
}

fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().expect("the system gives a test an event queue")
}

/// The configuration with the changes that were asked for. One that is not an object is for the source to refuse.
fn changed(config: String, changes: &Overrides, descriptor: &Descriptor) -> Result<String, ConfigError> {
    let known: Vec<&str> = descriptor.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
    match serde_json::from_str(&config) {
        Ok(Value::Object(mut object)) if *changes != Overrides::default() => {
            changes.apply(&mut object, &known)?;
            Ok(Value::Object(object).to_string())
        }
        _ => Ok(config),
    }
}

struct Watch<'a> {
    waits: &'a mut Vec<Wait>,
    left: Option<u64>,
    handle: runner::StopHandle,
}

impl Observer for Watch<'_> {
    fn progress(&mut self, _: &Progress) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.handle.request();
            }
        }
    }

    fn waiting(&mut self, wait: &Wait) {
        self.waits.push(wait.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeTransport, Reply};

    const CONFIG: &str = r#"{"tenant_id":"11111111-2222-4333-8444-555555555555",
        "client_id":"00000000-0000-0000-0000-000000000000","auth":{"kind":"client_secret"}}"#;

    #[test]
    fn a_recording_brings_its_tenant_and_its_time() {
        let recording = include_bytes!("../../../tests/recordings/sample-tenant.har");
        let exchanges = crate::har::parse(recording, "sample").unwrap();
        let started = exchanges.iter().filter_map(|exchange| exchange.started).min();
        let harness = Harness::replay(exchanges, ReplayOptions::default());
        assert!(harness.config.contains("\"tenant_id\":"));
        assert_eq!(Some(harness.options.clock.now()), started);
    }

    #[test]
    fn changes_that_make_no_sense_are_errors() {
        let run = Harness::new(FakeTransport::new()).config(CONFIG).datasets(&["device"]).run();
        let error = run.error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("did you mean `devices`?"), "{error}");
    }

    #[test]
    fn too_little_memory_is_named() {
        let run = Harness::new(FakeTransport::new()).memory_bytes(64 * 1024).config(CONFIG).run();
        assert!(matches!(run.error, Some(RunError::Call(CallError::OutOfMemory { limit_bytes: 65_536, .. }))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_network_ends_in_a_timeout() {
        let network = FakeTransport::new().on("POST", "/token", Reply::never());
        let run = Harness::new(network).config(CONFIG).run_async().await;
        assert!(matches!(run.error, Some(RunError::Call(CallError::TimedOut { call: "next", secs: 600 }))));
    }

    #[test]
    fn an_unscripted_request_ends_the_run_whatever_the_component_makes_of_it() {
        let network = FakeTransport::new();
        let run = Harness::new(network.clone()).config(CONFIG).run();
        let error = run.error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with("no scripted answer for POST https://login.microsoftonline.com/"), "{error}");
        assert_eq!(network.requests().len(), 1);
        assert!(run.peak_memory_bytes > 0);
    }

    #[test]
    fn a_configuration_that_is_none_fails_before_any_request() {
        let network = FakeTransport::new();
        let run = Harness::new(network.clone()).config("[]").run();
        let invalid = matches!(
            run.error,
            Some(RunError::Call(CallError::Source(crate::contract::SourceError::InvalidConfig(_))))
        );
        assert!(invalid && network.requests().is_empty());
    }
}
