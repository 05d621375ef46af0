//! A dropped session leaves nothing behind.

use crate::conformance::lab::{Course, Lab, Run};
use crate::conformance::verdict::{Judged, broken};
use crate::conformance::wire::Service;
use crate::contract::Limits;
use crate::engine::Randomness;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long the host's own tasks may take to let go of an answer. Only a component that holds on makes the kit wait.
const PATIENCE: Duration = Duration::from_secs(5);

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let mut trial = lab.trial(Service::AsRecorded, Randomness::Fixed).await?;
    let course =
        Course { limits: Limits { max_events: 1, max_bytes: u32::MAX }, stop_after: Some(2), ..Course::default() };
    let mut first = Run::default();
    let before = {
        let opened = trial.source.open(&lab.config_text(), &lab.secrets, None).await;
        let mut session = opened.map_err(|error| broken(format!("the session cannot be opened: {error}")))?;
        for _ in 0..2 {
            let step = lab.next(&mut session, course.limits).await;
            step.map_err(|error| broken(format!("a step failed: {error}")))?;
        }
        let before = trial.wire.sent().len();
        session.close().await.map_err(|error| broken(format!("dropping the session failed: {error}")))?;
        before
    };
    let after = trial.wire.sent().len();
    if after > before {
        return Err(broken(format!("{} requests were made by dropping the session", after - before)));
    }
    if tokio::time::timeout(PATIENCE, trial.wire.idle()).await.is_err() {
        return Err(broken(format!("{} answers are still held after the session was dropped", trial.wire.open())));
    }
    let again = lab.drive(&mut trial, &Course::default(), &mut first).await;
    lab.end(trial);
    again.map_err(|error| broken(format!("a new session in the same instance failed: {error}")))?;
    let keys = |run: &Run| -> BTreeSet<String> { run.events().map(|event| event.key.clone()).collect() };
    if keys(&first) != keys(&whole) {
        return Err(broken("a new session in the same instance emits other keys"));
    }
    Ok(format!("dropped after {before} requests; a new session emits {} events", first.events().count()))
}
