//! One life of the host: a new instance, a start, a session from the stored checkpoint, pulled until it ends or the host
//! is killed. While it lasts, a second host can start.

use super::batches::Batches;
use super::delivery::{Delivery, Outlet};
use super::fuse::Fuse;
use super::journal::Shared;
use super::lock::Locks;
use super::pipe::Death;
use super::sabotage::Saboteur;
use super::second::{Meeting, Premises, Second};
use super::site::Site;
use crate::clock::Clock;
use crate::contract::{Limits, Progress, Receipt, Secret, SourceError, Step, Wait};
use crate::engine::{CallError, Component, SandboxOptions, Source};
use crate::runner::{self, Ending, Observer, Pace, RunError, Session, Started, Stop, Surroundings};
use futures_util::future::LocalBoxFuture;
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
    pub(crate) limits: Limits,
    pub(crate) pace: Pace,
    pub(crate) clock: Clock,
    pub(crate) fuse: Arc<Fuse>,
    pub(crate) journal: Shared,
    pub(crate) locks: Locks,
    pub(crate) outlet: Outlet,
    pub(crate) saboteur: Saboteur,
    /// The life of a second host, should one come and be let in.
    pub(crate) second: Option<Box<Life<'a>>>,
}

/// How a life ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The run is over.
    Finished(Receipt),
    /// The host was killed.
    Killed(Site),
    /// Another host has its places.
    Refused,
    /// Nobody reads what it writes.
    Unread,
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
    /// Batches at the edges of what was asked for.
    pub(crate) batches: Batches,
    /// The reader of its pipe, if that died.
    pub(crate) reader: Option<Death>,
    /// Second hosts that came.
    pub(crate) meetings: Vec<Meeting>,
    /// The life of one that was let in.
    pub(crate) second: Option<Box<Lived>>,
}

/// Why a life stopped.
enum Stopped {
    Refused,
    Run(RunError),
}

impl<E: Into<RunError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Run(error.into())
    }
}

/// Somebody who may come, and what he would live.
struct Guest<'a> {
    second: Arc<Second>,
    life: Option<Box<Life<'a>>>,
    lived: Option<Box<Lived>>,
}

impl Guest<'_> {
    /// If he was let in, he lives now, from beginning to end.
    async fn live(&mut self) {
        if let Some(started) = self.second.let_in()
            && let Some(life) = self.life.take()
        {
            self.lived = Some(Box::new(life.live_from(Some(started)).await));
        }
    }
}

impl<'a> Life<'a> {
    /// Lives it.
    pub(crate) async fn live(self) -> Lived {
        self.live_from(None).await
    }

    /// Lives it, from a start that was made already.
    fn live_from(self, started: Option<Started<Premises>>) -> LocalBoxFuture<'a, Lived> {
        Box::pin(async move {
            let mut lived = Lived {
                end: End::Refused,
                waits: Vec::new(),
                peak_memory: 0,
                batches: Batches::default(),
                reader: None,
                meetings: Vec::new(),
                second: None,
            };
            let (fuse, mut bound) = (Arc::clone(&self.fuse), None);
            let outcome = self.run(&mut lived, &mut bound, started).await;
            lived.end = match (outcome, fuse.site()) {
                (Ok(receipt), _) if !fuse.is_blown() => End::Finished(receipt),
                (_, Some(site)) if fuse.is_blown() => End::Killed(site),
                (Err(Stopped::Refused), _) => End::Refused,
                (Err(Stopped::Run(RunError::Call(CallError::Source(error)))), _) => End::Failed(error),
                (Err(Stopped::Run(RunError::Sink(_) | RunError::Store(_))), _) if lived.reader.is_some() => End::Unread,
                (Err(Stopped::Run(error)), _) => bound.map_or_else(|| End::Broken(error.to_string()), End::Endless),
                (Ok(_), _) => End::Broken("the host was killed nowhere".into()),
            };
            lived
        })
    }

    async fn run(
        self,
        lived: &mut Lived,
        bound: &mut Option<String>,
        started: Option<Started<Premises>>,
    ) -> Result<Receipt, Stopped> {
        let mut source = Source::start(self.component, &self.options).await?;
        let mut premises = Premises {
            journal: self.journal.clone(),
            locks: self.locks,
            fuse: Arc::clone(&self.fuse),
            saboteur: self.saboteur.clone(),
            about: source.descriptor().clone(),
            config: self.config.to_owned(),
            clock: self.clock.clone(),
        };
        let second = Arc::new(Second::new(&premises));
        let caller = Arc::clone(&second);
        self.fuse.expect(Box::new(move |site| caller.start(site)));
        let mut guest = Guest { second, life: self.second, lived: None };
        let delivery = Delivery::new(&self.journal, &self.fuse, &self.saboteur, self.outlet);
        let ran = async {
            let started = match started {
                Some(started) => started,
                None => runner::start(&mut premises).map_err(|_| Stopped::Refused)?,
            };
            let secrets = std::slice::from_ref(self.secret);
            let session = source.open(self.config, secrets, started.position.as_deref()).await?;
            let mut session = Watched {
                session,
                fuse: &self.fuse,
                saboteur: &self.saboteur,
                clock: &self.clock,
                began: self.clock.elapsed(),
                steps: 0,
                bound,
                batches: &mut lived.batches,
                guest: &mut guest,
            };
            let (mut sink, mut store) = (delivery.clone(), delivery.clone());
            let around = Surroundings {
                sink: &mut sink,
                store: &mut store,
                clock: &self.clock,
                stop: &Stop::never(),
                observer: &mut Waits(&mut lived.waits),
                limits: self.limits,
            };
            let outcome = runner::run_at(self.pace, &mut session, around).await?;
            session.session.close().await?;
            match outcome.ending {
                Ending::Finished(receipt) => Ok(receipt),
                Ending::Interrupted => Err(CallError::Transport("interrupted by nobody".into()).into()),
            }
        }
        .await;
        lived.reader = delivery.hang_up();
        lived.peak_memory = self.saboteur.peak_memory(source.peak_memory_bytes());
        // One who came when the first called the source for the last time.
        guest.live().await;
        lived.meetings = guest.second.meetings();
        lived.second = guest.lived;
        ran
    }
}

/// A session under observation.
struct Watched<'a, 'g, S> {
    session: S,
    fuse: &'a Fuse,
    saboteur: &'a Saboteur,
    clock: &'a Clock,
    began: Duration,
    steps: u64,
    bound: &'a mut Option<String>,
    batches: &'a mut Batches,
    guest: &'a mut Guest<'g>,
}

impl<S: Session> Session for Watched<'_, '_, S> {
    async fn next(&mut self, limits: Limits) -> Result<Step, CallError> {
        self.guest.live().await;
        self.steps += 1;
        let lived = self.clock.elapsed().saturating_sub(self.began);
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
        let step = self.saboteur.step(step?)?;
        if let Step::Batch(batch) = &step {
            self.batches.count(batch, limits);
        }
        Ok(step)
    }
}

struct Waits<'a>(&'a mut Vec<Wait>);

impl Observer for Waits<'_> {
    fn progress(&mut self, _: &Progress) {}

    fn waiting(&mut self, wait: &Wait) {
        self.0.push(wait.clone());
    }
}
