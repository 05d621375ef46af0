//! Code that products share: its releases and how many weaknesses each of them fixes.

use super::weakness::{REACH, Weakness};
use crate::draw::Draw;

/// Releases are counted from this many periods before the origin.
const EPOCH: i64 = 8000;

/// Most weaknesses that a release fixes on average, in thousandths. A shape that asks for more has too few devices with
/// something to fix, and gets fewer findings than it asks for.
const MOST: u64 = 200_000;

/// The periods between two releases of most code: three weeks to three months.
const CADENCES: [i64; 6] = [84, 112, 112, 168, 240, 360];

/// Code with releases. Products that share it (browsers, editions of Windows) share its weaknesses.
#[derive(Debug, Clone)]
pub struct CodeBase {
    /// Its number in the catalogue.
    pub index: u32,
    draw: Draw,
    cadence: i64,
    phase: i64,
    /// Weaknesses that a release fixes, in thousandths; 0 where none was ever found.
    rate: u64,
    /// Whether its fixes are numbered updates of Microsoft's knowledge base.
    pub has_kbs: bool,
    /// Whether several products are built from it.
    pub is_shared: bool,
}

impl CodeBase {
    pub(super) fn new(root: Draw, index: u32, name: &str) -> Self {
        let draw = root.at("code").nth(u64::from(index));
        let cadence = match name {
            "chromium" => 28,
            "windows" => 112,
            _ => draw.at("cadence").one(&CADENCES),
        };
        Self {
            index,
            draw,
            cadence,
            phase: draw.at("phase").between(0, cadence),
            rate: 0,
            has_kbs: name == "windows",
            is_shared: false,
        }
    }

    /// Lets weaknesses be found in it: few in most code, very many in some.
    pub(super) fn weaken(&mut self) {
        let roll = self.draw.at("rate").below(1000);
        self.rate = 300 + roll * roll * roll / 250_000;
    }

    /// Multiplies the number of weaknesses by a number of thousandths.
    pub(super) fn scale(&mut self, thousandths: u64) {
        self.rate = (self.rate * thousandths / 1000).min(MOST);
    }

    /// Whether weaknesses are found in it.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.rate > 0
    }

    /// The newest release of a time.
    #[must_use]
    pub fn newest(&self, tick: i64) -> u32 {
        u32::try_from((tick + EPOCH + self.phase).div_euclid(self.cadence)).unwrap_or(0)
    }

    /// First period in which a release is out.
    #[must_use]
    pub fn released(&self, release: u32) -> i64 {
        i64::from(release) * self.cadence - self.phase - EPOCH
    }

    /// Periods between two releases.
    #[must_use]
    pub fn cadence(&self) -> i64 {
        self.cadence
    }

    /// How many weaknesses a release fixes.
    #[must_use]
    pub fn fixes(&self, release: u32) -> u32 {
        if self.rate == 0 {
            return 0;
        }
        let bits = self.draw.nth(u64::from(release)).bits();
        let spread = 600 + (bits & 0xffff) * 800 / 0x1_0000;
        let round = (bits >> 16 & 0xffff) * 1000 / 0x1_0000;
        u32::try_from((self.rate * spread / 1000 + round) / 1000).unwrap_or(u32::MAX)
    }

    /// More than the number of weaknesses that any release fixes.
    pub(super) fn most_fixes(&self) -> u32 {
        u32::try_from(self.rate * 14 / 10_000 + 2).unwrap_or(u32::MAX)
    }

    /// The weakness `number` of those that a release fixes.
    #[must_use]
    pub fn weakness(&self, release: u32, number: u32) -> Weakness {
        let draw = self.draw.nth(u64::from(release)).nth(u64::from(number));
        Weakness::new((self.index, release, number), self.released(release), self.cadence, draw)
    }

    /// Every weakness that could be known by a time and be fixed after `release`. Further ones are out of reach.
    pub(super) fn after(&self, release: u32, tick: i64) -> impl Iterator<Item = Weakness> + '_ {
        // The one to come is included: some weaknesses are published before there is a fix.
        let last = (self.newest(tick) + 1).min(release + REACH);
        (release + 1..=last)
            .flat_map(move |release| (0..self.fixes(release)).map(move |number| self.weakness(release, number)))
    }

    /// Which of the periods from `since` to `until`, counted from `since`, bring news about a weakness: it becomes known,
    /// is judged anew, or gets a fix.
    pub(super) fn news(&self, since: i64, until: i64) -> u64 {
        let oldest = self.newest(since).saturating_sub(2 * REACH + 4);
        let mut mask = 0;
        for release in oldest..=self.newest(until) + 1 {
            for number in 0..self.fixes(release) {
                for tick in self.weakness(release, number).news() {
                    if (since..=until).contains(&tick) {
                        mask |= 1_u64 << (tick - since).min(63);
                    }
                }
            }
        }
        mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_the_newest_from_the_period_in_which_it_comes_out() {
        let base = CodeBase::new(Draw::seed(1), 3, "");
        for release in 20..60 {
            let tick = base.released(release);
            assert_eq!(base.newest(tick), release);
            assert_eq!(base.newest(tick - 1), release - 1);
        }
    }
}
