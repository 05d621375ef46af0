//! A dry run needs nothing but a configuration.

use super::judge_findings;
use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::conformance::wire::Service;
use crate::contract::Report;
use crate::engine::{CallError, Randomness};

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let mut trial = lab.trial(Service::AsRecorded, Randomness::Fixed).await?;
    let planned = trial.source.plan(&lab.config_text(), None, None).await;
    let requests = lab.end(trial).len();
    // A request without recordings ends the call, so it is what to look at first.
    if requests > 0 {
        return Err(broken(format!("{requests} requests were made without secrets")));
    }
    let report = planned.map_err(|error: CallError| {
        lab.failed("plan", &error);
        broken(format!("it fails: {error}"))
    })?;
    judge_report(lab, &report)?;
    Ok(format!("{} datasets planned without a request", report.estimates.len()))
}

/// Demands of a plan, however it was made.
pub(super) fn judge_report(lab: &Lab, report: &Report) -> Result<(), Verdict> {
    lab.ear.borrow_mut().hear("the plan", report);
    judge_findings(&report.findings)?;
    for estimate in &report.estimates {
        let Some(dataset) = lab.descriptor.datasets.iter().find(|dataset| dataset.name == estimate.dataset) else {
            return Err(broken(format!("it plans {:?}, which is no dataset", estimate.dataset)));
        };
        if !dataset.strategies.contains(&estimate.strategy) {
            return Err(broken(format!("{} has no strategy {:?}", estimate.dataset, estimate.strategy)));
        }
        if estimate.calls.is_some() != estimate.minutes.is_some() {
            return Err(broken(format!("{}: calls and minutes are not known together", estimate.dataset)));
        }
    }
    Ok(())
}
