//! One running component, and calls of it under limits.

use super::Component;
use super::EPOCH;
use super::bounds::Bound;
use super::error::{CallError, is_too_much_data, root};
use super::limits::Gauge;
use super::state::{SandboxOptions, State};
use crate::contract::bindings::{self, AssetSource};
use crate::contract::{Descriptor, Limits, Origin, Report, Secret, SourceError, Step};
use crate::policy::{Denial, Policy};
use crate::runner::Session;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use wasmtime::Store;
use wasmtime::component::ResourceAny;

/// Most bytes that the component may hand over at once, on top of the batch that was asked for: room for one record
/// that is longer than a batch, for a descriptor, a report or a receipt. What it hands over can name the same bytes
/// of its memory any number of times, so that the cap of its memory is none for the host's.
const MOST_EXTRA_BYTES: u64 = 16 * 1024 * 1024;
/// What an event costs beside its document: keys, times and the host's own bookkeeping.
const EVENT_BYTES: u64 = 1024;

/// What the host saw a component do beside answering.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The first requests that the policy refused.
    pub denials: Vec<Denial>,
    /// How many it refused.
    pub denied: u64,
    /// Lines of its standard error that held a secret which it was given. They were hidden from the log.
    pub log_leaks: u64,
}

/// A component in its sandbox. After an error other than [`CallError::Source`] it can no longer be called; start
/// another one and continue from the last checkpoint.
pub struct Source {
    store: Store<State>,
    instance: AssetSource,
    descriptor: Descriptor,
    gauge: Arc<Gauge>,
    fatal: Arc<OnceLock<String>>,
    timeout: Duration,
    memory_bytes: u64,
    origin: Origin,
}

impl Source {
    /// Instantiates a component, asks it what it is and allows exactly the requests that it publishes.
    pub async fn start(component: &Component, options: &SandboxOptions) -> Result<Self, CallError> {
        let mut store = Store::new(component.pre.engine(), State::new(options));
        store.limiter(|state| &mut state.memory);
        store.epoch_deadline_async_yield_and_update(1);
        let gauge = store.data().memory.gauge();
        let fatal = store.data().hooks.fatal();
        let limits = Limited {
            call: "describe",
            timeout: options.call_timeout,
            memory_bytes: options.memory_bytes,
            data_bytes: MOST_EXTRA_BYTES,
        };
        limits.apply(&mut store);
        let (instance, descriptor) = limits
            .run(&gauge, &fatal, async {
                let instance = component.pre.instantiate_async(&mut store).await?;
                let descriptor = instance.pipeline_source_source().call_describe(&mut store).await?;
                Ok((instance, descriptor))
            })
            .await?;
        let policy = Policy::published(&descriptor.endpoints, options.aliases.clone());
        if let Some((alias, target)) = policy.unused_alias() {
            tracing::warn!(
                "sandbox.hosts: {alias} stands for {target}, which the component does not publish; correct the name"
            );
        }
        store.data_mut().hooks.set_policy(policy);
        let (timeout, memory_bytes) = (options.call_timeout, options.memory_bytes);
        Ok(Self { store, instance, descriptor, gauge, fatal, timeout, memory_bytes, origin: component.origin })
    }

    /// What the component says it is.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Most linear memory that it had so far, in bytes.
    pub fn peak_memory_bytes(&self) -> u64 {
        self.gauge.peak()
    }

    /// What the host saw so far.
    pub fn observed(&self) -> Observed {
        let (denials, log) = (self.store.data().hooks.denials(), &self.store.data().log);
        Observed { denials: denials.first, denied: denials.count, log_leaks: log.leaks() }
    }

    /// Tests the connection.
    pub async fn check(&mut self, config: &str, secrets: &[Secret]) -> Result<Report, CallError> {
        self.store.data().log.hide(secrets);
        let (limits, gauge, fatal) = self.limits("check");
        let call = self.instance.pipeline_source_source();
        limits.run(&gauge, &fatal, call.call_check(&mut self.store, config, secrets)).await?.map_err(CallError::Source)
    }

    /// Asks what a run would do and cost.
    pub async fn plan(
        &mut self,
        config: &str,
        secrets: Option<&[Secret]>,
        checkpoint: Option<&str>,
    ) -> Result<Report, CallError> {
        self.store.data().log.hide(secrets.unwrap_or_default());
        let (limits, gauge, fatal) = self.limits("plan");
        let call = self.instance.pipeline_source_source();
        let call = call.call_plan(&mut self.store, config, secrets, checkpoint);
        limits.run(&gauge, &fatal, call).await?.map_err(CallError::Source)
    }

