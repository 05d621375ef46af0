//! Going on from a position that is none would lose events without a word.

use super::{expect_case, refusal};
use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, broken};
use crate::conformance::wire::Service;
use crate::engine::Randomness;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let Some(good) = whole.batches.get(whole.batches.len() / 2).map(|batch| batch.checkpoint.clone()) else {
        return Err(broken("a run without a batch has no checkpoint"));
    };
    let half: String = good.chars().take(good.chars().count() / 2).collect();
    let damaged = [String::new(), "{}".into(), "null".into(), "not a checkpoint".into(), half, format!("{good}{good}")];
    for checkpoint in &damaged {
        let what = format!("a damaged checkpoint of {} bytes", checkpoint.len());
        let error = refusal(lab, &what, &lab.config_text(), &lab.secrets, Some(checkpoint)).await?;
        expect_case(&what, &error, "invalid-checkpoint")?;
    }
    let foreign = judge_foreign(lab, &good).await?;
    Ok(format!("{} damaged ones; {foreign}", damaged.len()))
}

/// A checkpoint under another configuration. Not every member has to matter, but one does.
async fn judge_foreign(lab: &Lab, good: &str) -> Judged {
    let (mut accepted, mut refused) = (0, 0);
    for (choice, config) in lab.schema.accepted_neighbours(&lab.config) {
        let config = config.to_string();
        let mut trial = lab.trial(Service::AsRecorded, Randomness::Fixed).await?;
        let fits = trial.source.open(&config, &lab.secrets, None).await.is_ok();
        lab.end(trial);
        if !fits {
            continue;
        }
        let mut trial = lab.trial(Service::AsRecorded, Randomness::Fixed).await?;
        let opened = trial.source.open(&config, &lab.secrets, Some(good)).await.err();
        let requests = lab.end(trial).len();
        match opened {
            None => accepted += 1,
            Some(crate::engine::CallError::Source(error)) => {
                expect_case(&format!("a checkpoint {choice}"), &error, "invalid-checkpoint")?;
                refused += 1;
            }
            Some(other) => return Err(broken(format!("a checkpoint {choice}: {other}"))),
        }
        if requests > 0 {
            return Err(broken(format!("a checkpoint {choice}: {requests} requests were made")));
        }
    }
    match (refused, accepted) {
        (0, 0) => Ok("no other configuration could be made from the schema".to_owned()),
        (0, _) => Err(broken("a checkpoint is accepted under any other configuration")),
        _ => Ok(format!("refused under {refused} of {} other configurations", refused + accepted)),
    }
}
