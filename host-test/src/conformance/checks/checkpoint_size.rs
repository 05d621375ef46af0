//! Checkpoints have to fit where hosts keep them.

use crate::conformance::lab::{Course, Lab};
use crate::conformance::verdict::{Judged, broken};
use crate::contract::{Limits, MAX_CHECKPOINT_BYTES};

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let small = lab.run(Course { limits, ..Course::default() }).await?;
    let of_batches = whole.batches.iter().chain(&small.batches).map(|batch| &batch.checkpoint);
    let of_receipts = whole.receipt.iter().chain(&small.receipt).map(|receipt| &receipt.checkpoint);
    let mut largest = 0;
    for checkpoint in of_batches.chain(of_receipts) {
        if checkpoint.is_empty() {
            return Err(broken("a checkpoint is empty"));
        }
        largest = largest.max(checkpoint.len());
    }
    if largest > MAX_CHECKPOINT_BYTES {
        return Err(broken(format!("a checkpoint has {largest} bytes")));
    }
    Ok(format!("the largest has {largest} bytes"))
}
