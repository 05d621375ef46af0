//! Alerts on devices, the incidents they belong to, and the investigations they set off.

use super::device::Device;
use super::logon::Logon;
use super::moment::Moment;
use super::tenant::Tenant;
use crate::draw::Draw;
use crate::period::Period;

/// What an alert is about: the same for all alerts of a kind.
#[derive(Debug, PartialEq, Eq)]
pub struct AlertKind {
    /// Title.
    pub title: &'static str,
    /// `category`.
    pub category: &'static str,
    /// `severity`, as the Defender API writes it.
    pub severity: &'static str,
    /// `detectionSource`, as the Defender API writes it.
    pub source: &'static str,
    /// Techniques of MITRE ATT&CK.
    pub techniques: &'static [&'static str],
    /// Family of the malware.
    pub family: Option<&'static str>,
    /// Type of the evidence beside the account, as the Defender API writes it.
    pub evidence: &'static str,
}

const fn kind(
    (title, category): (&'static str, &'static str),
    (severity, source): (&'static str, &'static str),
    techniques: &'static [&'static str],
    family: Option<&'static str>,
    evidence: &'static str,
) -> AlertKind {
    AlertKind { title, category, severity, source, techniques, family, evidence }
}

const ATP: &str = "WindowsDefenderAtp";
const AV: &str = "WindowsDefenderAv";

static KINDS: [AlertKind; 8] = [
    kind(("Suspicious command line", "Execution"), ("Medium", ATP), &["T1059", "T1059.001"], None, "Process"),
    kind(("Malware was prevented", "Malware"), ("Informational", AV), &[], Some("Placeholder"), "File"),
    kind(("Credential access \"LSASS\"", "CredentialAccess"), ("High", ATP), &["T1003.001"], None, "Process"),
    kind(("Connection to a custom indicator", "CommandAndControl"), ("Low", "CustomerTI"), &["T1071"], None, "Ip"),
    kind(("Visit to a reported page", "InitialAccess"), ("Medium", "SmartScreen"), &["T1566.002"], None, "Url"),
    kind(("Autostart in C:\\ProgramData", "Persistence"), ("Low", ATP), &["T1547.001"], None, "Registry"),
    kind(("Unwanted software", "UnwantedSoftware"), ("Low", AV), &[], Some("Toolbar"), "File"),
    kind(("Unusual logon", "LateralMovement"), ("UnSpecified", "CustomDetection"), &["T1021"], None, "Ip"),
];

/// How far the work on an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// Nobody has looked at it.
    New,
    /// Somebody looks at it.
    InProgress,
    /// It is done with.
    Resolved,
}

impl Progress {
    /// The word of the Defender API; Graph begins it with a small letter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::InProgress => "InProgress",
            Self::Resolved => "Resolved",
        }
    }
}

/// An investigation that an alert set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Investigation {
    /// Its number.
    pub number: u32,
    /// `investigationState`.
    pub state: &'static str,
    /// When it ended.
    pub ended: Option<Moment>,
}

/// An alert as it stands in a period.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Its number in the tenant, in order of time.
    pub index: u32,
    /// `da<digits>_<signed int>`.
    pub id: String,
    /// What it is about.
    pub kind: &'static AlertKind,
    /// Number of the device.
    pub device: u32,
    /// Who was logged on.
    pub logon: Option<Logon>,
    /// Its incident; none for a few.
    pub incident: Option<u32>,
    /// When it was made.
    pub created: Moment,
    /// How far it is.
    pub progress: Progress,
    /// When that was last changed.
    pub updated: Moment,
    /// When it was resolved.
    pub resolved: Option<Moment>,
    /// Who works on it.
    pub assigned: Option<String>,
    /// `classification` and `determination`, once they are known.
    pub verdict: Option<(&'static str, &'static str)>,
    /// What it set off.
    pub investigation: Option<Investigation>,
    /// Where its other details are drawn.
    pub draw: Draw,
}

/// An incident as it stands in a period: up to three alerts in a row.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Its number on the wire.
    pub number: u32,
    /// Its alerts, the oldest first; at least one.
    pub alerts: Vec<Alert>,
}

/// Periods before the origin from which there are alerts.
const HISTORY: i64 = 60;

/// Alerts of an incident at most.
const TOGETHER: u32 = 3;

/// Incidents are counted from here.
const FIRST_INCIDENT: u32 = 1000;

/// A device has an alert in so many periods, on average; so have sixty further ones, that a small tenant has some too.
const PACE: i64 = 240;

impl Tenant {
    fn alert_pace(&self) -> i64 {
        i64::from(self.shape().devices) + 60
    }

    /// How many alerts there were by a period, counted from some weeks before the origin. Some numbers have none.
    #[must_use]
    pub fn alert_count(&self, period: Period) -> u32 {
        match self.shape().devices {
            0 => 0,
            _ => u32::try_from((period.tick() + HISTORY) * self.alert_pace() / PACE).unwrap_or(u32::MAX),
        }
    }

