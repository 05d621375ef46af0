//! `requiredResourceAccess`: what the blade "Manifest" of an app registration takes. Consent is given there afterwards.
//! Source: "Understand the app manifest (Microsoft Graph format)".

use super::api::{self, NotOnRecord};
use super::wanted::Registration;
use serde_json::{Value, json};

/// Clouds whose directory is the public one.
const PUBLIC: [&str; 2] = ["commercial", "gcc"];

/// The member `requiredResourceAccess` of an app manifest.
///
/// # Errors
///
/// A grant whose id is not on record, or a cloud that has ids of its own.
pub fn write(registration: &Registration<'_>) -> Result<Value, NotOnRecord> {
    if !PUBLIC.contains(&registration.cloud) {
        return Err(NotOnRecord::Cloud(registration.cloud.to_owned()));
    }
    let mut resources = Vec::new();
    for (name, roles) in registration.grants.by_api() {
        let api = api::by_name(name)?;
        let access = roles.into_iter().map(|role| Ok(json!({ "id": api.role(role)?, "type": "Role" })));
        let access = access.collect::<Result<Vec<_>, NotOnRecord>>()?;
        resources.push(json!({ "resourceAppId": api.app_id, "resourceAccess": access }));
    }
    Ok(json!({ "requiredResourceAccess": resources }))
}
