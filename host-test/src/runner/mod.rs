//! One run: pull a step, deliver its events, make them durable, store the position, say how far it is.
//!
//! The order is the promise: a checkpoint is stored only after every event before it is durable, so a crash at any
//! point repeats events and never loses one.

mod start;
mod stop;

use crate::clock::Clock;
use crate::contract::{self, Breach, Event, Limits, Progress, Receipt, Step, Wait};
use crate::engine::CallError;
use crate::sink::{Sink, SinkError};
use crate::store::{Store, StoreError};
use std::time::Duration;

pub use start::{Places, Started, start};
pub use stop::{Stop, StopHandle};

/// Something that is pulled. The engine's session is one; tests have others.
pub trait Session {
    /// The next step of the run.
    fn next(&mut self, limits: Limits) -> impl Future<Output = Result<Step, CallError>>;
}

/// Somebody who wants to know how far the run is.
pub trait Observer {
    /// A batch was delivered and its position stored.
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

/// Waits of no time that a component may ask for in a row. One can be a matter of rounding.
const MOST_IDLE_WAITS: u32 = 100;

/// Longest wait that a component may ask for: a week. Limits of services start over every day at the latest.
const LONGEST_WAIT_MS: u64 = 7 * 24 * 3600 * 1000;

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
}

/// Where a run goes and who watches.
pub struct Surroundings<'a> {
    /// Where events go.
    pub sink: &'a mut dyn Sink,
    /// Where positions go.
    pub store: &'a mut dyn Store,
    /// Waits are on this clock.
    pub clock: &'a Clock,
    /// Ends the run early.
    pub stop: &'a Stop,
    /// Is told how far it is.
    pub observer: &'a mut dyn Observer,
    /// Limits of one batch.
    pub limits: Limits,
}

/// Runs a session to its end.
pub async fn run(session: &mut impl Session, around: Surroundings<'_>) -> Result<Outcome, RunError> {
    let Surroundings { sink, store, clock, stop, observer, limits } = around;
    let mut outcome = Outcome { ending: Ending::Interrupted, events: 0, batches: 0, waits: 0, waited: Duration::ZERO };
    let mut position: Option<String> = None;
    let mut idle = 0;
    while !stop.is_requested() {
        match session.next(limits).await? {
            Step::Batch(batch) => {
                contract::inspect(&batch)?;
                contract::within(&batch, limits)?;
                if batch.events.is_empty() && position.as_deref() == Some(&*batch.checkpoint) {
                    return Err(Breach::Standstill.into());
                }
                idle = 0;
                outcome.events += deliver(sink, &store.admit(batch.events)?)?;
                store.save(&batch.checkpoint)?;
                outcome.batches += 1;
                observer.progress(&batch.progress);
                position = Some(batch.checkpoint);
            }
            Step::Wait(wait) => {
                if wait.millis > LONGEST_WAIT_MS {
                    return Err(Breach::Patience { millis: wait.millis }.into());
                }
                observer.waiting(&wait);
                idle = if wait.millis == 0 { idle + 1 } else { 0 };
                if idle > MOST_IDLE_WAITS {
                    return Err(Breach::Restless { count: idle }.into());
                }
                let duration = Duration::from_millis(wait.millis);
                outcome.waits += 1;
                let before = clock.elapsed();
                tokio::select! {
                    () = clock.sleep(duration) => {}
                    () = stop.requested() => {}
                }
                outcome.waited += clock.elapsed().saturating_sub(before);
            }
            Step::Finished(receipt) => {
                contract::reconcile(&receipt)?;
                loop {
                    let last = store.conclude(&receipt)?;
                    if last.is_empty() {
                        break;
                    }
                    outcome.events += deliver(sink, &last)?;
                }
                store.finish(&receipt.checkpoint)?;
                outcome.ending = Ending::Finished(receipt);
                break;
            }
        }
    }
    store.settle()?;
    Ok(outcome)
}

