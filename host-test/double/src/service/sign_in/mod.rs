//! The token endpoint of Microsoft Entra ID: client credentials with a secret, a certificate or a federated assertion.

mod assertion;
mod audience;
mod endpoint;
mod metadata;
mod refused;
mod tenant;
mod token;

pub(super) use endpoint::answer;
pub(super) use token::Mint;
