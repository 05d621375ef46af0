//! What a dataset file states about itself.

use crate::auth::{Api, Permission};
use crate::event::{EventWriter, Kind};
use crate::filter::{DeviceFilter, FilterReason};
use crate::http::{Family, Quota};
use crate::receipt::{RejectReason, Tolerated};
use crate::record::DeviceFacts;
use crate::roster::Roster;
use crate::seen::Seen;

/// A dataset by its configuration name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DatasetName {
    /// Machines, onboarded or discovered.
    Devices,
    /// Who logged on to a machine.
    DeviceUsers,
    /// Product versions on machines.
    Software,
    /// CVEs of product versions on machines.
    Vulnerabilities,
    /// CVEs themselves.
    Cves,
    /// Security recommendations and the machines they concern.
    Recommendations,
}

impl DatasetName {
    /// The name in configuration, receipts and events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::DeviceUsers => "device_users",
            Self::Software => "software",
            Self::Vulnerabilities => "vulnerabilities",
            Self::Cves => "cves",
            Self::Recommendations => "recommendations",
        }
    }
}

/// A way to read a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Whichever of the others costs least, chosen anew for each run.
    Auto,
    /// Files over the whole tenant.
    Files,
    /// Pages over the whole tenant.
    Bulk,
    /// A full read now and then, and what changed in between.
    Delta,
    /// One query for each shard of the devices.
    Hunting,
    /// One request for each device.
    PerDevice,
    /// The catalogue, then one request for each recommendation.
    PerRecommendation,
    /// The catalogue alone.
    Catalogue,
}

impl Strategy {
    /// The name in configuration and receipts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Files => "files",
            Self::Bulk => "bulk",
            Self::Delta => "delta",
            Self::Hunting => "hunting",
            Self::PerDevice => "per_device",
            Self::PerRecommendation => "per_recommendation",
            Self::Catalogue => "catalogue",
        }
    }
}

/// How a route hands out its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// `$top` and `$skip`; a `@odata.nextLink`, should there be one, wins. A page begins with the last row of the page
    /// before, which shows that the list stood still, and the list ends on a page with nothing behind that row.
    Offset {
        /// Largest `$top` that the route takes.
        top: u32,
    },
    /// `pageSize`, then `@odata.nextLink` until there is none.
    NextLink {
        /// Largest `pageSize` that the route takes.
        page_size: u32,
    },
    /// Everything in one answer.
    Single,
    /// A list of files in blob storage, then each of them.
    Files,
    /// One query of Microsoft Graph for each shard of the devices; as many shards as it takes.
    Shards {
        /// The query, in KQL, around the condition that picks a shard.
        query: (&'static str, &'static str),
    },
}

/// A request that a strategy makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Path with `{id}` for the subject's identifier.
    pub path: &'static str,
    /// How rows are handed out.
    pub paging: Paging,
    /// How often it may be asked.
    pub quota: Quota,
    /// What it is for, for the published list of requests.
    pub purpose: &'static str,
}

impl Route {
    /// The requests that share its limits.
    #[must_use]
    pub const fn family(&self) -> Family {
        Family { name: self.path, quota: self.quota }
    }

    /// The API that it belongs to.
    #[must_use]
    pub const fn api(&self) -> Api {
        match self.paging {
            Paging::Shards { .. } => Api::Graph,
            _ => Api::Defender,
        }
    }

    /// How it is sent.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self.paging {
            Paging::Shards { .. } => "POST",
            _ => "GET",
        }
    }
}

/// What hunting queries need, whatever they ask for.
const HUNTING: [Permission; 1] = [Permission::graph("ThreatHunting.Read.All")];

/// One way to read a dataset.
#[derive(Debug)]
pub struct StrategySpec {
    /// Its name.
    pub name: Strategy,
    /// The request made once, or once for each subject.
    pub route: Route,
    /// Turns one row into events.
    pub map: MapFn,
    /// The list of subjects to read first, where the subjects are not the devices.
    pub catalogue: Option<Catalogue>,
}

impl StrategySpec {
    /// Exactly the grants that it needs.
    #[must_use]
    pub fn permissions(&self, dataset: &DatasetSpec) -> &'static [Permission] {
        match self.route.api() {
            Api::Graph => &HUNTING,
            Api::Defender => dataset.permissions,
        }
    }

    /// Whether it needs to know the devices first: to ask about each, or to say more of them than its rows do.
    #[must_use]
    pub fn needs_devices(&self) -> bool {
        matches!(self.name, Strategy::PerDevice | Strategy::Hunting)
    }

    /// Every request that it makes.
    pub fn routes(&self) -> impl Iterator<Item = Route> {
        self.catalogue.map(|catalogue| catalogue.route).into_iter().chain(std::iter::once(self.route))
    }
}

