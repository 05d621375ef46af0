//! What the component returns.

use super::{broken, expect, fair, violated};
use defender_double::scenario::What;
use serde_json::Value;
use source_host::contract::{
    Batch, Completeness, Event, Failure, Operation, Receipt, SourceError, Step, Tally, Wait, WaitReason,
};
use source_host::engine::CallError;
use source_host::simulate::Property::{
    Ends, NothingLost, Progress, Receipt as Account, Resume, SnapshotEnd, TypedError,
};
use source_host::simulate::{Options, Sabotage};

/// Changes steps. The state is a count, for those that need one.
struct Steps<S>(S, fn(&mut S, Step) -> Result<Step, CallError>);

impl<S: Send> Sabotage for Steps<S> {
    fn step(&mut self, step: Step) -> Result<Step, CallError> {
        (self.1)(&mut self.0, step)
    }
}

/// Changes the receipt.
fn receipt(step: Step, change: impl FnOnce(&mut Receipt)) -> Step {
    match step {
        Step::Finished(mut receipt) => {
            change(&mut receipt);
            Step::Finished(receipt)
        }
        other => other,
    }
}

#[test]
fn a_receipt_that_does_not_add_up_is_noticed() {
    let one_more = || Steps((), |(), step| Ok(receipt(step, |receipt| receipt.datasets[0].received += 1)));
    expect(&fair(), one_more, &[Account]);
    let tallied = || {
        Steps((), |(), step| {
            let tally = Tally { name: "device".into(), count: 1 };
            Ok(receipt(step, |receipt| receipt.datasets[0].events.push(tally)))
        })
    };
    expect(&fair(), tallied, &[Account]);
}

#[test]
fn a_forged_end_of_a_snapshot_is_noticed() {
    /// The last batch, and the receipt that waits behind the forged mark.
    #[derive(Default)]
    struct Forger {
        last: Option<Batch>,
        receipt: Option<Receipt>,
    }
    let forge = |forger: &mut Forger, step| {
        if let Some(receipt) = forger.receipt.take() {
            return Ok(Step::Finished(receipt));
        }
        match step {
            Step::Batch(batch) => {
                if !batch.events.is_empty() {
                    forger.last = Some(batch.clone());
                }
                Ok(Step::Batch(batch))
            }
            Step::Finished(mut receipt) => {
                let partial =
                    receipt.datasets.iter_mut().find(|account| account.completeness != Completeness::Complete);
                let (Some(account), Some(mut batch)) = (partial, forger.last.take()) else {
                    return Ok(Step::Finished(receipt));
                };
                account.completeness = Completeness::Complete;
                let last = batch.events.pop().map(|event| event.document).unwrap_or_default();
                let last: Value = serde_json::from_str(&last).unwrap_or_default();
                let sequence = last["seq"].as_u64().unwrap_or(0) + 1;
                batch.events = vec![mark(&last, &account.dataset, sequence)];
                forger.receipt = Some(receipt);
                Ok(Step::Batch(batch))
            }
            other => Ok(other),
        }
    };
    let options = broken("/api/machines/SoftwareInventoryByMachine", What::Status(500));
    let (found, lines) =
        violated(&options, || Some(Box::new(Steps(Forger::default(), forge))), &[SnapshotEnd, NothingLost]);
    assert_eq!(found, [SnapshotEnd, NothingLost].into(), "{lines}");
}

/// The mark that ends a snapshot, in the run of another event.
fn mark(last: &Value, dataset: &str, sequence: u64) -> Event {
    let text = |member: &str| last[member].as_str().unwrap_or_default().to_owned();
    let tenant = text("key").split(':').nth(1).unwrap_or_default().to_owned();
    let key = format!("mde:{tenant}:snapshot:{dataset}");
    let (observed_at, content_hash) = (text("observed"), "0".repeat(64));
    let document = format!(
        r#"{{"schema":"source/snapshot/1","kind":"snapshot","op":"snapshot_end","key":"{key}","run":"{}","seq":{sequence},"observed":"{observed_at}","hash":"{content_hash}","refs":[],"body":{{"dataset":"{dataset}","count":0}}}}"#,
        text("run")
    );
    let operation = Operation::SnapshotEnd;
    Event { kind: "snapshot".into(), operation, key, observed_at, content_hash, document }
}

#[test]
fn a_checkpoint_that_cannot_be_continued_from_is_noticed() {
    let cut = || {
        Steps((), |(), step| match step {
            Step::Batch(mut batch) => {
                // Its beginning alone would be the same each time, which is another fault.
                batch.checkpoint.remove(0);
                Ok(Step::Batch(batch))
            }
            other => Ok(other),
        })
    };
    expect(&Options { days: 3, ..fair() }, cut, &[Resume]);
}

#[test]
fn a_trap_is_no_typed_error() {
    let trap = || Steps((), |(), _| Err(CallError::Trapped { call: "next", cause: "unreachable".into() }));
    expect(&fair(), trap, &[TypedError]);
    let bug = || Steps((), |(), _| Err(CallError::Source(SourceError::Internal(failure()))));
    let (found, lines) = violated(&fair(), || Some(Box::new(bug())), &[TypedError]);
    assert!(found.contains(&TypedError), "{lines}");
}

fn failure() -> Failure {
    Failure { message: "m".into(), remedy: "r".into(), retry_after_ms: None }
}

#[test]
fn a_run_that_fails_in_fair_weather_makes_no_progress() {
    let away = || Steps((), |(), _| Err(CallError::Source(SourceError::Unavailable(failure()))));
    expect(&fair(), away, &[Progress]);
}

#[test]
fn a_run_that_never_ends_is_noticed() {
    let later = || {
        Steps((), |(), step| match step {
            Step::Finished(_) => {
                Ok(Step::Wait(Wait { millis: 3_600_000, reason: WaitReason::Retry, message: String::new() }))
            }
            other => Ok(other),
        })
    };
    expect(&fair(), later, &[Ends]);
}
