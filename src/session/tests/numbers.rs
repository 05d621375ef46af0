//! The numbers of events over the sessions of a run.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// A host that is killed over and over: it keeps what it delivered and the position that it stored last.
struct Host {
    service: Service,
    stored: Option<String>,
    /// All events that it ever delivered, in order.
    delivered: Vec<Event>,
    /// The sessions that delivered them.
    session: Vec<usize>,
    sessions: usize,
}

impl Host {
    fn new() -> Self {
        Self { service: service(), stored: None, delivered: vec![], session: vec![], sessions: 0 }
    }

    /// Opens a session from what is stored and takes so many batches. The last one is delivered and not stored, if
    /// `is_lost`. Whether the run is over.
    fn live(&mut self, batches: usize, limits: Limits, is_lost: bool) -> bool {
        let mut session = open(&self.service, &config("devices,vulnerabilities"), self.stored.as_deref());
        self.sessions += 1;
        for batch in 1..=batches {
            match session.next(limits).unwrap() {
                Step::Batch(given) => {
                    self.delivered.extend(given.events);
                    self.session.resize(self.delivered.len(), self.sessions);
                    if !is_lost || batch < batches {
                        self.stored = Some(given.checkpoint);
                    }
                }
                Step::Wait(wait) => self.service.pass(wait.millis),
                Step::Finished(_) => return true,
            }
        }
        // Nobody is killed and started again within a millisecond.
        self.service.pass(60_000);
        false
    }

    fn numbers(&self) -> Vec<(String, u64)> {
        let number = |event: &Event| {
            let document: Value = serde_json::from_str(&event.document).unwrap();
            (document["run"].as_str().unwrap().to_owned(), document["seq"].as_u64().unwrap())
        };
        self.delivered.iter().map(number).collect()
    }

    /// No number of a run names two events, numbers grow, and JSON can hold them.
    fn check(&self) {
        let mut last: HashMap<String, u64> = HashMap::new();
        for (run, number) in self.numbers() {
            assert!(number < 1 << 52);
            let before = last.insert(run, number);
            assert!(before.is_none_or(|before| before < number), "{number} behind {before:?}");
        }
    }
}

#[test]
fn an_event_that_was_delivered_and_not_stored_keeps_its_number_for_itself() {
    let mut host = Host::new();
    let one = Limits { max_events: 1, max_bytes: u32::MAX };
    host.live(4, one, true);
    host.live(6, one, true);
    assert!(host.live(1000, MANY, false));
    host.check();
    let lives: Vec<u64> = host.numbers().iter().map(|(_, number)| number >> 36).collect();
    assert_eq!((lives.first(), lives.last()), (Some(&0), Some(&2)));
    let first: Vec<u64> = host.numbers().iter().map(|(_, number)| *number).take(3).collect();
    assert_eq!(first, [1, 2, 3], "those of the first life have nothing in front");
}

/// The power fails: what the host stored last is gone, and the next session takes the life of the one before.
#[test]
fn positions_that_are_lost_once_stored_cost_no_order() {
    let mut host = Host::new();
    let one = Limits { max_events: 1, max_bytes: u32::MAX };
    host.live(4, one, false);
    let copy = host.stored.clone();
    for _ in 0..3 {
        host.live(3, one, false);
        host.stored.clone_from(&copy);
    }
    while !host.live(5, MANY, false) {}
    host.check();
}

/// After six sessions that gave a position alone, one gives events at once: nothing tells the next that it did.
#[test]
fn sessions_that_no_position_tells_of_are_told_apart() {
    let mut host = Host::new();
    for _ in 0..OPENED_MAX {
        assert!(!host.live(1, MANY, false));
        assert!(host.delivered.is_empty());
    }
    for _ in 0..5 {
        host.live(1, Limits { max_events: 2, max_bytes: u32::MAX }, true);
    }
    assert_eq!(host.delivered.len(), 10, "each of them delivered at once");
    host.live(1, Limits { max_events: 2, max_bytes: u32::MAX }, false);
    while !host.live(3, MANY, false) {}
    host.check();
}

#[test]
fn a_life_whose_numbers_run_out_is_followed_by_another() {
    let service = service();
    let mut session = open(&service, &config("devices,vulnerabilities"), None);
    session.next(MANY).unwrap();
    // Three numbers before the place where another life has to begin.
    let mut near_the_end = Sequence::default();
    (1..(1 << 20) - (1 << 14)).for_each(|_| near_the_end.leave_room());
    (3..1 << 16).for_each(|_| near_the_end.advance());
    session.shared.events.go_on_behind(near_the_end);
    let mut numbers = Vec::new();
    loop {
        match session.next(MANY).unwrap() {
            Step::Batch(batch) => {
                let life = batch.checkpoint.split_once(r#""life":"#).unwrap().1.split_once(',').unwrap().0;
                let number =
                    |event: &Event| serde_json::from_str::<Value>(&event.document).unwrap()["seq"].as_u64().unwrap();
                let given: Vec<u64> = batch.events.iter().map(number).collect();
                assert!(given.iter().all(|number| number >> 36 <= life.parse().unwrap()), "{given:?} in {life}");
                numbers.extend(given);
            }
            Step::Wait(wait) => service.pass(wait.millis),
            Step::Finished(_) => break,
        }
    }
    assert!(numbers.is_sorted_by(|a, b| a < b));
    assert_eq!((numbers[0] >> 36, numbers.last().unwrap() >> 36), (0, 1));
    let whole = run(&self::service(), "devices,vulnerabilities");
    assert_eq!(numbers.len(), whole.events.len());
}

#[test]
fn a_run_that_has_no_life_left_says_so() {
    let service = service();
    let mut session = open(&service, &config("devices"), None);
    let Step::Batch(batch) = session.next(MANY).unwrap() else { panic!("no position") };
    let parsed = Config::parse(&config("devices")).unwrap();
    for (opened, is_last) in [(1, false), (1, true), (OPENED_MAX, true)] {
        let mut checkpoint = Checkpoint::read(&batch.checkpoint, &parsed).unwrap();
        let run = checkpoint.run.as_mut().unwrap();
        (run.life, run.opened) = (u16::MAX - u16::from(!is_last), opened);
        let secrets = [("client_secret".to_owned(), "s".to_owned())];
        let opened = Session::open(&config("devices"), &secrets, Some(&checkpoint.write()), service.collaborators());
        match opened {
            Ok(_) => assert!(!is_last),
            Err(error) => {
                assert!(is_last && error.cause == Cause::InvalidCheckpoint);
                assert!(error.message.contains("no numbers left"), "{error}");
            }
        }
    }
}

proptest! {
    /// Whatever a host is killed at: what it ever delivered has numbers that grow.
    #[test]
    fn numbers_grow_over_all_lives(lives in prop::collection::vec((1_usize..6, 1_u32..5, any::<bool>()), 1..40)) {
        let mut host = Host::new();
        for (batches, max_events, is_lost) in lives {
            if host.live(batches, Limits { max_events, max_bytes: u32::MAX }, is_lost) {
                break;
            }
        }
        host.check();
    }
}
