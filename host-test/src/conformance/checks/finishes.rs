//! A run ends, and stays ended.

use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, broken};

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let run = lab.first_run().await?;
    let Some(receipt) = &run.receipt else {
        let why = run.error.as_deref().unwrap_or("it went on for ever");
        return Err(broken(format!("there is no receipt: {why}")));
    };
    match &run.again {
        Some(again) if format!("{again:?}") == format!("{receipt:?}") => {}
        Some(_) => return Err(broken("the second receipt differs from the first")),
        None => {
            let why = run.error.as_deref().unwrap_or("a step that is none");
            return Err(broken(format!("called again after the receipt, it returned {why}")));
        }
    }
    Ok(format!("{} events in {} batches", run.events().count(), run.batches.len()))
}
