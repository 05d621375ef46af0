//! What the body of an event looks like.

/// Shape of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Open Cybersecurity Schema Framework.
    #[default]
    Ocsf,
    /// Defender's own record, untouched.
    Native,
}

/// How much an OCSF body says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The caption beside each id, and what consumers look for in a second place.
    #[default]
    Full,
    /// Everything once.
    Lean,
}

/// Version of OCSF that bodies are written for. Attributes that a version does not have are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum OcsfVersion {
    /// April 2025.
    V1_5,
    /// August 2025.
    V1_6,
    /// November 2025.
    V1_7,
    /// March 2026.
    #[default]
    V1_8,
    /// August 2026.
    V1_9,
}

impl OcsfVersion {
    /// All versions, oldest first.
    pub const ALL: [Self; 5] = [Self::V1_5, Self::V1_6, Self::V1_7, Self::V1_8, Self::V1_9];

    /// The version as `metadata.version` wants it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_5 => "1.5.0",
            Self::V1_6 => "1.6.0",
            Self::V1_7 => "1.7.0",
            Self::V1_8 => "1.8.0",
            Self::V1_9 => "1.9.0",
        }
    }

    /// The version with that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == name)
    }
}
