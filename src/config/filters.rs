//! Which devices the user wants.

use super::document::{Filters, Required};
use super::platforms::PRESETS;
use crate::catalog::DAY_MS;

/// The members below `filters`.
#[derive(Clone, Debug, Default)]
pub struct FilterConfig {
    /// Platforms that are left out.
    pub exclude_platforms: Vec<String>,
    /// Whether a device must have a DNS name.
    pub require_dns_name: bool,
    /// Whether a device must have a usable IP address.
    pub require_ip_address: bool,
    /// Least risk of devices that requests are made about one by one, as a [`level`].
    pub min_risk: Option<u8>,
    /// The same for the exposure.
    pub min_exposure: Option<u8>,
    /// Milliseconds after which a device that is not seen is left out.
    pub stale_ms: Option<i64>,
    /// Tags of which a device must have one, if there are any.
    pub include_tags: Vec<String>,
    /// Tags of which it must have none.
    pub exclude_tags: Vec<String>,
    /// Device groups of which it must be in one, if there are any.
    pub include_groups: Vec<String>,
    /// Device groups that are left out.
    pub exclude_groups: Vec<String>,
}

/// Levels of `riskScore` and `exposureLevel`, lowest first. Anything else, null included, is below them all.
const LEVELS: [&str; 5] = ["none", "informational", "low", "medium", "high"];

/// The place of a word among the levels of risk or exposure; `None` for anything else.
#[must_use]
pub fn level(word: &str) -> Option<u8> {
    let position = LEVELS.iter().position(|known| known.eq_ignore_ascii_case(word))?;
    u8::try_from(position).ok()
}

impl FilterConfig {
    /// What the members below `filters` come to.
    #[must_use]
    pub(super) fn of(given: Filters) -> Self {
        let platforms = given.exclude_platforms.into_iter().flat_map(|word| {
            match PRESETS.iter().find(|preset| preset.name == word) {
                Some(preset) => preset.platforms.iter().map(|name| (*name).to_owned()).collect(),
                None => vec![word],
            }
        });
        Self {
            exclude_platforms: platforms.collect(),
            require_dns_name: given.require.contains(&Required::DnsName),
            require_ip_address: given.require.contains(&Required::IpAddress),
            min_risk: given.min_risk.as_deref().and_then(level),
            min_exposure: given.min_exposure.as_deref().and_then(level),
            stale_ms: given.stale_days.map(|days| i64::from(days) * DAY_MS),
            include_tags: given.include_tags,
            exclude_tags: given.exclude_tags,
            include_groups: given.include_device_groups,
            exclude_groups: given.exclude_device_groups,
        }
    }

    /// Whether a row can be left out for what only its machine record says, so that machine records are needed even
    /// when devices are not emitted.
    #[must_use]
    pub fn needs_machine_records(&self) -> bool {
        self.require_dns_name
            || self.require_ip_address
            || self.stale_ms.is_some()
            || !self.include_tags.is_empty()
            || !self.exclude_tags.is_empty()
    }
}
