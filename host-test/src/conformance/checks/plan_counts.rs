//! A plan with secrets counts what it has to know and no more.

use super::plan::judge_report;
use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::conformance::wire::Service;
use crate::engine::Randomness;
use std::collections::BTreeSet;

/// A service as it is, and one that asks to come back later: a plan waits for nothing.
const SERVICES: [Service; 2] = [Service::AsRecorded, Service::Throttled { nth: 1, secs: 60 }];

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let mut counts = Vec::new();
    for service in SERVICES {
        let mut trial = lab.trial(service, Randomness::Fixed).await?;
        let planned = trial.source.plan(&lab.config_text(), Some(&lab.secrets), None).await;
        let sent = lab.end(trial);
        let report = planned.map_err(|error| {
            lab.failed("plan", &error);
            match error {
                crate::engine::CallError::Transport(why) => Verdict::NotJudged(why),
                other => broken(format!("it fails: {other}")),
            }
        })?;
        judge_report(lab, &report)?;
        let reads: Vec<String> =
            sent.iter().filter(|sent| !sent.is_sign_in).map(|sent| format!("{} {}", sent.method, sent.url)).collect();
        if reads.iter().collect::<BTreeSet<_>>().len() < reads.len() {
            return Err(broken(format!("{} reads, and one of them twice", reads.len())));
        }
        counts.push(reads.len());
    }
    Ok(format!("{} reads, and {} of a service that asks to come back later", counts[0], counts[1]))
}
