//! The contract, word for word: plain types on one side, generated ones on the other.

use std::cell::RefCell;

use defender_client::error::{Cause, SourceError};
use defender_client::request::WaitReason;
use defender_client::sign_in::Permission;
use defender_rows::event::{Event, Operation};
use defender_rows::tally::Tallies;

use super::bindings::exports::pipeline::source::source as wit_source;
use super::bindings::pipeline::source::types as wit;
use super::outside;
use crate::commands::dry_run::{self, Forecast};
use crate::commands::{check, describe};
use crate::diagnose::{Completeness, DatasetReceipt, Failure, Finding, Receipt, Report, Severity};
use crate::plan::Estimate;
use crate::session::{Batch, Limits, Session, Step};

/// Copies a text. Not inlined: descriptors and receipts copy a hundred of them.
trait Own {
    fn own(&self) -> String;
}

impl Own for str {
    #[inline(never)]
    fn own(&self) -> String {
        self.to_owned()
    }
}

/// What the component exports.
pub(super) struct Component;

impl wit_source::Guest for Component {
    type Session = Exported;

    fn describe() -> wit::Descriptor {
        descriptor(describe::descriptor())
    }

    fn check(config: String, secrets: Vec<wit::Secret>) -> Result<wit::Report, wit::Error> {
        let collaborators = outside::collaborators(&config);
        check::check(&config, &pairs(secrets), collaborators).map(report).map_err(error)
    }

    fn plan(
        config: String,
        secrets: Option<Vec<wit::Secret>>,
        checkpoint: Option<String>,
    ) -> Result<wit::Report, wit::Error> {
        let collaborators = outside::collaborators(&config);
        let secrets = secrets.map(pairs);
        dry_run::plan(&config, secrets.as_deref(), checkpoint.as_deref(), collaborators).map(forecast).map_err(error)
    }
}

/// A session behind the methods that take it by reference.
pub(super) struct Exported(RefCell<Session>);

impl wit_source::GuestSession for Exported {
    fn open(
        config: String,
        secrets: Vec<wit::Secret>,
        checkpoint: Option<String>,
    ) -> Result<wit_source::Session, wit::Error> {
        let collaborators = outside::collaborators(&config);
        let session = Session::open(&config, &pairs(secrets), checkpoint.as_deref(), collaborators).map_err(error)?;
        Ok(wit_source::Session::new(Self(RefCell::new(session))))
    }

    fn next(&self, limits: wit::Limits) -> Result<wit::Step, wit::Error> {
        let limits = Limits { max_events: limits.max_events, max_bytes: limits.max_bytes };
        self.0.borrow_mut().next(limits).map(step).map_err(error)
    }
}

fn pairs(secrets: Vec<wit::Secret>) -> Vec<(String, String)> {
    secrets.into_iter().map(|secret| (secret.name, secret.value)).collect()
}

fn step(step: Step) -> wit::Step {
    match step {
        Step::Batch(Batch { events, checkpoint, progress }) => wit::Step::Batch(wit::Batch {
            events: events.into_iter().map(event).collect(),
            checkpoint,
            progress: wit::Progress {
                dataset: progress.dataset,
                received: progress.received,
                events: progress.events,
                calls: progress.calls,
                bytes: progress.bytes,
            },
        }),
        Step::Wait(wait) => wit::Step::Wait(wit::Wait {
            millis: wait.millis,
            reason: match wait.reason {
                WaitReason::Throttled => wit::WaitReason::Throttled,
                WaitReason::Retry => wit::WaitReason::Retry,
            },
            message: wait.message,
        }),
        Step::Finished(done) => wit::Step::Finished(receipt(done)),
    }
}

fn event(event: Event) -> wit::Event {
    wit::Event {
        kind: event.kind.as_str().own(),
        operation: match event.operation {
            Operation::Upsert => wit::Operation::Upsert,
            Operation::Delete => wit::Operation::Delete,
            Operation::SnapshotBegin => wit::Operation::SnapshotBegin,
            Operation::SnapshotEnd => wit::Operation::SnapshotEnd,
        },
        key: event.key,
        observed_at: event.observed_at,
        content_hash: event.content_hash,
        document: event.document,
    }
}

fn receipt(receipt: Receipt) -> wit::Receipt {
    wit::Receipt {
        run: receipt.run,
        started_at: defender_rows::record::time::to_rfc3339(receipt.started_ms),
        finished_at: defender_rows::record::time::to_rfc3339(receipt.finished_ms),
        sign_in_calls: receipt.sign_in_calls,
        datasets: receipt.datasets.into_iter().map(dataset_receipt).collect(),
        checkpoint: receipt.checkpoint,
    }
}

