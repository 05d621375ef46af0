//! Accounts that reconcile: what became of every record that was received.

use std::borrow::Cow;

use defender_client::error::{Cause, SourceError};
use defender_rows::event::JsonWriter;
use defender_rows::json::Json;

use crate::datasets::Outcome;

use defender_rows::tally::{MAX_COUNT, Tallies};

/// Strategy in the account of devices that were read only to know them.
pub const ROSTER: &str = "roster";

/// How far the read of a dataset got; see `completeness` in `wit/types.wit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    const ALL: [Self; 7] =
        [Self::Complete, Self::Partial, Self::Forbidden, Self::Skipped, Self::Unchanged, Self::Changes, Self::Portion];

    /// Whether nothing is left to read for now.
    #[must_use]
    pub fn is_satisfied(self) -> bool {
        matches!(self, Self::Complete | Self::Unchanged | Self::Changes | Self::Portion)
    }

    /// The name in logs and checkpoints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Forbidden => "forbidden",
            Self::Skipped => "skipped",
            Self::Unchanged => "unchanged",
            Self::Changes => "changes",
            Self::Portion => "portion",
        }
    }
}

/// What went wrong first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Name of the cause.
    pub cause: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// When a repeat can help.
    pub retry_after_ms: Option<u64>,
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let SourceError { cause, message, remedy, retry_after_ms } = error;
        Self { cause: cause.as_str().to_owned(), message, remedy, retry_after_ms }
    }
}

/// The account of one dataset in one run; see `dataset-receipt` in `wit/types.wit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetReceipt {
    /// Name of the dataset.
    pub dataset: Cow<'static, str>,
    /// How it was read.
    pub strategy: Cow<'static, str>,
    /// Why so, where the source chose.
    pub reason: Cow<'static, str>,
    /// How far the read got.
    pub completeness: Completeness,
    /// Records received.
    pub received: u64,
    /// Records that became events.
    pub emitted: u64,
    /// Events by kind.
    pub events: Tallies,
    /// Records left out on purpose, by reason.
    pub filtered: Tallies,
    /// Records that could not be used, by reason.
    pub rejected: Tallies,
    /// Records received before.
    pub duplicates: u64,
    /// Oddities, by name.
    pub tolerated: Tallies,
    /// Answers read as pages.
    pub pages: u64,
    /// Requests sent.
    pub calls: u64,
    /// Waits asked of the host.
    pub waits: u64,
    /// Their sum in milliseconds.
    pub waited_ms: u64,
    /// Body bytes received.
    pub bytes: u64,
    /// What went wrong first.
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
        (self.received, self.emitted, self.duplicates) = (fresh.received, fresh.emitted, fresh.duplicates);
        (self.events, self.filtered, self.rejected) = (fresh.events, fresh.filtered, fresh.rejected);
    }

    /// Writes the account as members of the open object. What is zero or empty is left out.
    pub fn write(&self, out: &mut JsonWriter) {
        out.text_member("dataset", &self.dataset);
        out.text_member("strategy", &self.strategy);
        out.text_member("reason", &self.reason);
        out.text_member("completeness", self.completeness.as_str());
        for (name, count) in self.counts() {
            if *count > 0 {
                out.count_member(name, *count);
            }
        }
        self.events.write(out, "events");
        self.filtered.write(out, "filtered");
        self.rejected.write(out, "rejected");
        self.tolerated.write(out, "tolerated");
        if let Some(failure) = &self.failure {
            out.object_member("failure", |out| {
                out.text_member("cause", &failure.cause);
                out.text_member("message", &failure.message);
                out.text_member("remedy", &failure.remedy);
                if let Some(millis) = failure.retry_after_ms {
                    out.count_member("retry_after_ms", millis);
                }
            });
        }
    }

    /// Reads what [`DatasetReceipt::write`] wrote; `None` if it is something else.
    #[must_use]
    pub fn read(value: Json<'_>) -> Option<Self> {
        let text = |name: &str| Some(value.get(name).text()?.into_owned());
        let mut receipt = Self::new("", "");
        receipt.dataset = text("dataset")?.into();
        receipt.strategy = text("strategy")?.into();
        receipt.reason = value.get("reason").text().unwrap_or_default().into_owned().into();
        let completeness = text("completeness")?;
        receipt.completeness = Completeness::ALL.into_iter().find(|known| completeness == known.as_str())?;
        for (name, count) in receipt.counts_mut() {
            let given = value.get(name);
            *count = if given.is_null() { 0 } else { given.count().filter(|count| *count <= MAX_COUNT)? };
        }
        receipt.events = Tallies::read(value.get("events"))?;
        receipt.filtered = Tallies::read(value.get("filtered"))?;
        receipt.rejected = Tallies::read(value.get("rejected"))?;
        receipt.tolerated = Tallies::read(value.get("tolerated"))?;
        let failure = value.get("failure");
        if !failure.is_null() {
            let text = |name: &str| Some(failure.get(name).text()?.into_owned());
            receipt.failure = Some(Failure {
                cause: text("cause")?,
                message: text("message")?,
                remedy: text("remedy")?,
                retry_after_ms: failure.get("retry_after_ms").count(),
            });
        }
        Some(receipt)
    }

    /// The plain counts by name.
    fn counts(&self) -> [(&'static str, &u64); 8] {
        [
            ("received", &self.received),
            ("emitted", &self.emitted),
            ("duplicates", &self.duplicates),
            ("pages", &self.pages),
            ("calls", &self.calls),
            ("waits", &self.waits),
            ("waited_ms", &self.waited_ms),
            ("bytes", &self.bytes),
        ]
    }

    fn counts_mut(&mut self) -> [(&'static str, &mut u64); 8] {
        [
            ("received", &mut self.received),
            ("emitted", &mut self.emitted),
            ("duplicates", &mut self.duplicates),
            ("pages", &mut self.pages),
            ("calls", &mut self.calls),
            ("waits", &mut self.waits),
            ("waited_ms", &mut self.waited_ms),
            ("bytes", &mut self.bytes),
        ]
    }

    /// Whether every record is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        let parts = [self.filtered.sum(), self.rejected.sum(), self.duplicates];
        self.received == parts.into_iter().fold(self.emitted, u64::saturating_add)
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
