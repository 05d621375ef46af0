//! The secrets that are passed beside the configuration.

use super::disclosed::disclosed;
use defender_client::error::{Cause, SourceError};
use defender_client::sign_in::{CLIENT_SECRET, Secret};

/// Takes the one secret that is used, and refuses others so that a misspelt name is noticed.
///
/// # Errors
/// `invalid-config` for an unknown name and for a missing or empty value.
pub fn client_secret(secrets: &[(String, String)]) -> Result<Secret, SourceError> {
    let remedy = "Pass the value of the client secret, from the column Value of the app registration.";
    let mut found = None;
    for (name, value) in secrets {
        if name != CLIENT_SECRET {
            return Err(SourceError::new(
                Cause::InvalidConfig,
                format!("There is no secret {}.", disclosed(name, false)),
                format!("Name it `{CLIENT_SECRET}`."),
            ));
        }
        found = Some(Secret::new(value));
    }
    found.filter(|secret| !secret.is_empty()).ok_or_else(|| {
        SourceError::new(Cause::InvalidConfig, format!("The secret `{CLIENT_SECRET}` is missing or empty."), remedy)
    })
}
