//! One file for each promise: what is tried, and what counts as kept.

pub(super) mod batch_limits;
pub(super) mod cancel;
pub(super) mod check;
pub(super) mod checkpoint_moves;
pub(super) mod checkpoint_refused;
pub(super) mod checkpoint_size;
pub(super) mod config_errors;
pub(super) mod config_schema;
pub(super) mod descriptor;
pub(super) mod documents;
pub(super) mod egress;
pub(super) mod endpoints;
pub(super) mod errors;
pub(super) mod events;
pub(super) mod finishes;
pub(super) mod imports;
pub(super) mod next_run;
pub(super) mod no_secrets;
pub(super) mod order;
pub(super) mod plan;
pub(super) mod plan_counts;
pub(super) mod receipt;
pub(super) mod replay;
pub(super) mod resume;
pub(super) mod secret_names;
pub(super) mod snapshots;
pub(super) mod waits;

use super::lab::{Identity, Lab};
use super::verdict::{Verdict, broken};
use super::wire::Service;
use crate::contract::{Finding, Secret, Severity, SourceError, error_case, one_line};
use crate::engine::{CallError, Randomness};
use std::collections::BTreeSet;

/// Opens a session that must be refused, and returns why it was. Broken if it was opened, if a request was made, or if
/// the component crashed.
async fn refusal(
    lab: &Lab,
    what: &str,
    config: &str,
    secrets: &[Secret],
    checkpoint: Option<&str>,
) -> Result<SourceError, Verdict> {
    let mut trial = lab.trial(Service::AsRecorded, Randomness::Fixed).await?;
    let opened = trial.source.open(config, secrets, checkpoint).await.err();
    if let Some(error) = &opened {
        lab.failed("open", error);
    }
    let requests = lab.end(trial).len();
    if requests > 0 {
        return Err(broken(format!("{what}: {requests} requests were made before it was refused")));
    }
    match opened {
        None => Err(broken(format!("{what}: it was accepted"))),
        Some(CallError::Source(error)) => Ok(error),
        Some(other) => Err(broken(format!("{what}: {other}"))),
    }
}

/// Demands one case of the contract's error.
fn expect_case(what: &str, error: &SourceError, case: &str) -> Result<(), Verdict> {
    match error_case(error) {
        found if found == case => Ok(()),
        found => Err(broken(format!("{what}: refused with {found} instead of {case}"))),
    }
}

/// Demands findings in order, each with something to do unless it is good news.
fn judge_findings(findings: &[Finding]) -> Result<(), Verdict> {
    let rank = |finding: &Finding| match finding.severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    };
    if !findings.is_sorted_by_key(rank) {
        return Err(broken("the findings are not in order, the most serious first"));
    }
    match findings.iter().find(|it| it.message.is_empty() || it.remedy.is_empty() && it.severity != Severity::Info) {
        Some(finding) => Err(broken(format!("the finding about {} says not what to do", one_line(&finding.subject)))),
        None => Ok(()),
    }
}

/// Demands that two runs say the same, and names an event that only one of them has.
fn same(what: &str, expected: &BTreeSet<Identity>, found: &BTreeSet<Identity>) -> Result<(), Verdict> {
    if let Some(lost) = expected.difference(found).next() {
        return Err(broken(format!("{what}: {} {} is missing", lost.operation, one_line(&lost.key))));
    }
    if let Some(new) = found.difference(expected).next() {
        return Err(broken(format!("{what}: {} {} is new or has another hash", new.operation, one_line(&new.key))));
    }
    Ok(())
}