fn dataset_receipt(receipt: DatasetReceipt) -> wit::DatasetReceipt {
    wit::DatasetReceipt {
        dataset: receipt.dataset.into_owned(),
        strategy: receipt.strategy.into_owned(),
        reason: receipt.reason.into_owned(),
        completeness: match receipt.completeness {
            Completeness::Complete => wit::Completeness::Complete,
            Completeness::Partial => wit::Completeness::Partial,
            Completeness::Forbidden => wit::Completeness::Forbidden,
            Completeness::Skipped => wit::Completeness::Skipped,
            Completeness::Unchanged => wit::Completeness::Unchanged,
            Completeness::Changes => wit::Completeness::Changes,
            Completeness::Portion => wit::Completeness::Portion,
        },
        received: receipt.received,
        emitted: receipt.emitted,
        events: tallies(&receipt.events),
        filtered: tallies(&receipt.filtered),
        rejected: tallies(&receipt.rejected),
        duplicates: receipt.duplicates,
        tolerated: tallies(&receipt.tolerated),
        pages: receipt.pages,
        calls: receipt.calls,
        waits: receipt.waits,
        waited_ms: receipt.waited_ms,
        bytes: receipt.bytes,
        failure: receipt.failure.map(|Failure { cause: _, message, remedy, retry_after_ms }| wit::Failure {
            message,
            remedy,
            retry_after_ms,
        }),
    }
}

fn tallies(tallies: &Tallies) -> Vec<wit::Tally> {
    tallies.iter().map(|(name, count)| wit::Tally { name: name.own(), count }).collect()
}

fn report(report: Report) -> wit::Report {
    wit::Report { findings: report.findings.into_iter().map(finding).collect(), estimates: Vec::new() }
}

fn forecast(forecast: Forecast) -> wit::Report {
    wit::Report {
        findings: forecast.findings.into_iter().map(finding).collect(),
        estimates: forecast.estimates.into_iter().map(estimate).collect(),
    }
}

fn finding(finding: Finding) -> wit::Finding {
    wit::Finding {
        severity: match finding.severity {
            Severity::Info => wit::Severity::Info,
            Severity::Warning => wit::Severity::Warning,
            Severity::Error => wit::Severity::Error,
        },
        subject: finding.subject,
        message: finding.message,
        remedy: finding.remedy,
    }
}

fn estimate(estimate: Estimate) -> wit::Estimate {
    wit::Estimate {
        dataset: estimate.dataset.own(),
        strategy: estimate.strategy.own(),
        permissions: permissions(&estimate.permissions),
        calls: estimate.figure.calls,
        calls_rule: estimate.calls_rule,
        minutes: estimate.minutes,
        rows: estimate.figure.rows,
        bytes: estimate.figure.bytes,
    }
}

fn permissions(permissions: &[Permission]) -> Vec<wit::Permission> {
    let one =
        |permission: &Permission| wit::Permission { api: permission.api.as_str().own(), name: permission.name.own() };
    permissions.iter().map(one).collect()
}

fn descriptor(descriptor: describe::Descriptor) -> wit::Descriptor {
    let owned = |names: Vec<&str>| names.into_iter().map(str::own).collect::<Vec<_>>();
    wit::Descriptor {
        name: descriptor.name.own(),
        version: descriptor.version.own(),
        description: descriptor.description.own(),
        config_schema: descriptor.config_schema,
        secrets: descriptor
            .secrets
            .into_iter()
            .map(|(name, description)| wit::SecretInfo { name: name.own(), description: description.own() })
            .collect(),
        datasets: descriptor
            .datasets
            .into_iter()
            .map(|dataset| wit::Dataset {
                name: dataset.name.own(),
                description: dataset.description.own(),
                enabled_by_default: dataset.enabled,
                permissions: permissions(&dataset.permissions),
                kinds: owned(dataset.kinds),
                strategies: owned(dataset.strategies),
                needs: owned(dataset.needs),
            })
            .collect(),
        endpoints: descriptor
            .endpoints
            .into_iter()
            .map(|endpoint| wit::Endpoint {
                host: endpoint.host.own(),
                method: endpoint.method.own(),
                path: endpoint.path.own(),
                purpose: endpoint.purpose.own(),
            })
            .collect(),
        schemas: descriptor.schemas,
    }
}

fn error(error: SourceError) -> wit::Error {
    let SourceError { cause, message, remedy, retry_after_ms, .. } = error;
    let failure = wit::Failure { message, remedy, retry_after_ms };
    match cause {
        Cause::InvalidConfig => wit::Error::InvalidConfig(failure),
        Cause::Unauthenticated => wit::Error::Unauthenticated(failure),
        Cause::Forbidden => wit::Error::Forbidden(failure),
        Cause::NotLicensed => wit::Error::NotLicensed(failure),
        Cause::Throttled => wit::Error::Throttled(failure),
        Cause::Unavailable => wit::Error::Unavailable(failure),
        Cause::Timeout => wit::Error::Timeout(failure),
        Cause::NotFound | Cause::Refused | Cause::Protocol => wit::Error::Protocol(failure),
        Cause::InvalidCheckpoint => wit::Error::InvalidCheckpoint(failure),
        Cause::LimitExceeded => wit::Error::LimitExceeded(failure),
        Cause::Internal => wit::Error::Internal(failure),
    }
}
