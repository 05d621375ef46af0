//! The loop that asks a session for steps.
//!
//! It is ahead of what is durable only as far as that costs nothing but a repeat: in the middle of an answer. A batch
//! before which requests were sent is durable, and its position given to the store, before the session is asked again. So a
//! position tells of all requests but those of the last call, however far ahead the run is, and a source that keeps to a
//! budget of requests keeps to it over crashes. A store that writes on a thread of its own may be one position behind.

use super::commit::Tally;
use super::queue::Queue;
use super::{Ending, Observer, Outcome, RunError, Session, Stop};
use crate::clock::Clock;
use crate::contract::{self, Breach, Limits, Receipt, Step, Wait};
use std::time::Duration;

/// Waits of no time that a component may ask for in a row. One can be a matter of rounding.
const MOST_IDLE_WAITS: u32 = 100;

/// Longest wait that a component may ask for: a week. Limits of services start over every day at the latest.
const LONGEST_WAIT_MS: u64 = 7 * 24 * 3600 * 1000;

/// What the loop needs beside the session and the queue.
pub(super) struct Around<'a> {
    pub(super) clock: &'a Clock,
    pub(super) stop: &'a Stop,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) limits: Limits,
}

/// What came of it.
pub(super) struct Pulled {
    ending: Ending,
    waits: u64,
    waited: Duration,
}

impl Pulled {
    /// With what was delivered.
    pub(super) fn outcome(self, tally: Tally) -> Outcome {
        let Self { ending, waits, waited } = self;
        let Tally { events, batches } = tally;
        Outcome { ending, events, batches, waits, waited }
    }
}

/// Pulls until the run is over, and everything before its end is durable.
pub(super) async fn pull(
    session: &mut impl Session,
    queue: &mut impl Queue,
    mut around: Around<'_>,
) -> Result<Pulled, RunError> {
    let mut puller = Puller { position: None, calls: None, idle: 0, waits: 0, waited: Duration::ZERO };
    let receipt = puller.steps(session, queue, &mut around).await;
    if !matches!(receipt, Ok(Some(_))) {
        // What was given before the run ended like that is sound. If it cannot be kept, that is what went wrong first.
        queue.settle(around.observer)?;
    }
    let ending = receipt?.map_or(Ending::Interrupted, Ending::Finished);
    Ok(Pulled { ending, waits: puller.waits, waited: puller.waited })
}

struct Puller {
    /// Behind the last batch.
    position: Option<String>,
    /// Requests sent before it.
    calls: Option<u64>,
    /// Waits of no time in a row.
    idle: u32,
    waits: u64,
    waited: Duration,
}

impl Puller {
    /// The receipt; nothing if the run was asked to end before.
    async fn steps(
        &mut self,
        session: &mut impl Session,
        queue: &mut impl Queue,
        around: &mut Around<'_>,
    ) -> Result<Option<Receipt>, RunError> {
        while !around.stop.is_requested() {
            let step = tokio::select! {
                biased;
                // A session may take minutes for a step that nobody can take any more.
                error = queue.failed() => return Err(error),
                step = session.next(around.limits) => step?,
            };
            match step {
                Step::Batch(batch) => {
                    contract::within(&batch, around.limits)?;
                    let is_position = batch.events.is_empty();
                    if is_position && self.position.as_deref() == Some(&*batch.checkpoint) {
                        return Err(Breach::Standstill.into());
                    }
                    self.idle = 0;
                    self.position = Some(batch.checkpoint.clone());
                    let calls = self.calls.replace(batch.progress.calls);
                    let has_called = calls != self.calls;
                    queue.give(batch, around.observer)?;
                    if is_position || has_called {
                        queue.settle(around.observer)?;
                    }
                }
                Step::Wait(wait) => {
                    queue.settle(around.observer)?;
                    self.wait(&wait, around).await?;
                }
                Step::Finished(receipt) => {
                    contract::reconcile(&receipt)?;
                    queue.finish(&receipt, around.observer)?;
                    return Ok(Some(receipt));
                }
            }
        }
        Ok(None)
    }

    async fn wait(&mut self, wait: &Wait, around: &mut Around<'_>) -> Result<(), RunError> {
        if wait.millis > LONGEST_WAIT_MS {
            return Err(Breach::Patience { millis: wait.millis }.into());
        }
        around.observer.waiting(wait);
        self.idle = if wait.millis == 0 { self.idle + 1 } else { 0 };
        if self.idle > MOST_IDLE_WAITS {
            return Err(Breach::Restless { count: self.idle }.into());
        }
        self.waits += 1;
        let before = around.clock.elapsed();
        tokio::select! {
            () = around.clock.sleep(Duration::from_millis(wait.millis)) => {}
            () = around.stop.requested() => {}
        }
        self.waited += around.clock.elapsed().saturating_sub(before);
        Ok(())
    }
}
