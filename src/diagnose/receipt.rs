//! Accounts that reconcile: what became of every record that was received.

use std::borrow::Cow;

use defender_client::error::{Cause, SourceError};
use defender_client::wire::{count, is_zero};
use defender_rows::tally::Tallies;
use serde::{Deserialize, Serialize};

use crate::datasets::Outcome;

/// Strategy in the account of devices that were read only to know them.
pub const ROSTER: &str = "roster";

/// How far the read of a dataset got; see `completeness` in `wit/types.wit`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Completeness {
    /// Everything was read.
    Complete,
    /// Some of it was not.
    Partial,
    /// The service refused.
    Forbidden,
    /// Not attempted.
    Skipped,
    /// Nothing newer than what an earlier run read.
    Unchanged,
    /// All that changed since an earlier run, and nothing else.
    Changes,
    /// As much as one run may read; others read the rest.
    Portion,
}

impl Completeness {
    /// Whether nothing is left to read for now.
    #[must_use]
    pub fn is_satisfied(self) -> bool {
        matches!(self, Self::Complete | Self::Unchanged | Self::Changes | Self::Portion)
    }
}

/// What went wrong first.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Name of the cause.
    pub cause: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// When a repeat can help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let SourceError { cause, message, remedy, retry_after_ms, .. } = error;
        Self { cause: cause.as_str().to_owned(), message, remedy, retry_after_ms }
    }
}

/// The account of one dataset in one run; see `dataset-receipt` in `wit/types.wit`. In texts, what is zero or empty is left
/// out.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct DatasetReceipt {
    /// Name of the dataset.
    pub dataset: Cow<'static, str>,
    /// How it was read.
    pub strategy: Cow<'static, str>,
    /// Why so, where the source chose.
    #[serde(default)]
    pub reason: Cow<'static, str>,
    /// How far the read got.
    pub completeness: Completeness,
    /// Records received.
    #[serde(default, deserialize_with = "count", skip_serializing_if = "is_zero")]
    pub received: u64,
    /// Records that became events.
    #[serde(default, deserialize_with = "count", skip_serializing_if = "is_zero")]
    pub emitted: u64,
    /// Records received before.
    #[serde(default, deserialize_with = "count", skip_serializing_if = "is_zero")]
    pub duplicates: u64,
    /// Those of them that are no other record, but the same one read again: behind a body that broke off, or by a session
    /// that goes on.
    #[serde(default, deserialize_with = "count", skip_serializing_if = "is_zero")]
    pub repeated: u64,
    /// Answers read as pages.
    #[serde(default, deserialize_with = "count", skip_serializing_if = "is_zero")]
    pub pages: u64,
    /// Requests sent.
    #[serde(default, deserialize_with = "count", skip_serializing_if = "is_zero")]
    pub calls: u64,
    /// Waits asked of the host.
    #[serde(default, deserialize_with = "count", skip_serializing_if = "is_zero")]
    pub waits: u64,
    /// Their sum in milliseconds.
    #[serde(default, deserialize_with = "count", skip_serializing_if = "is_zero")]
    pub waited_ms: u64,
    /// Body bytes received.
    #[serde(default, deserialize_with = "count", skip_serializing_if = "is_zero")]
    pub bytes: u64,
    /// Events by kind.
    #[serde(default, skip_serializing_if = "Tallies::is_empty", with = "super::tallies")]
    pub events: Tallies,
    /// Records left out on purpose, by reason.
    #[serde(default, skip_serializing_if = "Tallies::is_empty", with = "super::tallies")]
    pub filtered: Tallies,
    /// Records that could not be used, by reason.
    #[serde(default, skip_serializing_if = "Tallies::is_empty", with = "super::tallies")]
    pub rejected: Tallies,
    /// Oddities, by name.
    #[serde(default, skip_serializing_if = "Tallies::is_empty", with = "super::tallies")]
    pub tolerated: Tallies,
    /// What went wrong first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl DatasetReceipt {
    /// An account without entries. It reads "complete" until something goes wrong.
    #[must_use]
    pub fn new(dataset: &'static str, strategy: &'static str) -> Self {
        Self {
            dataset: dataset.into(),
            strategy: strategy.into(),
            reason: "".into(),
            completeness: Completeness::Complete,
            received: 0,
            emitted: 0,
            events: Tallies::default(),
            filtered: Tallies::default(),
            rejected: Tallies::default(),
            duplicates: 0,
            repeated: 0,
            tolerated: Tallies::default(),
            pages: 0,
            calls: 0,
            waits: 0,
            waited_ms: 0,
            bytes: 0,
            failure: None,
        }
    }

    /// Enters one record.
    pub fn enter(&mut self, outcome: Outcome) {
        self.received += 1;
        match outcome {
            Outcome::Emitted => self.emitted += 1,
            Outcome::Filtered(reason) => self.filtered.count(reason.as_str()),
            Outcome::Rejected(reason) => self.rejected.count(reason.as_str()),
            Outcome::Duplicate => self.duplicates += 1,
        }
    }

    /// Enters a record that is read again.
    pub fn enter_again(&mut self) {
        self.enter(Outcome::Duplicate);
        self.repeated += 1;
    }

    /// Records received, each once, however often it was read.
    #[must_use]
    pub fn received_once(&self) -> u64 {
        self.received.saturating_sub(self.repeated)
    }

    /// Notes that the read is not complete, and why. The first failure stays.
    pub fn fail(&mut self, error: SourceError) {
        self.completeness = match (self.completeness, error.cause) {
            (Completeness::Complete, Cause::Forbidden | Cause::NotLicensed) if self.received == 0 => {
                Completeness::Forbidden
            }
            (Completeness::Complete | Completeness::Portion, _) => Completeness::Partial,
            (worse, _) => worse,
        };
        self.failure.get_or_insert_with(|| error.into());
    }

    /// Notes that the dataset was not attempted, and why.
    pub fn skip(&mut self, error: SourceError) {
        self.completeness = Completeness::Skipped;
        self.failure.get_or_insert_with(|| error.into());
    }

    /// Begins the account anew, except for what was spent and what was noticed.
    pub fn start_over(&mut self) {
        let fresh = Self::new("", "");
        (self.completeness, self.failure) = (fresh.completeness, fresh.failure);
        (self.received, self.emitted) = (fresh.received, fresh.emitted);
        (self.duplicates, self.repeated) = (fresh.duplicates, fresh.repeated);
        (self.events, self.filtered, self.rejected) = (fresh.events, fresh.filtered, fresh.rejected);
    }

    /// Whether every record is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        let parts = [self.filtered.sum(), self.rejected.sum(), self.duplicates];
        self.received == parts.into_iter().fold(self.emitted, u64::saturating_add) && self.repeated <= self.duplicates
    }
}

