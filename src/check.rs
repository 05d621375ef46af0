//! The connection test: one token for each audience, and one smallest read for each enabled dataset.

use crate::auth::{Api, Grant};
use crate::config::{Config, Selection};
use crate::datasets::{DatasetSpec, Paging, Permission, Route, Strategy};
use crate::error::SourceError;
use crate::http::{Answer, Attempt, Budget, Call, Client, Collaborators, WaitReason, percent_encode, read_bounded};
use crate::json::Json;
use crate::paging::query_body;
use crate::plan::warn_of_secret_id;
use crate::report::{Report, Severity};
use crate::session::{client_secret, looks_like_an_id};

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
    let mut client =
        Client::new(outside, config.http, Grant::new(&config, secret), Budget::new(config.budget_share_percent));
    let mut device = None;
    for selection in &config.datasets {
        if let Some(id) = read_one(&config, selection, &mut client, device.as_deref(), &mut report)? {
            device.get_or_insert(id);
        }
    }
    for api in Api::ALL {
        let needed = config.datasets.iter().flat_map(|selection| {
            let permissions = selection.strategy.permissions(selection.dataset).iter();
            permissions.map(|permission| (selection.dataset, *permission))
        });
        let needed: Vec<_> = needed.filter(|(_, permission)| permission.api == api).collect();
        match client.roles(api) {
            _ if needed.is_empty() => {}
            Some(roles) => compare_roles(&needed, &roles, &mut report),
            None => {
                let message = format!("The roles of the token for {} cannot be read; not compared.", api.as_str());
                report.find(Severity::Info, "token", &message, "");
            }
        }
    }
    Ok(report)
}

/// The smallest read of a dataset; `None` if it would need something that is not known.
fn smallest(config: &Config, selection: &Selection, device: Option<&str>) -> Option<Call> {
    let strategy = selection.strategy;
    let permission = strategy.permissions(selection.dataset).first().copied()?;
    let route: &Route = strategy.catalogue.as_ref().map_or(&strategy.route, |catalogue| &catalogue.route);
    let mut path = route.path.to_owned();
    if strategy.catalogue.is_none() && strategy.name == Strategy::PerDevice {
        let mut segment = String::new();
        percent_encode(&mut segment, device?);
        path = path.replace("{id}", &segment);
    }
    let place = format!("{} {path}", route.method());
    let options = match route.paging {
        Paging::Shards { query: (table, _) } => {
            let body = query_body(&format!("{table}\n| take 1"));
            return Some(Call::query(format!("{}{path}", config.graph), place, permission, route.family(), body));
        }
        Paging::Single | Paging::Files => "",
        Paging::Offset { .. } | Paging::NextLink { .. } => "?$top=1",
    };
    Some(Call::get(format!("{}{path}{options}", config.defender), place, permission, route.family()))
}

/// Reads one row of a dataset and reports how that went. Returns the identifier of a device, if it read one.
fn read_one(
    config: &Config,
    selection: &Selection,
    client: &mut Client,
    device: Option<&str>,
    report: &mut Report,
) -> Result<Option<String>, SourceError> {
    let name = selection.dataset.name.as_str();
    let Some(mut call) = smallest(config, selection, device) else {
        report.find(Severity::Info, name, "Not tested: the request needs a device, and none was read.", "");
        return Ok(None);
    };
    match client.attempt(&mut call) {
        Attempt::Fatal(error) => Err(error),
        Attempt::Failed(error) => {
            report.find(Severity::Error, name, &error.message, &error.remedy);
            Ok(None)
        }
        Attempt::Wait(wait) => {
            let severity = match wait.reason {
                WaitReason::Throttled => Severity::Warning,
                WaitReason::Retry => Severity::Error,
            };
            report.find(severity, name, &wait.message, "Try again later.");
            Ok(None)
        }
        Attempt::Answer(answer) => {
            let Some((rows, first)) = first_row(answer) else {
                report.find(
                    Severity::Error,
                    name,
                    &format!("{}: the answer is not a JSON object with a list of rows.", call.place()),
                    "Check for a proxy on the way that answers itself.",
                );
                return Ok(None);
            };
            report.find(Severity::Info, name, &format!("{} works; {rows} rows came.", call.place()), "");
            let is_devices = selection.dataset.name == crate::datasets::devices::SPEC.name;
            Ok(first.filter(|_| is_devices))
        }
    }
}

/// The number of rows in an answer and the identifier of the first; `None` if it is not a page.
fn first_row(answer: Answer) -> Option<(usize, Option<String>)> {
    let text = read_bounded(answer.body, MAX_ANSWER_BYTES)?;
    let answer = Json::read(&text);
    let lists = ["value", "exportFiles", "results"].map(|name| answer.get(name));
    let rows = lists.into_iter().find(|list| list.is_array())?;
    let first = rows.elements().next().and_then(|row| Some(row.get("id").text()?.into_owned()));
    Some((rows.elements().count(), first))
}

/// Holds what the token grants against what the enabled datasets need.
fn compare_roles(datasets: &[(&DatasetSpec, Permission)], roles: &[String], report: &mut Report) {
    let has = |name: &str| roles.iter().any(|role| role == name);
    let mut needed: Vec<String> = Vec::new();
    for (dataset, Permission { name, api }) in datasets {
        let stronger = name.replace(".Read.", ".ReadWrite.");
        let dataset = dataset.name.as_str();
        if has(name) {
            needed.push((*name).to_owned());
        } else if has(&stronger) {
            report.find(
                Severity::Info,
                &stronger,
                &format!("Grants more than dataset `{dataset}` needs."),
                &format!("`{name}` is enough."),
            );
            needed.push(stronger);
        } else {
            report.find(
                Severity::Error,
                name,
                &format!("The token lacks this role; dataset `{dataset}` needs it."),
                &format!("Grant it as an application permission of {}, with admin consent.", api.as_str()),
            );
        }
    }
    for role in roles.iter().filter(|role| !needed.contains(role)) {
        let role: String = role.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').take(80).collect();
        report.find(
            Severity::Warning,
            &role,
            "The token has this role, and no enabled dataset needs it.",
            "Remove the grant.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;
    use crate::http::TransportError;
    use crate::testing::{Reply, Service};

    const DEVICES: &str = "/api/machines?$top=1";

    /// `{"roles":["Machine.ReadWrite.All","Machine.Isolate"]}`
    const TOKEN: &str = "e30.eyJyb2xlcyI6WyJNYWNoaW5lLlJlYWRXcml0ZS5BbGwiLCJNYWNoaW5lLklzb2xhdGUiXX0.c2lnbmF0dXJl";

    fn config(on: &[&str]) -> String {
        let datasets: Vec<_> = crate::datasets::ALL
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
            (Severity::Warning, "Machine.Isolate"),
            (Severity::Info, "devices"),
            (Severity::Info, "device_users"),
            (Severity::Info, "Machine.ReadWrite.All"),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(severity, subject)| (severity, subject.to_owned())).collect();
        assert_eq!(found(&service, &["devices", "device_users"]), expected);
        assert_eq!(service.log.borrow().len(), 3, "a token and one read for each dataset");
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
