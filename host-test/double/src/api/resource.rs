//! What has permissions and licences of its own.

/// A service that has its own tokens and permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// `WindowsDefenderATP`.
    Defender,
    /// `Microsoft Threat Protection`.
    Xdr,
    /// Microsoft Graph.
    Graph,
}

/// What a licence may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// The directory, which every tenant has.
    Directory,
    /// Defender for Endpoint at all: the API itself is switched off.
    Defender,
    /// Vulnerability management: software, vulnerabilities, recommendations, scores and exports.
    VulnerabilityManagement,
    /// Advanced hunting, as in Defender for Business.
    Hunting,
    /// Intune: managed devices.
    Intune,
}
