//! Who does what in which order, at any pace and with a thread for the sink.

use super::super::{commit::Committer, pull, queue};
use super::*;
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// What was done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    Asked,
    Wrote(String),
    Synced,
    Stored(String),
    /// Somebody was told that a batch is durable.
    Told(String),
    /// The store was asked to have done what it was given.
    Settled,
}

/// A session, a sink and a store that write down what is asked of them; clones share the diary.
#[derive(Clone, Default)]
struct Diary {
    acts: Arc<Mutex<Vec<Act>>>,
    /// The event that cannot be written, or the position that cannot be stored.
    broken: Option<String>,
    /// Whether the sink does not say so, but panics.
    does_panic: bool,
    is_stored: Arc<Notify>,
}

impl Diary {
    fn note(&self, act: Act) {
        self.acts.lock().unwrap().push(act);
    }

    fn acts(&self) -> Vec<Act> {
        self.acts.lock().unwrap().clone()
    }

    fn stored(&self) -> Vec<String> {
        let stored = |act| if let Act::Stored(position) = act { Some(position) } else { None };
        self.acts().into_iter().filter_map(stored).collect()
    }
}

impl Sink for Diary {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        for event in events {
            if self.broken.as_ref() == Some(&event.key) {
                assert!(!self.does_panic, "the sink fell over");
                return Err(SinkError::Closed);
            }
            self.note(Act::Wrote(event.key.clone()));
        }
        Ok(())
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        self.note(Act::Synced);
        Ok(())
    }
}

impl Store for Diary {
    fn save(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        if self.broken.as_deref() == Some(checkpoint) {
            return Err(StoreError::Foreign { path: "position".into() });
        }
        self.note(Act::Stored(checkpoint.to_owned()));
        self.is_stored.notify_one();
        Ok(())
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        self.note(Act::Settled);
        Ok(())
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.note(Act::Stored(checkpoint.to_owned()));
        Ok(())
    }
}

impl Observer for Diary {
    fn progress(&mut self, progress: &Progress) {
        self.note(Act::Told(progress.dataset.clone()));
    }

    fn waiting(&mut self, _: &Wait) {}
}

/// One step of a script.
#[derive(Debug, Clone)]
enum Line {
    /// A batch of so many events, before which a request was sent or not.
    Batch(usize, bool),
    Wait,
    /// The session fails.
    Fail,
    /// It returns a position when the one before it is stored.
    UntilStored,
    /// It never returns.
    Never,
    /// The run is asked to end, and a batch of one event comes.
    Stop,
}

/// Reads out a script, and writes down what it is asked.
struct Reader {
    script: VecDeque<Line>,
    diary: Diary,
    stop: StopHandle,
    batches: u64,
    events: u64,
    calls: u64,
}

impl Session for Reader {
    async fn next(&mut self, _: Limits) -> Result<Step, CallError> {
        self.diary.note(Act::Asked);
        let (events, has_called) = match self.script.pop_front() {
            None => return finished(),
            Some(Line::Fail) => return Err(CallError::Transport("the session".into())),
            Some(Line::Wait) => {
                return Ok(Step::Wait(Wait { millis: 1, reason: WaitReason::Retry, message: String::new() }));
            }
            Some(Line::Never) => std::future::pending().await,
            Some(Line::UntilStored) => {
                while self.diary.stored().last() != Some(&format!("p{}", self.batches)) {
                    self.diary.is_stored.notified().await;
                }
                (0, false)
            }
            Some(Line::Stop) => {
                self.stop.request();
                (1, false)
            }
            Some(Line::Batch(events, has_called)) => (events, has_called),
        };
        self.batches += 1;
        self.calls += u64::from(has_called);
        let Step::Batch(mut batch) = batch(&vec!["{}"; events], &format!("p{}", self.batches))? else { unreachable!() };
        for event in &mut batch.events {
            event.key = format!("e{}", self.events);
            self.events += 1;
        }
        batch.progress.calls = self.calls;
        batch.progress.dataset.clone_from(&batch.checkpoint);
        Ok(Step::Batch(batch))
    }
}

/// How a script is played.
#[derive(Debug, Clone, Copy)]
enum Play {
    /// On one thread.
    At(Pace),
    /// With a thread for the sink.
    Apart,
    /// The same with another pace.
    ApartAt(Pace),
}

/// Plays a script.
fn play(how: Play, script: &[Line], broken: Option<&str>) -> (Result<Outcome, RunError>, Diary) {
    let diary = Diary { broken: broken.map(str::to_owned), ..Diary::default() };
    (play_with(how, script, &diary), diary)
}

