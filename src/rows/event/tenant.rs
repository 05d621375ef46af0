//! Identifiers that must not be mixed up.

use std::fmt;

/// A Microsoft Entra tenant: its GUID in lower case, or a verified domain name in lower case.
///
/// Part of every event key and of the token URL. Source: "Get a token" in the Entra client credentials page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TenantId(String);

impl TenantId {
    /// Longest accepted name in bytes: that of a DNS name.
    const MAX_LEN: usize = 253;

    /// Accepts a GUID or a name made of letters, digits, dots and hyphens.
    ///
    /// # Errors
    /// A sentence about what is wrong, fit to follow the name of the member.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty; expected the tenant's GUID or one of its verified domains".into());
        }
        if text.len() > Self::MAX_LEN || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.') {
            return Err("is neither a GUID nor a domain name".into());
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The tenant as it appears in keys and URLs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
