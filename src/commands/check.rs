//! The connection test: one token for each audience, and one smallest read for each enabled dataset.

use defender_client::error::{Cause, SourceError};
use defender_client::paging::{Paging, query_body};
use defender_client::request::{Answer, Attempt, Budget, Call, Client, Collaborators, WaitReason};
use defender_client::sign_in::Api;
use defender_client::wire::{percent_encode, read_bounded};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::grants;
use crate::catalog::{DatasetSpec, Route, Strategy, StrategySpec};
use crate::config::{Config, Selection, client_secret};
use crate::diagnose::{Report, Severity, looks_like_an_id, warn_of_secret_id};
use crate::plan::{Choice, way_of_users};

/// Most of an answer that is read. One row is far shorter.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// The connection test. Emits no events and repeats nothing.
///
/// # Errors
/// What stops everything: a wrong configuration, refused credentials, a sign-in service that cannot be reached.
pub fn check(config: &str, secrets: &[(String, String)], outside: Collaborators) -> Result<Report, SourceError> {
    let config = Config::parse(config)?;
    let secret = client_secret(secrets)?;
    let mut report = Report::default();
    if looks_like_an_id(&secret) {
        warn_of_secret_id(&mut report);
    }
    let mut client = Client::new(outside, config.http, config.grant(secret), Budget::new(config.budget_share_percent));
    let mut device = None;
    let mut tested = Vec::new();
    let mut refused = Vec::new();
    for selection in &config.datasets {
        for way in ways(selection, &mut client, &mut report)? {
            if let Some(id) = read_one(&config, &way, &mut client, device.as_deref(), &mut report, &mut refused)? {
                device.get_or_insert(id);
            }
            tested.push(way);
        }
    }
    let needs: Vec<_> = tested
        .iter()
        .flat_map(|way| way.strategy.permissions(way.dataset).iter().map(|permission| (way.dataset, *permission)))
        .collect();
    let granted = Api::ALL.map(|api| (api, client.roles(api)));
    let unpermitted = grants::compare(&needs, &granted, &mut report);
    // What a missing role explains is one cause, not two.
    for (name, severity, error) in refused.into_iter().filter(|(name, ..)| !unpermitted.contains(name)) {
        report.find(severity, name, &error.message, &error.remedy);
    }
    Ok(report)
}

/// A way to read a dataset that is tested.
struct Way {
    dataset: &'static DatasetSpec,
    strategy: &'static StrategySpec,
    /// How bad it is if it does not work.
    severity: Severity,
}

/// The ways that a run may take. Where that depends on the grants of Microsoft Graph, signs in there and reports what
/// it comes to.
fn ways(selection: &Selection, client: &mut Client, report: &mut Report) -> Result<Vec<Way>, SourceError> {
    let Selection { dataset, strategy, .. } = *selection;
    let usual = Way { dataset, strategy, severity: Severity::Error };
    let Some(mut call) = way_of_users::question(selection) else { return Ok(vec![usual]) };
    let name = dataset.name.as_str();
    let chosen = match way_of_users::by_sign_in(selection, client, &mut call) {
        Ok(chosen) => chosen,
        Err(Attempt::Fatal(error)) => return Err(error),
        Err(Attempt::Wait(wait)) => {
            report.find(Severity::Warning, name, &wait.message, "Try again later.");
            return Ok(vec![usual]);
        }
        Err(Attempt::Answer(_) | Attempt::Missed(..) | Attempt::Failed(_)) => return Ok(vec![usual]),
    };
    let Choice { strategy: many, reason } = chosen;
    let each = client.roles(Api::Defender);
    let is_hunted = many.name == Strategy::Hunting;
    if !is_hunted {
        let remedy = "With `ThreatHunting.Read.All` of Microsoft Graph many devices are read by a few queries.";
        report.find(Severity::Info, name, &format!("Is read device by device: {reason}."), remedy);
    }
    let hunting = Way { dataset, strategy: many, severity: Severity::Warning };
    Ok(match (is_hunted, way_of_users::may_ask_each(selection, each.as_deref())) {
        (true, true) => vec![usual, hunting],
        (true, false) => vec![Way { severity: Severity::Error, ..hunting }],
        (false, _) => vec![usual],
    })
}

/// The smallest read of a dataset; `None` if it would need something that is not known.
fn smallest(config: &Config, way: &Way, device: Option<&str>) -> Option<Call> {
    let strategy = way.strategy;
    let permission = strategy.permissions(way.dataset).first().copied()?;
    let route: &Route = strategy.catalogue.as_ref().unwrap_or(&strategy.route);
    let mut path = route.path.to_owned();
    if strategy.catalogue.is_none() && strategy.name == Strategy::PerDevice {
        let mut segment = String::new();
        percent_encode(&mut segment, device?);
        path = path.replace("{id}", &segment);
    }
    let place = format!("{} {path}", route.method());
    let options = match route.paging {
        Paging::Shards { query: (table, _), .. } => {
            let body = query_body(&format!("{table}\n| take 1"));
            return Some(Call::query(format!("{}{path}", config.graph), place, permission, route.family(), body));
        }
        Paging::Single | Paging::Files => "",
        Paging::Offset { .. } | Paging::NextLink { .. } => "?$top=1",
    };
    Some(Call::get(format!("{}{path}{options}", config.defender), place, permission, route.family()))
}

