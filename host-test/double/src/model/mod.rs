//! The tenant: what exists in a period, derived from the seed whenever it is asked for.

use crate::period::Period;
use crate::truth::Fact;

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
    /// Rows of the vulnerability export for such a device, on average.
    pub findings_per_device: u32,
    /// Recommendations to the tenant.
    pub recommendations: u32,
}

impl Default for Shape {
    fn default() -> Self {
        Self { seed: 1, devices: 40, users: 50, software_per_device: 12, findings_per_device: 25, recommendations: 30 }
    }
}

/// A tenant. It holds its catalogues, never its rows.
#[derive(Debug)]
pub struct Tenant {
    shape: Shape,
}

impl Tenant {
    /// The tenant of a shape.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        Self { shape }
    }

    /// What it was made from.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Everything that is true in a period.
    pub fn facts(&self, _: Period) -> impl Iterator<Item = Fact> + '_ {
        std::iter::empty()
    }
}
