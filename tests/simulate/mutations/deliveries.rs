//! What is kept.

use super::{expect, fair, violated, with_changes};
use crate::support::envelope;
use source_host::contract::{Event, Operation};
use source_host::simulate::Property::{
    Envelope, Inventory, NothingDeleted, NothingInvented, NothingLost, Order, Receipt as Account, SnapshotEnd,
    SnapshotOrder, StableReplay,
};
use source_host::simulate::{Options, Property, Sabotage};
use std::collections::BTreeSet;

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

/// Adds a copy of the first asset of a batch, with a change; its number stands for two events then.
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
    let (found, lines) = violated(&Options { days: 3, ..fair() }, || Some(Box::new(First)), &[NothingLost]);
    assert!(found.contains(&NothingLost), "{lines}");
    // What is passed over is sometimes an asset, sometimes a mark.
    assert!(found.is_subset(&[NothingLost, SnapshotEnd, SnapshotOrder, Account].into()), "{lines}");
}

#[test]
fn an_event_that_is_dropped_is_lost() {
    let dropped = || {
        Events(|events| {
            if let Some(at) = upsert(events) {
                events.remove(at);
            }
        })
    };
    // What was said once before a kill, and dropped when it came again, is missing in the inventory alone.
    let (mut found, lines) = violated(&fair(), || Some(Box::new(dropped())), &[NothingLost, Account]);
    found.remove(&Inventory);
    assert_eq!(found, [NothingLost, Account].into(), "{lines}");
}

#[test]
fn a_deletion_that_is_dropped_leaves_what_is_gone() {
    let dropped = || Events(|events| events.retain(|event| event.operation != Operation::Delete));
    // Some of them are of what was never delivered: the window reaches back behind the full read.
    let options = Options { days: 6, ..fair() };
    let (mut found, lines) = violated(&options, || Some(Box::new(dropped())), &[NothingInvented, Account]);
    found.remove(&Inventory);
    assert_eq!(found, [NothingInvented, Account].into(), "{lines}");
}

#[test]
fn a_deletion_of_what_is_there_is_noticed() {
    let closed = || {
        Events(|events| {
            let at = events.iter().position(|event| event.kind == "vulnerability");
            let Some(event) = at.and_then(|at| events.get_mut(at)) else { return };
            event.operation = Operation::Delete;
            event.document = event.document.replace("\"op\":\"upsert\"", "\"op\":\"delete\"");
        })
    };
    let (found, lines) = violated(&with_changes(), || Some(Box::new(closed())), &[NothingInvented, NothingLost]);
    assert!(found.contains(&NothingInvented) && found.contains(&NothingLost), "{lines}");
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
    expect(&fair(), twice, &[StableReplay, Order]);
}

#[test]
fn a_repeat_with_another_body_is_unstable() {
    let twice = || {
        Events(|events| {
            add_copy(events, |copy| copy.document = copy.document.replace("\"body\":{", "\"body\":{\"x\":1,"))
        })
    };
    expect(&fair(), twice, &[StableReplay, Order]);
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
    expect(&fair(), extra, &[NothingInvented, Order, Account]);
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
    // Without it an inventory does not know what goes with a device.
    expect(&fair(), lonely, &[NothingLost, Inventory]);
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
    expect(&fair(), late, &[SnapshotOrder, NothingLost, Order]);
}

#[test]
fn a_row_behind_the_end_of_its_snapshot_is_out_of_order() {
    let late = || {
        Events(|events| {
            for at in 1..events.len() {
                if events[at].operation == Operation::SnapshotEnd && events[at - 1].operation == Operation::Upsert {
                    events.swap(at - 1, at);
                }
            }
        })
    };
    let (found, lines) = violated(&fair(), || Some(Box::new(late())), &[SnapshotOrder, Order]);
    assert_eq!(found, [SnapshotOrder, Order].into(), "{lines}");
}

#[test]
fn a_source_whose_sessions_have_no_life_of_their_own_gives_a_number_twice() {
    /// Numbers events by the position that a session began from, which is all that it would know without a life.
    #[derive(Default)]
    struct Lifeless {
        life: u64,
        count: u64,
    }
    impl Sabotage for Lifeless {
        fn deliver(&mut self, mut events: Vec<Event>) -> Vec<Event> {
            for event in &mut events {
                let number = envelope(&event.document)["seq"].as_u64().expect("events are numbered");
                if std::mem::replace(&mut self.life, number >> 36) != number >> 36 {
                    self.count = 0;
                }
                self.count += 1;
                let without = format!("\"seq\":{},", self.count);
                event.document = event.document.replacen(&format!("\"seq\":{number},"), &without, 1);
            }
            events
        }
    }
    expect(&fair(), Lifeless::default, &[Order]);
}

#[test]
fn numbers_that_are_the_hosts_are_not_given_to_events() {
    fn at_once(event: &mut Event) {
        let number = envelope(&event.document)["seq"].as_u64().expect("events are numbered");
        let closing = number | 1 << 52;
        event.document = event.document.replacen(&format!("\"seq\":{number},"), &format!("\"seq\":{closing},"), 1);
    }
    expect(&fair(), || Events(|events| events.iter_mut().for_each(at_once)), &[Order]);
}

#[test]
fn an_event_that_says_two_things_is_no_event() {
    let two_faced = || Events(|events| add_copy(events, |copy| copy.kind = "nothing".into()));
    let (found, lines) = violated(&fair(), || Some(Box::new(two_faced())), &[Envelope]);
    assert_eq!(found, [Envelope].into(), "{lines}");
}

/// Changes the events of every run but the first.
struct Later {
    first: Option<String>,
    change: fn(&mut Vec<Event>),
}

impl Sabotage for Later {
    fn deliver(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        let run = |event: &Event| envelope(&event.document)["run"].as_str().map(str::to_owned);
        let run = events.first().and_then(run);
        let first = self.first.get_or_insert_with(|| run.clone().unwrap_or_default());
        if run.as_ref() != Some(first) {
            (self.change)(&mut events);
        }
        events
    }
}

fn two_days(change: fn(&mut Vec<Event>), expected: Property) -> (BTreeSet<Property>, String) {
    let later = || Later { first: None, change };
    violated(&Options { days: 2, ..fair() }, || Some(Box::new(later())), &[expected])
}

#[test]
fn an_asset_that_a_later_run_passes_over_gets_a_tombstone_that_it_should_not() {
    let (found, lines) = two_days(
        |events| {
            events.retain(|event| event.operation != Operation::Upsert || event.kind != "software");
        },
        NothingDeleted,
    );
    assert!(found.contains(&NothingDeleted), "{lines}");
    assert!(!found.contains(&Inventory), "an inventory cannot know better: {lines}");
}

#[test]
fn an_asset_that_is_gone_stays_if_the_end_of_its_snapshot_is_missing() {
    let (found, lines) = two_days(|events| events.retain(|event| event.operation != Operation::SnapshotEnd), Inventory);
    assert!(found.contains(&Inventory) && !found.contains(&NothingDeleted), "{lines}");
}
