//! Time is the host's: a wait is asked for, and asking again early costs the service nothing.

use super::same;
use crate::conformance::lab::{Course, Lab, Run, WIDE};
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::conformance::wire::Service;
use crate::contract::{Step, Wait};
use crate::engine::{OpenSession, Randomness};
use std::time::Duration;

/// What the service asks for.
const SECS: u64 = 30;
const MILLIS: u64 = SECS * 1000;
/// Rounding and a little jitter on top are fine.
const SLACK: u64 = 5_000;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    if whole.reads() == 0 {
        return Err(Verdict::NotApplicable("it makes no request".to_owned()));
    }
    let service = Service::Throttled { nth: 1, secs: SECS };
    let mut trial = lab.trial(service, Randomness::Fixed).await?;
    let wire = std::sync::Arc::clone(&trial.wire);
    let config = lab.config_text();
    let opened = trial.source.open(&config, &lab.secrets, None).await;
    let mut session = opened.map_err(|error| broken(format!("the session cannot be opened: {error}")))?;
    let first = until_wait(lab, &mut session).await?;
    let asked = wire.sent().len();
    if first.millis < MILLIS {
        return Err(broken(format!("the service asked for {SECS} s, the wait is {} ms", first.millis)));
    }
    let early = wait(lab, &mut session, "called again at once").await?;
    if early.millis > first.millis || early.millis + SLACK < first.millis {
        return Err(broken(format!("called again at once, {} ms of {} are left", early.millis, first.millis)));
    }
    trial.clock.advance(Duration::from_millis(MILLIS / 2));
    let half = wait(lab, &mut session, "called again after half the time").await?;
    if half.millis + MILLIS / 2 > first.millis + SLACK {
        return Err(broken(format!("after half the time, {} ms of {} are left", half.millis, first.millis)));
    }
    if wire.sent().len() > asked {
        return Err(broken("a request was made before the time was over"));
    }
    session.close().await.map_err(|error| broken(format!("dropping the session failed: {error}")))?;
    lab.end(trial);
    let run = lab.run(Course { service, ..Course::default() }).await?;
    judge_end(&run, &whole)?;
    Ok(format!("waits {} ms for Retry-After: {SECS}, then goes on to the same end", first.millis))
}

async fn until_wait(lab: &Lab, session: &mut OpenSession<'_>) -> Result<Wait, Verdict> {
    for _ in 0..1000 {
        match lab.next(session, WIDE).await {
            Ok(Step::Wait(wait)) => return Ok(wait),
            Ok(Step::Batch(_)) => {}
            Ok(Step::Finished(_)) => return Err(broken("429 with Retry-After does not lead to a wait")),
            Err(error) => return Err(broken(format!("429 with Retry-After ends the run: {error}"))),
        }
    }
    Err(broken("429 with Retry-After does not lead to a wait"))
}

async fn wait(lab: &Lab, session: &mut OpenSession<'_>, when: &str) -> Result<Wait, Verdict> {
    match lab.next(session, WIDE).await {
        Ok(Step::Wait(wait)) => Ok(wait),
        Ok(_) => Err(broken(format!("{when}, it goes on as if the time was over"))),
        Err(error) => Err(broken(format!("{when}, it fails: {error}"))),
    }
}

fn judge_end(run: &Run, whole: &Run) -> Result<(), Verdict> {
    if run.receipt.is_none() {
        let why = run.error.as_deref().unwrap_or("it went on for ever");
        return Err(broken(format!("after the wait there is no receipt: {why}")));
    }
    same("after the wait", &whole.identities().collect(), &run.identities().collect())
}
