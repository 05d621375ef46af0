//! The words of the contract in `wit/` as plain Rust data, and what a host has to hold a source to.
//!
//! The types are generated from the WIT, so they cannot drift from it. They are plain data: no other room needs
//! the engine to handle them.

pub(crate) mod bindings;

use std::fmt;

pub use crate::escape::one_line;
pub use bindings::pipeline::source::types::{
    Batch, Completeness, Dataset, DatasetReceipt, Descriptor, Endpoint, Error as SourceError, Estimate, Event, Failure,
    Finding, Limits, Operation, Permission, Progress, Receipt, Report, Secret, SecretInfo, Severity, Step, Tally, Wait,
    WaitReason,
};

/// Largest checkpoint that the contract allows.
pub const MAX_CHECKPOINT_BYTES: usize = 64 * 1024;

/// A promise of the contract that the component broke. Always a bug in the component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// The account of a dataset does not reconcile.
    #[error(
        "the receipt of dataset {dataset} does not add up: received {received}, but emitted {emitted} + filtered \
         {filtered} + rejected {rejected} + duplicates {duplicates}; this is a bug in the component, please report it"
    )]
    Account {
        /// The dataset.
        dataset: String,
        /// Records received.
        received: u64,
        /// Records that became events.
        emitted: u64,
        /// Records left out on purpose.
        filtered: u64,
        /// Records that could not be used.
        rejected: u64,
        /// Records seen before.
        duplicates: u64,
    },
    /// A document that would break a newline-delimited sink, or whoever reads from it.
    #[error("the document of event {key} is not one line of JSON; this is a bug in the component, please report it")]
    Document {
        /// Key of the event.
        key: String,
    },
    /// A checkpoint above [`MAX_CHECKPOINT_BYTES`].
    #[error(
        "the component returned a checkpoint of {bytes} bytes, the contract allows {MAX_CHECKPOINT_BYTES}; this is a \
         bug in the component, please report it"
    )]
    Checkpoint {
        /// Its size.
        bytes: usize,
    },
    /// More than was asked for.
    #[error(
        "the component returned {events} events with {bytes} bytes, though at most {max_events} and {max_bytes} were \
         asked for; this is a bug in the component, please report it"
    )]
    Limits {
        /// Events in the batch.
        events: usize,
        /// Sum of the lengths of their documents.
        bytes: usize,
        /// Most events that were asked for.
        max_events: u32,
        /// Most bytes that were asked for.
        max_bytes: u32,
    },
    /// Neither an event nor another position: the run would never end.
    #[error(
        "the component returned no event and the position that it had before; this is a bug in the component, please \
         report it"
    )]
    Standstill,
    /// Waits of no time at all, one after the other: the run would never end.
    #[error(
        "the component asked {count} times in a row to be called again at once; this is a bug in the component, please \
         report it"
    )]
    Restless {
        /// How often.
        count: u32,
    },
    /// A wait that no service asks for: the run would never end.
    #[error(
        "the component asked to wait for {millis} ms, which is more than a week; this is a bug in the component, please \
         report it"
    )]
    Patience {
        /// How long.
        millis: u64,
    },
}

/// Checks that every received record is accounted for, and that the position to start from next can be stored.
pub fn reconcile(receipt: &Receipt) -> Result<(), Breach> {
    if receipt.checkpoint.len() > MAX_CHECKPOINT_BYTES {
        return Err(Breach::Checkpoint { bytes: receipt.checkpoint.len() });
    }
    for dataset in &receipt.datasets {
        let filtered = total(&dataset.filtered);
        let rejected = total(&dataset.rejected);
        let known = [dataset.emitted, filtered, rejected, dataset.duplicates];
        let sum = known.iter().try_fold(0u64, |sum, part| sum.checked_add(*part));
        if sum != Some(dataset.received) {
            return Err(Breach::Account {
                dataset: dataset.dataset.clone(),
                received: dataset.received,
                emitted: dataset.emitted,
                filtered,
                rejected,
                duplicates: dataset.duplicates,
            });
        }
    }
    Ok(())
}

