//! Names of data sets and of ways to read them, as configurations, receipts and checkpoints have them.

/// A dataset by its configuration name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DatasetName {
    /// Machines, onboarded or discovered.
    Devices,
    /// Who logged on to a machine.
    DeviceUsers,
    /// Product versions on machines.
    Software,
    /// CVEs of product versions on machines.
    Vulnerabilities,
    /// CVEs themselves.
    Cves,
    /// Security recommendations and the machines they concern.
    Recommendations,
}

impl DatasetName {
    /// The name in configuration, receipts and events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::DeviceUsers => "device_users",
            Self::Software => "software",
            Self::Vulnerabilities => "vulnerabilities",
            Self::Cves => "cves",
            Self::Recommendations => "recommendations",
        }
    }
}

/// A way to read a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Whichever of the others costs least, chosen anew for each run.
    Auto,
    /// Files over the whole tenant.
    Files,
    /// Pages over the whole tenant.
    Bulk,
    /// A full read now and then, and what changed in between.
    Delta,
    /// One query for each shard of the devices.
    Hunting,
    /// One request for each device.
    PerDevice,
    /// The catalogue, then one request for each recommendation.
    PerRecommendation,
    /// The catalogue alone.
    Catalogue,
}

impl Strategy {
    /// The name in configuration and receipts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Files => "files",
            Self::Bulk => "bulk",
            Self::Delta => "delta",
            Self::Hunting => "hunting",
            Self::PerDevice => "per_device",
            Self::PerRecommendation => "per_recommendation",
            Self::Catalogue => "catalogue",
        }
    }
}