/// Delivers some events for good, and says how many.
fn deliver(sink: &mut dyn Sink, events: &[Event]) -> Result<u64, SinkError> {
    if !events.is_empty() {
        sink.deliver(events)?;
        sink.make_durable()?;
    }
    Ok(events.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Batch, Operation, SourceError, WaitReason};
    use crate::testing::Collected;
    use std::collections::VecDeque;

    struct Script(VecDeque<Result<Step, CallError>>);

    impl Session for Script {
        async fn next(&mut self, _: Limits) -> Result<Step, CallError> {
            self.0.pop_front().unwrap()
        }
    }

    #[derive(Default)]
    struct Log(Vec<String>);

    impl Store for Log {
        fn save(&mut self, checkpoint: &str) -> Result<(), StoreError> {
            self.0.push(checkpoint.to_owned());
            Ok(())
        }
        fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
            self.0.push(format!("finished {checkpoint}"));
            Ok(())
        }
    }

    fn batch(documents: &[&str], checkpoint: &str) -> Result<Step, CallError> {
        let event = |document: &&str| Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: (*document).into(),
        };
        let progress = Progress { dataset: String::new(), received: 0, events: 0, calls: 0, bytes: 0 };
        Ok(Step::Batch(Batch {
            events: documents.iter().map(event).collect(),
            checkpoint: checkpoint.into(),
            progress,
        }))
    }

    fn finished() -> Result<Step, CallError> {
        Ok(Step::Finished(Receipt {
            run: "r".into(),
            started_at: String::new(),
            finished_at: String::new(),
            sign_in_calls: 0,
            datasets: vec![],
            checkpoint: "next".into(),
        }))
    }

    async fn run_script(
        steps: Vec<Result<Step, CallError>>,
        stop: &Stop,
    ) -> (Result<Outcome, RunError>, Collected, Vec<String>) {
        let (mut sink, mut store) = (Collected::default(), Log::default());
        let clock = Clock::virtual_at(Duration::ZERO);
        let around = Surroundings {
            sink: &mut sink,
            store: &mut store,
            clock: &clock,
            stop,
            observer: &mut (),
            limits: DEFAULT_LIMITS,
        };
        let outcome = run(&mut Script(steps.into()), around).await;
        (outcome, sink, store.0)
    }

    #[tokio::test]
    async fn empty_batches_move_the_checkpoint_and_waits_are_counted() {
        let wait = Wait { millis: 5_000, reason: WaitReason::Throttled, message: String::new() };
        let steps = vec![batch(&["{}"], "1"), Ok(Step::Wait(wait)), batch(&[], "2"), finished()];
        let (outcome, sink, saved) = run_script(steps, &Stop::never()).await;
        let outcome = outcome.unwrap();
        assert!(matches!(outcome.ending, Ending::Finished(_)));
        assert_eq!((outcome.events, outcome.batches, outcome.waits), (1, 2, 1));
        assert_eq!(outcome.waited, Duration::from_secs(5));
        assert_eq!(sink.events.len(), 1);
        assert_eq!(saved, ["1", "2", "finished next"]);
    }

    #[tokio::test]
    async fn a_broken_document_is_not_delivered() {
        let (outcome, sink, saved) = run_script(vec![batch(&["{\n}"], "1")], &Stop::never()).await;
        assert!(matches!(outcome, Err(RunError::Breach(Breach::Document { .. }))));
        assert!(sink.events.is_empty() && saved.is_empty());
    }

    #[tokio::test]
    async fn a_run_that_gets_nowhere_is_ended() {
        let steps = vec![batch(&["{}"], "1"), batch(&[], "1")];
        let (outcome, _, saved) = run_script(steps, &Stop::never()).await;
        assert!(matches!(outcome, Err(RunError::Breach(Breach::Standstill))));
        assert_eq!(saved, ["1"]);
        let same = vec![batch(&["{}"], "1"), batch(&["{}"], "1"), finished()];
        assert!(run_script(same, &Stop::never()).await.0.is_ok(), "a row that needs several batches");
        let wait = || Ok(Step::Wait(Wait { millis: 0, reason: WaitReason::Retry, message: String::new() }));
        let (outcome, ..) = run_script((0..1000).map(|_| wait()).collect(), &Stop::never()).await;
        assert!(matches!(outcome, Err(RunError::Breach(Breach::Restless { count: 101 }))));
    }

    #[tokio::test]
    async fn more_than_was_asked_for_is_not_delivered() {
        let many = vec!["{}"; DEFAULT_LIMITS.max_events as usize + 1];
        let (outcome, sink, saved) = run_script(vec![batch(&many, "1")], &Stop::never()).await;
        assert!(matches!(outcome, Err(RunError::Breach(Breach::Limits { events: 1001, .. }))));
        assert!(sink.events.is_empty() && saved.is_empty());
    }

    #[tokio::test]
    async fn a_failed_sink_stores_no_position() {
        let mut sink = Collected { fail: true, ..Collected::default() };
        let mut store = Log::default();
        let around = Surroundings {
            sink: &mut sink,
            store: &mut store,
            clock: &Clock::virtual_at(Duration::ZERO),
            stop: &Stop::never(),
            observer: &mut (),
            limits: DEFAULT_LIMITS,
        };
        let outcome = run(&mut Script(vec![batch(&["{}"], "1")].into()), around).await;
        assert!(matches!(outcome, Err(RunError::Sink(_))));
        assert!(store.0.is_empty());
    }

    #[tokio::test]
    async fn errors_end_the_run_and_keep_the_position() {
        let failure = contract::Failure { message: "m".into(), remedy: "r".into(), retry_after_ms: None };
        let steps = vec![batch(&["{}"], "1"), Err(CallError::Source(SourceError::Protocol(failure)))];
        let (outcome, _, saved) = run_script(steps, &Stop::never()).await;
        assert_eq!(outcome.unwrap_err().to_string(), "protocol: m (r)");
        assert_eq!(saved, ["1"]);
    }

    #[tokio::test]
    async fn a_stop_ends_between_steps() {
        let (stop, handle) = Stop::new();
        handle.request();
        let (outcome, ..) = run_script(vec![], &stop).await;
        assert!(matches!(outcome.unwrap().ending, Ending::Interrupted));
    }
}
