//! What was done to devices: scans, isolation, collections.

use super::moment::Moment;
use super::tenant::Tenant;
use crate::draw::Draw;
use crate::period::Period;

/// How far an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionStatus {
    /// The device does not know of it.
    Pending,
    /// The device is at it.
    InProgress,
    /// Done.
    Succeeded,
    /// Not done.
    Failed,
    /// The device did not answer.
    TimeOut,
    /// Somebody called it off.
    Cancelled,
}

impl ActionStatus {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::TimeOut => "TimeOut",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// An action as it stands in a period.
#[derive(Debug, Clone)]
pub struct Action {
    /// Id, a GUID.
    pub id: String,
    /// `type` and `scope`.
    pub what: (&'static str, Option<&'static str>),
    /// Number of the device.
    pub device: u32,
    /// When it was asked for.
    pub created: Moment,
    /// How far it is.
    pub status: ActionStatus,
    /// When that was last changed.
    pub updated: Moment,
    /// Where its other details are drawn.
    pub draw: Draw,
}

const TYPES: [(&str, Option<&str>); 7] = [
    ("RunAntiVirusScan", Some("Quick")),
    ("RunAntiVirusScan", Some("Full")),
    ("Isolate", Some("Selective")),
    ("Unisolate", None),
    ("CollectInvestigationPackage", None),
    ("RestrictCodeExecution", None),
    ("StopAndQuarantineFile", None),
];

/// Periods before the origin from which there are actions.
const HISTORY: i64 = 40;

impl Tenant {
    fn action_pace(&self) -> i64 {
        i64::from(self.shape().devices) + 80
    }

    /// How many actions there were by a period. Some numbers have none.
    #[must_use]
    pub fn action_count(&self, period: Period) -> u32 {
        match self.shape().devices {
            0 => 0,
            _ => u32::try_from((period.tick() + HISTORY) * self.action_pace() / 800).unwrap_or(u32::MAX),
        }
    }

    /// An action as it stands in a period, if there is one of that number.
    #[must_use]
    pub fn action(&self, index: u32, period: Period) -> Option<Action> {
        if index >= self.action_count(period) {
            return None;
        }
        let draw = self.root().at("action").nth(u64::from(index));
        let pace = self.action_pace();
        let tick = ((i64::from(index) + 1) * 800 + pace - 1) / pace - HISTORY;
        let asked = Period(u32::try_from(tick).unwrap_or(0));
        let device = self.device(draw.at("device").below(u64::from(self.device_count(asked))) as u32);
        if !device.is_reporting(asked) {
            return None;
        }
        let created = Moment::start_of(tick).after(draw.at("second").between(0, 5_000));
        let (status, after) = match period.tick() - tick {
            0 => (ActionStatus::Pending, 0),
            1 => (ActionStatus::InProgress, 1),
            _ => match draw.at("outcome").below(20) {
                0 => (ActionStatus::Failed, 2),
                1 => (ActionStatus::TimeOut, 2),
                2 => (ActionStatus::Cancelled, 2),
                _ => (ActionStatus::Succeeded, 2),
            },
        };
        Some(Action {
            id: draw.at("id").guid(),
            what: draw.at("type").one(&TYPES),
            device: device.index(),
            updated: created.after(after * 21_600),
            created,
            status,
            draw,
        })
    }
}
