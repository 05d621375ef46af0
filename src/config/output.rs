//! What the body of an event looks like.

use serde::Deserialize;

/// Shape of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Open Cybersecurity Schema Framework.
    #[default]
    Ocsf,
    /// Defender's own record, untouched.
    Native,
}

/// Version of OCSF that bodies are written for. Attributes that a version does not have are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum OcsfVersion {
    /// April 2025.
    #[serde(rename = "1.5.0")]
    V1_5,
    /// August 2025.
    #[serde(rename = "1.6.0")]
    V1_6,
    /// November 2025.
    #[serde(rename = "1.7.0")]
    V1_7,
    /// March 2026.
    #[default]
    #[serde(rename = "1.8.0")]
    V1_8,
}

impl OcsfVersion {
    /// All versions, oldest first.
    pub const ALL: [Self; 4] = [Self::V1_5, Self::V1_6, Self::V1_7, Self::V1_8];

    /// The version as `metadata.version` wants it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_5 => "1.5.0",
            Self::V1_6 => "1.6.0",
            Self::V1_7 => "1.7.0",
            Self::V1_8 => "1.8.0",
        }
    }
}
