//! What the inventory makes of events that everybody else gets as they are.

use super::{fair, violated};
use source_host::contract::{Event, Operation};
use source_host::simulate::Property::Inventory;
use source_host::simulate::{Options, Sabotage};

/// Keeps some events from the inventory. The state is whatever that depends on.
struct Ignored<S>(S, fn(&mut S, &Event) -> bool);

impl<S: Send> Sabotage for Ignored<S> {
    fn stock(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        events.retain(|event| !(self.1)(&mut self.0, event));
        events
    }
}

/// Enough days for several readings of changes.
fn a_week() -> Options {
    Options { days: 7, ..fair() }
}

#[test]
fn nothing_is_reported_where_an_inventory_takes_everything() {
    let (found, lines) = violated(&a_week(), || Some(Box::new(Ignored((), |(), _| false))), &[]);
    assert!(found.is_empty(), "{lines}");
}

#[test]
fn an_inventory_that_ignores_deletions_keeps_what_is_gone() {
    let deaf = || Ignored((), |(), event| event.operation == Operation::Delete);
    let (found, lines) = violated(&a_week(), || Some(Box::new(deaf())), &[Inventory]);
    assert_eq!(found, [Inventory].into(), "{lines}");
    assert!(lines.contains("the inventory still has it"), "{lines}");
}

#[test]
fn an_inventory_that_ignores_what_changes_bring_lacks_it() {
    /// Findings outside of a snapshot are changes.
    fn is_change(is_open: &mut bool, event: &Event) -> bool {
        if event.key.ends_with(":snapshot:vulnerabilities") {
            *is_open = event.operation == Operation::SnapshotBegin;
        }
        event.kind == "vulnerability" && event.operation == Operation::Upsert && !*is_open
    }
    let (found, lines) = violated(&a_week(), || Some(Box::new(Ignored(false, is_change))), &[Inventory]);
    assert_eq!(found, [Inventory].into(), "{lines}");
    assert!(lines.contains("the inventory does not have it"), "{lines}");
}
