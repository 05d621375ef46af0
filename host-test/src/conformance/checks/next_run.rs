//! The receipt carries what the next run starts from.

use crate::conformance::lab::{Course, Lab};
use crate::conformance::verdict::{Judged, broken};
use crate::engine::Randomness;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let Some(receipt) = &whole.receipt else { return Err(broken("there is no receipt")) };
    let checkpoint = Some(receipt.checkpoint.clone());
    let next = lab.run(Course { checkpoint, randomness: Randomness::System, ..Course::default() }).await?;
    match (&next.receipt, &next.error) {
        (Some(after), _) if after.run == receipt.run => Err(broken("the next run has the identity of the one before")),
        (Some(_), _) => Ok(format!("the next run has {} events", next.events().count())),
        (None, error) => {
            Err(broken(format!("the next run fails: {}", error.as_deref().unwrap_or("it went on for ever"))))
        }
    }
}
