//! An oracle that cannot fail proves nothing. Each test switches one safeguard off and expects the simulation to name
//! what broke: that, all of it, and nothing else.

use defender_double::scenario::{Fault, Scenario, What, When};
use http::{StatusCode, Uri};
use serde_json::Value;
use source_host::contract::{
    Batch, Completeness, Event, Failure, Operation, Receipt, SourceError, Step, Tally, Wait, WaitReason,
};
use source_host::engine::CallError;
use source_host::simulate::{Options, Property, Sabotage, simulate};
use source_host::testing::embedded;
use std::collections::BTreeSet;

use Property::{
    Ends, Envelope, Memory, NoGap, NothingInvented, NothingLost, Progress, Quota, Receipt as Account, Resume, Secret,
    SnapshotEnd, SnapshotOrder, StableReplay, TypedError,
};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=16;

/// Everything that some seeds violate under a saboteur.
fn violated(options: &Options, saboteur: impl Fn() -> Option<Box<dyn Sabotage>>) -> (BTreeSet<Property>, String) {
    let component = embedded().expect("the built-in component is one");
    let (mut properties, mut lines) = (BTreeSet::new(), String::new());
    for seed in SEEDS {
        for violation in simulate(seed, options, &component, saboteur()).violations {
            if properties.insert(violation.property) {
                lines.push_str(&format!("seed {seed}: {violation}\n"));
            }
        }
    }
    (properties, lines)
}

/// Fair weather, so that everything that is reported is the saboteur's.
fn fair() -> Options {
    Options { days: 1, scenario: Some(Scenario::default()), ..Options::default() }
}

/// One path that fails, always.
fn broken(path: &str, what: What) -> Options {
    let when = When { path: Some(path.to_owned()), times: None, ..When::default() };
    Options { scenario: Some(Scenario::of(vec![Fault { when, what }])), ..fair() }
}

fn expect<S: Sabotage + 'static>(options: &Options, saboteur: fn() -> S, expected: &[Property]) {
    let (found, lines) = violated(options, || Some(Box::new(saboteur())));
    assert_eq!(found, expected.iter().copied().collect(), "{lines}");
}

#[test]
fn nothing_is_reported_where_nothing_is_broken() {
    let (found, lines) = violated(&fair(), || None);
    assert!(found.is_empty(), "{lines}");
}

// What the component gets to see.

/// Changes bodies of the API.
struct Answers(fn(&Uri, StatusCode, &mut Value) -> StatusCode);

impl Sabotage for Answers {
    fn rewrites(&self) -> bool {
        true
    }

    fn answer(&mut self, url: &Uri, status: StatusCode, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        let Ok(mut json) = serde_json::from_slice::<Value>(&body) else { return (status, body) };
        let changed = (self.0)(url, status, &mut json);
        (changed, json.to_string().into_bytes())
    }
}

fn empty_collection() -> Value {
    serde_json::json!({ "value": [] })
}

#[test]
fn a_page_that_is_dropped_is_lost() {
    let drop_second = || {
        Answers(|url, status, body| {
            if url.query().is_some_and(|query| query.contains("skip")) {
                *body = empty_collection();
            }
            status
        })
    };
    expect(&fair(), drop_second, &[NothingLost]);
}

#[test]
fn a_next_link_that_is_ignored_loses_what_follows() {
    let no_link = || {
        Answers(|_, status, body| {
            if let Some(body) = body.as_object_mut() {
                body.remove("@odata.nextLink");
            }
            status
        })
    };
    expect(&fair(), no_link, &[NothingLost]);
}

#[test]
fn a_refusal_that_is_taken_for_an_empty_list_is_a_snapshot_that_must_not_end() {
    let forbidden_is_empty = || {
        Answers(|_, status, body| {
            if status != StatusCode::FORBIDDEN {
                return status;
            }
            *body = empty_collection();
            StatusCode::OK
        })
    };
    let options = broken("/api/machines/SoftwareInventoryByMachine", What::Forbidden);
    expect(&options, forbidden_is_empty, &[NothingLost, SnapshotEnd]);
}

