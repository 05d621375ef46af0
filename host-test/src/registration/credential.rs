//! How a registration is to sign in.

use std::path::PathBuf;

/// What a token of another issuer has to be made for. Source: "Workload identity federation" of the Microsoft identity
/// platform, recommended audience.
pub(super) const TOKEN_EXCHANGE: &str = "api://AzureADTokenExchange";

/// A credential of the registration. What is secret in one is never here: a script asks for it or writes it to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A client secret that Entra ID makes; the script writes it to this file, readable by its owner alone.
    Secret {
        /// The file to write.
        file: PathBuf,
    },
    /// A certificate whose key stays where it is.
    Certificate {
        /// The file of the certificate without its key, in PEM.
        file: PathBuf,
    },
    /// Tokens of another identity provider: a Kubernetes cluster, GitHub Actions, a managed identity.
    Federated {
        /// `iss` of these tokens, an `https` address.
        issuer: String,
        /// `sub` of these tokens.
        subject: String,
    },
}
