//! A registration that is to be made.

use super::credential::Credential;
use super::grants::Grants;

/// What all forms are written from.
#[derive(Debug)]
pub struct Registration<'a> {
    /// The name that people see.
    pub name: &'a str,
    /// What it may do.
    pub grants: &'a Grants,
    /// How it signs in; without one the registration is made without a credential.
    pub credential: Option<&'a Credential>,
    /// The national cloud, by the name in the configuration: `commercial`, `gcc`, `gcc_high` or `dod`.
    pub cloud: &'a str,
}