/// A list whose rows are events of their own and the subjects of further requests.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue {
    /// The request for the list.
    pub route: Route,
    /// Turns one row of it into events.
    pub map: MapFn,
    /// The identifier in a row that goes into the path of further requests.
    pub subject_id: fn(row: &str) -> Option<String>,
}

/// One dataset.
#[derive(Debug)]
pub struct DatasetSpec {
    /// Its name.
    pub name: DatasetName,
    /// What it holds, in one sentence.
    pub description: &'static str,
    /// Whether it is read when the configuration does not mention it.
    pub enabled: bool,
    /// Exactly the grants it needs from Defender for Endpoint.
    pub permissions: &'static [Permission],
    /// Kinds of events it yields.
    pub kinds: &'static [Kind],
    /// Whether its rows are about devices, so that filters on devices are about them.
    pub on_devices: bool,
    /// Ways to read it, the default first, unless the source chooses one.
    pub strategies: &'static [StrategySpec],
    /// How [`Strategy::Delta`] asks for changes, if it is among the ways.
    pub changes: Option<Changes>,
    /// The ways among which the source chooses unless told, first the one that is taken where nothing speaks for
    /// another; none if there is no choice.
    pub automatic: &'static [Strategy],
}

/// A day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// Length of the service's periods in milliseconds: it makes its data anew about every six hours and tells of changes
/// by the period.
pub const PERIOD_MS: i64 = DAY_MS / 4;

/// How what changed since an earlier run is asked for.
#[derive(Debug)]
pub struct Changes {
    /// What stands in the address in front of the time from which on changes are wanted.
    pub parameter: &'static str,
    /// How far before the earlier run that time lies at least, in milliseconds.
    pub overlap_ms: i64,
    /// Age in days at which changes are not asked for any more.
    pub reach_days: u32,
    /// Whether the service tells what happened to records, one event after the other, and not what they are like.
    pub are_events: bool,
}

impl DatasetSpec {
    /// The way to read it that has this name.
    #[must_use]
    pub fn by(&self, name: Strategy) -> Option<&'static StrategySpec> {
        self.strategies.iter().find(|strategy| strategy.name == name)
    }

    /// How all of it is read where that depends on what was read before; `None` where it does not. Files are the one form
    /// of the whole that says which state of the tenant it shows.
    #[must_use]
    pub fn whole(&self) -> Option<&'static StrategySpec> {
        let by_pages = || self.changes.as_ref().and_then(|_| self.by(Strategy::Bulk));
        self.by(Strategy::Files).or_else(by_pages)
    }

    /// What the configuration may name, the default first.
    #[must_use]
    pub fn strategy_names(&self) -> Vec<&'static str> {
        let auto = self.automatic.first().map(|_| Strategy::Auto);
        auto.into_iter().chain(self.strategies.iter().map(|strategy| strategy.name)).map(Strategy::as_str).collect()
    }
}

/// What a row is about, beyond what the row says itself.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// The row stands alone.
    Tenant,
    /// The row came from a request about this device.
    Device(DeviceFacts<'a>),
    /// The row came from a request about this recommendation: its record, as JSON text.
    Recommendation(&'a str),
}

/// What a mapper works with besides the row.
#[derive(Debug)]
pub struct MapScope<'a> {
    /// Where events go.
    pub events: &'a mut EventWriter,
    /// Which devices the user wants.
    pub filter: &'a mut DeviceFilter,
    /// Where oddities are counted.
    pub tolerated: &'a mut Tolerated,
    /// What was emitted or received before.
    pub seen: &'a mut Seen,
    /// Where devices are remembered for requests about each of them; `None` if no such request follows.
    pub roster: Option<&'a mut Roster>,
}

/// Turns one row into events. The row is one JSON object, valid and within the size and depth bounds.
pub type MapFn = fn(row: &str, subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At least one event.
    Emitted,
    /// Left out because the user wanted it so.
    Filtered(FilterReason),
    /// Not usable.
    Rejected(RejectReason),
    /// Received before in this run.
    Duplicate,
}
