//! Which devices, and rows about devices, the user wants.

use std::borrow::Cow;

use defender_rows::event::Kind;
use defender_rows::record::DeviceFacts;

use super::fingerprints::Fingerprints;
use crate::config::{FilterConfig, level};

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
    /// The CVE is of no machine of the tenant.
    NotExposed,
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
            Self::NotExposed => "not_exposed",
        }
    }
}

/// What the filter looks at in a machine record, beyond [`DeviceFacts`].
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceTraits<'a> {
    /// Whether any address remains after the address rule.
    pub has_ip_address: bool,
    /// `lastSeen`, milliseconds since the epoch.
    pub last_seen_ms: Option<i64>,
    /// `machineTags`.
    pub tags: &'a [Cow<'a, str>],
}

/// Decides, and remembers which devices it left out.
#[derive(Debug, Default)]
pub struct DeviceFilter {
    config: FilterConfig,
    now_ms: i64,
    left_out: Fingerprints,
}

impl DeviceFilter {
    /// A filter for a run that began at `now_ms`, milliseconds since the epoch: the time that "stale" counts from.
    #[must_use]
    pub fn new(config: FilterConfig, now_ms: i64) -> Self {
        Self { config, now_ms, left_out: Fingerprints::default() }
    }

    /// Whether a machine record is wanted. One that is not is remembered, so that its rows go with it.
    #[inline(never)]
    pub fn device(&mut self, facts: &DeviceFacts<'_>, traits: &DeviceTraits<'_>) -> Option<FilterReason> {
        let reason = self.by_facts(facts).or_else(|| self.by_traits(facts, traits));
        if reason.is_some() {
            self.left_out.insert(Kind::Device, facts.id);
        }
        reason
    }

    /// Whether a row about a device is wanted, judged by what the row itself says and by what was remembered.
    #[must_use]
    #[inline(never)]
    pub fn row(&self, facts: &DeviceFacts<'_>) -> Option<FilterReason> {
        if self.has_left_out(facts.id) {
            return Some(FilterReason::DeviceFiltered);
        }
        self.by_facts(facts)
    }

    /// Whether the machine record of a device was left out.
    #[must_use]
    pub fn has_left_out(&self, id: &str) -> bool {
        self.left_out.contains(Kind::Device, id)
    }

    /// Forgets which devices were left out: the machine records are read from the first one again.
    pub fn start_over(&mut self) {
        self.left_out = Fingerprints::default();
    }

