//! What Defender thinks of a device: health, risk, exposure, value.

use super::device::Device;
use super::lifecycle::DAY;
use super::platform::Family;
use crate::draw::Draw;
use crate::period::Period;

/// A silent device is called inactive after this time.
const INACTIVE: i64 = 7 * DAY;

/// How long a judgement lasts.
const WEEK: i64 = 7 * DAY;

impl Device<'_> {
    /// The draw of a judgement that is made anew every week, on the device's own day.
    fn weekly(&self, name: &str, period: Period) -> Draw {
        let draw = self.draw.at(name);
        draw.nth((period.tick() + 100_000 + draw.between(0, WEEK)).div_euclid(WEEK).unsigned_abs())
    }

    /// `healthStatus`.
    #[must_use]
    pub fn health(&self, period: Period) -> &'static str {
        if self.life().onboarded > period.tick() {
            return "Unknown";
        }
        if period.tick() - self.life().known(period) >= INACTIVE {
            return "Inactive";
        }
        match self.weekly("health", period).below(100) {
            0..=1 => "ImpairedCommunication",
            2 => "NoSensorData",
            3 => "NoSensorDataImpairedCommunication",
            _ => "Active",
        }
    }

    /// `riskScore`.
    #[must_use]
    pub fn risk(&self, period: Period) -> Option<&'static str> {
        match self.weekly("risk", period).below(100) {
            _ if self.life().onboarded > period.tick() => None,
            0..=3 => None,
            4..=8 => Some("High"),
            9..=18 => Some("Medium"),
            19..=35 => Some("Low"),
            36..=50 => Some("Informational"),
            _ => Some("None"),
        }
    }

    /// `exposureLevel`.
    #[must_use]
    pub fn exposure(&self, period: Period) -> Option<&'static str> {
        match self.weekly("exposure", period).below(100) {
            _ if self.life().onboarded > period.tick() => None,
            0..=3 => None,
            4..=20 => Some("High"),
            21..=50 => Some("Medium"),
            51..=95 => Some("Low"),
            _ => Some("None"),
        }
    }

    /// `deviceValue`.
    #[must_use]
    pub fn value(&self) -> Option<&'static str> {
        match self.draw.at("value").below(20) {
            _ if self.life().onboarded == i64::MAX => None,
            0 => Some("High"),
            1 => Some("Low"),
            _ => Some("Normal"),
        }
    }

    /// `machineTags`.
    #[must_use]
    pub fn tags(&self, period: Period) -> Vec<&'static str> {
        const TAGS: [&str; 6] = ["pilot", "VIP", "site:Köln", "owner \"ops\"", "do-not-scan", "tier\\1"];
        let mut tags = Vec::new();
        for (index, tag) in TAGS.iter().enumerate() {
            if self.weekly("tags", period).nth(index as u64).chance(15)
                || self.draw.at("tag").nth(index as u64).chance(60)
            {
                tags.push(*tag);
            }
        }
        tags
    }

    /// `isExcluded` with its reason.
    #[must_use]
    pub fn exclusion(&self) -> Option<&'static str> {
        self.draw.at("excluded").chance(10).then_some("DeviceOutOfScope")
    }

    /// `isAadJoined`: unknown for some.
    #[must_use]
    pub fn is_joined(&self) -> Option<bool> {
        let draw = self.hardware.at("joined");
        match (self.family(), draw.below(10)) {
            (Family::Network | Family::Iot, _) | (_, 0) => None,
            (Family::Linux | Family::Server, _) => draw.at("rare").chance(500).then_some(false),
            (_, roll) => Some(roll < 8),
        }
    }

    /// `aadDeviceId`: none for some that are joined.
    #[must_use]
    pub fn entra_device_id(&self) -> Option<String> {
        let draw = self.hardware.at("entra");
        (self.is_joined() == Some(true) && !draw.chance(60)).then(|| draw.guid())
    }

    /// `managedBy` and `managedByStatus`.
    #[must_use]
    pub fn management(&self, period: Period) -> (&'static str, &'static str) {
        match self.hardware.at("managed").below(10) {
            _ if self.life().onboarded > period.tick() || self.family().is_mobile() => ("Unknown", "Unknown"),
            0..=3 if !matches!(self.family(), Family::Linux) => ("Intune", "Success"),
            4 => ("MicrosoftDefenderForEndpoint", "Success"),
            5 => ("SystemCenterConfigurationManager", "Unknown"),
            _ => ("Unknown", "Unknown"),
        }
    }

    /// `defenderAvStatus`: some rows do not have it at all.
    #[must_use]
    pub fn antivirus(&self, period: Period) -> Option<&'static str> {
        match self.weekly("antivirus", period).below(20) {
            _ if self.life().onboarded > period.tick() => Some("Unknown"),
            _ if !self.family().is_windows() => Some("NotSupported"),
            0 => None,
            1 => Some("NotUpdated"),
            2 => Some("Disabled"),
            3 => Some("Unknown"),
            _ => Some("Updated"),
        }
    }
}