#[test]
fn a_row_that_is_made_up_is_invented() {
    let made_up = || {
        Answers(|url, status, body| {
            if url.path().ends_with("/SoftwareInventoryByMachine") {
                for row in body["value"].as_array_mut().into_iter().flatten().take(1) {
                    row["softwareName"] = format!("{}-made-up", row["softwareName"]).into();
                }
            }
            status
        })
    };
    expect(&fair(), made_up, &[NothingInvented, NothingLost]);
}

// What is kept.

/// Changes events on their way to the sink.
struct Events(fn(&mut Vec<Event>));

impl Sabotage for Events {
    fn deliver(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        (self.0)(&mut events);
        events
    }
}

fn upsert(events: &[Event]) -> Option<usize> {
    events.iter().position(|event| event.operation == Operation::Upsert)
}

/// Adds a copy of the first asset of a batch, with a change.
fn add_copy(events: &mut Vec<Event>, change: impl Fn(&mut Event)) {
    if let Some(at) = upsert(events) {
        let mut copy = events[at].clone();
        change(&mut copy);
        events.insert(at + 1, copy);
    }
}

#[test]
fn a_checkpoint_before_its_events_loses_them() {
    struct First;
    impl Sabotage for First {
        fn stores_first(&self) -> bool {
            true
        }
    }
    let (found, lines) = violated(&Options { days: 3, ..fair() }, || Some(Box::new(First)));
    assert!(found.contains(&NoGap), "{lines}");
    // What is passed over is sometimes an asset, sometimes a mark.
    assert!(found.is_subset(&[NoGap, NothingLost, SnapshotEnd, SnapshotOrder, Account].into()), "{lines}");
}

#[test]
fn an_event_that_is_dropped_leaves_a_gap_and_is_lost() {
    let dropped = || {
        Events(|events| {
            // Never the last one: a gap has two sides.
            if let Some(at) = upsert(events).filter(|at| at + 1 < events.len()) {
                events.remove(at);
            }
        })
    };
    expect(&fair(), dropped, &[NothingLost, NoGap, Account]);
}

#[test]
fn a_repeat_with_another_hash_is_unstable() {
    let twice = || {
        Events(|events| {
            add_copy(events, |copy| {
                let other: String = copy.content_hash.chars().rev().collect();
                copy.document = copy
                    .document
                    .replace(&format!("\"hash\":\"{}\"", copy.content_hash), &format!("\"hash\":\"{other}\""));
                copy.content_hash = other;
            });
        })
    };
    expect(&fair(), twice, &[StableReplay]);
}

#[test]
fn a_repeat_with_another_body_is_unstable() {
    let twice = || {
        Events(|events| {
            add_copy(events, |copy| copy.document = copy.document.replace("\"body\":{", "\"body\":{\"x\":1,"))
        })
    };
    expect(&fair(), twice, &[StableReplay]);
}

#[test]
fn a_key_that_is_wrong_is_invented_and_the_right_one_is_lost() {
    let wrong = || {
        Events(|events| {
            for event in events.iter_mut().filter(|event| event.kind == "ip_address") {
                let key = format!("{}0", event.key);
                event.document =
                    event.document.replace(&format!("\"key\":\"{}\"", event.key), &format!("\"key\":\"{key}\""));
                event.key = key;
            }
        })
    };
    expect(&fair(), wrong, &[NothingLost, NothingInvented]);
}

#[test]
fn an_asset_that_does_not_exist_is_invented() {
    let extra = || {
        Events(|events| {
            add_copy(events, |copy| {
                let key = format!("{}0", copy.key);
                copy.document =
                    copy.document.replace(&format!("\"key\":\"{}\"", copy.key), &format!("\"key\":\"{key}\""));
                copy.key = key;
            });
        })
    };
    // It is in no account either.
    expect(&fair(), extra, &[NothingInvented, Account]);
}

#[test]
fn a_relation_that_is_left_out_is_lost() {
    let lonely = || {
        Events(|events| {
            for event in events.iter_mut().filter(|event| event.kind == "ip_address") {
                let (from, to) = (event.document.find("\"refs\":["), event.document.find("],\"body\""));
                if let (Some(from), Some(to)) = (from, to) {
                    event.document.replace_range(from + "\"refs\":[".len()..to, "");
                }
            }
        })
    };
    expect(&fair(), lonely, &[NothingLost]);
}