/// Where documents come from, and with that how much of them is checked.
///
/// | documents of | checked | for whom |
/// |---|---|---|
/// | any component | one JSON object on one line, by the grammar | sinks, which divide by lines, and readers, which parse |
/// | the component that this host is built with | a line that begins and ends as an object does | sinks |
///
/// The grammar takes an eighth of the time of a run (docs/performance.md). What the built-in component writes is held to it by its tests, by the
/// contract kit and by every simulation; a host that is built with it adds nothing by holding it to that again. By default
/// documents are foreign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// Any component.
    #[default]
    Foreign,
    /// The built-in component.
    BuiltIn,
}

/// Checks what a sink and a store rely on, and whoever reads from the sink.
pub fn inspect(batch: &Batch, origin: Origin) -> Result<(), Breach> {
    if batch.checkpoint.len() > MAX_CHECKPOINT_BYTES {
        return Err(Breach::Checkpoint { bytes: batch.checkpoint.len() });
    }
    match batch.events.iter().find(|event| !is_one_object(&event.document, origin)) {
        Some(event) => Err(Breach::Document { key: one_line(&event.key) }),
        None => Ok(()),
    }
}

/// Checks that a batch holds no more than was asked for. A single event may be longer.
pub fn within(batch: &Batch, limits: Limits) -> Result<(), Breach> {
    let Limits { max_events, max_bytes } = limits;
    let events = batch.events.len();
    let bytes = batch.events.iter().fold(0usize, |sum, event| sum.saturating_add(event.document.len()));
    let most = |limit: u32| usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
    if events > most(max_events) || bytes > most(max_bytes) && events > 1 {
        return Err(Breach::Limits { events, bytes, max_events, max_bytes });
    }
    Ok(())
}

/// Whether a text is one JSON object on one line.
fn is_one_object(text: &str, origin: Origin) -> bool {
    text.starts_with('{')
        && text.ends_with('}')
        && memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none()
        && (origin == Origin::BuiltIn || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Sum of some tallies.
pub fn total(tallies: &[Tally]) -> u64 {
    tallies.iter().fold(0, |sum, tally| sum.saturating_add(tally.count))
}

/// Whether every dataset was read to its end.
pub fn is_complete(receipt: &Receipt) -> bool {
    receipt.datasets.iter().all(|dataset| is_satisfied(dataset.completeness))
}

/// Whether nothing is left to read for now.
pub fn is_satisfied(completeness: Completeness) -> bool {
    use Completeness::{Changes, Complete, Portion, Unchanged};
    matches!(completeness, Complete | Unchanged | Changes | Portion)
}

/// Name of a case of the contract's error, as written in the WIT.
pub fn error_case(error: &SourceError) -> &'static str {
    match error {
        SourceError::InvalidConfig(_) => "invalid-config",
        SourceError::Unauthenticated(_) => "unauthenticated",
        SourceError::Forbidden(_) => "forbidden",
        SourceError::NotLicensed(_) => "not-licensed",
        SourceError::Throttled(_) => "throttled",
        SourceError::Unavailable(_) => "unavailable",
        SourceError::Timeout(_) => "timeout",
        SourceError::Protocol(_) => "protocol",
        SourceError::InvalidCheckpoint(_) => "invalid-checkpoint",
        SourceError::LimitExceeded(_) => "limit-exceeded",
        SourceError::Internal(_) => "internal",
    }
}

/// The failure inside a case of the contract's error.
pub fn error_failure(error: &SourceError) -> &Failure {
    match error {
        SourceError::InvalidConfig(failure)
        | SourceError::Unauthenticated(failure)
        | SourceError::Forbidden(failure)
        | SourceError::NotLicensed(failure)
        | SourceError::Throttled(failure)
        | SourceError::Unavailable(failure)
        | SourceError::Timeout(failure)
        | SourceError::Protocol(failure)
        | SourceError::InvalidCheckpoint(failure)
        | SourceError::LimitExceeded(failure)
        | SourceError::Internal(failure) => failure,
    }
}

/// The contract's error as one line for a person: case, message, remedy.
pub struct ErrorLine<'a>(pub &'a SourceError);

impl fmt::Display for ErrorLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failure = error_failure(self.0);
        write!(f, "{}: {}", error_case(self.0), one_line(&failure.message))?;
        if !failure.remedy.is_empty() {
            write!(f, " ({})", one_line(&failure.remedy))?;
        }
        if let Some(millis) = failure.retry_after_ms {
            write!(f, " [a repeat can help in {} s]", millis.div_ceil(1000))?;
        }
        Ok(())
    }
}