    /// When an alert was made and on which device, if there is one of that number.
    fn scene(&self, index: u32, draw: Draw) -> Option<(i64, Device<'_>)> {
        let pace = self.alert_pace();
        let tick = ((i64::from(index) + 1) * PACE + pace - 1) / pace - HISTORY;
        let noticed = noticed(tick);
        let devices = u64::from(self.device_count(noticed));
        let device = (0..4)
            .map(|attempt| self.device(draw.at("device").nth(attempt).below(devices) as u32))
            .find(|device| device.is_reporting(noticed))?;
        Some((tick, device))
    }

    fn alert_draw(&self, index: u32) -> Draw {
        self.root().at("alert").nth(u64::from(index))
    }

    /// An alert as it stands in a period, if there is one of that number.
    #[must_use]
    pub fn alert(&self, index: u32, period: Period) -> Option<Alert> {
        if index >= self.alert_count(period) {
            return None;
        }
        let draw = self.alert_draw(index);
        let (tick, device) = self.scene(index, draw)?;
        let created = Moment::start_of(tick).after(draw.at("second").between(0, 5_000));
        let created = created.with_ticks(draw.at("ticks").below(10_000_000) as u32);
        Some(stand(index, draw, &device, created, noticed(tick), period))
    }

    /// The alerts on a device, the oldest first.
    #[must_use]
    pub fn alerts_on(&self, device: u32, period: Period) -> Vec<Alert> {
        let is_there =
            |index: &u32| self.scene(*index, self.alert_draw(*index)).is_some_and(|(_, found)| found.index() == device);
        (0..self.alert_count(period)).filter(is_there).filter_map(|index| self.alert(index, period)).collect()
    }

    /// The incident in whose row of alerts a number stands, if it has begun.
    #[must_use]
    pub fn incident(&self, place: u32, period: Period) -> Option<Incident> {
        let first = place.checked_mul(TOGETHER)?;
        let alerts: Vec<Alert> = (first..first.saturating_add(TOGETHER))
            .filter_map(|index| self.alert(index, period))
            .filter(|alert| alert.incident.is_some())
            .collect();
        (!alerts.is_empty()).then_some(Incident { number: FIRST_INCIDENT + place, alerts })
    }

    /// How many rows of alerts have begun by a period.
    #[must_use]
    pub fn incident_count(&self, period: Period) -> u32 {
        self.alert_count(period).div_ceil(TOGETHER)
    }
}

/// The period in which an alert was made; the first one for those from before the origin.
fn noticed(tick: i64) -> Period {
    Period(u32::try_from(tick).unwrap_or(0))
}

fn stand(index: u32, draw: Draw, device: &Device<'_>, created: Moment, noticed: Period, period: Period) -> Alert {
    let kind = draw.at("kind").pick(&KINDS).unwrap_or(&KINDS[0]);
    let age = period.tick() - created.tick();
    let taken = draw.at("taken").between(1, 10);
    let done = taken + draw.at("done").between(1, 40);
    let is_neglected = draw.at("neglected").chance(250);
    let progress = match age {
        _ if is_neglected && age >= taken => Progress::InProgress,
        _ if age >= done => Progress::Resolved,
        _ if age >= taken => Progress::InProgress,
        _ => Progress::New,
    };
    let later = |periods: i64| created.after(periods * 21_600);
    let verdicts = [
        ("TruePositive", "Malware"),
        ("FalsePositive", "Clean"),
        ("InformationalExpectedActivity", "SecurityTesting"),
        ("TruePositive", "CompromisedUser"),
    ];
    let investigation = draw.at("investigated").chance(350).then(|| {
        let ended = draw.at("ended").between(1, 12);
        let state = match age >= ended {
            true => draw.at("outcome").one(&["SuccessfullyRemediated", "Benign", "PartiallyRemediated", "Failed"]),
            false => draw.at("meanwhile").one(&["Running", "PendingApproval", "Queued"]),
        };
        Investigation { number: 60_000 + index, state, ended: (age >= ended).then(|| later(ended)) }
    });
    // Digits as the service has them: units of 100 nanoseconds since the year 1.
    let ticks = (created.seconds + 62_135_596_800) * 10_000_000 + i64::from(created.ticks);
    Alert {
        id: format!("da{ticks}_{}", draw.at("id").bits() as i32),
        device: device.index(),
        logon: device.logons(noticed).first().copied(),
        incident: (!draw.at("alone").chance(40)).then_some(FIRST_INCIDENT + index / TOGETHER),
        updated: match progress {
            Progress::New => created.after(30),
            Progress::InProgress => later(taken),
            Progress::Resolved => later(done),
        },
        resolved: (progress == Progress::Resolved).then(|| later(done)),
        assigned: (progress > Progress::New).then(|| format!("analyst{}@corp.example", draw.at("who").below(4))),
        verdict: (progress == Progress::Resolved).then(|| draw.at("verdict").one(&verdicts)),
        index,
        kind,
        created,
        progress,
        investigation,
        draw,
    }
}

impl Incident {
    /// How far the work on it is: as far as on the alert that is least far.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.alerts.iter().map(|alert| alert.progress).min().unwrap_or(Progress::New)
    }
}
