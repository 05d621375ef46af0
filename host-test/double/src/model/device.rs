//! A device record: who it is, and how it stands in a period.

use super::group::Group;
use super::lifecycle::{self, Life};
use super::moment::Moment;
use super::platform::{self, Family, OsRelease, Platform};
use super::tenant::Tenant;
use crate::draw::Draw;
use crate::period::Period;

/// `onboardingStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onboarding {
    /// An agent runs.
    Onboarded,
    /// Discovered; an agent could run.
    CanBeOnboarded,
    /// Discovered; no agent exists for it.
    Unsupported,
    /// Discovered; not enough is known.
    InsufficientInfo,
}

impl Onboarding {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Onboarded => "Onboarded",
            Self::CanBeOnboarded => "CanBeOnboarded",
            Self::Unsupported => "Unsupported",
            Self::InsufficientInfo => "InsufficientInfo",
        }
    }
}

/// A device record, listed or not. Making one costs a handful of draws.
#[derive(Debug, Clone, Copy)]
pub struct Device<'t> {
    pub(super) tenant: &'t Tenant,
    index: u32,
    pub(super) draw: Draw,
    /// Draws that a record shares with the one that it is merged into.
    pub(super) hardware: Draw,
    platform: &'static Platform,
    life: Life,
    survivor: Option<u32>,
}

impl<'t> Device<'t> {
    pub(super) fn new(tenant: &'t Tenant, index: u32) -> Self {
        let devices = tenant.shape().devices;
        let place = |index: u32| tenant.root().at("device").nth(u64::from(index));
        let draw = place(index);
        // Every second record may be a second one of the device before it.
        let before = index.checked_sub(1).filter(|_| index % 2 == 1 && draw.at("twin").chance(80));
        let survivor = before.filter(|before| has_agent(place(*before)));
        let hardware = survivor.map_or(draw, place);
        let mut life = lifecycle::of(devices, index, draw, has_agent(hardware));
        if let Some(survivor) = survivor {
            life = lifecycle::merge(life, lifecycle::of(devices, survivor, hardware, true), draw);
        }
        let share = draw_platform(hardware);
        let platform = match has_agent(hardware) {
            true => platform::at(share, |platform| platform.managed),
            // What is onboarded later was discovered as what it is.
            false if life.onboarded < i64::MAX => &platform::PLATFORMS[(share % 2) as usize],
            false => platform::at(share, |platform| platform.discovered),
        };
        Self { tenant, index, draw, hardware, platform, life, survivor }
    }

    /// Its number in the tenant.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Its id: 40 hexadecimal digits in lower case.
    #[must_use]
    pub fn id(&self) -> String {
        self.tenant.device_id(self.index)
    }

    /// The draws of this record, for whatever else is to be made of it.
    #[must_use]
    pub fn draw(&self) -> Draw {
        self.draw
    }

    /// The dates of its life.
    #[must_use]
    pub fn life(&self) -> &Life {
        &self.life
    }

