//! Every request of every experiment, as the policy saw it.

use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, broken};

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    lab.first_run().await?;
    let ear = lab.ear.borrow();
    if let Some(denial) = ear.denials.first() {
        return Err(broken(format!("{denial} ({} such requests)", ear.denials.len())));
    }
    if let Some(write) = ear.writes.first() {
        return Err(broken(format!("{write} neither reads, nor asks for a token, nor is published as a query")));
    }
    Ok(format!("{} requests, all published", ear.requests))
}
