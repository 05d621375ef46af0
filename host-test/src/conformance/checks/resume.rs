//! A crash between any two batches costs repetition, never an event.

use super::same;
use crate::conformance::lab::{Course, Identity, Lab};
use crate::conformance::verdict::{Judged, broken};
use crate::contract::Limits;
use std::collections::BTreeSet;

/// Most positions that are tried; spread over the run where there are more.
const MOST_POSITIONS: usize = 40;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let expected: BTreeSet<Identity> = whole.identities().collect();
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let single = lab.run(Course { limits, ..Course::default() }).await?;
    let count = single.batches.len();
    let tried = count.min(MOST_POSITIONS);
    for position in (0..tried).map(|index| index * count / tried) {
        let checkpoint = single.batches[position].checkpoint.clone();
        let rest = lab.run(Course { checkpoint: Some(checkpoint), ..Course::default() }).await?;
        let what = format!("continued after batch {} of {count}", position + 1);
        if rest.receipt.is_none() {
            let why = rest.error.as_deref().unwrap_or("it went on for ever");
            return Err(broken(format!("{what}: there is no receipt: {why}")));
        }
        let before = single.batches[..=position].iter().flat_map(|batch| &batch.events).map(Identity::of);
        same(&what, &expected, &before.chain(rest.identities()).collect())?;
    }
    Ok(format!("{tried} of {count} positions"))
}
