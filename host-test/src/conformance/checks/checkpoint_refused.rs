//! Going on from a position that is none would lose events without a word.

use super::{expect_case, refusal};
use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::conformance::wire::Service;
use crate::engine::{CallError, Randomness};
use std::collections::BTreeSet;

/// Most places of one checkpoint at which it is damaged; spread over it where there are more.
const MOST_PLACES: usize = 512;

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
    let mut count = damaged.len();
    let ends = [whole.batches.first(), whole.batches.last()].map(|batch| batch.map(|batch| batch.checkpoint.as_str()));
    let between = whole.receipt.as_ref().map(|receipt| receipt.checkpoint.as_str());
    let texts: BTreeSet<&str> = ends.into_iter().flatten().chain([good.as_str()]).chain(between).collect();
    for text in texts {
        count += judge_changes(lab, text).await?;
    }
    let foreign = judge_foreign(lab, &good).await?;
    Ok(format!("{count} damaged ones; {foreign}"))
}

/// A checkpoint in which one place is not as it was, of which most would parse. How many were refused.
async fn judge_changes(lab: &Lab, good: &str) -> Result<usize, Verdict> {
    let good: Vec<char> = good.chars().collect();
    let places = good.len().min(MOST_PLACES);
    let mut trial = lab.trial(Service::AsRecorded, Randomness::Fixed).await?;
    let mut count = 0;
    for place in (0..places).map(|index| index * good.len() / places) {
        for (what, damaged) in changes(&good, place) {
            let damaged: String = damaged.into_iter().collect();
            let what = format!("a checkpoint with {what} at character {place} of {}", good.len());
            match trial.source.open(&lab.config_text(), &lab.secrets, Some(&damaged)).await.err() {
                None => return Err(broken(format!("{what}: it was accepted"))),
                Some(CallError::Source(error)) => expect_case(&what, &error, "invalid-checkpoint")?,
                Some(other) => return Err(broken(format!("{what}: {other}"))),
            }
            count += 1;
        }
    }
    match lab.end(trial).len() {
        0 => Ok(count),
        requests => Err(broken(format!("damaged checkpoints: {requests} requests were made before they were refused"))),
    }
}

/// What accidents make of a text at one place.
fn changes(good: &[char], place: usize) -> Vec<(&'static str, Vec<char>)> {
    let (before, after) = good.split_at(place);
    let Some((found, rest)) = after.split_first() else { return Vec::new() };
    // A digit stays one, and a letter: that is what still parses.
    let other = match found {
        '9' => '0',
        'z' => 'a',
        'Z' => 'A',
        '0'..='8' | 'a'..='y' | 'A'..='Y' => char::from_u32(u32::from(*found) + 1).unwrap_or('x'),
        _ => 'x',
    };
    let mut changes = vec![
        ("another character", [before, &[other], rest].concat()),
        ("a character less", [before, rest].concat()),
        ("a character twice", [before, &[*found], after].concat()),
    ];
    if let Some((next, rest)) = rest.split_first()
        && next != found
    {
        changes.push(("two characters swapped", [before, &[*next, *found], rest].concat()));
    }
    changes.retain(|(_, damaged)| damaged != good);
    changes
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
            Some(CallError::Source(error)) => {
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
