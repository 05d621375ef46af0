//! What is listed and not there: complete after the first run is too early, partial after the second too late.

use super::{fair, violated};
use defender_double::scenario::{Fault, Scenario, What, When};
use source_host::contract::{Completeness, DatasetReceipt, Step};
use source_host::engine::CallError;
use source_host::simulate::Property::{NothingLost, Progress, SnapshotEnd};
use source_host::simulate::{Options, Sabotage};

/// Two runs, in which the first device that is asked about is not there.
fn haunted() -> Options {
    let fault = Fault { when: When::default(), what: What::Ghost };
    Options { days: 2, scenario: Some(Scenario::of(vec![fault])), ..fair() }
}

/// Changes the accounts in which something is counted.
struct Accounts(&'static str, fn(&mut DatasetReceipt));

impl Sabotage for Accounts {
    fn step(&mut self, mut step: Step) -> Result<Step, CallError> {
        if let Step::Finished(receipt) = &mut step {
            let is_meant = |account: &&mut DatasetReceipt| account.tolerated.iter().any(|tally| tally.name == self.0);
            receipt.datasets.iter_mut().filter(is_meant).for_each(self.1);
        }
        Ok(step)
    }
}

#[test]
fn a_source_that_takes_its_time_is_believed() {
    let (found, lines) = violated(&haunted(), || None, &[]);
    assert!(found.is_empty(), "{lines}");
}

#[test]
fn a_source_that_does_without_a_device_at_once_loses_it() {
    let hasty = || Accounts("subject_not_read", |account| account.completeness = Completeness::Complete);
    let expected = [NothingLost, SnapshotEnd];
    // What an inventory would make of it on the next day is another matter.
    let (found, lines) = violated(&Options { days: 1, ..haunted() }, || Some(Box::new(hasty())), &expected);
    assert_eq!(found, expected.into(), "{lines}");
}

#[test]
fn a_source_that_waits_for_a_device_for_ever_makes_no_progress() {
    let slow = || Accounts("subject_gone", |account| account.completeness = Completeness::Partial);
    let expected = [Progress, SnapshotEnd];
    let (found, lines) = violated(&haunted(), || Some(Box::new(slow())), &expected);
    assert_eq!(found, expected.into(), "{lines}");
}