    /// Starts a run, or continues one.
    pub async fn open(
        &mut self,
        config: &str,
        secrets: &[Secret],
        checkpoint: Option<&str>,
    ) -> Result<OpenSession<'_>, CallError> {
        self.store.data().log.hide(secrets);
        let (limits, gauge, fatal) = self.limits("open");
        let sessions = self.instance.pipeline_source_source().session();
        let call = sessions.call_open(&mut self.store, config, secrets, checkpoint);
        let session = limits.run(&gauge, &fatal, call).await?.map_err(CallError::Source)?;
        Ok(OpenSession { source: self, session })
    }

    fn limits(&mut self, call: &'static str) -> (Limited, Arc<Gauge>, Arc<OnceLock<String>>) {
        self.limits_with(call, 0)
    }

    /// The limits of a call that is asked for so many bytes.
    fn limits_with(&mut self, call: &'static str, wanted: u64) -> (Limited, Arc<Gauge>, Arc<OnceLock<String>>) {
        // More than all of its memory is never honest, whatever was asked for.
        let data_bytes = wanted.min(self.memory_bytes.saturating_mul(2)).saturating_add(MOST_EXTRA_BYTES);
        let limits = Limited { call, timeout: self.timeout, memory_bytes: self.memory_bytes, data_bytes };
        limits.apply(&mut self.store);
        self.gauge.forgive();
        (limits, Arc::clone(&self.gauge), Arc::clone(&self.fatal))
    }
}

/// One run of a source.
pub struct OpenSession<'a> {
    source: &'a mut Source,
    session: ResourceAny,
}

impl OpenSession<'_> {
    /// Ends the run. Dropping the session does the same, without giving the component a chance to tidy up.
    pub async fn close(self) -> Result<(), CallError> {
        let (limits, gauge, fatal) = self.source.limits("drop");
        limits.run(&gauge, &fatal, self.session.resource_drop_async(&mut self.source.store)).await
    }
}

impl Session for OpenSession<'_> {
    async fn next(&mut self, limits: Limits) -> Result<Step, CallError> {
        let wanted = u64::from(limits.max_bytes) + u64::from(limits.max_events) * EVENT_BYTES;
        let (limited, gauge, fatal) = self.source.limits_with("next", wanted);
        let sessions = self.source.instance.pipeline_source_source().session();
        let call = sessions.call_next(&mut self.source.store, self.session, limits);
        limited.run(&gauge, &fatal, call).await?.map_err(CallError::Source)
    }

    fn origin(&self) -> Origin {
        self.source.origin
    }
}

/// The limits of one call.
struct Limited {
    call: &'static str,
    timeout: Duration,
    memory_bytes: u64,
    data_bytes: u64,
}

impl Limited {
    fn apply(&self, store: &mut Store<State>) {
        // Requests that are under way move a virtual clock. So that they do it at the same moment every time, the
        // component is left alone there until it waits by itself, or its time is over.
        let epochs = if store.data().is_virtual() { self.timeout.as_millis() / EPOCH.as_millis() } else { 1 };
        store.set_epoch_deadline(u64::try_from(epochs).unwrap_or(u64::MAX).max(1));
        store.set_hostcall_fuel(usize::try_from(self.data_bytes).unwrap_or(usize::MAX));
    }

    async fn run<T>(
        self,
        gauge: &Gauge,
        fatal: &OnceLock<String>,
        call: impl Future<Output = wasmtime::Result<T>>,
    ) -> Result<T, CallError> {
        let Self { call: name, timeout, memory_bytes, data_bytes } = self;
        let returned = tokio::time::timeout(timeout, call).await;
        if let Some(reason) = fatal.get() {
            return Err(CallError::Transport(reason.clone()));
        }
        match returned {
            Err(_) => Err(CallError::TimedOut { call: name, secs: timeout.as_secs() }),
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) if is_too_much_data(&error) => {
                Err(CallError::TooMuchData { call: name, limit_bytes: data_bytes })
            }
            Ok(Err(_)) if gauge.refused() => Err(CallError::OutOfMemory { call: name, limit_bytes: memory_bytes }),
            Ok(Err(error)) => Err(match Bound::behind(&error) {
                Some(bound) => CallError::Bound { call: name, bound },
                None => CallError::Trapped { call: name, cause: root(&error) },
            }),
        }
    }
}

// The generated error is the contract's; a rename of the interface would end here, not in every room.
const _: fn(bindings::pipeline::source::types::Error) -> SourceError = |error| error;
