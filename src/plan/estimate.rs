//! What reading the data sets is expected to cost.

use defender_client::paging::{Extent, Paging};
use defender_client::request::Quota;
use defender_client::sign_in::Permission;

use super::known_amounts::{Figure, Figures};
use super::{way_of_subjects, way_of_users};
use crate::catalog::{DatasetName, Strategy, StrategySpec};
use crate::config::{Config, Selection};
use crate::diagnose::{Report, Severity};

/// Rows of a query to expect of a device.
const ROWS_OF_DEVICE: u64 = 8;

/// What reading one dataset is expected to cost; see `estimate` in `wit/types.wit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Name of the dataset.
    pub dataset: &'static str,
    /// How it would be read.
    pub strategy: &'static str,
    /// Grants it needs.
    pub permissions: Vec<Permission>,
    /// Requests in words.
    pub calls_rule: String,
    /// Requests, records and body bytes, as far as they are known.
    pub figure: Figure,
    /// Minutes at the limits of the service, rounded; known where the requests are.
    pub minutes: Option<u64>,
}

/// What a dataset is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// For its events.
    Emitted,
    /// Because another one needs to know the devices.
    Known,
}

/// What is said of the way before a run that finds out what it depends on; `None` where [`choose`](super::way::choose) says it.
#[must_use]
pub fn way_rule(selection: &Selection) -> Option<String> {
    match (way_of_users::question(selection), way_of_subjects::is_ours(selection)) {
        (Some(_), _) => Some(format!("`hunting`, or by {}", way_of_users::RULE)),
        (None, true) => Some(way_of_subjects::RULE.to_owned()),
        (None, false) => None,
    }
}

/// How much a query over so many devices may give, and is expected to.
#[must_use]
pub fn query_extent(config: &Config, devices: u64) -> Extent {
    Extent { rows: config.query_rows, expected: devices.saturating_mul(ROWS_OF_DEVICE) }
}

/// What reading a dataset takes, by what is known.
#[must_use]
pub fn expected(config: &Config, selection: &Selection, figures: &Figures, report: &mut Report) -> Figure {
    let Selection { dataset, strategy, .. } = selection;
    let known = figures.get(dataset, strategy.name);
    // Files and pages have the same rows.
    let other = match strategy.name {
        Strategy::Files => figures.get(dataset, Strategy::Bulk),
        Strategy::Bulk => figures.get(dataset, Strategy::Files),
        _ => None,
    };
    let mut figure = known.or(other).unwrap_or_default();
    figure.calls = match (known.and_then(|known| known.calls), strategy.route.paging, strategy.name) {
        (calls, Paging::Files, _) => Some(calls.unwrap_or(1)),
        (calls, Paging::NextLink { page_size }, Strategy::Delta) => {
            if calls.is_none() {
                let message = format!(
                    "No run has read changes before, so two calls are planned: enough for {page_size} changed rows."
                );
                report.find(Severity::Info, dataset.name.as_str(), &message, "");
            }
            Some(calls.unwrap_or_default().max(2))
        }
        (Some(calls), ..) => Some(calls),
        (None, Paging::NextLink { page_size }, _) => figure.rows.map(|rows| rows.div_ceil(u64::from(page_size)).max(1)),
        (None, Paging::Shards { .. }, _) => {
            let shards = figures.devices.map(|devices| query_extent(config, devices).shards());
            shards.filter(|shards| *shards == 1).map(u64::from)
        }
        _ => None,
    };
    figure
}

/// What one of several ways costs, where the run decides which.
#[must_use]
pub fn either(config: &Config, selection: &Selection) -> Estimate {
    let dataset = selection.dataset;
    let ways = dataset.automatic.iter().filter_map(|way| dataset.by(*way));
    let estimate =
        |strategy| estimate(config, &Selection { strategy, ..*selection }, Purpose::Emitted, Figure::default(), None);
    let all = ways.map(estimate).reduce(|mut all, way| {
        all.permissions.extend(way.permissions);
        all.permissions.dedup();
        all.calls_rule = format!("{}; or by {}: {}", all.calls_rule, way.strategy, way.calls_rule);
        all
    });
    let all = all.unwrap_or_else(|| estimate(selection.strategy));
    Estimate { strategy: selection.wanted.as_str(), ..all }
}

/// What reading a dataset in one way is expected to cost.
#[must_use]
pub fn estimate(
    config: &Config,
    selection: &Selection,
    purpose: Purpose,
    figure: Figure,
    minutes: Option<u64>,
) -> Estimate {
    let strategy = selection.strategy;
    let rule = calls_rule(config, selection, strategy);
    Estimate {
        dataset: selection.dataset.name.as_str(),
        strategy: strategy.name.as_str(),
        permissions: strategy.permissions(selection.dataset).to_vec(),
        calls_rule: if purpose == Purpose::Known { format!("{rule}; read only to know them") } else { rule },
        figure,
        minutes,
    }
}

/// Requests and limits in words.
fn calls_rule(config: &Config, selection: &Selection, strategy: &StrategySpec) -> String {
    let pages = |paging: Paging| match paging {
        Paging::Offset { top } => format!("one per {top} rows and two more"),
        Paging::NextLink { page_size } => format!("one per {page_size} rows"),
        Paging::Single => "one".to_owned(),
        Paging::Files => "one, and one per file from blob storage".to_owned(),
        Paging::Shards { .. } => format!("one per {} rows, about", config.query_rows),
    };
    let calls = match (&strategy.catalogue, strategy.name) {
        (Some(catalogue), _) => {
            format!("{} of the catalogue, then one per recommendation", pages(catalogue.paging))
        }
        (None, Strategy::PerDevice) if selection.dataset.name == DatasetName::DeviceUsers => {
            format!("one per device and at most {} in a run", config.user_calls_per_run)
        }
        (None, Strategy::PerDevice) => "one per device".to_owned(),
        (None, Strategy::Delta) if selection.dataset.changes.as_ref().is_some_and(|changes| changes.are_events) => {
            format!("{}, twice", pages(strategy.route.paging))
        }
        (None, _) => pages(strategy.route.paging),
    };
    let Quota { per_minute, per_hour, is_documented } = strategy.route.quota;
    let assumed = if is_documented { "" } else { " (assumed; Microsoft states no limit)" };
    format!("{calls}; at most {per_minute} a minute and {per_hour} an hour{assumed}")
}
