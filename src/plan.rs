//! What a run would do and cost, without doing it.
//!
//! Which requests, which grants and which limits follow from the configuration. How many requests depends on how much
//! there is in the tenant: that is what the runs before found, which the checkpoint tells, or what a few reads count that
//! give many rows at once. What neither tells stays open.

use crate::checkpoint::{Checkpoint, Run};
use crate::choice::{self, Choice, choose, subjects, users};
use crate::config::{Config, Selection};
use crate::datasets::{DatasetName, Paging, Strategy, StrategySpec, devices};
use crate::error::SourceError;
use crate::figures::{Figure, Figures};
use crate::filter::DeviceFilter;
use crate::http::{Collaborators, Quota};
use crate::paging::Extent;
use crate::report::{Estimate, Report, Severity};
use crate::session::{Session, Uncounted, client_secret, looks_like_an_id, needs_machines, roster_selection};

/// The dry run. Makes no request without secrets; with them it counts what is not known, see `wit/source.wit`.
///
/// # Errors
/// `invalid-config` and `invalid-checkpoint`; with secrets also what would end a run: refused credentials, a sign-in
/// service that cannot be reached.
pub fn plan(
    config: &str,
    secrets: Option<&[(String, String)]>,
    checkpoint: Option<&str>,
    outside: Collaborators,
) -> Result<Report, SourceError> {
    let text = config;
    let config = Config::parse(text)?;
    let mut report = Report::default();
    if let Some(secrets) = secrets
        && looks_like_an_id(&client_secret(secrets)?)
    {
        warn_of_secret_id(&mut report);
    }
    let mut start = Checkpoint::empty(&config);
    if let Some(text) = checkpoint {
        start = Checkpoint::read(text, &config)?;
        let message = match &start.run {
            Some(run) => format!("Run {} goes on; {} datasets are done.", run.id, run.done.len()),
            None => "A new run starts; what the last one read is known.".to_owned(),
        };
        report.find(Severity::Info, "checkpoint", &message, "");
    }
    let now_ms = start.run.as_ref().map_or_else(|| outside.clock.wall_ms(), |run| run.started_ms);
    let mut ways = ways(&config, &start, now_ms, &mut report);
    let mut at_ms = u64::try_from(outside.clock.wall_ms()).unwrap_or_default();
    if let Some(secrets) = secrets {
        let mut session = Session::open(text, secrets, checkpoint, outside)?;
        count(&ways, &mut session, &mut start.figures, &mut report)?;
        let counts = DeviceFilter::new(config.filters.clone(), now_ms).worth_asking(None, None);
        for (selection, _) in &mut ways {
            if users::question(selection).is_some() {
                settle_users(selection, &mut session, &start.figures, &mut report)?;
            }
            if subjects::is_ours(selection) {
                settle_subjects(selection, &config, &mut start.figures, counts);
            }
        }
    }
    let mut open = Vec::new();
    for (selection, why) in &ways {
        if choice::rule(selection).is_some() {
            open.push(selection.dataset.name.as_str());
            report.estimates.push(either(&config, selection));
            continue;
        }
        let mut figure = expected(&config, selection, &start.figures, &mut report);
        if let (Way::Emitted, Some(done)) = (why, so_far(start.run.as_ref(), selection)) {
            figure = figure.without(done);
        }
        let minutes = figure.calls.map(|calls| {
            let end_ms = start.budget.spend_all(&selection.strategy.route.family(), calls, at_ms);
            let minutes = (end_ms - at_ms + 30_000) / 60_000;
            at_ms = end_ms;
            minutes
        });
        if minutes.is_none() {
            open.push(selection.dataset.name.as_str());
        }
        report.estimates.push(estimate(&config, selection, *why, figure, minutes));
    }
    if !open.is_empty() {
        let message = format!("Not known before a run: how many requests {} will take.", open.join(", "));
        let remedy = "Run once, or plan with secrets: then what can be counted in a few requests is counted.";
        report.find(Severity::Info, "plan", &message, if secrets.is_none() { remedy } else { "" });
    }
    Ok(report)
}