    /// Its operating system.
    #[must_use]
    pub fn platform(&self) -> &'static Platform {
        self.platform
    }

    /// Kind of its operating system.
    #[must_use]
    pub fn family(&self) -> Family {
        self.platform.family
    }

    /// Release of its operating system.
    #[must_use]
    pub fn release(&self) -> &'static OsRelease {
        let releases = self.platform.releases;
        self.hardware.at("release").pick(releases).unwrap_or(&releases[0])
    }

    /// The number that is part of its name; records of one device share it.
    pub(super) fn label(&self) -> u32 {
        self.survivor.unwrap_or(self.index)
    }

    /// `computerDnsName`: a full name or the first label, none for some telephones, empty or none for some that
    /// were only discovered.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let draw = self.hardware.at("name");
        if self.life.onboarded == i64::MAX {
            match draw.at("kind").below(10) {
                0..=1 => return None,
                2 => return Some(String::new()),
                _ => {}
            }
        }
        if self.family().is_mobile() && draw.at("mobile").chance(100) {
            return None;
        }
        let prefix = match self.family() {
            Family::Windows => "wks",
            Family::Server => "srv",
            Family::Mac => "mac",
            Family::Linux => "lin",
            Family::Ios => "iphone",
            Family::Android => "android",
            Family::Network => "net",
            Family::Iot => "iot",
        };
        let bare = format!("{prefix}-{:05}", self.label());
        let domain = match self.family() {
            Family::Windows | Family::Server => !draw.at("domain").chance(150),
            Family::Linux | Family::Mac => draw.at("domain").chance(500),
            _ => false,
        };
        Some(if domain { format!("{bare}.{}", self.tenant.dns_domain()) } else { bare })
    }

    /// Whether `/api/machines` lists it.
    #[must_use]
    pub fn is_listed(&self, period: Period) -> bool {
        self.life.is_listed(period)
    }

    /// Whether it has rows in anything but `/api/machines`: it is listed, an agent runs, and the record was not merged.
    #[must_use]
    pub fn is_reporting(&self, period: Period) -> bool {
        self.life.is_reporting(period)
    }

    /// How far it was onboarded.
    #[must_use]
    pub fn onboarding(&self, period: Period) -> Onboarding {
        if self.life.onboarded <= period.tick() {
            return Onboarding::Onboarded;
        }
        match self.family() {
            _ if self.life.onboarded < i64::MAX => Onboarding::CanBeOnboarded,
            Family::Network | Family::Iot => Onboarding::Unsupported,
            _ if self.draw.at("insufficient").chance(400) => Onboarding::InsufficientInfo,
            _ => Onboarding::CanBeOnboarded,
        }
    }

    /// The record that goes on in its place.
    #[must_use]
    pub fn merged_into(&self, period: Period) -> Option<u32> {
        self.survivor.filter(|_| self.life.merged <= period.tick())
    }

    /// The id of that record.
    #[must_use]
    pub fn survivor_id(&self, period: Period) -> Option<String> {
        self.merged_into(period).map(|survivor| self.tenant.device_id(survivor))
    }

    /// Whether there is another record of the same device that nobody has merged yet.
    #[must_use]
    pub fn is_potential_duplicate(&self, period: Period) -> bool {
        self.survivor.is_some() && self.life.merged > period.tick()
    }

    /// `firstSeen`.
    #[must_use]
    pub fn first_seen(&self) -> Moment {
        Moment::start_of(self.life.born - 1).with_ticks(fraction(self.draw.at("first_seen")))
    }

    /// `lastSeen`: the last full report, which a device makes once a day.
    #[must_use]
    pub fn last_seen(&self, period: Period) -> Moment {
        let draw = self.draw.at("report");
        let known = self.life.known(period);
        let hour = draw.between(0, lifecycle::DAY);
        let report = (known - (known - hour).rem_euclid(lifecycle::DAY)).max(self.life.born);
        let draw = draw.nth(report.unsigned_abs());
        Moment::start_of(report).before(1 + draw.between(0, 21_500)).with_ticks(fraction(draw.at("ticks")))
    }

    /// The device group, which changes now and then for one device of four.
    #[must_use]
    pub fn group(&self, period: Period) -> Option<&'t Group> {
        let draw = self.draw.at("group");
        let epoch = match draw.at("moves").chance(250) {
            true => (self.life.known(period) + 100_000 + draw.at("phase").between(0, 160)).div_euclid(160),
            false => 0,
        };
        let draw = draw.nth(epoch.unsigned_abs());
        if draw.at("none").chance(150) { None } else { draw.at("which").pick(self.tenant.groups()) }
    }
}

/// Whether a record has an agent from the start.
fn has_agent(draw: Draw) -> bool {
    !draw.at("discovered").chance(130)
}

fn draw_platform(draw: Draw) -> u64 {
    draw.at("platform").below(1000)
}

/// A fraction of a second that is written with 0, 3, 6 or 7 digits.
fn fraction(draw: Draw) -> u32 {
    let ticks = draw.below(10_000_000) as u32;
    match draw.at("digits").below(8) {
        0 => 0,
        1 => ticks / 10_000 * 10_000,
        2 | 3 => ticks / 10 * 10,
        _ => ticks,
    }
}
