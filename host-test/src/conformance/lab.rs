//! Experiments: a fresh instance, a fresh service, a virtual clock, and what came of driving the one against the
//! other.

use super::case::{Case, Unfit};
use super::ear::Ear;
use super::needs::Needs;
use super::schema::ConfigSchema;
use super::verdict::Verdict;
use super::wire::{Sent, Service, TOKEN_CANARY, Wire};
use crate::clock::Clock;
use crate::contract::{Batch, Descriptor, Event, Limits, Receipt, Secret, Step};
use crate::engine::{CallError, Component, Engine, Randomness, SandboxOptions, Source};
use crate::har::Exchange;
use crate::policy::{Aliases, Policy};
use crate::replay::{Matching, ReplayOptions, ReplayTransport};
use crate::runner::Session;
use serde_json::{Map, Value};
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Steps after which a run is taken for one that never ends.
const MOST_STEPS: usize = 100_000;
/// 2026-01-01T00:00:00Z: the time of experiments without recordings.
const START: Duration = Duration::from_secs(1_767_225_600);

/// Batches as large as they come: the usual way through a run.
pub(super) const WIDE: Limits = Limits { max_events: 1000, max_bytes: 1024 * 1024 };

/// A component, and everything needed to experiment with it.
pub(super) struct Lab {
    component: Component,
    exchanges: Vec<Exchange>,
    matching: Matching,
    has_config: bool,
    start: Duration,
    whole: OnceCell<Rc<Run>>,
    /// What the component says it is.
    pub(super) descriptor: Descriptor,
    /// Its configuration.
    pub(super) config: Map<String, Value>,
    /// The secrets that it gets.
    pub(super) secrets: Vec<Secret>,
    /// Its published schema.
    pub(super) schema: ConfigSchema,
    /// Everything that was heard so far.
    pub(super) ear: RefCell<Ear>,
}

/// How a run is driven.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) limits: Limits,
    pub(super) checkpoint: Option<String>,
    pub(super) service: Service,
    pub(super) randomness: Randomness,
    /// Drops the session after so many batches.
    pub(super) stop_after: Option<usize>,
    /// How long after all others it begins.
    pub(super) later: Duration,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            limits: WIDE,
            checkpoint: None,
            service: Service::AsRecorded,
            randomness: Randomness::Fixed,
            stop_after: None,
            later: Duration::ZERO,
        }
    }
}

/// What came of a run.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) batches: Vec<Batch>,
    pub(super) waits: usize,
    pub(super) receipt: Option<Receipt>,
    /// What a call after the receipt returned.
    pub(super) again: Option<Receipt>,
    pub(super) error: Option<String>,
    pub(super) sent: Vec<Sent>,
}

impl Run {
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.batches.iter().flat_map(|batch| &batch.events)
    }

    /// What each event is about and says, whoever asks and how often.
    pub(super) fn identities(&self) -> impl Iterator<Item = Identity> + '_ {
        self.events().map(Identity::of)
    }

    /// Number of requests that were not for signing in.
    pub(super) fn reads(&self) -> usize {
        self.sent.iter().filter(|sent| !sent.is_sign_in).count()
    }
}

/// Key, hash and operation of an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Identity {
    pub(super) key: String,
    pub(super) hash: String,
    pub(super) operation: String,
}

impl Identity {
    pub(super) fn of(event: &Event) -> Self {
        Self { key: event.key.clone(), hash: event.content_hash.clone(), operation: format!("{:?}", event.operation) }
    }
}

/// One instance with its service.
pub(super) struct Trial {
    pub(super) source: Source,
    pub(super) wire: Arc<Wire>,
    pub(super) clock: Clock,
}

impl Lab {
    pub(super) async fn open(engine: &Engine, case: &Case) -> Result<Self, Unfit> {
        let component = Component::from_bytes(engine, &case.wasm, &case.name)?;
        let nothing = ReplayTransport::new(Vec::new(), ReplayOptions::default());
        let options = SandboxOptions::new(Arc::new(nothing));
        let source = Source::start(&component, &options).await?;
        let descriptor = source.descriptor().clone();
        let mut ear = Ear::new(&case.secrets, TOKEN_CANARY);
        ear.hear("the descriptor", &descriptor);
        Ok(Self {
            component,
            exchanges: case.exchanges.clone(),
            matching: case.matching,
            has_config: case.config.is_some(),
            start: case.exchanges.iter().filter_map(|exchange| exchange.started).min().unwrap_or(START),
            whole: OnceCell::new(),
            schema: ConfigSchema::parse(&descriptor.config_schema),
            descriptor,
            config: case.config.clone().unwrap_or_default(),
            secrets: case.secrets.clone(),
            ear: RefCell::new(ear),
        })
    }

