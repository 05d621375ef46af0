//! A test of the connection is cheap and says what to do.

use super::judge_findings;
use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::conformance::wire::Service;
use crate::engine::{CallError, Randomness};

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let mut trial = lab.trial(Service::AnyPage, Randomness::Fixed).await?;
    let checked = trial.source.check(&lab.config_text(), &lab.secrets).await;
    let sent = lab.end(trial);
    let reads = sent.iter().filter(|sent| !sent.is_sign_in).count();
    let datasets = lab.descriptor.datasets.len();
    if reads > datasets {
        return Err(broken(format!("{reads} reads for {datasets} datasets")));
    }
    let report = checked.map_err(|error| {
        lab.failed("check", &error);
        match error {
            CallError::Transport(why) => Verdict::NotJudged(why),
            other => broken(format!("it fails: {other}")),
        }
    })?;
    lab.ear.borrow_mut().hear("the report of check", &report);
    judge_findings(&report.findings)?;
    if !report.estimates.is_empty() {
        return Err(broken("the report holds estimates, which belong to plan"));
    }
    Ok(format!("{} findings from {reads} reads and {} sign-ins", report.findings.len(), sent.len() - reads))
}
