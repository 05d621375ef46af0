//! Which devices the user wants.

use super::platforms::PRESETS;
use super::values::Values;
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
    /// Reads the members below `filters`.
    #[must_use]
    #[inline(never)]
    pub fn read(values: &Values) -> Self {
        let list = |path: &str| values.list(path).to_vec();
        let require = values.list("filters.require");
        let mut exclude_platforms = Vec::new();
        for word in values.list("filters.exclude_platforms") {
            match PRESETS.iter().find(|preset| preset.name == *word) {
                Some(preset) => exclude_platforms.extend(preset.platforms.iter().map(|name| (*name).to_owned())),
                None => exclude_platforms.push(word.clone()),
            }
        }
        Self {
            exclude_platforms,
            require_dns_name: require.iter().any(|word| word == "dns_name"),
            require_ip_address: require.iter().any(|word| word == "ip_address"),
            min_risk: values.text("filters.min_risk").and_then(level),
            min_exposure: values.text("filters.min_exposure").and_then(level),
            stale_ms: values
                .integer("filters.stale_days")
                .and_then(|days| i64::try_from(days).ok())
                .map(|d| d * DAY_MS),
            include_tags: list("filters.include_tags"),
            exclude_tags: list("filters.exclude_tags"),
            include_groups: list("filters.include_device_groups"),
            exclude_groups: list("filters.exclude_device_groups"),
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
