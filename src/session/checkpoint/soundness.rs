//! What parses and cannot be: a run that contradicts itself or its configuration. With a checksum no accident comes this
//! far; what has none is held to this alone.

use std::collections::BTreeSet;

use super::run::{Current, Run};
use crate::catalog::{DatasetSpec, StrategySpec, devices};
use crate::config::{Config, Selection};
use crate::diagnose::{DatasetReceipt, ROSTER};

/// What is wrong with a run; `None` if nothing is.
pub(super) fn contradiction(run: &Run, config: &Config) -> Option<&'static str> {
    let is_ulid = run.id.len() == 26 && run.id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    if !is_ulid {
        return Some("its run has no name that a run has");
    }
    if run.started_ms < 0 {
        return Some("its run began before there were any");
    }
    let accounts = || run.done.iter().chain(run.current.iter().map(|current| &current.receipt));
    if !accounts().all(adds_up) {
        return Some("the account of a dataset does not add up");
    }
    let names: BTreeSet<&str> = accounts().map(|account| &*account.dataset).collect();
    if names.len() < accounts().count() {
        return Some("a dataset has two accounts");
    }
    let is_read = |account: &&DatasetReceipt| account.strategy != ROSTER;
    if run.done.iter().any(|account| !is_read(&account) && account.dataset != devices::SPEC.name.as_str()) {
        return Some("an account is of a dataset that is not read so");
    }
    // Datasets are read one after another, in one order.
    let done: BTreeSet<&str> = run.done.iter().filter(is_read).map(|account| &*account.dataset).collect();
    let Some((first, rest)) = config.datasets.split_at_checked(done.len()) else {
        return Some("it has more accounts than there are datasets");
    };
    if !first.iter().all(|selection| done.contains(selection.dataset.name.as_str())) {
        return Some("it passes over a dataset");
    }
    for account in run.done.iter().filter(is_read) {
        let selection = config.datasets.iter().find(|it| it.dataset.name.as_str() == account.dataset);
        if selection.is_none_or(|it| way_of(it.dataset, account).is_none()) {
            return Some("an account is of a dataset that is not read so");
        }
    }
    let current = run.current.as_ref()?;
    match rest.first() {
        Some(next) if is_at(next, current) => None,
        _ => Some("it is at a place to which its dataset does not come"),
    }
}

fn is_at(next: &Selection, current: &Current) -> bool {
    let way = way_of(next.dataset, &current.receipt);
    next.dataset.name.as_str() == current.receipt.dataset
        && way.is_some_and(|way| current.position.fits(next.dataset, way))
}

fn way_of(dataset: &'static DatasetSpec, account: &DatasetReceipt) -> Option<&'static StrategySpec> {
    dataset.strategies.iter().find(|way| way.name.as_str() == account.strategy)
}

/// Whether every record is accounted for, and each that was used by an event.
fn adds_up(account: &DatasetReceipt) -> bool {
    account.balances() && (account.strategy == ROSTER || account.emitted <= account.events.sum())
}