/// The account of one run; see `receipt` in `wit/types.wit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Identity of the run.
    pub run: String,
    /// First call, milliseconds since the epoch.
    pub started_ms: i64,
    /// End, milliseconds since the epoch.
    pub finished_ms: i64,
    /// Requests to the sign-in service.
    pub sign_in_calls: u64,
    /// One for each dataset that was read.
    pub datasets: Vec<DatasetReceipt>,
    /// Where the next run starts.
    pub checkpoint: String,
}

#[cfg(test)]
mod tests {
    use defender_rows::tally::RejectReason;

    use super::*;
    use crate::memory::FilterReason;

    #[test]
    fn accounts_balance_whatever_is_entered() {
        let mut receipt = DatasetReceipt::new("devices", "bulk");
        for outcome in [
            Outcome::Emitted,
            Outcome::Emitted,
            Outcome::Filtered(FilterReason::Stale),
            Outcome::Rejected(RejectReason::Malformed),
            Outcome::Duplicate,
        ] {
            receipt.enter(outcome);
        }
        assert!(receipt.balances());
        assert_eq!((receipt.received, receipt.emitted), (5, 2));
        assert_eq!(receipt.filtered.iter().collect::<Vec<_>>(), [("stale", 1)]);
    }

    #[test]
    fn a_failure_never_reads_as_complete_and_the_first_one_stays() {
        let mut receipt = DatasetReceipt::new("devices", "bulk");
        receipt.fail(SourceError::new(Cause::Forbidden, "first", ""));
        receipt.fail(SourceError::new(Cause::Timeout, "second", ""));
        assert_eq!(receipt.completeness, Completeness::Forbidden);
        assert_eq!(receipt.failure.as_ref().unwrap().message, "first");
        let mut midway = DatasetReceipt::new("devices", "bulk");
        midway.enter(Outcome::Emitted);
        midway.fail(SourceError::new(Cause::Forbidden, "midway", ""));
        assert_eq!(midway.completeness, Completeness::Partial);
    }
}
