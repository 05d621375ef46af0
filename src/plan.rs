//! What a run would do, without doing it.
//!
//! Says what follows from the configuration alone: which requests, which grants, which documented limits. How many
//! rows a tenant has is known only after reading it, so counts stay open.

use crate::checkpoint::{Checkpoint, Cursors};
use crate::choice::{Choice, choose, rule};
use crate::config::{Config, Selection};
use crate::datasets::{DatasetName, Paging, Strategy, StrategySpec};
use crate::error::SourceError;
use crate::http::Quota;
use crate::report::{Estimate, Report, Severity};
use crate::session::{client_secret, looks_like_an_id};

/// The dry run. Makes no request.
///
/// # Errors
/// `invalid-config` and `invalid-checkpoint`.
pub fn plan(
    config: &str,
    secrets: Option<&[(String, String)]>,
    checkpoint: Option<&str>,
    now_ms: i64,
) -> Result<Report, SourceError> {
    let config = Config::parse(config)?;
    let mut report = Report::default();
    if let Some(secrets) = secrets
        && looks_like_an_id(&client_secret(secrets)?)
    {
        warn_of_secret_id(&mut report);
    }
    let mut cursors = Cursors::default();
    if let Some(text) = checkpoint {
        let mut checkpoint = Checkpoint::read(text, &config)?;
        cursors = std::mem::take(&mut checkpoint.cursors);
        let message = match &checkpoint.run {
            Some(run) => format!("Run {} goes on; {} datasets are done.", run.id, run.done.len()),
            None => "A new run starts; what the last one read is known.".to_owned(),
        };
        report.find(Severity::Info, "checkpoint", &message, "");
    }
    report.find(
        Severity::Info,
        "plan",
        "Numbers of rows and calls depend on the tenant and are not known before a run.",
        "",
    );
    for selection in &config.datasets {
        let name = selection.dataset.name.as_str();
        if let Some(rule) = rule(selection) {
            report.find(Severity::Info, name, &format!("Would be read by {rule}."), "");
            report.estimates.push(either(&config, selection));
            continue;
        }
        let Choice { strategy, reason } = choose(selection, &config, cursors.get(name), now_ms);
        if !reason.is_empty() {
            report.find(Severity::Info, name, &format!("Would be read by `{}`: {reason}.", strategy.name.as_str()), "");
        }
        report.estimates.push(estimate(&config, selection, strategy));
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

/// What one of several ways costs, where the run decides which.
fn either(config: &Config, selection: &Selection) -> Estimate {
    let dataset = selection.dataset;
    let ways = dataset.automatic.iter().filter_map(|way| dataset.by(*way));
    let mut ways = ways.map(|strategy| estimate(config, selection, strategy));
    let nothing = Estimate { dataset: "", strategy: "", permissions: Vec::new(), calls_rule: String::new() };
    let mut all = ways.next().unwrap_or(nothing);
    for way in ways {
        all.permissions.extend(way.permissions);
        all.permissions.dedup();
        all.calls_rule = format!("{}; or by {}: {}", all.calls_rule, way.strategy, way.calls_rule);
    }
    Estimate { strategy: selection.wanted.as_str(), ..all }
}

fn estimate(config: &Config, selection: &Selection, strategy: &StrategySpec) -> Estimate {
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
        (None, Strategy::Delta) => format!("{}, twice", pages(strategy.route.paging)),
        (None, _) => pages(strategy.route.paging),
    };
    let Quota { per_minute, per_hour, is_documented } = strategy.route.quota;
    let assumed = if is_documented { "" } else { " (assumed; Microsoft states no limit)" };
    let limit = format!("at most {per_minute} a minute and {per_hour} an hour{assumed}");
    Estimate {
        dataset: selection.dataset.name.as_str(),
        strategy: strategy.name.as_str(),
        permissions: strategy.permissions(selection.dataset).to_vec(),
        calls_rule: format!("{calls}; {limit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_enabled_dataset_is_estimated() {
        let config = r#"{"tenant_id":"t","client_id":"c","datasets":{"software":{"enabled":false}}}"#;
        let report = plan(config, None, None, 0).unwrap();
        let names: Vec<_> = report.estimates.iter().map(|estimate| estimate.dataset).collect();
        assert_eq!(names, ["devices", "device_users", "vulnerabilities", "recommendations"]);
        assert_eq!(
            report.estimates[1].calls_rule,
            "one per device and at most 1350 in a run; at most 100 a minute and 1500 an hour; \
             or by hunting: one per 100000 rows, about; at most 45 a minute and 1500 an hour"
        );
        let grants: Vec<_> = report.estimates[1].permissions.iter().map(|permission| permission.name).collect();
        assert_eq!((report.estimates[1].strategy, grants), ("auto", vec!["User.Read.All", "ThreatHunting.Read.All"]));
        let told = report.findings.iter().find(|finding| finding.subject == "device_users").unwrap();
        assert!(told.message.contains("`hunting`") && told.message.contains("100 devices"), "{told:?}");
    }

    #[test]
    fn a_pasted_secret_id_is_noticed() {
        let secrets = [("client_secret".to_owned(), "11111111-2222-3333-4444-555555555555".to_owned())];
        let report = plan(r#"{"tenant_id":"t","client_id":"c"}"#, Some(&secrets), None, 0).unwrap();
        assert_eq!(report.findings[0].severity, Severity::Warning);
    }
}
