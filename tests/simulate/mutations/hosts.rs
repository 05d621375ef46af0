//! Who may write, and what counts as read.

use super::{fair, violated};
use source_host::simulate::Property::{
    self, Ends, Envelope, NothingLost, OneHost, Order, Receipt as Account, SnapshotEnd, SnapshotOrder,
};
use source_host::simulate::{Locking, Options, Sabotage};
use std::collections::BTreeSet;

/// What some seeds of three days violate, but for the order of numbers, which is no matter of this file.
fn broken<S: Sabotage + 'static>(saboteur: fn() -> S, expected: &[Property]) -> (BTreeSet<Property>, String) {
    let (mut found, lines) = violated(&Options { days: 3, ..fair() }, || Some(Box::new(saboteur())), expected);
    found.remove(&Order);
    (found, lines)
}

struct Lock(Locking);

impl Sabotage for Lock {
    fn locking(&self) -> Locking {
        self.0
    }
}

#[test]
fn nothing_is_reported_where_the_lock_works() {
    let (found, lines) = broken(|| Lock(Locking::Works), &[]);
    assert!(found.is_empty(), "{lines}");
}

#[test]
fn a_lock_that_is_ignored_lets_a_second_host_in() {
    let (found, lines) = broken(|| Lock(Locking::Ignored), &[OneHost, Envelope]);
    // Two runs in one sink. What else comes of it depends on who is ahead.
    assert!(found.is_superset(&[OneHost, Envelope].into()), "{lines}");
}

#[test]
fn a_lock_that_stays_when_its_host_was_killed_ends_everything() {
    let (found, lines) = broken(|| Lock(Locking::LeftBehind), &[Ends]);
    assert_eq!(found, [Ends].into(), "{lines}");
}

#[test]
fn a_line_that_is_cut_before_the_lock_is_held_is_lost() {
    struct Early;
    impl Sabotage for Early {
        fn cuts_before_it_locks(&self) -> bool {
            true
        }
    }
    let (found, lines) = broken(|| Early, &[OneHost, Envelope, NothingLost, Account]);
    // The rest of the line is there, and is no event; nobody says it again.
    assert_eq!(found, [OneHost, Envelope, NothingLost, Account].into(), "{lines}");
    assert!(lines.contains("was refused, and had changed something before"), "{lines}");
    assert!(!lines.contains("let in"), "{lines}");
}

#[test]
fn half_a_line_that_stays_spoils_the_one_behind_it() {
    struct Never;
    impl Sabotage for Never {
        fn cuts_half_lines(&self) -> bool {
            false
        }
    }
    let (found, lines) = broken(|| Never, &[Envelope, NothingLost, Account]);
    assert_eq!(found, [Envelope, NothingLost, Account].into(), "{lines}");
}

#[test]
fn a_pipe_that_counts_as_read_when_it_is_written_loses_events() {
    struct Trusting;
    impl Sabotage for Trusting {
        fn trusts_pipes(&self) -> bool {
            true
        }
    }
    let (found, lines) = broken(|| Trusting, &[NothingLost, Account]);
    // What is passed over is sometimes an asset, sometimes a mark.
    assert!(found.is_superset(&[NothingLost, Account].into()), "{lines}");
    assert!(found.is_subset(&[NothingLost, Account, SnapshotEnd, SnapshotOrder].into()), "{lines}");
}
