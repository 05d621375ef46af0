//! The configuration and the secret.

use crate::about::SECRET;
use crate::failure;
use serde_json::Value;
use sha2::{Digest, Sha256};
use test_guest::bindings::pipeline::source::types::{Error, Secret};
use test_guest::mark;

/// A configuration that holds.
pub(crate) struct Config {
    /// What ties checkpoints to it.
    pub(crate) fingerprint: String,
    /// The secret to sign in with.
    pub(crate) secret: String,
}

impl Config {
    pub(crate) fn parse(text: &str, secrets: &[Secret]) -> Result<Self, Error> {
        Self::parse_text(text)?;
        if let Some(other) = secrets.iter().find(|secret| secret.name != SECRET && !mark::is("secret-names")) {
            return Err(invalid(&format!("there is no secret named {:?}", other.name)));
        }
        let Some(secret) = secrets.iter().find(|secret| secret.name == SECRET) else {
            return Err(invalid("client_secret is missing"));
        };
        Ok(Self { fingerprint: hex(text.as_bytes()), secret: secret.value.clone() })
    }

    pub(crate) fn parse_text(text: &str) -> Result<(), Error> {
        let config: Value = serde_json::from_str(text).map_err(|_| invalid("the configuration is not JSON"))?;
        let Some(members) = config.as_object() else { return Err(invalid("the configuration is not an object")) };
        for (name, value) in members {
            match name.as_str() {
                "tenant" | "style" if value.is_string() && value != "" => {}
                _ if mark::is("config-errors") => {}
                _ => return Err(invalid(&format!("{name} is not what it should be"))),
            }
        }
        match members.contains_key("tenant") {
            true => Ok(()),
            false => Err(invalid("tenant is missing")),
        }
    }
}

fn invalid(message: &str) -> Error {
    Error::InvalidConfig(failure(message, "correct the configuration"))
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