fn play_with(how: Play, script: &[Line], diary: &Diary) -> Result<Outcome, RunError> {
    let (stop, handle) = Stop::new();
    let mut reader = Reader {
        script: script.iter().cloned().collect(),
        diary: diary.clone(),
        stop: handle,
        batches: 0,
        events: 0,
        calls: 0,
    };
    let (mut sink, mut store, mut observer) = (diary.clone(), diary.clone(), diary.clone());
    let clock = Clock::virtual_at(Duration::ZERO);
    let (sink, store, observer) = (&mut sink, &mut store, &mut observer);
    let around = Surroundings { sink, store, clock: &clock, stop: &stop, observer, limits: DEFAULT_LIMITS };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    match how {
        Play::At(pace) => runtime.block_on(run_at(pace, &mut reader, around)),
        Play::Apart => runtime.block_on(run_apart(&mut reader, around)),
        Play::ApartAt(pace) => {
            let Surroundings { sink, store, clock, stop, observer, limits } = around;
            let committer = Committer::new(sink, store, Origin::Foreign, pace.group_bytes);
            let around = pull::Around { clock, stop, observer, limits };
            let pulled = queue::apart(committer, pace.ahead, LONGEST_GROUP, |queue| {
                runtime.block_on(pull::pull(&mut reader, queue, around))
            });
            pulled.map(|(pulled, tally)| pulled.outcome(tally))
        }
    }
}

const GROUPS: Pace = Pace { group_bytes: 1000, ahead: 0 };
const AHEAD: Pace = Pace { group_bytes: 1, ahead: 2 };

fn wrote(number: u64) -> Act {
    Act::Wrote(format!("e{number}"))
}

fn stored(position: &str) -> Act {
    Act::Stored(position.into())
}

fn told(position: &str) -> Act {
    Act::Told(position.into())
}

#[test]
fn batches_of_one_answer_are_durable_together() {
    let script = [Line::Batch(1, true), Line::Batch(2, false), Line::Batch(1, false)];
    let (outcome, diary) = play(Play::At(GROUPS), &script, None);
    let outcome = outcome.unwrap();
    assert_eq!((outcome.events, outcome.batches), (4, 3));
    let expected = [Act::Asked, wrote(0), Act::Synced, stored("p1"), told("p1"), Act::Asked, Act::Asked, Act::Asked];
    let rest = [wrote(1), wrote(2), wrote(3), Act::Synced, stored("p3"), stored("next"), told("p3"), Act::Settled];
    assert_eq!(diary.acts(), [&expected[..], &rest].concat());
}

#[test]
fn a_group_ends_with_what_has_to_be_kept() {
    // Each of them behind a batch that could wait.
    for (what, script, before) in [
        ("a position", vec![Line::Batch(0, false)], "p3"),
        ("a request", vec![Line::Batch(1, true)], "p3"),
        ("a wait", vec![Line::Wait], "p2"),
        ("a failure", vec![Line::Fail], "p2"),
    ] {
        let script = [vec![Line::Batch(1, true), Line::Batch(1, false)], script, vec![Line::Batch(1, false)]].concat();
        for how in [Play::At(GROUPS), Play::At(AHEAD), Play::Apart] {
            let (_, diary) = play(how, &script, None);
            let acts = diary.acts();
            let fourth = acts.iter().enumerate().filter(|(_, act)| **act == Act::Asked).nth(3);
            let until = fourth.map_or(acts.len(), |(at, _)| at);
            assert!(acts[..until].contains(&stored(before)), "{what}, {how:?}: {acts:?}");
        }
    }
}

#[test]
fn a_session_is_asked_while_batches_wait() {
    let script = [Line::Batch(1, true), Line::Batch(1, false), Line::Batch(1, false), Line::Batch(1, false)];
    let (_, diary) = play(Play::At(AHEAD), &script, None);
    let acts = diary.acts();
    let at = |act: &Act| acts.iter().position(|other| other == act).unwrap();
    assert_eq!(acts[..at(&wrote(1))].iter().filter(|act| **act == Act::Asked).count(), 4, "{acts:?}");
}

#[test]
fn what_a_sink_cannot_take_ends_the_run_wherever_it_is() {
    let tail = [Line::Batch(1, false), Line::Batch(1, false), Line::Batch(1, false), Line::Never];
    let script = [&[Line::Batch(1, true), Line::Batch(1, false)][..], &tail].concat();
    let (outcome, diary) = play(Play::Apart, &script, Some("e2"));
    assert!(matches!(outcome, Err(RunError::Sink(SinkError::Closed))), "{outcome:?}");
    assert_eq!(diary.stored(), ["p1"], "what is in its group comes again");
    // The session fails too, but later.
    let (outcome, _) = play(Play::Apart, &[Line::Batch(1, true), Line::Batch(1, false), Line::Fail], Some("e1"));
    assert!(matches!(outcome, Err(RunError::Sink(SinkError::Closed))), "{outcome:?}");
}

#[test]
fn a_position_that_cannot_be_stored_ends_the_run_wherever_it_is() {
    let script = [Line::Batch(1, true), Line::Batch(1, false), Line::Never];
    let (outcome, diary) = play(Play::Apart, &script, Some("p2"));
    assert!(matches!(outcome, Err(RunError::Store(StoreError::Foreign { .. }))), "{outcome:?}");
    let acts = diary.acts();
    assert!(acts.contains(&told("p1")) && !acts.contains(&told("p2")) && acts.contains(&wrote(1)), "{acts:?}");
}

