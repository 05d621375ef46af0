//! A secret under a wrong name is a slip that must not end as "unauthenticated" at night.

use super::descriptor::distinct;
use super::{expect_case, refusal};
use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, broken};
use crate::contract::Secret;

const UNKNOWN: &str = "no_such_secret";

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let published = &lab.descriptor.secrets;
    distinct("secrets", published.iter().map(|secret| secret.name.as_str()))?;
    if let Some(secret) = published.iter().find(|it| it.name.is_empty() || it.description.trim().is_empty()) {
        return Err(broken(format!("the secret {:?} has no name or no description", secret.name)));
    }
    let mut secrets = lab.secrets.clone();
    secrets.push(Secret { name: UNKNOWN.into(), value: "conformance-unknown-secret".into() });
    let what = "a secret that it does not publish";
    let error = refusal(lab, what, &lab.config_text(), &secrets, None).await?;
    expect_case(what, &error, "invalid-config")?;
    let names: Vec<&str> = published.iter().map(|secret| secret.name.as_str()).collect();
    Ok(format!("publishes {}; another one is refused", if names.is_empty() { "none".into() } else { names.join(", ") }))
}
