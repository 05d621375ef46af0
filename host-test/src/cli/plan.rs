//! `plan`: what a run would do and cost, and what other ways to read would cost.

use super::args::Plan;
use super::describe::permissions;
use super::exit::Exit;
use super::out::{Form, print, print_json};
use super::page::{paragraph, table};
use super::permissions::to_table;
use super::report::{findings, findings_json, online, verdict};
use super::{job, state};
use crate::clock::Clock;
use crate::config::{self, Overrides, Settings};
use crate::contract::{Estimate, Report, Secret, one_line};
use crate::engine::Source;
use crate::registration::Grants;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A way that leaves the choice to the source.
const AUTOMATIC: &str = "auto";

/// A dry run. No secrets are fetched and nobody is asked, unless it is wanted.
pub(super) async fn run(args: Plan) -> Result<(), Exit> {
    let settings = Settings::load(&args.report.config)?;
    let changes = args.report.changes.into();
    let (mut source, config) = online(&settings, &changes).await?;
    let secrets: Option<Vec<Secret>> = match args.online {
        true => Some(config::resolve(&settings.secrets)?),
        false => None,
    };
    let checkpoint = state::checkpoint(&settings, source.descriptor(), Clock::real())?;
    let report = source.plan(&config, secrets.as_deref(), checkpoint.as_deref()).await?;
    let others = other_ways(&mut source, &settings, &changes, checkpoint.as_deref(), &report).await?;
    match args.report.json {
        true => print_json(&to_json(&report, &others))?,
        false => print(&to_text(&report, &others), Form::Text)?,
    }
    verdict(&report, "the run would not work as configured")
}

/// What each dataset of a plan would take if it were read by another way. Nobody is asked: where that depends on the tenant
/// the rule says it. Ways that do not go with the rest of the configuration are left out.
async fn other_ways(
    source: &mut Source,
    settings: &Settings,
    changes: &Overrides,
    checkpoint: Option<&str>,
    planned: &Report,
) -> Result<Vec<Estimate>, Exit> {
    let about = source.descriptor().clone();
    let mut others = Vec::new();
    for estimate in &planned.estimates {
        let Some(dataset) = about.datasets.iter().find(|dataset| dataset.name == estimate.dataset) else { continue };
        let strategies = dataset.strategies.iter().filter(|it| *it != AUTOMATIC && **it != estimate.strategy);
        for strategy in strategies {
            let mut changes = changes.clone();
            changes.set.push(format!("datasets.{}.strategy={strategy}", dataset.name));
            let config = job::configure(settings.config.clone(), &changes, &about)?;
            let Ok(report) = source.plan(&config, None, checkpoint).await else { continue };
            others.extend(
                report.estimates.into_iter().filter(|it| it.dataset == dataset.name && it.strategy == *strategy),
            );
        }
    }
    Ok(others)
}

fn to_text(report: &Report, others: &[Estimate]) -> String {
    let mut out = findings(&report.findings);
    let estimates = &report.estimates;
    if estimates.is_empty() {
        return out;
    }
    let mut rows = vec![["dataset", "strategy", "calls", "minutes", "rows", "bytes"].map(str::to_owned)];
    rows.extend(estimates.iter().map(row));
    let [calls, minutes, records, bytes] = COUNTS.map(|(_, count)| at_least(estimates, count));
    rows.push(["total".to_owned(), String::new(), calls, minutes, records, bytes]);
    let _ = write!(out, "\n{}\nCalls:\n", table(&rows, 2));
    for estimate in estimates {
        out.push_str(&paragraph(&format!("  {}: ", one_line(&estimate.dataset)), &one_line(&estimate.calls_rule)));
    }
    if !others.is_empty() {
        let mut rows = vec![["dataset", "strategy", "calls", "minutes", "rows", "bytes"].map(str::to_owned)];
        rows.extend(others.iter().map(row));
        let _ = write!(out, "\nOther ways, by datasets.NAME.strategy:\n\n{}\n", table(&rows, 2));
        for other in others {
            let label = format!("  {} by {}: ", one_line(&other.dataset), one_line(&other.strategy));
            out.push_str(&paragraph(
                &label,
                &format!("{}{}", one_line(&other.calls_rule), difference(estimates, other)),
            ));
        }
    }
    let needs = estimates.iter().map(|estimate| (estimate.dataset.as_str(), &estimate.permissions[..]));
    let _ = write!(out, "\nLeast permissions:\n\n{}", to_table(&Grants::of(needs)));
    out
}

