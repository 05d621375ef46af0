//! What a run would do and cost, without doing it.
//!
//! Which requests, which grants and which limits follow from the configuration. How many requests depends on how much
//! there is in the tenant: that is what the runs before found, which the checkpoint tells, or what a few reads count that
//! give many rows at once. What neither tells stays open.

use defender_client::error::SourceError;
use defender_client::request::Collaborators;

use crate::catalog::{DatasetName, Strategy, devices};
use crate::config::{Config, Selection, client_secret};
use crate::diagnose::{Finding, Report, Severity, looks_like_an_id, warn_of_secret_id};
use crate::memory::DeviceFilter;
use crate::plan::{
    Choice, Estimate, Figure, Figures, Purpose, choose, either, estimate, expected, needs_machines, roster_selection,
    way_of_subjects, way_of_users, way_rule,
};
use crate::session::checkpoint::{Checkpoint, Run};
use crate::session::{Session, Uncounted};

/// What a dry run tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Most serious first.
    pub findings: Vec<Finding>,
    /// In the order of reading.
    pub estimates: Vec<Estimate>,
}

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
) -> Result<Forecast, SourceError> {
    let text = config;
    let config = Config::parse(text)?;
    let (mut report, mut estimates) = (Report::default(), Vec::new());
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
            if way_of_users::question(selection).is_some() {
                settle_users(selection, &mut session, &start.figures, &mut report)?;
            }
            if way_of_subjects::is_ours(selection) {
                settle_subjects(selection, &config, &mut start.figures, counts);
            }
        }
    }
    let mut open = Vec::new();
    for (selection, why) in &ways {
        if way_rule(selection).is_some() {
            open.push(selection.dataset.name.as_str());
            estimates.push(either(&config, selection));
            continue;
        }
        let mut figure = expected(&config, selection, &start.figures, &mut report);
        if let (Purpose::Emitted, Some(done)) = (why, so_far(start.run.as_ref(), selection)) {
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
        estimates.push(estimate(&config, selection, *why, figure, minutes));
    }
    if !open.is_empty() {
        let message = format!("Not known before a run: how many requests {} will take.", open.join(", "));
        let remedy = "Run once, or plan with secrets: then what can be counted in a few requests is counted.";
        report.find(Severity::Info, "plan", &message, if secrets.is_none() { remedy } else { "" });
    }
    Ok(Forecast { findings: report.findings, estimates })
}

/// What is left to read, each by the strategy that would be chosen now, in the order of reading.
fn ways(config: &Config, start: &Checkpoint, now_ms: i64, report: &mut Report) -> Vec<(Selection, Purpose)> {
    let mut ways = Vec::new();
    for selection in &config.datasets {
        let name = selection.dataset.name.as_str();
        if start.run.as_ref().is_some_and(|run| run.done.iter().any(|done| done.dataset == name)) {
            continue;
        }
        let cursor = start.cursors.get(name);
        if let Some(rule) = way_rule(selection) {
            report.find(Severity::Info, name, &format!("Would be read by {rule}."), "");
            // A run goes on as it began, and a new one most likely reads as the last one did.
            let current = start.run.as_ref().and_then(|run| run.current.as_ref());
            let begun = current.filter(|current| current.receipt.dataset == name);
            let begun = begun.map(|current| &*current.receipt.strategy);
            let last = begun.or(cursor.map(|cursor| &*cursor.strategy)).filter(|last| !last.is_empty());
            ways.push((last.map_or(*selection, |last| selection.settled(last)), Purpose::Emitted));
            continue;
        }
        let Choice { strategy, reason } = choose(selection, config, cursor, now_ms);
        if !reason.is_empty() {
            report.find(Severity::Info, name, &format!("Would be read by `{}`: {reason}.", strategy.name.as_str()), "");
        }
        ways.push((Selection { strategy, ..*selection }, Purpose::Emitted));
    }
    let is_devices = |(selection, _): &(Selection, Purpose)| selection.dataset.name == DatasetName::Devices;
    if !ways.iter().any(is_devices) && ways.iter().any(|(selection, _)| needs_machines(selection, config)) {
        ways.insert(0, (roster_selection(), Purpose::Known));
    }
    ways
}

/// Counts what no run did.
fn count(
    ways: &[(Selection, Purpose)],
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
    let known = way_of_subjects::Known { recommendations, devices, last: "" };
    let way = way_of_subjects::by_number(selection, known).strategy.name;
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

#[cfg(test)]
mod tests;
