//! Which devices, and rows about devices, the user wants.

use crate::record::DeviceFacts;

/// Why a row was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FilterReason {
    /// The platform is excluded.
    Platform,
    /// The device has no DNS name and one is required.
    NoDnsName,
    /// The device has no usable IP address and one is required.
    NoIpAddress,
    /// The device was not seen for longer than the configured number of days.
    Stale,
    /// The device carries none of the wanted tags, or one of the unwanted.
    Tag,
    /// The device is in none of the wanted groups, or in one of the unwanted.
    DeviceGroup,
    /// The row belongs to a device that was left out.
    DeviceFiltered,
    /// The row names no CVE: software listed without a known weakness.
    NoCve,
}

impl FilterReason {
    /// The name in receipts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::NoDnsName => "no_dns_name",
            Self::NoIpAddress => "no_ip_address",
            Self::Stale => "stale",
            Self::Tag => "tag",
            Self::DeviceGroup => "device_group",
            Self::DeviceFiltered => "device_filtered",
            Self::NoCve => "no_cve",
        }
    }
}

/// Decides, and remembers which devices it left out.
#[derive(Debug, Default)]
pub struct DeviceFilter {}

/// What the filter looks at in a machine record, beyond [`DeviceFacts`].
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceTraits<'a> {
    /// Whether any address remains after the address rule.
    pub has_ip_address: bool,
    /// `lastSeen`, milliseconds since the epoch.
    pub last_seen_ms: Option<i64>,
    /// `machineTags`.
    pub tags: &'a [std::borrow::Cow<'a, str>],
}

impl DeviceFilter {
    /// Whether a machine record is wanted. One that is not is remembered, so that its rows go with it.
    pub fn device(&mut self, _facts: &DeviceFacts<'_>, _traits: &DeviceTraits<'_>) -> Option<FilterReason> {
        None
    }

    /// Whether a row about a device is wanted, judged by what the row itself says and by what was remembered.
    #[must_use]
    pub fn row(&self, _facts: &DeviceFacts<'_>) -> Option<FilterReason> {
        None
    }
}
