//! When a device comes, is onboarded, is merged, falls silent and goes. All times are numbers of periods; those before
//! the origin are negative.

use crate::draw::Draw;
use crate::period::{PER_DAY, Period};

/// Periods in a day.
pub(super) const DAY: i64 = PER_DAY as i64;

/// How long a silent device stays listed. Shorter than in the field, so that a simulated week sees devices go.
const RETENTION: i64 = 14 * DAY;

/// Never, in either direction.
const NEVER: i64 = i64::MAX;
const ALWAYS: i64 = i64::MIN;

/// The dates in the life of a device record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// First period in which it is listed; before the origin for the devices of the start.
    pub born: i64,
    /// First period in which an agent runs.
    pub onboarded: i64,
    /// First period in which the record is merged into another.
    pub merged: i64,
    /// Period of the last report.
    pub silent: i64,
    /// First period in which it is no longer listed.
    pub gone: i64,
}

/// How many records have been made up to and including a period. New ones come steadily: a two-hundredth of the tenant
/// a day, and half a device more so that a small tenant changes too.
pub(super) fn born_by(devices: u32, period: Period) -> u32 {
    if devices == 0 {
        return 0;
    }
    let new = u64::from(period.0) * (u64::from(devices) + 100) / 800;
    u32::try_from(u64::from(devices) + new).unwrap_or(u32::MAX)
}

/// The dates of record `index`, without what a merge does to them.
pub(super) fn of(devices: u32, index: u32, draw: Draw, has_agent: bool) -> Life {
    let draw = draw.at("life");
    let pace = i64::from(devices) + 100;
    let half_turnover = i64::from(devices) * 800 / pace;
    let (born, silent) = if index < devices {
        let born = -8 - draw.at("born").between(0, 172 * DAY);
        let silent = if draw.at("aging").chance(100) {
            -draw.at("silent").between(0, RETENTION - 1)
        } else {
            draw.at("silent").between(1, 2 * half_turnover + 8)
        };
        (born, silent.max(born + 1))
    } else {
        // The first period by which more records are born than come before this one.
        let born = (i64::from(index - devices) + 1) * 800;
        let born = (born + pace - 1) / pace;
        (born, born + draw.at("silent").between(1, 2 * half_turnover + 8))
    };
    let onboarded = match has_agent {
        true => ALWAYS,
        false if draw.at("later").chance(200) => born.max(0) + draw.at("onboarded").between(1, 30 * DAY),
        false => NEVER,
    };
    Life { born, onboarded, merged: NEVER, silent, gone: silent + RETENTION }
}

/// The same for a record that is merged into one with the life `survivor`.
pub(super) fn merge(life: Life, survivor: Life, draw: Draw) -> Life {
    let draw = draw.at("merge");
    let merged = match draw.at("early").chance(600) {
        true => life.born + 1,
        false => life.born.max(0) + draw.between(1, 30 * DAY),
    };
    // A record that another one points to is not forgotten before it.
    Life { merged, gone: life.gone.min(survivor.gone), ..life }
}

impl Life {
    /// Whether `/api/machines` lists it.
    #[must_use]
    pub fn is_listed(&self, period: Period) -> bool {
        (self.born..self.gone).contains(&period.tick())
    }

    /// Whether it has an agent whose reports count: it is listed, onboarded, and not merged into another.
    #[must_use]
    pub fn is_reporting(&self, period: Period) -> bool {
        self.is_listed(period) && self.onboarded <= period.tick() && period.tick() < self.merged
    }

    /// The last moment of which anything is known in a period.
    #[must_use]
    pub fn known(&self, period: Period) -> i64 {
        period.tick().min(self.silent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn births_and_birth_dates_agree() {
        for devices in [1, 40, 700] {
            for index in devices..devices + 50 {
                let life = of(devices, index, Draw::seed(1).nth(index.into()), true);
                let born = Period(u32::try_from(life.born).unwrap());
                assert!(born_by(devices, born) > index, "{devices} {index}");
                assert!(born_by(devices, Period(born.0 - 1)) <= index, "{devices} {index}");
            }
        }
        assert_eq!(born_by(0, Period(1000)), 0);
    }

    #[test]
    fn the_devices_of_the_start_are_listed_at_the_start() {
        for index in 0..2000 {
            let life = of(2000, index, Draw::seed(2).nth(index.into()), true);
            assert!(life.is_listed(Period(0)), "{life:?}");
            assert!(life.born < life.silent && life.silent < life.gone, "{life:?}");
        }
    }
}
