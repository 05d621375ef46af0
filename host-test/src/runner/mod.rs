//! One run: pull a step, deliver its events, make them durable, store the position, say how far it is.
//!
//! The order is the promise: a position is stored only after every event before it is durable, so a crash at any
//! point repeats events and never loses one.
//!
//! | file | job |
//! |---|---|
//! | `start` | opens the places of a run |
//! | `pull` | asks the session for step after step |
//! | `commit` | takes batches, and makes groups of them durable together |
//! | `queue` | what lies between the two: nothing, or a thread and a bounded queue |
//! | `stop` | ends a run early |

mod commit;
mod pull;
mod queue;
mod start;
mod stop;
#[cfg(test)]
mod tests;

use crate::clock::Clock;
use crate::contract::{Breach, Limits, Origin, Progress, Receipt, Step, Wait};
use crate::engine::CallError;
use crate::sink::{Sink, SinkError};
use crate::store::{Store, StoreError};
use commit::Committer;
use queue::InTurn;
use std::time::Duration;

pub use start::{Places, Started, start};
pub use stop::{Stop, StopHandle};

/// Something that is pulled. The engine's session is one; tests have others.
pub trait Session {
    /// The next step of the run.
    fn next(&mut self, limits: Limits) -> impl Future<Output = Result<Step, CallError>>;

    /// Where its documents come from.
    fn origin(&self) -> Origin {
        Origin::Foreign
    }
}

/// Somebody who wants to know how far the run is.
pub trait Observer {
    /// Batches were delivered and their position stored: where the last of them ends.
    fn progress(&mut self, progress: &Progress);
    /// The component asked to come back later.
    fn waiting(&mut self, wait: &Wait);
}

/// Nobody.
impl Observer for () {
    fn progress(&mut self, _: &Progress) {}
    fn waiting(&mut self, _: &Wait) {}
}

/// The batch limits that fit most pipelines: what a sink writes in a few milliseconds.
pub const DEFAULT_LIMITS: Limits = Limits { max_events: 1000, max_bytes: 1024 * 1024 };

/// How ahead of what is durable a run may be. What it is ahead is what comes again after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Bytes of documents that are made durable together, at least, unless something has to be durable before.
    pub group_bytes: usize,
    /// Batches that may wait between the session and the sink.
    pub ahead: usize,
}

impl Pace {
    /// Each batch is durable before the next one is asked for.
    pub const STEPWISE: Self = Self { group_bytes: 0, ahead: 0 };
    /// Of [`run_apart`]: a disk takes one group in a few dozen milliseconds, and what waits fits into 10 MiB.
    pub const APART: Self = Self { group_bytes: 4 * 1024 * 1024, ahead: 4 };
}

/// Longest time that events of [`run_apart`] wait for others to be made durable with.
pub const LONGEST_GROUP: Duration = Duration::from_millis(200);

/// How a run ended without an error.
#[derive(Debug, Clone)]
pub enum Ending {
    /// The component says it is over.
    Finished(Receipt),
    /// It was asked to stop. The stored position is where to go on.
    Interrupted,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// Events delivered.
    pub events: u64,
    /// Batches delivered.
    pub batches: u64,
    /// Times the component asked to wait.
    pub waits: u64,
    /// Sum of those waits.
    pub waited: Duration,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The component failed or was stopped.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The component broke the contract.
    #[error(transparent)]
    Breach(#[from] Breach),
    /// The events could not be delivered.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The position could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no thread for the sink.
    #[error("cannot start a thread for the sink: {0}; the system's limit of threads or of memory is reached")]
    Thread(std::io::Error),
}

/// Where a run goes and who watches.
pub struct Surroundings<'a, S: ?Sized, T: ?Sized> {
    /// Where events go.
    pub sink: &'a mut S,
    /// Where positions go.
    pub store: &'a mut T,
    /// Waits are on this clock.
    pub clock: &'a Clock,
    /// Ends the run early.
    pub stop: &'a Stop,
    /// Is told how far it is.
    pub observer: &'a mut dyn Observer,
    /// Limits of one batch.
    pub limits: Limits,
}

/// Runs a session to its end, on one thread: each batch is durable and its position stored before the next one is asked
/// for.
///
/// # Errors
/// [`RunError`]: what ended the run. What came before it is durable, and the position stands behind it.
pub async fn run<S, T>(session: &mut impl Session, around: Surroundings<'_, S, T>) -> Result<Outcome, RunError>
where
    S: Sink + ?Sized,
    T: Store + ?Sized,
{
    run_at(Pace::STEPWISE, session, around).await
}

/// The same, at a pace. Nothing happens beside the call: a queue is worked off when it is full, or has to be empty. So it
/// is as far ahead as [`run_apart`] can be at the most, every time, and simulations can kill it there.
///
/// # Errors
/// [`RunError`], as above.
pub async fn run_at<S, T>(
    pace: Pace,
    session: &mut impl Session,
    around: Surroundings<'_, S, T>,
) -> Result<Outcome, RunError>
where
    S: Sink + ?Sized,
    T: Store + ?Sized,
{
    let Surroundings { sink, store, clock, stop, observer, limits } = around;
    let committer = Committer::new(sink, store, session.origin(), pace.group_bytes);
    let mut queue = InTurn::new(committer, pace.ahead);
    let pulled = pull::pull(session, &mut queue, pull::Around { clock, stop, observer, limits }).await?;
    Ok(pulled.outcome(queue.end()?))
}

/// The same with a thread of its own for the sink and the store, a bounded queue before it, and batches that are made
/// durable together: [`Pace::APART`], or when the first of them is [`LONGEST_GROUP`] old. While a batch is written and
/// synced, the session makes the next ones.
///
/// Has to be called within a runtime of several threads, and keeps one of them to itself.
///
/// # Errors
/// [`RunError`], as above.
///
/// # Panics
/// Within a runtime that has one thread only; and when the sink, the store or the session does.
pub async fn run_apart<S, T>(session: &mut impl Session, around: Surroundings<'_, S, T>) -> Result<Outcome, RunError>
where
    S: Sink + Send + ?Sized,
    T: Store + Send + ?Sized,
{
    let Surroundings { sink, store, clock, stop, observer, limits } = around;
    let committer = Committer::new(sink, store, session.origin(), Pace::APART.group_bytes);
    let around = pull::Around { clock, stop, observer, limits };
    tokio::task::block_in_place(|| {
        queue::apart(committer, Pace::APART.ahead, LONGEST_GROUP, |queue| {
            tokio::runtime::Handle::current().block_on(pull::pull(session, queue, around))
        })
    })
    .map(|(pulled, tally)| pulled.outcome(tally))
}
