//! The arguments of what comes before the first run: `init` and `permissions`.

use super::changes::Changes;
use crate::registration::Credential;
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(super) struct Init {
    /// File to write; there must be none of that name. The schema of it for editors goes beside it.
    #[arg(long, value_name = "FILE", default_value = "defender.toml")]
    pub(super) out: PathBuf,
    /// Directory (tenant) id, or a verified domain; asked for on a terminal.
    #[arg(long, value_name = "ID")]
    pub(super) tenant_id: Option<String>,
    /// Application (client) id; asked for on a terminal.
    #[arg(long, value_name = "ID")]
    pub(super) client_id: Option<String>,
    /// Cloud of the tenant: commercial, gcc, gcc_high or dod.
    #[arg(long, value_name = "NAME", default_value = "commercial")]
    pub(super) cloud: String,
    /// File that has the client secret, or will have it.
    #[arg(long, value_name = "FILE", conflicts_with = "secret_env")]
    pub(super) secret_file: Option<PathBuf>,
    /// Environment variable that has the client secret, or will have it.
    #[arg(long, value_name = "NAME")]
    pub(super) secret_env: Option<String>,
    /// Datasets to read; asked for on a terminal, by default those that are on by default.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) datasets: Vec<String>,
    /// File that events go to.
    #[arg(long, value_name = "FILE", default_value = "events.ndjson")]
    pub(super) sink: PathBuf,
    /// Remember every asset, so that only what is new is delivered.
    #[arg(long)]
    pub(super) inventory: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Permissions {
    /// Configuration file: what it enables, by the ways that it takes. Without it: what is enabled by default.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// What is printed. Nothing is executed.
    #[arg(long, value_enum, default_value_t = PermissionForm::Table)]
    pub(super) format: PermissionForm,
    /// Name of the app registration.
    #[arg(long, default_value = "Defender asset source")]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) credential: NewCredential,
    #[command(flatten)]
    pub(super) changes: Changes,
}

/// Forms of the grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PermissionForm {
    /// A table for people.
    Table,
    /// The table as JSON.
    Json,
    /// `requiredResourceAccess` of an app manifest.
    Manifest,
    /// A script for Azure CLI.
    Az,
    /// A script for Microsoft Graph PowerShell.
    Powershell,
    /// A configuration for Terraform.
    Terraform,
}

/// How a registration that is made signs in. Without any it is made without a credential.
#[derive(Debug, Default, ClapArgs)]
#[group(multiple = false)]
pub(super) struct NewCredential {
    /// A client secret, which the script writes to this file.
    #[arg(long, value_name = "FILE")]
    client_secret: Option<PathBuf>,
    /// The certificate in this PEM file, without its key.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Tokens of another identity provider, with these `iss` and `sub`.
    #[arg(long, num_args = 2, value_names = ["ISSUER", "SUBJECT"])]
    federated: Option<Vec<String>>,
}

impl NewCredential {
    /// The one that was asked for.
    pub(super) fn chosen(self) -> Option<Credential> {
        let federated = |mut parts: Vec<String>| {
            let subject = parts.pop()?;
            Some(Credential::Federated { issuer: parts.pop()?, subject })
        };
        let secret = self.client_secret.map(|file| Credential::Secret { file });
        secret
            .or_else(|| self.certificate.map(|file| Credential::Certificate { file }))
            .or_else(|| self.federated.and_then(federated))
    }
}
