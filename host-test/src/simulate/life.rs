//! One life of the host: a new instance, a session from the stored checkpoint, pulled until it ends or the host is
//! killed.

use super::fuse::{Fuse, Site};
use super::journal::Delivery;
use super::sabotage::Saboteur;
use crate::clock::Clock;
use crate::contract::{Limits, Progress, Receipt, Secret, SourceError, Step, Wait};
use crate::engine::{CallError, Component, SandboxOptions, Source};
use crate::runner::{self, Ending, Observer, RunError, Session, Stop, Surroundings};
use std::sync::Arc;
use std::time::Duration;

/// Most calls of `next` in one life. A tenant of a simulation is read in a few thousand, even event by event.
const MOST_STEPS: u64 = 2_000_000;
/// Longest life by the virtual clock.
const LONGEST: Duration = Duration::from_secs(5 * 24 * 3600);

/// What a life needs.
pub(crate) struct Life<'a> {
    pub(crate) component: &'a Component,
    pub(crate) options: SandboxOptions,
    pub(crate) config: &'a str,
    pub(crate) secret: &'a Secret,
    pub(crate) checkpoint: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) fuse: Arc<Fuse>,
    pub(crate) delivery: Delivery,
    pub(crate) saboteur: Saboteur,
}

/// How a life ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The run is over.
    Finished(Receipt),
    /// The host was killed.
    Killed(Site),
    /// The source gave up and said why.
    Failed(SourceError),
    /// The source broke the contract, or stopped without a word.
    Broken(String),
    /// The run did not end within its bounds.
    Endless(String),
}

/// What a life came to.
#[derive(Debug)]
pub(crate) struct Lived {
    /// How it ended.
    pub(crate) end: End,
    /// Waits that the source asked for.
    pub(crate) waits: Vec<Wait>,
    /// Most linear memory of the component, in bytes.
    pub(crate) peak_memory: u64,
}

impl Life<'_> {
    /// Lives it.
    pub(crate) async fn live(self) -> Lived {
        let mut lived = Lived { end: End::Killed(Site::ClockRead), waits: Vec::new(), peak_memory: 0 };
        let (fuse, started) = (Arc::clone(&self.fuse), self.clock.elapsed());
        let mut bound = None;
        let outcome = self.run(&mut lived, &mut bound, started).await;
        lived.end = match (outcome, fuse.site()) {
            (Ok(receipt), _) if !fuse.is_blown() => End::Finished(receipt),
            (_, Some(site)) if fuse.is_blown() => End::Killed(site),
            (Err(RunError::Call(CallError::Source(error))), _) => End::Failed(error),
            (Err(error), _) => bound.map_or_else(|| End::Broken(error.to_string()), End::Endless),
            (Ok(_), _) => End::Broken("the host was killed nowhere".into()),
        };
        lived
    }

    async fn run(self, lived: &mut Lived, bound: &mut Option<String>, started: Duration) -> Result<Receipt, RunError> {
        let mut source = Source::start(self.component, &self.options).await?;
        self.delivery.begin(source.descriptor(), self.config, &self.clock);
        let ran = async {
            let session =
                source.open(self.config, std::slice::from_ref(self.secret), self.checkpoint.as_deref()).await?;
            let mut session = Watched {
                session,
                fuse: &self.fuse,
                saboteur: &self.saboteur,
                clock: &self.clock,
                started,
                steps: 0,
                bound,
            };
            let (mut sink, mut store) = (self.delivery.clone(), self.delivery);
            let around = Surroundings {
                sink: &mut sink,
                store: &mut store,
                clock: &self.clock,
                stop: &Stop::never(),
                observer: &mut Waits(&mut lived.waits),
                limits: self.limits,
            };
            let outcome = runner::run(&mut session, around).await?;
            session.session.close().await?;
            match outcome.ending {
                Ending::Finished(receipt) => Ok(receipt),
                Ending::Interrupted => Err(CallError::Transport("interrupted by nobody".into()).into()),
            }
        }
        .await;
        lived.peak_memory = self.saboteur.peak_memory(source.peak_memory_bytes());
        ran
    }
}

/// A session under observation.
struct Watched<'a, S> {
    session: S,
    fuse: &'a Fuse,
    saboteur: &'a Saboteur,
    clock: &'a Clock,
    started: Duration,
    steps: u64,
    bound: &'a mut Option<String>,
}

impl<S: Session> Session for Watched<'_, S> {
    async fn next(&mut self, limits: Limits) -> Result<Step, CallError> {
        self.steps += 1;
        let lived = self.clock.elapsed().saturating_sub(self.started);
        if self.steps > MOST_STEPS || lived > LONGEST {
            let bound = format!("{} calls of next, {} s of virtual time", self.steps, lived.as_secs());
            *self.bound = Some(bound.clone());
            return Err(CallError::Transport(bound));
        }
        let step = self.session.next(limits).await;
        // A host that was killed while the component worked never sees what it returned.
        if self.fuse.is_blown() {
            return Err(CallError::Transport("the host was killed".into()));
        }
        self.saboteur.step(step?)
    }
}

struct Waits<'a>(&'a mut Vec<Wait>);

impl Observer for Waits<'_> {
    fn progress(&mut self, _: &Progress) {}

    fn waiting(&mut self, wait: &Wait) {
        self.0.push(wait.clone());
    }
}
