//! Who logged on to a device.

use super::account::{Account, domain_sid};
use super::device::Device;
use super::lifecycle::DAY;
use super::moment::Moment;
use super::platform::Family;
use crate::draw::Draw;
use crate::period::Period;

/// An account that was seen on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// An account of the directory, by its number.
    Directory(u32),
    /// An account of the device itself.
    Local {
        /// Its name.
        name: &'static str,
        /// The last part of its identifier.
        rid: u32,
    },
}

/// A row of `logonusers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logon {
    /// Who.
    pub who: Who,
    /// Where its other details are drawn.
    pub draw: Draw,
    /// When it was first seen on the device.
    pub first_seen: Moment,
    /// When it was last seen on the device.
    pub last_seen: Moment,
}

impl Logon {
    /// Whether the row says what the account's security identifier is. Some rows do not.
    #[must_use]
    pub fn has_sid(&self) -> bool {
        !self.draw.at("nameless").chance(120)
    }
}

/// Visitors change every ten days.
const VISIT: i64 = 10 * DAY;

impl Device<'_> {
    /// Everybody who was seen on it, once each: who it belongs to, visitors of the last weeks, accounts of the device.
    #[must_use]
    pub fn logons(&self, period: Period) -> Vec<Logon> {
        let mut list = Vec::new();
        if !self.is_reporting(period) || self.family().is_mobile() {
            return list;
        }
        let draw = self.draw.at("logon");
        let users = u64::from(self.tenant.shape().users);
        let since = self.life().born.max(self.life().onboarded);
        // A server belongs to its administrators, who are the first accounts; a few are hosts of many sessions.
        let (residents, pool) = match self.family() {
            Family::Server => (draw.at("residents").between(1, 4), users / 20 + 1),
            _ if draw.at("unused").chance(40) => (0, users),
            _ => (draw.at("residents").between(1, 3), users),
        };
        let pool = pool.min(users);
        for place in 0..residents.unsigned_abs() {
            let who = draw.at("resident").nth(place).below(pool);
            self.add(&mut list, draw, Who::Directory(who as u32), since, period);
        }
        let visitors = match draw.at("visitors").below(100) {
            0..=4 => draw.at("sessions").between(8, 25),
            5..=39 => 1,
            _ => 0,
        };
        let known = self.life().known(period);
        let epoch = (known + 100_000).div_euclid(VISIT);
        for epoch in epoch - 2..=epoch {
            for place in 0..visitors.unsigned_abs() {
                let visit = draw.at("visit").nth(epoch.unsigned_abs()).nth(place);
                let arrival = epoch * VISIT - 100_000 + visit.at("arrival").between(0, VISIT);
                // Only accounts of the start, so that everybody who logs on exists.
                let who = visit.at("who").below(users);
                if arrival <= known && arrival >= since {
                    self.add(&mut list, draw, Who::Directory(who as u32), arrival, period);
                }
            }
        }
        // A second record of a device must not claim the device's own accounts.
        if draw.at("local").chance(250) && !self.draw.at("twin").chance(80) {
            let who = match self.family().is_windows() {
                true => Who::Local { name: "Administrator", rid: 500 },
                false => Who::Local { name: "root", rid: 0 },
            };
            self.add(&mut list, draw, who, since, period);
        }
        list
    }

    /// Those who were seen in the time that hunting reaches back: 30 days before the period.
    pub fn recent_logons(&self, period: Period) -> impl Iterator<Item = Logon> + use<> {
        let horizon = Moment::start_of(period.tick()).before(30 * 86_400);
        self.logons(period).into_iter().filter(move |logon| logon.last_seen >= horizon)
    }

    fn add(&self, list: &mut Vec<Logon>, draw: Draw, who: Who, since: i64, period: Period) {
        let is_nobody = matches!(who, Who::Directory(_)) && self.tenant.shape().users == 0;
        if is_nobody || list.iter().any(|known| known.who == who) {
            return;
        }
        let draw = match who {
            Who::Directory(index) => draw.at("directory").nth(u64::from(index)),
            Who::Local { name, .. } => draw.at(name),
        };
        let first_seen = Moment::start_of(since).before(draw.at("first").between(0, 3600));
        let last_seen = self.last_seen(period).before(draw.at("last").between(0, 40_000)).max(first_seen);
        list.push(Logon { who, draw, first_seen, last_seen });
    }

    /// Domain and name of who logged on, as the row has them.
    #[must_use]
    pub fn logon_name(&self, who: Who) -> (String, String) {
        match who {
            Who::Directory(index) => {
                let account = Account::new(self.tenant, index);
                (account.domain.to_owned(), account.name)
            }
            Who::Local { name, .. } => {
                let host = self.name().unwrap_or_default();
                let bare = host.split('.').next().unwrap_or_default();
                (bare.to_ascii_uppercase(), name.to_owned())
            }
        }
    }

    /// Security identifier of who logged on; local accounts of anything but Windows have none.
    #[must_use]
    pub fn logon_sid(&self, who: Who) -> Option<String> {
        match who {
            Who::Directory(index) => Some(Account::new(self.tenant, index).sid),
            Who::Local { rid, .. } => {
                self.family().is_windows().then(|| format!("{}-{rid}", domain_sid(self.hardware.at("sam"))))
            }
        }
    }

    /// Whether who logged on administers a domain.
    #[must_use]
    pub fn is_logon_admin(&self, who: Who) -> bool {
        match who {
            Who::Directory(index) => Account::new(self.tenant, index).is_domain_admin,
            Who::Local { .. } => false,
        }
    }
}
