//! A product of the software inventory, and its version numbers.

use super::platform::Family;
use crate::draw::Draw;

/// A product with a product code (CPE).
#[derive(Debug, Clone)]
pub struct Product {
    /// Its number in the catalogue.
    pub index: u32,
    /// Vendor, lower case with underscores.
    pub vendor: String,
    /// Name, lower case with underscores.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The code it is built from.
    pub base: u32,
    /// Whether an older version may stay beside the current one.
    pub is_side_by_side: bool,
    /// For an operating system, what its version numbers begin with.
    pub system: Option<&'static str>,
    /// Of a thousand devices with an agent, about how many have it.
    pub(super) common: u64,
    pub(super) draw: Draw,
    pub(super) weights: [u32; Family::MANAGED.len()],
}

/// What an installation has a chance of, in total.
pub(super) const CERTAIN: u32 = 1 << 16;

impl Product {
    /// `vendor-_-name`, its id in `/api/Software`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-_-{}", self.vendor, self.name)
    }

    /// Its draws, for whatever else is to be made of it.
    #[must_use]
    pub fn draw(&self) -> Draw {
        self.draw
    }

    /// Whether it is an operating system.
    #[must_use]
    pub fn is_system(&self) -> bool {
        self.system.is_some()
    }

    /// The chance, in 65,536ths, that a device of a family has it.
    #[must_use]
    pub fn weight(&self, family: Family) -> u32 {
        Family::MANAGED.iter().position(|managed| *managed == family).map_or(0, |place| self.weights[place])
    }

    /// The number of a release. Later releases have later numbers.
    #[must_use]
    pub fn version(&self, release: u32) -> String {
        let draw = self.draw.at("version");
        let noise = draw.nth(u64::from(release));
        let major = draw.below(9) as u32 + 1;
        if let Some(system) = self.system {
            return format!("{system}.{}", 1000 + release * 41);
        }
        match (self.name.as_str(), draw.at("style").below(6)) {
            ("chrome" | "edge_chromium-based", _) => {
                format!("{}.0.{}.{}", 60 + release / 4, 4000 + release * 17, noise.below(200))
            }
            (_, 0) => format!("{major}.{}.{}", release / 4, release % 4),
            (_, 1) => format!("{major}.{release}.{}.0", noise.below(4000)),
            (_, 2) => format!("{}.{:02}", 1 + release / 12, release % 12 + 1),
            (_, 3) => format!("{major}.{}.{}-{}ubuntu{}", release / 6, release % 6, noise.below(9), major),
            (_, 4) => format!("2:{major}.{release}+dfsg"),
            _ => format!("{major}.{release} (build {})", noise.below(9000)),
        }
    }

    /// `endOfSupportStatus` and the date, as the exports have them.
    #[must_use]
    pub fn end_of_support(&self) -> (&'static str, Option<&'static str>) {
        match self.draw.at("support").below(40) {
            0 => ("EOS Version", Some("2024-06-30T00:00:00+00:00")),
            1 => ("Upcoming EOS Version", Some("2029-10-14T00:00:00+00:00")),
            2 => ("EOS Software", Some("2021-05-11T00:00:00+00:00")),
            3 => ("Upcoming EOS Software", Some("2030-01-09")),
            _ => ("None", None),
        }
    }
}