/// Name of a completeness, as written in the WIT.
pub fn completeness_name(completeness: Completeness) -> &'static str {
    match completeness {
        Completeness::Complete => "complete",
        Completeness::Partial => "partial",
        Completeness::Forbidden => "forbidden",
        Completeness::Skipped => "skipped",
        Completeness::Unchanged => "unchanged",
        Completeness::Changes => "changes",
        Completeness::Portion => "portion",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn dataset(received: u64, emitted: u64, duplicates: u64) -> DatasetReceipt {
        DatasetReceipt {
            dataset: "devices".into(),
            strategy: "list".into(),
            reason: String::new(),
            completeness: Completeness::Complete,
            received,
            emitted,
            events: vec![],
            filtered: vec![Tally { name: "stale".into(), count: 2 }],
            rejected: vec![Tally { name: "no_id".into(), count: 1 }],
            duplicates,
            tolerated: vec![],
            pages: 1,
            calls: 1,
            waits: 0,
            waited_ms: 0,
            bytes: 10,
            failure: None,
        }
    }

    fn receipt(dataset: DatasetReceipt) -> Receipt {
        Receipt {
            run: "r".into(),
            started_at: String::new(),
            finished_at: String::new(),
            sign_in_calls: 0,
            datasets: vec![dataset],
            checkpoint: String::new(),
        }
    }

    #[test]
    fn accounts_reconcile_or_name_the_dataset() {
        assert_eq!(reconcile(&receipt(dataset(10, 6, 1))), Ok(()));
        let breach = reconcile(&receipt(dataset(10, 6, 0))).unwrap_err();
        assert!(breach.to_string().contains("dataset devices does not add up: received 10, but emitted 6"));
        assert!(reconcile(&receipt(dataset(2, u64::MAX, 0))).is_err(), "no overflow");
    }

    #[test]
    fn batches_are_inspected() {
        let event = |document: &str| Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: document.into(),
        };
        let progress = Progress { dataset: String::new(), received: 0, events: 0, calls: 0, bytes: 0 };
        let batch = |document: &str, checkpoint: usize| Batch {
            events: vec![event(document)],
            checkpoint: "c".repeat(checkpoint),
            progress: progress.clone(),
        };
        assert_eq!(inspect(&batch("{}", MAX_CHECKPOINT_BYTES), Origin::Foreign), Ok(()));
        for origin in [Origin::Foreign, Origin::BuiltIn] {
            for broken in ["{\n}", "{\"a\":1}\r", "{}\n{}", "", "null", "[]", "{", "{}x", " {}"] {
                assert_eq!(inspect(&batch(broken, 1), origin), Err(Breach::Document { key: "k".into() }), "{broken}");
            }
            assert_eq!(inspect(&batch("{}", 65537), origin), Err(Breach::Checkpoint { bytes: 65537 }));
        }
        for broken in ["{\"a\":\"\u{1}\"}", "{'a':1}", "{\"a\":01}", "{\"a\":1,}", "{}{}", "{]}"] {
            assert_eq!(
                inspect(&batch(broken, 1), Origin::Foreign),
                Err(Breach::Document { key: "k".into() }),
                "{broken}"
            );
        }
    }

    #[test]
    fn batches_are_held_to_their_limits() {
        let event = |bytes: usize| Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: "x".repeat(bytes),
        };
        let within = |sizes: &[usize], max_events: u32, max_bytes: u32| {
            let progress = Progress { dataset: String::new(), received: 0, events: 0, calls: 0, bytes: 0 };
            let events = sizes.iter().map(|bytes| event(*bytes)).collect();
            within(&Batch { events, checkpoint: String::new(), progress }, Limits { max_events, max_bytes }).is_ok()
        };
        assert!(within(&[], 0, 0) && within(&[9], 0, 0), "zero is one, and a long event travels alone");
        assert!(within(&[5, 5], 2, 10) && !within(&[5, 6], 2, 10) && !within(&[1, 1, 1], 2, 10));
    }

    #[test]
    fn errors_become_one_line() {
        let error = SourceError::Throttled(Failure {
            message: "too\nmany".into(),
            remedy: "wait".into(),
            retry_after_ms: Some(1500),
        });
        assert_eq!(ErrorLine(&error).to_string(), "throttled: too many (wait) [a repeat can help in 2 s]");
    }
}
