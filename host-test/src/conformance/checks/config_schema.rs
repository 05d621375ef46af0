//! The schema is what editors, forms and hosts check a configuration by.

use crate::conformance::lab::Lab;
use crate::conformance::needs::Needs;
use crate::conformance::schema::ConfigSchema;
use crate::conformance::verdict::{Judged, broken};
use serde_json::Value;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    if let ConfigSchema::Broken(why) = &lab.schema {
        return Err(broken(format!("the schema is not one: {why}")));
    }
    if lab.lacks(Needs::Config).is_some() {
        return Ok("the schema is one".to_owned());
    }
    match lab.schema.refusal(&Value::Object(lab.config.clone())) {
        Some(why) => Err(broken(format!("it refuses the configuration of the runs: {why}"))),
        None => Ok("the schema is one and accepts the configuration of the runs".to_owned()),
    }
}