#[test]
#[should_panic(expected = "the sink fell over")]
fn a_panic_of_the_sink_is_not_kept_from_who_waits_for_it() {
    let diary = Diary { broken: Some("e1".into()), does_panic: true, ..Diary::default() };
    let _ = play_with(Play::Apart, &[Line::Batch(1, true), Line::Batch(1, false), Line::Never], &diary);
}

#[test]
fn what_came_before_a_request_to_end_is_kept() {
    for how in [Play::At(Pace::STEPWISE), Play::At(GROUPS), Play::At(AHEAD), Play::Apart] {
        let (outcome, diary) = play(how, &[Line::Batch(1, true), Line::Batch(2, false), Line::Stop], None);
        let outcome = outcome.unwrap();
        assert!(matches!(outcome.ending, Ending::Interrupted) && outcome.events == 4, "{how:?}: {outcome:?}");
        assert_eq!(diary.stored().last().map(String::as_str), Some("p3"), "{how:?}");
        assert_eq!(diary.acts().last(), Some(&Act::Settled), "{how:?}: the store may be behind");
    }
}

#[test]
fn a_group_does_not_wait_for_a_slow_session() {
    let script = [Line::Batch(1, true), Line::Batch(1, false), Line::UntilStored];
    let (outcome, diary) = play(Play::Apart, &script, None);
    assert_eq!(outcome.unwrap().batches, 3);
    assert_eq!(diary.stored(), ["p1", "p2", "p3", "next"]);
}

#[test]
fn a_document_that_is_none_is_not_delivered_and_what_is_before_it_is() {
    for pace in [Pace::STEPWISE, GROUPS, AHEAD] {
        let steps = VecDeque::from([batch(&["{}"], "1"), batch(&["{}"], "2"), batch(&["{"], "3"), finished()]);
        let (mut sink, mut store) = (Collected::default(), Log::default());
        let (clock, stop) = (Clock::virtual_at(Duration::ZERO), Stop::never());
        let (sink, store, observer) = (&mut sink, &mut store, &mut ());
        let around = Surroundings { sink, store, clock: &clock, stop: &stop, observer, limits: DEFAULT_LIMITS };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let outcome = runtime.block_on(run_at(pace, &mut Script(steps), around));
        assert!(matches!(outcome, Err(RunError::Breach(Breach::Document { .. }))));
        assert_eq!((sink.events.len(), store.0.last().map(String::as_str)), (2, Some("2")), "{pace:?}");
    }
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        6 => (0_usize..4, proptest::bool::weighted(0.2)).prop_map(|(events, has_called)| Line::Batch(events, has_called)),
        1 => Just(Line::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the session gives and however it is pulled: every event once and in order, never a position before which
    /// something is not durable, nothing told that is not stored, and a session that is no further ahead than it may be.
    #[test]
    fn the_order_is_the_promise(script in proptest::collection::vec(line(), 0..30), group_bytes in 0_usize..20, ahead in 0_usize..4, broken: Option<u64>) {
        let broken = broken.map(|number| format!("e{}", number % 40));
        // Events behind each batch.
        let mut given = vec![0];
        for line in &script {
            if let Line::Batch(events, _) = line {
                given.push(given[given.len() - 1] + *events as u64);
            }
        }
        let all = given[given.len() - 1];
        let waits = script.iter().filter(|line| matches!(line, Line::Wait)).count();
        let (any, single) = (Pace { group_bytes, ahead }, Pace { group_bytes: 0, ahead });
        for how in [Play::At(any), Play::Apart, Play::ApartAt(any), Play::ApartAt(single)] {
            let (outcome, diary) = play(how, &script, broken.as_deref());
            let (mut asked, mut written, mut durable, mut kept) = (0, 0_u64, 0_u64, Vec::new());
            for act in diary.acts() {
                match act {
                    Act::Asked => asked += 1,
                    Act::Wrote(event) => {
                        prop_assert_eq!(event, format!("e{written}"));
                        written += 1;
                        if let Play::ApartAt(Pace { group_bytes: 0, ahead }) = how {
                            // One that is written, those that wait, and one that waits for room.
                            let batch = given.iter().take_while(|behind| **behind < written).count();
                            prop_assert!(asked <= batch + ahead + 1 + waits, "{asked} for {batch}");
                        }
                    }
                    Act::Synced => durable = written,
                    Act::Stored(position) => {
                        let behind = position.strip_prefix('p').map_or(all, |number| given[number.parse::<usize>().unwrap()]);
                        prop_assert_eq!(durable, behind, "{}", position);
                        kept.push(position);
                    }
                    Act::Told(position) => prop_assert!(kept.contains(&position), "{position}"),
                    Act::Settled => {}
                }
            }
            let is_broken = broken.as_ref().is_some_and(|event| (0..all).any(|number| *event == format!("e{number}")));
            prop_assert_eq!(outcome.is_err(), is_broken);
            prop_assert_eq!(durable == all && written == all, !is_broken || all == 0);
        }
    }
}
