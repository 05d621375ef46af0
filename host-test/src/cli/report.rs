//! `validate`, `check` and `plan`: what would happen.

use super::args::{Plan, Report as Args, Validate};
use super::describe::{offline, permissions};
use super::exit::Exit;
use super::out::{Form, print, print_json};
use super::tell::tell;
use super::{job, places, receipt, state};
use crate::clock::Clock;
use crate::config::{self, ConfigError, Overrides, Settings};
use crate::contract::{Estimate, Finding, Report, Secret, Severity, one_line};
use crate::engine::Source;
use crate::transport::LiveTransport;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;

/// The configuration file, and the component's opinion of its part. No network, no secrets.
pub(super) async fn validate(args: Validate) -> Result<(), Exit> {
    let settings = Settings::load(&args.config)?;
    places::check(&settings, &args.config)?;
    let mut source = offline(Some(&settings)).await?;
    let known: Vec<String> = source.descriptor().secrets.iter().map(|secret| secret.name.clone()).collect();
    if let Some(name) = settings.secrets.keys().find(|name| !known.contains(name)) {
        return Err(ConfigError::unknown_secret(name, &known).into());
    }
    let config = job::configure(settings.config, &Overrides::default(), source.descriptor())?;
    let report = source.plan(&config, None, None).await?;
    tell(findings(&report.findings));
    verdict(&report, "the configuration would not run")?;
    tell(format_args!("{} is valid", args.config.display()));
    Ok(())
}

/// Tests the connection.
pub(super) async fn check(args: Args) -> Result<(), Exit> {
    let settings = Settings::load(&args.config)?;
    let (mut source, config) = online(&settings).await?;
    let secrets = config::resolve(&settings.secrets)?;
    let report = source.check(&config, &secrets).await?;
    show(&report, args.json)?;
    verdict(&report, "the connection does not work as configured")
}

/// A dry run. No secrets are fetched and nobody is asked, unless it is wanted.
pub(super) async fn plan(args: Plan) -> Result<(), Exit> {
    let settings = Settings::load(&args.report.config)?;
    let (mut source, config) = online(&settings).await?;
    let secrets: Option<Vec<Secret>> = match args.online {
        true => Some(config::resolve(&settings.secrets)?),
        false => None,
    };
    let checkpoint = state::checkpoint(&settings, source.descriptor(), Clock::real())?;
    let report = source.plan(&config, secrets.as_deref(), checkpoint.as_deref()).await?;
    show(&report, args.report.json)?;
    verdict(&report, "the run would not work as configured")
}

async fn online(settings: &Settings) -> Result<(Source, String), Exit> {
    let transport = Arc::new(LiveTransport::new(&settings.sandbox.network)?);
    let engine = job::engine(&settings.sandbox)?;
    let component = job::component(&engine, settings.component.as_deref())?;
    let options = job::sandbox_options(&settings.sandbox, transport, Clock::real());
    let source = Source::start(&component, &options).await?;
    let config = job::configure(settings.config.clone(), &Overrides::default(), source.descriptor())?;
    Ok((source, config))
}

fn verdict(report: &Report, line: &str) -> Result<(), Exit> {
    match report.findings.iter().filter(|finding| finding.severity == Severity::Error).count() {
        0 => Ok(()),
        count => Err(Exit::failed(format!("{line}: {count} errors, see above"))),
    }
}

fn show(report: &Report, as_json: bool) -> Result<(), Exit> {
    if as_json {
        return print_json(&to_json(report));
    }
    let mut out = findings(&report.findings);
    if !report.estimates.is_empty() {
        let mut rows = vec![["dataset", "strategy", "calls", "minutes", "rows", "bytes", "rule"].map(str::to_owned)];
        rows.extend(report.estimates.iter().map(|estimate| {
            [
                one_line(&estimate.dataset),
                one_line(&estimate.strategy),
                number(estimate.calls),
                number(estimate.minutes),
                number(estimate.rows),
                number(estimate.bytes),
                one_line(&estimate.calls_rule),
            ]
        }));
        let [calls, minutes, records, bytes] = COUNTS.map(|(_, count)| at_least(&report.estimates, count));
        rows.push(["total".to_owned(), String::new(), calls, minutes, records, bytes, String::new()]);
        out.push_str(&receipt::table(&rows));
        for estimate in &report.estimates {
            let grants = estimate
                .permissions
                .iter()
                .map(|grant| format!("{} on {}", one_line(&grant.name), one_line(&grant.api)));
            let _ = writeln!(
                out,
                "{}: permissions: {}",
                one_line(&estimate.dataset),
                grants.collect::<Vec<_>>().join(", ")
            );
        }
    }
    print(&out, Form::Text)
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

fn findings(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let name = severity(finding.severity);
        let _ = write!(out, "{name}: {}: {}", one_line(&finding.subject), one_line(&finding.message));
        let _ = match finding.remedy.as_str() {
            "" => writeln!(out),
            remedy => writeln!(out, " ({})", one_line(remedy)),
        };
    }
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn to_json(report: &Report) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "severity": severity(finding.severity),
            "subject": finding.subject,
            "message": finding.message,
            "remedy": finding.remedy,
        })
    };
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
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "estimates": report.estimates.iter().map(estimate).collect::<Vec<_>>(),
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
        assert_eq!(to_json(&report)["total"], json!({ "calls": 5, "minutes": 5, "rows": null, "bytes": null }));
    }
}
