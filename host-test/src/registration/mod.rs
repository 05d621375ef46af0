//! What an app registration in Entra ID needs so that a source can read: the least grants, and how they are given.
//!
//! | form | what it is | who looks the role ids up |
//! |---|---|---|
//! | [`manifest`] | the member `requiredResourceAccess` of an app manifest | nobody: a table here has them for the public cloud |
//! | [`azure_cli`] | a script for a POSIX shell with Azure CLI | the script, by name |
//! | [`powershell`] | a script with Microsoft Graph PowerShell | the script, by name |
//! | [`terraform`] | a configuration with the provider `azuread` | the provider, by name |
//!
//! Each of the last three creates the registration, its service principal, the grants and the consent to them (an app role
//! that is assigned to a service principal is a permission that an administrator has consented to), and a
//! [`Credential`] where one is asked for. They refuse where a registration of that name is there already. Nothing is
//! executed here, and no secret goes through here.
//!
//! Facts: "Grant or revoke API permissions programmatically" of the Microsoft identity platform; the pages of the
//! commands and resources named in each form.

mod api;
pub mod azure_cli;
mod credential;
mod grants;
pub mod manifest;
pub mod powershell;
mod quote;
pub mod terraform;
mod wanted;

pub use api::NotOnRecord;
pub use credential::Credential;
pub use grants::{Grant, Grants};
pub use quote::shell;
pub use wanted::Registration;