    /// Whether a device that was left out could not be remembered for want of memory.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.left_out.is_full()
    }

    /// Whether a request about this one device is worth making: its risk or its exposure reaches the minimum.
    #[must_use]
    pub fn worth_asking(&self, risk: Option<&str>, exposure: Option<&str>) -> bool {
        let reaches = |word: Option<&str>, minimum: Option<u8>| {
            minimum.map(|minimum| word.and_then(level).is_some_and(|level| level >= minimum))
        };
        match (reaches(risk, self.config.min_risk), reaches(exposure, self.config.min_exposure)) {
            (None, None) => true,
            (by_risk, by_exposure) => by_risk == Some(true) || by_exposure == Some(true),
        }
    }

    fn by_facts(&self, facts: &DeviceFacts<'_>) -> Option<FilterReason> {
        let config = &self.config;
        let is = |names: &[String], name: Option<&str>| {
            name.is_some_and(|name| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
        };
        if is(&config.exclude_platforms, facts.os_platform) {
            return Some(FilterReason::Platform);
        }
        if is(&config.exclude_groups, facts.group_name)
            || (!config.include_groups.is_empty() && !is(&config.include_groups, facts.group_name))
        {
            return Some(FilterReason::DeviceGroup);
        }
        None
    }

    fn by_traits(&self, facts: &DeviceFacts<'_>, traits: &DeviceTraits<'_>) -> Option<FilterReason> {
        let config = &self.config;
        let tagged =
            |names: &[String]| traits.tags.iter().any(|tag| names.iter().any(|name| name.eq_ignore_ascii_case(tag)));
        if config.require_dns_name && facts.hostname.is_none() {
            return Some(FilterReason::NoDnsName);
        }
        if config.require_ip_address && !traits.has_ip_address {
            return Some(FilterReason::NoIpAddress);
        }
        if let (Some(stale_ms), Some(last_seen_ms)) = (config.stale_ms, traits.last_seen_ms)
            && self.now_ms.saturating_sub(last_seen_ms) > stale_ms
        {
            return Some(FilterReason::Stale);
        }
        if tagged(&config.exclude_tags) || (!config.include_tags.is_empty() && !tagged(&config.include_tags)) {
            return Some(FilterReason::Tag);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::DAY_MS;

    const FACTS: DeviceFacts<'static> = DeviceFacts {
        id: "aa",
        hostname: Some("pc1.contoso.example"),
        os_platform: Some("Windows11"),
        os_version: None,
        os_build: None,
        group_id: Some("7"),
        group_name: Some("Servers"),
        value: None,
        risk: None,
        exposure: None,
    };

    fn filter(members: &str) -> DeviceFilter {
        let text = format!(r#"{{"tenant_id":"t","client_id":"c","filters":{{{members}}}}}"#);
        DeviceFilter::new(crate::config::Config::parse(&text).unwrap().filters, 100 * DAY_MS)
    }

    #[test]
    fn each_filter_gives_its_reason() {
        let fresh = DeviceTraits { has_ip_address: true, last_seen_ms: Some(99 * DAY_MS), tags: &[] };
        let cases: [(&str, DeviceFacts<'_>, DeviceTraits<'_>, Option<FilterReason>); 11] = [
            ("", FACTS, fresh, None),
            (r#""exclude_platforms":["mobile"]"#, FACTS, fresh, None),
            (
                r#""exclude_platforms":["mobile"]"#,
                DeviceFacts { os_platform: Some("android"), ..FACTS },
                fresh,
                Some(FilterReason::Platform),
            ),
            (r#""exclude_platforms":["windows11"]"#, FACTS, fresh, Some(FilterReason::Platform)),
            (
                r#""require":["dns_name"]"#,
                DeviceFacts { hostname: None, ..FACTS },
                fresh,
                Some(FilterReason::NoDnsName),
            ),
            (
                r#""require":["ip_address"]"#,
                FACTS,
                DeviceTraits { has_ip_address: false, ..fresh },
                Some(FilterReason::NoIpAddress),
            ),
            (
                r#""stale_days":30"#,
                FACTS,
                DeviceTraits { last_seen_ms: Some(69 * DAY_MS), ..fresh },
                Some(FilterReason::Stale),
            ),
            (r#""stale_days":30"#, FACTS, DeviceTraits { last_seen_ms: None, ..fresh }, None),
            (r#""include_tags":["tier0"]"#, FACTS, fresh, Some(FilterReason::Tag)),
            (r#""include_tags":["tier0"]"#, FACTS, DeviceTraits { tags: &[Cow::Borrowed("Tier0")], ..fresh }, None),
            (r#""exclude_device_groups":["servers"]"#, FACTS, fresh, Some(FilterReason::DeviceGroup)),
        ];
        for (members, facts, traits, expected) in cases {
            assert_eq!(filter(members).device(&facts, &traits), expected, "{members}");
        }
    }

    #[test]
    fn rows_go_with_their_device() {
        let mut filter = filter(r#""include_tags":["tier0"]"#);
        assert_eq!(filter.row(&FACTS), None);
        filter.device(&FACTS, &DeviceTraits::default());
        assert_eq!(filter.row(&FACTS), Some(FilterReason::DeviceFiltered));
        assert_eq!(filter.row(&DeviceFacts { id: "bb", ..FACTS }), None);
    }

    #[test]
    fn risk_or_exposure_is_enough_to_ask() {
        assert!(filter("").worth_asking(None, None));
        let by_risk = filter(r#""min_risk":"low""#);
        assert!(by_risk.worth_asking(Some("Medium"), None));
        assert!(!by_risk.worth_asking(Some("Informational"), Some("High")));
        assert!(!by_risk.worth_asking(Some("Strange"), None));
        let either = filter(r#""min_risk":"high","min_exposure":"medium""#);
        assert!(either.worth_asking(Some("None"), Some("High")));
        assert!(!either.worth_asking(None, Some("Low")));
    }
}
