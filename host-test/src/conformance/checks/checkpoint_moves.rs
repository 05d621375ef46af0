//! A host that sees no event and no other position could never tell progress from a loop.

use crate::conformance::lab::{Course, Lab};
use crate::conformance::verdict::{Judged, broken};
use crate::contract::Limits;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    lab.whole().await?;
    let mut empty = 0;
    let mut batches = 0;
    for limits in [Limits { max_events: 1, max_bytes: u32::MAX }, crate::conformance::lab::WIDE] {
        let run = lab.run(Course { limits, ..Course::default() }).await?;
        batches += run.batches.len();
        for pair in run.batches.windows(2) {
            let [before, after] = pair else { continue };
            if after.events.is_empty() {
                empty += 1;
                if after.checkpoint == before.checkpoint {
                    return Err(broken("a batch without events has the checkpoint of the batch before"));
                }
            }
        }
        let moved = run.batches.first().map(|it| &it.checkpoint) != run.batches.last().map(|it| &it.checkpoint);
        if run.batches.len() > 1 && !moved {
            return Err(broken(format!("after {} batches the checkpoint is still the first", run.batches.len())));
        }
    }
    Ok(format!("{batches} batches, {empty} of them empty"))
}