#[test]
fn a_snapshot_that_begins_behind_its_first_row_is_out_of_order() {
    let late = || {
        Events(|events| {
            for at in 1..events.len() {
                if events[at - 1].operation == Operation::SnapshotBegin && events[at].operation == Operation::Upsert {
                    events.swap(at - 1, at);
                }
            }
        })
    };
    // Whoever starts collecting at the beginning misses the row before it.
    expect(&fair(), late, &[SnapshotOrder, NothingLost]);
}

#[test]
fn an_event_that_says_two_things_is_no_event() {
    let two_faced = || Events(|events| add_copy(events, |copy| copy.kind = "software".into()));
    let (found, lines) = violated(&fair(), || Some(Box::new(two_faced())));
    assert_eq!(found, [Envelope].into(), "{lines}");
}

// What the component returns.

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
    let (found, lines) = violated(&options, || Some(Box::new(Steps(Forger::default(), forge))));
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
                batch.checkpoint.truncate(30);
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
    let (found, lines) = violated(&fair(), || Some(Box::new(bug())));
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

#[test]
fn a_token_in_an_event_is_a_leak() {
    struct Echo(Option<String>);
    impl Sabotage for Echo {
        fn rewrites(&self) -> bool {
            true
        }

        fn answer(&mut self, _: &Uri, status: StatusCode, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
            if let Ok(answer) = serde_json::from_slice::<Value>(&body)
                && let Some(token) = answer["access_token"].as_str()
            {
                self.0 = Some(token.to_owned());
            }
            (status, body)
        }

        fn deliver(&mut self, mut events: Vec<Event>) -> Vec<Event> {
            let token = self.0.clone().unwrap_or_default();
            for event in events.iter_mut().filter(|event| event.kind == "device") {
                event.document =
                    event.document.replacen("\"body\":{", &format!("\"body\":{{\"token\":\"{token}\","), 1);
            }
            events
        }
    }
    // The token of a later life is another one.
    let (found, lines) = violated(&fair(), || Some(Box::new(Echo(None))));
    assert!(found.contains(&Secret) && found.is_subset(&[Secret, StableReplay].into()), "{lines}");
}

#[test]
fn the_client_secret_in_the_reason_of_a_wait_is_a_leak() {
    struct Echo(Option<String>, bool);
    impl Sabotage for Echo {
        fn step(&mut self, step: Step) -> Result<Step, CallError> {
            if std::mem::replace(&mut self.1, true) {
                return Ok(step);
            }
            // What every secret of a simulation begins with, and then what this one goes on with.
            let message = self.0.clone().unwrap_or_default();
            Ok(Step::Wait(Wait { millis: 1, reason: WaitReason::Retry, message }))
        }
    }
    let component = embedded().expect("the built-in component is one");
    let secret = source_host::simulate::client_secret(1);
    let report = simulate(1, &fair(), &component, Some(Box::new(Echo(Some(secret), false))));
    let found: BTreeSet<Property> = report.violations.iter().map(|violation| violation.property).collect();
    assert!(found.contains(&Secret), "{:?}", report.violations);
}

#[test]
fn too_much_memory_is_noticed() {
    struct Glutton;
    impl Sabotage for Glutton {
        fn peak_memory(&self, _: u64) -> u64 {
            17 << 20
        }
    }
    expect(&fair(), || Glutton, &[Memory]);
}

#[test]
fn a_quota_that_is_exceeded_is_noticed_when_asked_for() {
    // The source keeps to the documented quotas; this service has a stricter one of its own.
    let strict = Scenario::parse("strict.toml".as_ref(), "[quotas.machines]\nper_minute = 1\n").expect("a scenario");
    let strict = Options { scenario: Some(strict), ..fair() };
    let (found, lines) = violated(&strict, || None);
    assert!(found.is_empty(), "{lines}");
    let (found, lines) = violated(&Options { strict_quota: true, ..strict }, || None);
    assert_eq!(found, [Quota].into(), "{lines}");
}
