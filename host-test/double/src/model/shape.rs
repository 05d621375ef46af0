//! How large a tenant is.

/// How large a tenant is. Everything else about it follows from the seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The same seed makes the same tenant.
    pub seed: u64,
    /// Devices that exist at the start.
    pub devices: u32,
    /// Accounts of the directory.
    pub users: u32,
    /// Products on a device that runs an agent, on average.
    pub software_per_device: u32,
    /// Rows of the vulnerability export for such a device, on average. Needs some recommendations, because a product
    /// with a weakness is one. Few devices with few products can have too little for many findings, and have fewer then.
    pub findings_per_device: u32,
    /// Recommendations to the tenant.
    pub recommendations: u32,
}

impl Default for Shape {
    fn default() -> Self {
        Self { seed: 1, devices: 40, users: 50, software_per_device: 12, findings_per_device: 25, recommendations: 30 }
    }
}
