//! Everything that came out of the component in every experiment, searched for the secrets that went into it.

use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, broken};

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let ear = lab.ear.borrow();
    if !ear.leaks.is_empty() {
        let places: Vec<&str> = ear.leaks.iter().map(String::as_str).collect();
        return Err(broken(format!("a secret or a token is in {}", places.join(", "))));
    }
    Ok(format!("{} outputs hold none of {} secrets and tokens", ear.outputs, lab.secrets.len() + 1))
}
