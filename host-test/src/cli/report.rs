//! `validate` and `check`: whether it would work.

use super::args::{Report as Args, Validate};
use super::describe::{schema, unconnected};
use super::exit::Exit;
use super::out::{Form, print, print_json};
use super::page::paragraph;
use super::tell::tell;
use super::{job, places};
use crate::clock::Clock;
use crate::config::{self, ConfigError, Overrides, Sandbox, Settings};
use crate::contract::{Failure, Finding, Report, Severity, SourceError, error_case, error_failure, one_line};
use crate::engine::{CallError, Source};
use crate::escape::whole_line;
use crate::transport::LiveTransport;
use serde_json::{Value, json};
use std::sync::Arc;

/// The configuration file, and the component's opinion of its part: all mistakes that can be seen from here. No network, no
/// secrets.
pub(super) async fn validate(args: Validate) -> Result<(), Exit> {
    let text = Settings::text(&args.config)?;
    let component = Settings::component_named(&args.config, &text);
    let source = unconnected(&Sandbox::default(), component.as_deref()).await?;
    let found = config::mistakes(&args.config, &text, &config::of_file(schema(source.descriptor())));
    match found.as_slice() {
        [] => {}
        [one] => return Err(one.clone().into()),
        several => {
            for mistake in several {
                tell(format_args!("error: {}", whole_line(&mistake.to_string())));
            }
            return Err(Exit::usage(format!("{}: {} mistakes, see above", args.config.display(), several.len())));
        }
    }
    let settings = Settings::parse(&args.config, &text)?;
    places::check(&settings, &args.config)?;
    places::have_folders(&settings)?;
    // What it would take to reach anything: authorities that can be read, a proxy that can be spoken to.
    LiveTransport::new(&settings.sandbox.network)?;
    let known: Vec<String> = source.descriptor().secrets.iter().map(|secret| secret.name.clone()).collect();
    if let Some(name) = settings.secrets.keys().find(|name| !known.contains(name)) {
        return Err(ConfigError::unknown_secret(name, &known).into());
    }
    let config = job::configure(settings.config, &args.changes.into(), source.descriptor())?;
    // Again, with the limits that it is to have.
    let mut source = unconnected(&settings.sandbox, settings.component.as_deref()).await?;
    let report = source.plan(&config, None, None).await?;
    tell(findings(&report.findings));
    verdict(&report, "the configuration would not run")?;
    tell(format_args!("{} is valid", args.config.display()));
    Ok(())
}

/// Tests the connection.
pub(super) async fn check(args: Args) -> Result<(), Exit> {
    let settings = Settings::load(&args.config)?;
    let (mut source, config) = online(&settings, &args.changes.into()).await?;
    let secrets = config::resolve(&settings.secrets)?;
    let report = match source.check(&config, &secrets).await {
        // Whoever reads the document reads there why nothing could be tested.
        Err(CallError::Source(error)) if args.json => {
            show(&Report { findings: vec![stopped(&error)], estimates: Vec::new() }, true)?;
            return Err(CallError::Source(error).into());
        }
        checked => checked?,
    };
    show(&report, args.json)?;
    verdict(&report, "the connection does not work as configured")
}

/// What stopped a check altogether, as a finding.
fn stopped(error: &SourceError) -> Finding {
    let Failure { message, remedy, .. } = error_failure(error);
    Finding {
        severity: Severity::Error,
        subject: error_case(error).to_owned(),
        message: message.clone(),
        remedy: remedy.clone(),
    }
}

/// A source that can reach the network, and its configuration.
pub(super) async fn online(settings: &Settings, changes: &Overrides) -> Result<(Source, String), Exit> {
    let transport = Arc::new(LiveTransport::new(&settings.sandbox.network)?);
    let engine = job::engine(&settings.sandbox)?;
    let component = job::component(&engine, settings.component.as_deref())?;
    let options = job::sandbox_options(&settings.sandbox, transport, Clock::real());
    let source = Source::start(&component, &options).await?;
    let config = job::configure(settings.config.clone(), changes, source.descriptor())?;
    Ok((source, config))
}

/// An error of the component's opinion is a failure.
pub(super) fn verdict(report: &Report, line: &str) -> Result<(), Exit> {
    match report.findings.iter().filter(|finding| finding.severity == Severity::Error).count() {
        0 => Ok(()),
        count => Err(Exit::failed(format!("{line}: {count} errors, see above"))),
    }
}

fn show(report: &Report, as_json: bool) -> Result<(), Exit> {
    match as_json {
        true => print_json(&json!({ "findings": findings_json(&report.findings) })),
        false => print(&findings(&report.findings), Form::Text),
    }
}

/// The findings, a paragraph for each.
pub(super) fn findings(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let label = format!("{}: {}: ", severity(finding.severity), one_line(&finding.subject));
        let remedy = match finding.remedy.as_str() {
            "" => String::new(),
            remedy => format!(" ({})", one_line(remedy)),
        };
        out.push_str(&paragraph(&label, &format!("{}{remedy}", one_line(&finding.message))));
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

/// Each finding as JSON.
pub(super) fn findings_json(findings: &[Finding]) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "severity": severity(finding.severity),
            "subject": finding.subject,
            "message": finding.message,
            "remedy": finding.remedy,
        })
    };
    findings.iter().map(finding).collect()
}
