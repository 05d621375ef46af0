//! A host's memory is bounded by what it asks for, and asking for little loses nothing.

use super::same;
use crate::conformance::lab::{Course, Identity, Lab};
use crate::conformance::verdict::{Judged, broken};
use crate::contract::{Limits, within};
use std::collections::BTreeSet;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let expected: BTreeSet<Identity> = whole.identities().collect();
    let longest = whole.events().map(|event| event.document.len()).max().unwrap_or_default();
    let below_longest = u32::try_from(longest / 2).unwrap_or(u32::MAX);
    let asked = [(1, u32::MAX), (0, 0), (7, 4096), (u32::MAX, below_longest), (u32::MAX, u32::MAX)];
    for (max_events, max_bytes) in asked {
        let limits = Limits { max_events, max_bytes };
        let run = lab.run(Course { limits, ..Course::default() }).await?;
        let what = format!("with max-events {max_events} and max-bytes {max_bytes}");
        if let Some(error) = &run.error {
            return Err(broken(format!("{what}: {error}")));
        }
        for batch in &run.batches {
            within(batch, limits).map_err(|_| {
                let bytes: usize = batch.events.iter().map(|event| event.document.len()).sum();
                broken(format!("{what}: a batch has {} events with {bytes} bytes", batch.events.len()))
            })?;
        }
        same(&what, &expected, &run.identities().collect())?;
    }
    Ok(format!("{} limits, longest event {longest} bytes", asked.len()))
}
