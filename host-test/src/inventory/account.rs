//! What a run did to the inventory, and receipts as JSON.

use crate::contract::{DatasetReceipt, Receipt, Tally, completeness_name};
use serde_json::{Value, json};
use std::fmt;

/// What became of the events of a run, and what was found to be gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Assets that were not known.
    pub new: u64,
    /// Assets that look different, or came back.
    pub changed: u64,
    /// Events that said nothing new and were not delivered.
    pub unchanged: u64,
    /// Assets that were merged into another.
    pub merged: u64,
    /// Assets that are gone.
    pub deleted: u64,
    /// Assets that the configuration or a filter leaves out from now on.
    pub out_of_scope: u64,
    /// Events about what rests on a device that is gone, which were not delivered.
    pub withheld: u64,
    /// What was missed and why that is no deletion, dataset by dataset.
    pub held: Vec<Held>,
    /// Deletions that were refused.
    pub refused: Vec<Refused>,
}

/// Assets of a dataset that a complete snapshot missed, and why no conclusion was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The dataset.
    pub dataset: String,
    /// How many.
    pub missing: u64,
    /// Why.
    pub reason: String,
}

/// Deletions that are too many to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The dataset.
    pub dataset: String,
    /// The kind of assets of which too many are gone.
    pub kind: String,
    /// How many.
    pub missing: u64,
    /// Of how many.
    pub known: u64,
    /// The most that may go in one run, in percent.
    pub limit_percent: u8,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} assets were missing, nothing was deleted: {}", self.dataset, self.missing, self.reason)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dataset, kind, missing, known, limit_percent } = self;
        let percent = missing.saturating_mul(100) / (*known).max(1);
        write!(
            f,
            "{missing} of {known} {kind} assets are missing from {dataset} ({percent} %, limit {limit_percent} %); none \
             of the dataset was deleted: if they are really gone, run once with --allow-mass-delete, else check the \
             permissions and device groups of the application"
        )
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, changed, unchanged, merged, deleted, out_of_scope, withheld, .. } = self;
        write!(
            f,
            "inventory: {new} new, {changed} changed, {unchanged} unchanged, {merged} merged, {deleted} deleted, \
             {out_of_scope} out of scope"
        )?;
        if *withheld > 0 {
            write!(f, ", {withheld} not delivered, since they are about devices that are gone")?;
        }
        Ok(())
    }
}

/// A receipt as JSON, with the names of the contract in snake case.
pub(super) fn receipt(receipt: &Receipt) -> Value {
    json!({
        "run": receipt.run,
        "started_at": receipt.started_at,
        "finished_at": receipt.finished_at,
        "sign_in_calls": receipt.sign_in_calls,
        "datasets": receipt.datasets.iter().map(dataset).collect::<Vec<_>>(),
    })
}

fn dataset(dataset: &DatasetReceipt) -> Value {
    let tallies = |tallies: &[Tally]| -> Value {
        Value::Object(tallies.iter().map(|tally| (tally.name.clone(), tally.count.into())).collect())
    };
    let failure = dataset.failure.as_ref().map(|failure| {
        json!({
            "message": failure.message,
            "remedy": failure.remedy,
            "retry_after_ms": failure.retry_after_ms,
        })
    });
    json!({
        "dataset": dataset.dataset,
        "strategy": dataset.strategy,
        "reason": dataset.reason,
        "completeness": completeness_name(dataset.completeness),
        "received": dataset.received,
        "emitted": dataset.emitted,
        "events": tallies(&dataset.events),
        "filtered": tallies(&dataset.filtered),
        "rejected": tallies(&dataset.rejected),
        "duplicates": dataset.duplicates,
        "tolerated": tallies(&dataset.tolerated),
        "pages": dataset.pages,
        "calls": dataset.calls,
        "waits": dataset.waits,
        "waited_ms": dataset.waited_ms,
        "bytes": dataset.bytes,
        "failure": failure,
    })
}