/// The finding about a secret that has the form of a secret's id.
pub fn warn_of_secret_id(report: &mut Report) {
    report.find(
        Severity::Warning,
        "client_secret",
        "The client secret has the form of a GUID, which is the form of a secret's id.",
        "Copy the column Value, not Secret ID, from the app registration.",
    );
}

/// What a dataset is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// For its events.
    Emitted,
    /// Because another one needs to know the devices.
    Known,
}

/// What is left to read, each by the strategy that would be chosen now, in the order of reading.
fn ways(config: &Config, start: &Checkpoint, now_ms: i64, report: &mut Report) -> Vec<(Selection, Way)> {
    let mut ways = Vec::new();
    for selection in &config.datasets {
        let name = selection.dataset.name.as_str();
        if start.run.as_ref().is_some_and(|run| run.done.iter().any(|done| done.dataset == name)) {
            continue;
        }
        let cursor = start.cursors.get(name);
        if let Some(rule) = choice::rule(selection) {
            report.find(Severity::Info, name, &format!("Would be read by {rule}."), "");
            // A run goes on as it began, and a new one most likely reads as the last one did.
            let current = start.run.as_ref().and_then(|run| run.current.as_ref());
            let begun = current.filter(|current| current.receipt.dataset == name);
            let begun = begun.map(|current| &*current.receipt.strategy);
            let last = begun.or(cursor.map(|cursor| &*cursor.strategy)).filter(|last| !last.is_empty());
            ways.push((last.map_or(*selection, |last| selection.settled(last)), Way::Emitted));
            continue;
        }
        let Choice { strategy, reason } = choose(selection, config, cursor, now_ms);
        if !reason.is_empty() {
            report.find(Severity::Info, name, &format!("Would be read by `{}`: {reason}.", strategy.name.as_str()), "");
        }
        ways.push((Selection { strategy, ..*selection }, Way::Emitted));
    }
    let is_devices = |(selection, _): &(Selection, Way)| selection.dataset.name == DatasetName::Devices;
    if !ways.iter().any(is_devices) && ways.iter().any(|(selection, _)| needs_machines(selection, config)) {
        ways.insert(0, (roster_selection(), Way::Known));
    }
    ways
}

/// Counts what no run did.
fn count(
    ways: &[(Selection, Way)],
    session: &mut Session,
    figures: &mut Figures,
    report: &mut Report,
) -> Result<(), SourceError> {
    let is_open = |selection: &Selection, figures: &Figures| {
        figures.get(selection.dataset, selection.strategy.name).is_none_or(|figure| figure.calls.is_none())
    };
    let by_devices = |selection: &Selection| {
        let is_list = selection.dataset.name == devices::SPEC.name;
        is_list || selection.strategy.needs_devices() && selection.strategy.catalogue.is_none()
    };
    let mut note = |subject: &str, counted: Option<Uncounted>, found: String| match counted {
        None => report.find(Severity::Info, subject, &found, ""),
        Some(Uncounted::Wait(wait)) => {
            report.find(Severity::Warning, subject, &format!("Not counted: {}", wait.message), "Plan again later.");
        }
        Some(Uncounted::Failed(error)) => report.find(Severity::Error, subject, &error.message, &error.remedy),
    };
    if ways.iter().any(|(selection, _)| by_devices(selection) && is_open(selection, figures)) {
        let counted = session.count_devices(figures)?;
        let rows = figures.get(&devices::SPEC, Strategy::Bulk).and_then(|figure| figure.rows);
        note("devices", counted, format!("{} devices were counted.", rows.unwrap_or_default()));
    }
    for (selection, _) in ways {
        let by_entry = selection.dataset.strategies.iter().find(|strategy| strategy.catalogue.is_some());
        let reads_list = selection.strategy.catalogue.is_some() || selection.strategy.name == Strategy::Catalogue;
        if let Some(strategy) = by_entry.filter(|_| reads_list && is_open(selection, figures)) {
            let counted = session.count_catalogue(&Selection { strategy, ..*selection }, figures)?;
            let name = selection.dataset.name.as_str();
            note(name, counted, "Their list was counted.".to_owned());
        }
    }
    Ok(())
}