fn row(estimate: &Estimate) -> [String; 6] {
    let [calls, minutes, rows, bytes] = COUNTS.map(|(_, count)| number(count(estimate)));
    [one_line(&estimate.dataset), one_line(&estimate.strategy), calls, minutes, rows, bytes]
}

/// How the grants of another way differ from those of the planned one.
fn difference(planned: &[Estimate], other: &Estimate) -> String {
    let names = |estimate: &Estimate| -> BTreeSet<(String, String)> {
        estimate.permissions.iter().map(|it| (it.api.clone(), it.name.clone())).collect()
    };
    if planned.iter().any(|it| it.dataset == other.dataset && names(it) == names(other)) {
        return String::new();
    }
    let grants: Vec<String> =
        other.permissions.iter().map(|it| format!("{} on {}", one_line(&it.name), one_line(&it.api))).collect();
    format!("; needs only {}", grants.join(", "))
}

/// One of the numbers of an estimate.
type Count = fn(&Estimate) -> Option<u64>;

/// All of them, by their names.
const COUNTS: [(&str, Count); 4] = [
    ("calls", |estimate| estimate.calls),
    ("minutes", |estimate| estimate.minutes),
    ("rows", |estimate| estimate.rows),
    ("bytes", |estimate| estimate.bytes),
];

fn number(number: Option<u64>) -> String {
    number.map_or_else(|| "?".to_owned(), |number| number.to_string())
}

/// The sum of what is known; nothing where something is not.
fn total(estimates: &[Estimate], count: Count) -> Option<u64> {
    estimates.iter().try_fold(0u64, |sum, estimate| Some(sum.saturating_add(count(estimate)?)))
}

/// The sum, and whether it can be more.
fn at_least(estimates: &[Estimate], count: Count) -> String {
    total(estimates, count).map_or_else(
        || match estimates.iter().filter_map(count).fold(0, u64::saturating_add) {
            0 => "?".to_owned(),
            known => format!(">= {known}"),
        },
        |sum| sum.to_string(),
    )
}

fn to_json(report: &Report, others: &[Estimate]) -> Value {
    let estimate = |estimate: &Estimate| {
        json!({
            "dataset": estimate.dataset,
            "strategy": estimate.strategy,
            "permissions": permissions(&estimate.permissions),
            "calls": estimate.calls,
            "calls_rule": estimate.calls_rule,
            "minutes": estimate.minutes,
            "rows": estimate.rows,
            "bytes": estimate.bytes,
        })
    };
    json!({
        "findings": findings_json(&report.findings),
        "estimates": report.estimates.iter().map(estimate).collect::<Vec<_>>(),
        "other_ways": others.iter().map(estimate).collect::<Vec<_>>(),
        "total": COUNTS.map(|(name, count)| (name.to_owned(), total(&report.estimates, count).into()))
            .into_iter()
            .collect::<serde_json::Map<String, Value>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_open_where_a_number_is() {
        let estimate = |calls: Option<u64>, rows: Option<u64>| Estimate {
            dataset: "d".into(),
            strategy: "s".into(),
            permissions: vec![],
            calls,
            calls_rule: String::new(),
            minutes: calls,
            rows,
            bytes: None,
        };
        let estimates = vec![estimate(Some(2), Some(7)), estimate(Some(3), None)];
        let texts = COUNTS.map(|(_, count)| at_least(&estimates, count));
        assert_eq!(texts, ["5", "5", ">= 7", "?"]);
        let report = Report { findings: vec![], estimates };
        assert_eq!(to_json(&report, &[])["total"], json!({ "calls": 5, "minutes": 5, "rows": null, "bytes": null }));
    }
}
