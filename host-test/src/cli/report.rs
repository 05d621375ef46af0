//! `validate`, `check` and `plan`: what would happen.

use super::args::{Report as Args, Validate};
use super::describe::{offline, permissions, pretty, print};
use super::exit::Exit;
use super::{job, receipt, state};
use crate::clock::Clock;
use crate::config::{self, ConfigError, Overrides, Settings, nearest};
use crate::contract::{Estimate, Finding, Report, Secret, Severity, one_line};
use crate::engine::Source;
use crate::transport::LiveTransport;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;

/// The configuration file, and the component's opinion of its part. No network, no secrets.
pub(super) async fn validate(args: Validate) -> Result<(), Exit> {
    let settings = Settings::load(&args.config)?;
    let mut source = offline(Some(&settings)).await?;
    let known: Vec<String> = source.descriptor().secrets.iter().map(|secret| secret.name.clone()).collect();
    if let Some(name) = settings.secrets.keys().find(|name| !known.contains(name)) {
        let problem = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("the component has no use for it; did you mean `{near}`?"),
            None => format!("the component has no use for it; it knows {}", known.join(", ")),
        };
        return Err(ConfigError::Secret { name: name.clone(), problem }.into());
    }
    let config = job::configure(settings.config, &Overrides::default(), source.descriptor())?;
    let report = source.plan(&config, None, None).await?;
    eprint!("{}", findings(&report.findings));
    verdict(&report, "the configuration would not run")?;
    eprintln!("{} is valid", args.config.display());
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

/// A dry run. With secrets it may ask the service a little, without it asks nothing.
pub(super) async fn plan(args: Args) -> Result<(), Exit> {
    let settings = Settings::load(&args.config)?;
    let (mut source, config) = online(&settings).await?;
    let secrets: Option<Vec<Secret>> = match config::resolve(&settings.secrets) {
        Ok(secrets) => Some(secrets).filter(|secrets| !secrets.is_empty()),
        Err(error) => {
            eprintln!("planning without asking the service: {error}");
            None
        }
    };
    let checkpoint = state::checkpoint(&settings, source.descriptor(), Clock::real())?;
    let report = source.plan(&config, secrets.as_deref(), checkpoint.as_deref()).await?;
    show(&report, args.json)?;
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
        return print(&pretty(&to_json(report)));
    }
    let mut out = findings(&report.findings);
    if !report.estimates.is_empty() {
        let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
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
        out.push_str(&receipt::table(&rows));
        for estimate in &report.estimates {
            let grants = estimate.permissions.iter().map(|grant| format!("{} on {}", grant.name, grant.api));
            let _ = writeln!(out, "{}: permissions: {}", estimate.dataset, grants.collect::<Vec<_>>().join(", "));
        }
    }
    print(&out)
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
    })
}