    /// What is missing to judge something; nothing if all is there.
    pub(super) fn lacks(&self, needs: Needs) -> Option<&'static str> {
        match needs {
            Needs::Imports | Needs::Component => None,
            Needs::Config | Needs::Traffic if !self.has_config => Some("needs a configuration (--config)"),
            Needs::Traffic if self.exchanges.is_empty() => Some("needs recorded traffic (--recordings)"),
            Needs::Config | Needs::Traffic => None,
        }
    }

    /// The configuration as the component gets it.
    pub(super) fn config_text(&self) -> String {
        Value::Object(self.config.clone()).to_string()
    }

    /// A fresh instance with a fresh service.
    pub(super) async fn trial(&self, service: Service, randomness: Randomness) -> Result<Trial, Verdict> {
        let wire = Arc::new(Wire::new(&self.exchanges, self.matching, service));
        let clock = Clock::virtual_at(self.start);
        let mut options = SandboxOptions::new(Arc::clone(&wire) as Arc<_>);
        options.clock = clock.clone();
        options.randomness = randomness;
        match Source::start(&self.component, &options).await {
            Ok(source) => Ok(Trial { source, wire, clock }),
            Err(error) => Err(Verdict::NotJudged(format!("it could not be started again: {error}"))),
        }
    }

    /// Ends a trial: what was asked and refused in it is remembered.
    pub(super) fn end(&self, trial: Trial) -> Vec<Sent> {
        let sent = trial.wire.sent();
        let mut ear = self.ear.borrow_mut();
        ear.observed(&trial.source.observed());
        ear.requests += sent.len();
        for sent in &sent {
            ear.search("the address of a request", &sent.url.to_string());
            let reads = matches!(sent.method.as_str(), "GET" | "HEAD");
            if !reads && !sent.is_sign_in && !self.is_published_query(sent) {
                let host = sent.url.host().unwrap_or_default();
                ear.writes.insert(format!("{} {host}{}", sent.method, sent.url.path()));
            }
        }
        sent
    }

    /// Whether a request that is posted is one that the component publishes as a query: it reads.
    fn is_published_query(&self, sent: &Sent) -> bool {
        let queries = self.descriptor.endpoints.iter().filter(|endpoint| endpoint.purpose.starts_with("query: "));
        let queries: Vec<_> = queries.cloned().collect();
        Policy::published(&queries, Aliases::default()).judge(&sent.method, &sent.url).is_ok()
    }

    /// Drives a run to its end.
    pub(super) async fn run(&self, course: Course) -> Result<Run, Verdict> {
        let mut trial = self.trial(course.service, course.randomness).await?;
        trial.clock.sleep(course.later).await;
        let mut run = Run::default();
        if let Err(error) = self.drive(&mut trial, &course, &mut run).await {
            run.error = Some(error.to_string());
        }
        run.sent = self.end(trial);
        Ok(run)
    }

    /// Drives one session of a trial.
    pub(super) async fn drive(&self, trial: &mut Trial, course: &Course, run: &mut Run) -> Result<(), CallError> {
        let config = self.config_text();
        let opened = trial.source.open(&config, &self.secrets, course.checkpoint.as_deref()).await;
        let mut session = opened.inspect_err(|error| self.failed("open", error))?;
        for _ in 0..MOST_STEPS {
            let step = self.next(&mut session, course.limits).await?;
            match step {
                Step::Batch(batch) => run.batches.push(batch),
                Step::Wait(wait) => {
                    run.waits += 1;
                    trial.clock.sleep(Duration::from_millis(wait.millis)).await;
                }
                Step::Finished(receipt) => {
                    run.receipt = Some(receipt);
                    if let Step::Finished(again) = self.next(&mut session, course.limits).await? {
                        run.again = Some(again);
                    }
                    break;
                }
            }
            if course.stop_after.is_some_and(|most| run.batches.len() >= most) {
                break;
            }
        }
        session.close().await.inspect_err(|error| self.failed("drop", error))
    }

    /// One step, heard.
    pub(super) async fn next(&self, session: &mut impl Session, limits: Limits) -> Result<Step, CallError> {
        let step = session.next(limits).await.inspect_err(|error| self.failed("next", error))?;
        let place = match &step {
            Step::Batch(_) => "a batch",
            Step::Wait(_) => "a wait",
            Step::Finished(_) => "the receipt",
        };
        self.ear.borrow_mut().hear(place, &step);
        Ok(step)
    }

    /// Remembers why a call failed.
    pub(super) fn failed(&self, call: &'static str, error: &CallError) {
        self.ear.borrow_mut().failed(call, error);
    }

    /// The undisturbed run that others are compared with.
    pub(super) async fn whole(&self) -> Result<Rc<Run>, Verdict> {
        let run = match self.whole.get() {
            Some(run) => Rc::clone(run),
            None => {
                let run = Rc::new(self.run(Course::default()).await?);
                Rc::clone(self.whole.get_or_init(|| run))
            }
        };
        match (&run.receipt, &run.error) {
            (Some(_), _) => Ok(run),
            (None, Some(error)) => Err(Verdict::NotJudged(format!("the undisturbed run failed: {error}"))),
            (None, None) => Err(Verdict::NotJudged("the undisturbed run did not end".to_owned())),
        }
    }

    /// The undisturbed run, however it ended.
    pub(super) async fn first_run(&self) -> Result<Rc<Run>, Verdict> {
        let _ = self.whole().await;
        self.whole.get().map(Rc::clone).ok_or_else(|| Verdict::NotJudged("it could not be started again".to_owned()))
    }
}
