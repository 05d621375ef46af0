//! A session from a script, batch by batch.

mod ahead;

use super::*;
use crate::contract::{Batch, Event, Failure, Operation, SourceError, WaitReason};
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
    Ok(Step::Batch(Batch { events: documents.iter().map(event).collect(), checkpoint: checkpoint.into(), progress }))
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
    let failure = Failure { message: "m".into(), remedy: "r".into(), retry_after_ms: None };
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
