//! Equal answers make equal events, whatever the random numbers: hosts de-duplicate by key and hash.

use super::same;
use crate::conformance::lab::{Course, Lab};
use crate::conformance::verdict::{Judged, broken};
use crate::contract::one_line;
use crate::engine::Randomness;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let first = lab.whole().await?;
    let second = lab.run(Course { randomness: Randomness::System, ..Course::default() }).await?;
    let (Some(one), Some(other)) = (&first.receipt, &second.receipt) else {
        return Err(broken("the second run has no receipt"));
    };
    same("the second run", &first.identities().collect(), &second.identities().collect())?;
    if first.events().count() != second.events().count() {
        return Err(broken("the second run has another number of events"));
    }
    for (before, after) in first.events().zip(second.events()) {
        // The run is in every document, and its identity is all that may differ.
        if before.document.replace(&one.run, "") != after.document.replace(&other.run, "") {
            return Err(broken(format!("the document of {} differs in the second run", one_line(&after.key))));
        }
    }
    Ok(format!("{} equal events with other random numbers", second.events().count()))
}
