//! Whoever puts events in order by their numbers must not take an older one for a newer one, whatever a host is killed
//! at.

use crate::conformance::lab::{Course, Lab, Run};
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::contract::{Limits, one_line};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Batches that each life of a host takes. It delivers all of them and is killed before it stores the position of the last
/// one. Many lives that come no further than a position are among them.
const LIVES: [usize; 16] = [6, 1, 3, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 4, 2, 5];
/// How long a host is away.
const AWAY: Duration = Duration::from_secs(60);
/// Numbers from here on are the host's.
const OF_HOSTS: u64 = 1 << 52;

#[derive(Deserialize)]
struct Number {
    run: String,
    seq: u64,
}

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let mut highest = BTreeMap::new();
    let mut count = delivered(&*lab.whole().await?, &mut BTreeMap::new())?;
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let mut stored = None;
    let mut course = Course { limits, ..Course::default() };
    for batches in LIVES {
        let life = lab.run(Course { checkpoint: stored.clone(), stop_after: Some(batches), ..course.clone() }).await?;
        count += delivered(&life, &mut highest)?;
        if let [.., last, _] = &life.batches[..] {
            stored = Some(last.checkpoint.clone());
        }
        course.later += AWAY;
    }
    let rest = lab.run(Course { checkpoint: stored, ..course }).await?;
    count += delivered(&rest, &mut highest)?;
    match &rest.receipt {
        Some(_) => Ok(format!("{count} events of {} lives of a host", LIVES.len() + 2)),
        None => Err(broken(format!("a run that was killed {} times does not end", LIVES.len()))),
    }
}

/// Numbers of delivered events are higher than all that were delivered before in their run.
fn delivered(run: &Run, highest: &mut BTreeMap<String, u64>) -> Result<usize, Verdict> {
    let mut count = 0;
    for event in run.events() {
        let wrong = |why: String| broken(format!("the document of {}: {why}", one_line(&event.key)));
        let Number { run, seq } = serde_json::from_str(&event.document)
            .map_err(|error| wrong(format!("it has no `run` and `seq` that order it: {error}")))?;
        if !(1..OF_HOSTS).contains(&seq) {
            return Err(wrong(format!("its number {seq} is none that a source has")));
        }
        if let Some(before) = highest.insert(run, seq).filter(|before| *before >= seq) {
            return Err(wrong(format!("its number {seq} comes after {before} in the same run")));
        }
        count += 1;
    }
    Ok(count)
}
