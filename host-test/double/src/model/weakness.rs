//! A weakness: since when it is known, how bad it is, and what Defender calls it.

use super::moment::Moment;
use super::product::Product;
use crate::draw::Draw;
use std::cmp::Ordering;
use std::fmt;

/// A weakness is at most this many releases old when it is fixed.
pub(super) const REACH: u32 = 10;

/// How bad a weakness is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Below 4.0.
    Low,
    /// Below 7.0.
    Medium,
    /// Below 9.0.
    High,
    /// The rest.
    Critical,
}

impl Severity {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Critical => "Critical",
        }
    }
}

/// What is known of attacks on a weakness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exploit {
    /// None.
    No,
    /// Somebody has published one.
    Public,
    /// Somebody has verified it.
    Verified,
    /// A kit has it.
    InKit,
}

impl Exploit {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "NoExploit",
            Self::Public => "ExploitIsPublic",
            Self::Verified => "ExploitIsVerified",
            Self::InKit => "ExploitIsInKit",
        }
    }
}

/// `CVE-<year>-<number>`, or `TVM-<year>-<number>`, Defender's own, while there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeaknessId {
    /// `CVE` or `TVM`.
    pub prefix: &'static str,
    /// Year.
    pub year: u64,
    /// Number within the year.
    pub number: u64,
}

impl fmt::Display for WeaknessId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}-{:04}", self.prefix, self.year, self.number)
    }
}

/// A weakness of a code base. Weaknesses are ordered by code base, fixing release and number.
#[derive(Debug, Clone, Copy)]
pub struct Weakness {
    /// Its code base.
    pub base: u32,
    /// The release that fixes it.
    pub fixed_in: u32,
    /// Its number among those that the release fixes.
    pub number: u32,
    draw: Draw,
    /// Bits of which each of the small decisions below takes its own.
    traits: u64,
    fixed: i64,
    known: i64,
}

impl Weakness {
    /// The weakness with a key, whose fix is released in the period `fixed`, of code with a release every `cadence`.
    pub(super) fn new((base, fixed_in, number): (u32, u32, u32), fixed: i64, cadence: i64, draw: Draw) -> Self {
        let traits = draw.bits();
        let shift = (traits >> 16 & 0xff) as i64;
        let known = match traits >> 8 & 0xff {
            // Published with its fix, some time before it, some time after it.
            0..=179 => fixed,
            180..=239 => fixed - shift % (cadence - 1).min(100),
            _ => fixed + shift % 40,
        };
        Self { base, fixed_in, number, draw, traits, fixed, known }
    }

    /// What tells it from all others.
    #[must_use]
    pub fn key(&self) -> (u32, u32, u32) {
        (self.base, self.fixed_in, self.number)
    }

    /// The first release that has it.
    #[must_use]
    pub fn introduced_in(&self) -> u32 {
        let span = 1 + (self.traits & 0xff) as u32 % REACH;
        self.fixed_in.saturating_sub(span)
    }

    /// Whether a release of a product has it, and that is known by a time.
    #[must_use]
    pub fn affects(&self, product: &Product, is_shared: bool, release: u32, tick: i64) -> bool {
        self.known <= tick
            && (self.introduced_in()..self.fixed_in).contains(&release)
            // Not every product uses all of the code it shares.
            && (!is_shared || !self.draw.nth(u64::from(product.index)).chance(150))
    }

    /// First period in which it is known.
    #[must_use]
    pub fn known(&self) -> i64 {
        self.known
    }

    /// Whether there is a fix at a time.
    #[must_use]
    pub fn is_fixable(&self, tick: i64) -> bool {
        self.fixed <= tick
    }

    /// Whether it has no CVE id yet, but one of Defender's own.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.traits >> 59 == 0
    }

    /// CVSS score in tenths; none for some provisional ones.
    #[must_use]
    pub fn score(&self, tick: i64) -> Option<u32> {
        if self.is_provisional() && self.number.is_multiple_of(2) {
            return None;
        }
        let low = self.traits >> 24 & 0xff;
        let first = 25 + (low * 75 / 256) as u32;
        Some(match self.revised() {
            Some(revised) if revised <= tick => (first + 9).min(100),
            _ => first,
        })
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self, tick: i64) -> Severity {
        match self.score(tick) {
            None => Severity::Medium,
            Some(0..=39) => Severity::Low,
            Some(40..=69) => Severity::Medium,
            Some(70..=89) => Severity::High,
            Some(_) => Severity::Critical,
        }
    }

    /// What is known of attacks.
    #[must_use]
    pub fn exploit(&self, tick: i64) -> Exploit {
        match self.exploited() {
            Some((from, exploit)) if from <= tick => exploit,
            _ => Exploit::No,
        }
    }

    fn revised(&self) -> Option<i64> {
        (self.traits >> 32 & 0x1f == 0).then(|| self.known + 1 + (self.traits >> 37 & 0x7f) as i64)
    }

    fn exploited(&self) -> Option<(i64, Exploit)> {
        let exploit = match self.traits >> 44 & 0x7f {
            0..=1 => Exploit::InKit,
            2..=5 => Exploit::Verified,
            6..=15 => Exploit::Public,
            _ => return None,
        };
        Some((self.known + (self.traits >> 51 & 0xff) as i64, exploit))
    }

    /// When something about it changes: it becomes known, gets a fix, is judged anew, is attacked.
    pub(super) fn news(&self) -> [i64; 4] {
        let fixed = self.fixed.max(self.known);
        [self.known, fixed, self.revised().unwrap_or(fixed), self.exploited().map_or(fixed, |(from, _)| from)]
    }

    /// What the rows of a finding say of it besides its names: a change of this is an update of the finding. That there
    /// is a fix counts where the fix has a number; the delta has no other member for it.
    #[must_use]
    pub fn judgement(&self, has_kbs: bool, tick: i64) -> (Option<u32>, Severity, Exploit, bool) {
        (self.score(tick), self.severity(tick), self.exploit(tick), has_kbs && self.is_fixable(tick))
    }

    /// When it was published.
    #[must_use]
    pub fn published(&self) -> Moment {
        Moment::start_of(self.known - self.known.rem_euclid(4))
    }

    /// When its description last changed, by a time.
    #[must_use]
    pub fn updated(&self, tick: i64) -> Moment {
        let latest = self.news().into_iter().filter(|news| *news <= tick).max().unwrap_or(self.known);
        Moment::start_of(latest).with_ticks(5_770_000)
    }

    /// Its draw, for the parts of its description that nothing else depends on.
    #[must_use]
    pub fn draw(&self) -> Draw {
        self.draw.nth(u64::MAX - 1)
    }
}

impl PartialEq for Weakness {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Weakness {}

impl PartialOrd for Weakness {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Weakness {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