/// Reads one row of a dataset and reports how that went; a refusal goes to `refused`, as the grants may explain it. Returns
/// the identifier of a device, if it read one.
fn read_one(
    config: &Config,
    way: &Way,
    client: &mut Client,
    device: Option<&str>,
    report: &mut Report,
    refused: &mut Vec<(&'static str, Severity, SourceError)>,
) -> Result<Option<String>, SourceError> {
    let name = way.dataset.name.as_str();
    let Some(mut call) = smallest(config, way, device) else {
        report.find(Severity::Info, name, "Not tested: the request needs a device, and none was read.", "");
        return Ok(None);
    };
    match client.attempt(&mut call) {
        Attempt::Fatal(error) => Err(error),
        Attempt::Failed(error) if error.cause == Cause::Forbidden => {
            refused.push((name, way.severity, error));
            Ok(None)
        }
        Attempt::Missed(error, _) | Attempt::Failed(error) => {
            report.find(way.severity, name, &error.message, &error.remedy);
            Ok(None)
        }
        Attempt::Wait(wait) => {
            let severity = match wait.reason {
                WaitReason::Throttled => Severity::Warning,
                WaitReason::Retry => way.severity,
            };
            report.find(severity, name, &wait.message, "Try again later.");
            Ok(None)
        }
        Attempt::Answer(answer) => {
            let Some((rows, first)) = first_row(answer) else {
                report.find(
                    way.severity,
                    name,
                    &format!("{}: the answer is not a JSON object with a list of rows.", call.place()),
                    "Check for a proxy on the way that answers itself.",
                );
                return Ok(None);
            };
            report.find(Severity::Info, name, &format!("{} works; {rows} rows came.", call.place()), "");
            let is_devices = way.dataset.name == crate::catalog::devices::SPEC.name;
            Ok(first.filter(|_| is_devices))
        }
    }
}

/// The number of rows in an answer and the identifier of the first; `None` if it is not a page.
fn first_row(answer: Answer) -> Option<(usize, Option<String>)> {
    let text = read_bounded(answer.body, MAX_ANSWER_BYTES)?;
    let page: Page<'_> = serde_json::from_slice(&text).ok()?;
    let rows = page.value.or(page.export_files).or(page.results)?;
    let first = rows.first().and_then(|row| serde_json::from_str::<Value>(row.get()).ok());
    Some((rows.len(), first.and_then(|row| row["id"].as_str().map(str::to_owned))))
}

/// An answer with rows, whatever the service calls their list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(borrow, default)]
    value: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    export_files: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    results: Option<Vec<&'a RawValue>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use defender_client::testing::{Reply, Service};
    use defender_client::wire::TransportError;

    const DEVICES: &str = "/api/machines?$top=1";

    /// `{"roles":["Machine.ReadWrite.All","Machine.Isolate"]}`
    const TOKEN: &str = "e30.eyJyb2xlcyI6WyJNYWNoaW5lLlJlYWRXcml0ZS5BbGwiLCJNYWNoaW5lLklzb2xhdGUiXX0.c2lnbmF0dXJl";

    /// `{"roles":["ThreatHunting.Read.All"]}`
    const HUNTER: &str = "e30.eyJyb2xlcyI6WyJUaHJlYXRIdW50aW5nLlJlYWQuQWxsIl19.c2ln";

    fn config(on: &[&str]) -> String {
        let datasets: Vec<_> = crate::catalog::ALL
            .iter()
            .map(|spec| spec.name.as_str())
            .map(|name| format!(r#""{name}":{{"enabled":{}}}"#, on.contains(&name)))
            .collect();
        format!(r#"{{"tenant_id":"t","client_id":"c","datasets":{{{}}}}}"#, datasets.join(","))
    }

    fn found(service: &Service, on: &[&str]) -> Vec<(Severity, String)> {
        let secrets = [("client_secret".to_owned(), "s".to_owned())];
        let report = check(&config(on), &secrets, service.collaborators()).unwrap();
        report.findings.into_iter().map(|finding| (finding.severity, finding.subject)).collect()
    }

    fn service() -> Service {
        let service = Service::new();
        let answer = format!(r#"{{"expires_in":3599,"access_token":"{TOKEN}"}}"#);
        service.on("/t/oauth2/v2.0/token", [Reply::ok(answer)]);
        service.on(DEVICES, [Reply::page(&[r#"{"id":"a1"}"#.to_owned()])]);
        service.on("/api/machines/a1/logonusers", [Reply::page(&[])]);
        service
    }

    #[test]
    fn grants_are_held_against_what_is_needed() {
        let service = service();
        let expected = [
            (Severity::Error, "User.Read.All"),
            (Severity::Warning, "Machine.ReadWrite.All"),
            (Severity::Warning, "Machine.Isolate"),
            (Severity::Info, "devices"),
            // That nobody may hunt, and that devices can be asked about.
            (Severity::Info, "device_users"),
            (Severity::Info, "device_users"),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(severity, subject)| (severity, subject.to_owned())).collect();
        assert_eq!(found(&service, &["devices", "device_users"]), expected);
        assert_eq!(service.log.borrow().len(), 4, "two tokens and one read for each dataset");
    }

    #[test]
    fn both_ways_to_users_are_tested_where_both_are_open() {
        const QUERY: &str = "/v1.0/security/runHuntingQuery";
        let service = service();
        let answer = |token: &str| Reply::ok(format!(r#"{{"expires_in":3599,"access_token":"{token}"}}"#));
        // Neither has the role for asking device by device, and the second has the one for hunting.
        service.on("/t/oauth2/v2.0/token", [answer(TOKEN), answer(HUNTER)]);
        service.on(QUERY, [Reply::ok(r#"{"results":[]}"#)]);
        let of_users = |service: &Service| {
            let mut found = found(service, &["devices", "device_users"]);
            found.retain(|(_, subject)| subject == "device_users" || subject.ends_with(".Read.All"));
            found
        };
        let users = |severity| (severity, "device_users".to_owned());
        assert_eq!(of_users(&service), [users(Severity::Info)], "neither grant is missed");
        assert_eq!((service.asked(QUERY), service.asked("/api/machines/")), (1, 0));
        // Roles that cannot be read forbid nothing.
        service.on("/t/oauth2/v2.0/token", [answer("tok"), answer(HUNTER)]);
        service.on(QUERY, [Reply::status(403)]);
        assert_eq!(of_users(&service), [users(Severity::Warning), users(Severity::Info)], "devices can be asked about");
        assert_eq!(service.asked("/api/machines/"), 1);
    }

    #[test]
    fn graph_out_of_reach_is_no_trouble() {
        let service = service();
        let token = Reply::ok(r#"{"expires_in":3599,"access_token":"tok"}"#);
        service.on("/t/oauth2/v2.0/token", [token.clone(), Reply::Error(TransportError::Denied)]);
        let found = found(&service, &["devices", "device_users"]);
        assert!(found.iter().all(|(severity, _)| *severity == Severity::Info), "{found:?}");
        service.on("/t/oauth2/v2.0/token", [token, Reply::status(429)]);
        assert_eq!(self::found(&service, &["devices", "device_users"])[0], (Severity::Warning, "device_users".into()));
    }

    #[test]
    fn a_query_is_tested_with_a_token_of_its_own() {
        let service = service();
        service.on("/v1.0/security/runHuntingQuery", [Reply::ok(r#"{"schema":[],"results":[{"DeviceId":"a1"}]}"#)]);
        let hunting = r#""device_users":{"enabled":true,"strategy":"hunting"}"#;
        let config = config(&["device_users"]).replace(r#""device_users":{"enabled":true}"#, hunting);
        let secrets = [("client_secret".to_owned(), "s".to_owned())];
        let report = check(&config, &secrets, service.collaborators()).unwrap();
        let found = |severity, subject: &str| {
            let finding = report.findings.iter().find(|finding| finding.subject == subject);
            finding.is_some_and(|finding| finding.severity == severity)
        };
        assert!(found(Severity::Info, "device_users"), "{report:?}");
        assert!(found(Severity::Error, "ThreatHunting.Read.All"), "the token has roles of another API: {report:?}");
        assert!(!found(Severity::Error, "User.Read.All"), "another way needs it: {report:?}");
        assert_eq!(service.asked("/t/oauth2"), 1);
    }

    #[test]
    fn trouble_with_a_dataset_is_a_finding() {
        let service = service();
        for (reply, severity) in [
            (Reply::status(403), Severity::Error),
            (Reply::ok("<html>"), Severity::Error),
            (Reply::Error(TransportError::ConnectionFailed), Severity::Error),
            (Reply::status(429), Severity::Warning),
        ] {
            service.on(DEVICES, [reply]);
            assert!(found(&service, &["devices"]).contains(&(severity, "devices".into())));
        }
    }

    #[test]
    fn trouble_with_signing_in_is_an_error() {
        let service = service();
        service.on("/t/oauth2/v2.0/token", [Reply::Answer(400, vec![], r#"{"error_codes":[90002]}"#.into())]);
        let secrets = [("client_secret".to_owned(), "s".to_owned())];
        let error = check(&config(&["devices"]), &secrets, service.collaborators()).unwrap_err();
        assert_eq!(error.cause, Cause::Unauthenticated);
    }
}
