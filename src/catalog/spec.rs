//! What is stated about a data set: the requests that read it, their limits, and the grants that they need.

use defender_client::paging::Paging;
use defender_client::request::{Family, Quota};
use defender_client::sign_in::{Api, Permission};
use defender_rows::event::Kind;

use super::names::{DatasetName, Strategy};

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
    /// The list of subjects to read first, where the subjects are not the devices.
    pub catalogue: Option<Route>,
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
        self.catalogue.into_iter().chain(std::iter::once(self.route))
    }
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
