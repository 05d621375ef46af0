//! What the schema refuses, the component refuses too, and it does not ask the service first.

use super::{expect_case, refusal};
use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::conformance::wire::Service;
use crate::contract::error_case;
use crate::engine::{CallError, Randomness};

/// Texts that are no configuration of anything.
const NEVER: [&str; 5] = ["", "{", "[]", "null", "\"text\""];

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let never = NEVER.iter().map(|text| (format!("the configuration {text:?}"), (*text).to_owned()));
    let neighbours = lab.schema.refused_neighbours(&lab.config);
    let neighbours =
        neighbours.into_iter().map(|(what, config)| (format!("the configuration {what}"), config.to_string()));
    let mut count = 0;
    for (what, config) in never.chain(neighbours) {
        let error = refusal(lab, &what, &config, &lab.secrets, None).await?;
        expect_case(&what, &error, "invalid-config")?;
        count += 1;
    }
    check_refuses(lab).await?;
    Ok(format!("{count} configurations are refused without a request"))
}

/// The connection test finds the same.
async fn check_refuses(lab: &Lab) -> Result<(), Verdict> {
    let mut trial = lab.trial(Service::AsRecorded, Randomness::Fixed).await?;
    let checked = trial.source.check("{", &lab.secrets).await;
    let requests = lab.end(trial).len();
    match checked {
        Err(CallError::Source(error)) if error_case(&error) == "invalid-config" && requests == 0 => Ok(()),
        Err(error) => Err(broken(format!("check of \"{{\" made {requests} requests and ended with: {error}"))),
        Ok(_) => Err(broken("check accepts \"{\" as configuration")),
    }
}