/// Settles how users are read, once the devices are counted.
fn settle_users(
    selection: &mut Selection,
    session: &mut Session,
    figures: &Figures,
    report: &mut Report,
) -> Result<(), SourceError> {
    if let Some(Choice { strategy, reason }) = session.way_to_users(selection, figures)? {
        *selection = selection.settled(strategy.name.as_str());
        let message = format!("Would be read by `{}`: {reason}.", strategy.name.as_str());
        report.find(Severity::Info, selection.dataset.name.as_str(), &message, "");
    }
    Ok(())
}

/// Settles what recommendations are read by, once they and the devices are counted. `by_each`: whether no filter bounds
/// the requests about one device each.
fn settle_subjects(selection: &mut Selection, config: &Config, figures: &mut Figures, by_each: bool) {
    let dataset = selection.dataset;
    let Some(list) = figures.get(dataset, Strategy::Catalogue) else { return };
    let (Some(recommendations), Some(pages)) = (list.rows, list.calls) else { return };
    let devices = figures.devices.filter(|_| by_each && config.reads_devices());
    let known = subjects::Known { recommendations, devices, last: "" };
    let way = subjects::by_number(selection, known).strategy.name;
    *selection = selection.settled(way.as_str());
    if let (Strategy::PerDevice, Some(devices)) = (way, devices) {
        figures.set(dataset, way, Figure { calls: Some(pages + devices), ..Figure::default() });
    }
}

/// What of a dataset was read by the run that goes on.
fn so_far(run: Option<&Run>, selection: &Selection) -> Option<Figure> {
    let current = run?.current.as_ref()?;
    (current.receipt.dataset == selection.dataset.name.as_str()).then(|| Figure::of(&current.receipt))
}

/// What reading a dataset takes, by what is known.
fn expected(config: &Config, selection: &Selection, figures: &Figures, report: &mut Report) -> Figure {
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
            let shards = figures.devices.map(|devices| Extent { rows: config.query_rows, devices }.shards());
            shards.filter(|shards| *shards == 1).map(u64::from)
        }
        _ => None,
    };
    figure
}

/// What one of several ways costs, where the run decides which.
fn either(config: &Config, selection: &Selection) -> Estimate {
    let dataset = selection.dataset;
    let ways = dataset.automatic.iter().filter_map(|way| dataset.by(*way));
    let estimate =
        |strategy| estimate(config, &Selection { strategy, ..*selection }, Way::Emitted, Figure::default(), None);
    let all = ways.map(estimate).reduce(|mut all, way| {
        all.permissions.extend(way.permissions);
        all.permissions.dedup();
        all.calls_rule = format!("{}; or by {}: {}", all.calls_rule, way.strategy, way.calls_rule);
        all
    });
    let all = all.unwrap_or_else(|| estimate(selection.strategy));
    Estimate { strategy: selection.wanted.as_str(), ..all }
}

fn estimate(config: &Config, selection: &Selection, way: Way, figure: Figure, minutes: Option<u64>) -> Estimate {
    let strategy = selection.strategy;
    let rule = rule(config, selection, strategy);
    Estimate {
        dataset: selection.dataset.name.as_str(),
        strategy: strategy.name.as_str(),
        permissions: strategy.permissions(selection.dataset).to_vec(),
        calls_rule: if way == Way::Known { format!("{rule}; read only to know them") } else { rule },
        figure,
        minutes,
    }
}

/// Requests and limits in words.
fn rule(config: &Config, selection: &Selection, strategy: &StrategySpec) -> String {
    let pages = |paging: Paging| match paging {
        Paging::Offset { top } => format!("one per {top} rows and one more"),
        Paging::NextLink { page_size } => format!("one per {page_size} rows"),
        Paging::Single => "one".to_owned(),
        Paging::Files => "one, and one per file from blob storage".to_owned(),
        Paging::Shards { .. } => format!("one per {} rows, about", config.query_rows),
    };
    let calls = match (&strategy.catalogue, strategy.name) {
        (Some(catalogue), _) => {
            format!("{} of the catalogue, then one per recommendation", pages(catalogue.route.paging))
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

#[cfg(test)]
mod tests;
