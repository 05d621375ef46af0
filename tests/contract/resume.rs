//! A run that is cut at any point and continued yields what an uninterrupted one yields.

use crate::support::service::{handmade_behind, harness};
use crate::support::{complete, datasets, envelope, handmade_run, run};
use source_host::contract::error_case;
use source_host::engine::CallError;
use source_host::runner::RunError;
use source_host::testing::{FakeTransport, Harness, TestRun};
use std::collections::HashSet;
use std::time::Duration;

const STRATEGIES: [&[&str]; 2] =
    [&[], &["datasets.vulnerabilities.strategy=per_device", "datasets.recommendations.strategy=per_device"]];

fn prepare(changes: &[&str], max_events: u32) -> Harness {
    changes.iter().fold(handmade_run(), |run, change| run.set(change)).limits(max_events, u32::MAX)
}

/// What an event says, whoever asks and how often.
fn identities(run: &TestRun) -> impl Iterator<Item = (String, String, String)> + '_ {
    run.sink
        .events
        .iter()
        .map(|event| (event.key.clone(), event.content_hash.clone(), format!("{:?}", event.operation)))
}

#[test]
fn every_checkpoint_continues_to_the_same_end() {
    for changes in STRATEGIES {
        let whole = complete(prepare(changes, 1));
        let expected: HashSet<_> = identities(&whole).collect();
        assert!(whole.positions.saved.len() > 100, "one event in a batch makes many of them");
        for batches in 1..whole.positions.saved.len() {
            let first = run(prepare(changes, 1).stop_after_batches(batches as u64));
            let Some(checkpoint) = first.positions.saved.last() else { panic!("nothing was stored") };
            let rest = complete(prepare(changes, 7).checkpoint(checkpoint.clone()));
            let together: HashSet<_> = identities(&first).chain(identities(&rest)).collect();
            let lost: Vec<_> = expected.difference(&together).collect();
            let invented: Vec<_> = together.difference(&expected).collect();
            assert!(lost.is_empty() && invented.is_empty(), "after batch {batches}: {lost:?} {invented:?}");
            let runs: HashSet<_> =
                first.documents().chain(rest.documents()).map(|it| envelope(it)["run"].take()).collect();
            assert_eq!(runs.len(), 1, "it is still the same run");
            for (account, expected) in datasets(&rest).iter().zip(datasets(&whole)) {
                assert_eq!((&account.dataset, account.emitted), (&expected.dataset, expected.emitted), "{account:?}");
            }
        }
    }
}

#[test]
fn a_run_that_dies_after_every_batch_ends_all_the_same() {
    // Fewer events than the longest row has would never get beyond it.
    const LIMIT: u32 = 9;
    let whole: HashSet<_> = identities(&complete(prepare(&[], LIMIT))).collect();
    let mut together = HashSet::new();
    let mut checkpoint: Option<String> = None;
    let mut now = Duration::from_secs(1_800_000_000);
    for _ in 0..1000 {
        let mut harness = prepare(&[], LIMIT).start_time(now).stop_after_batches(1);
        if let Some(checkpoint) = checkpoint.take() {
            harness = harness.checkpoint(checkpoint);
        }
        let part = run(harness);
        assert!(part.error.is_none(), "{:?}", part.error);
        together.extend(identities(&part));
        now += part.elapsed + Duration::from_secs(60);
        checkpoint = part.positions.saved.last().cloned();
        if part.receipt.is_some() {
            assert_eq!(together, whole);
            return;
        }
        assert!(checkpoint.is_some(), "no progress");
    }
    panic!("the run does not come to an end");
}

#[test]
fn batches_keep_to_their_limits() {
    let longest = complete(handmade_run()).documents().map(str::len).max().unwrap_or_default();
    for (max_events, max_bytes) in [(1, u32::MAX), (0, 0), (u32::MAX, 1), (3, 10_000)] {
        let run = complete(handmade_run().limits(max_events, max_bytes));
        assert!(run.positions.saved.len() as u64 >= run.sink.count / u64::from(max_events.max(1)));
        if max_bytes < 2 {
            assert!(run.positions.saved.len() as u64 >= run.sink.count, "each event travels alone");
        }
        assert!(run.sink.events.iter().any(|event| event.document.len() == longest), "long events are not dropped");
    }
}

#[test]
fn a_checkpoint_of_another_configuration_is_refused_before_any_request() {
    let part = run(prepare(&[], 1).stop_after_batches(20));
    let Some(good) = part.positions.saved.last() else { panic!("nothing was stored") };
    let cut = &good[..good.len() / 2];
    for (checkpoint, change) in [
        (good.as_str(), "format=native"),
        (good.as_str(), "datasets.software.enabled=false"),
        (cut, "format=ocsf"),
        ("", "format=ocsf"),
        ("{}", "format=ocsf"),
        ("null", "format=ocsf"),
    ] {
        let network = handmade_behind(FakeTransport::new());
        let run = run(harness(&network).set(change).checkpoint(checkpoint));
        let Some(RunError::Call(CallError::Source(error))) = &run.error else {
            panic!("{checkpoint}: {:?}", run.error)
        };
        assert_eq!(error_case(error), "invalid-checkpoint", "{checkpoint} {error:?}");
        assert!(network.requests().is_empty());
    }
}
