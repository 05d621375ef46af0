//! `check` and `plan`: what they find, and how little they ask for it.

use crate::support::service::{TOKEN, asked, machine_row, page, token};
use crate::support::{DATASETS, HANDMADE_TENANT};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use source_host::contract::{Report, Secret, Severity, error_case};
use source_host::engine::{CallError, Component, SandboxOptions, Source};
use source_host::testing::{FakeTransport, Reply, engine};
use std::sync::Arc;

const ROLES: [&str; 5] = [
    "Machine.Read.All",
    "User.Read.All",
    "Software.Read.All",
    "Vulnerability.Read.All",
    "SecurityRecommendation.Read.All",
];

fn config() -> String {
    format!(r#"{{"tenant_id":"{HANDMADE_TENANT}","client_id":"00000000-0000-0000-0000-000000000000"}}"#)
}

fn secrets(value: &str) -> Vec<Secret> {
    vec![Secret { name: "client_secret".into(), value: value.into() }]
}

/// A token with roles in it, as the sign-in service builds them.
fn token_with(roles: &[&str]) -> Reply {
    let claims = serde_json::json!({ "roles": roles }).to_string();
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
    Reply::json(format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{token}"}}"#))
}

/// One row for every request, and none behind it.
fn service(rules: FakeTransport) -> FakeTransport {
    let row = machine_row(7);
    rules
        .on("POST", TOKEN, token())
        .on("GET", "$skip=1", page(&[], None))
        .answer(move |seen| (seen.method == "GET").then(|| page(&[&row], None)))
}

fn with_source<T>(network: &FakeTransport, ask: impl AsyncFnOnce(Source) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let component = Component::embedded(engine()).expect("the built-in component");
        let options = SandboxOptions::new(Arc::new(network.clone()));
        ask(Source::start(&component, &options).await.expect("it starts")).await
    })
}

fn check(network: &FakeTransport, secret: &str) -> Result<Report, CallError> {
    with_source(network, async |mut source| source.check(&config(), &secrets(secret)).await)
}

fn about<'a>(report: &'a Report, subject: &str) -> Vec<&'a source_host::contract::Finding> {
    report.findings.iter().filter(|finding| finding.subject == subject).collect()
}

#[test]
fn a_working_connection_costs_one_token_and_one_small_read_each() {
    let network = service(FakeTransport::new().on("POST", TOKEN, token_with(&ROLES)));
    let report = check(&network, "secret").expect("a report");
    assert!(report.findings.iter().all(|finding| finding.severity == Severity::Info), "{:#?}", report.findings);
    assert!(report.estimates.is_empty());
    let requests = network.requests();
    // The second token is of Microsoft Graph, whose grants decide how users are read.
    assert_eq!((requests.len(), asked(&network, TOKEN)), (2 + DATASETS.len(), 2));
    for seen in requests.iter().filter(|seen| seen.method == "GET") {
        let path = seen.path_and_query();
        assert!(path.ends_with("?$top=1") || path.contains("/logonusers") || path.ends_with("Export"), "{path}");
    }
    for dataset in DATASETS {
        let findings = if dataset == "device_users" { 2 } else { 1 };
        assert_eq!(about(&report, dataset).len(), findings, "{dataset}");
    }
}

#[test]
fn missing_and_superfluous_grants_are_named() {
    let roles = ["Machine.ReadWrite.All", "User.Read.All", "Software.Read.All", "Alert.ReadWrite.All"];
    let network = service(FakeTransport::new().on("POST", TOKEN, token_with(&roles)).on(
        "GET",
        "SoftwareVulnerabilitiesExport",
        Reply::status(403).body(r#"{"error":{"code":"Forbidden"}}"#),
    ));
    let report = check(&network, "secret").expect("a report");
    let severity = |subject: &str| about(&report, subject).first().map(|finding| finding.severity);
    // The refusal of the dataset and the missing role are one cause, which names the dataset.
    assert_eq!(severity("vulnerabilities"), None);
    assert_eq!(severity("Vulnerability.Read.All"), Some(Severity::Error));
    assert!(about(&report, "Vulnerability.Read.All")[0].message.contains("`vulnerabilities`"));
    assert_eq!(severity("SecurityRecommendation.Read.All"), Some(Severity::Error));
    assert_eq!(severity("Machine.ReadWrite.All"), Some(Severity::Warning));
    assert_eq!(severity("Alert.ReadWrite.All"), Some(Severity::Warning));
    let rank = |severity: Severity| match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    };
    let ranks: Vec<_> = report.findings.iter().map(|finding| rank(finding.severity)).collect();
    assert!(ranks.is_sorted(), "most serious first: {:#?}", report.findings);
    assert!(report.findings.iter().all(|finding| finding.severity == Severity::Info || !finding.remedy.is_empty()));
}

#[test]
fn a_pasted_identifier_is_suspected() {
    let secret = "0a1b2c3d-0000-4000-8000-00000000cafe";
    let report = check(&service(FakeTransport::new()), secret).expect("a report");
    let found = about(&report, "client_secret");
    assert!(found.iter().any(|finding| finding.severity == Severity::Warning), "{:#?}", report.findings);
    assert!(!format!("{report:?}").contains(secret));
}

#[test]
fn trouble_is_not_repeated() {
    for reply in [Reply::status(429).header("retry-after", "60"), Reply::status(500), Reply::json("<html>")] {
        let network = service(FakeTransport::new().on("GET", "/api/", reply));
        let report = check(&network, "secret").expect("a report");
        assert!(network.requests().len() <= 2 + DATASETS.len(), "{:#?}", report.findings);
        assert!(about(&report, "devices").iter().all(|finding| finding.severity != Severity::Info));
    }
}

#[test]
fn refused_credentials_stop_everything() {
    let refusal = Reply::status(401).body(r#"{"error":"invalid_client","error_codes":[7000215]}"#);
    let network = FakeTransport::new().on("POST", TOKEN, refusal);
    match check(&network, "secret") {
        Err(CallError::Source(error)) => assert_eq!(error_case(&error), "unauthenticated"),
        other => panic!("{other:?}"),
    }
    assert_eq!(network.requests().len(), 1);
}

#[test]
fn a_plan_names_grants_and_rules_and_asks_only_with_secrets() {
    let network = service(FakeTransport::new());
    let config = config();
    for (given, requests) in [(None, 0), (Some(secrets("secret")), 7)] {
        let report = with_source(&network, async |mut source| source.plan(&config, given.as_deref(), None).await);
        let report = report.expect("a report");
        let names: Vec<_> = report.estimates.iter().map(|estimate| estimate.dataset.as_str()).collect();
        assert_eq!(names, DATASETS);
        let grants: Vec<_> = report
            .estimates
            .iter()
            .flat_map(|estimate| &estimate.permissions)
            .map(|grant| grant.name.as_str())
            .collect();
        let mut expected = ROLES.to_vec();
        // Few devices are asked about one by one; how many there are nobody knows before they are counted.
        if given.is_none() {
            expected.insert(2, "ThreatHunting.Read.All");
        }
        assert_eq!(grants, expected);
        assert!(report.estimates.iter().all(|estimate| !estimate.calls_rule.is_empty()));
        assert_eq!(
            network.requests().len(),
            requests,
            "a token, two lists of a row, and what tells that each is its end"
        );
        let open = report.estimates.iter().filter(|estimate| estimate.calls.is_none()).count();
        assert_eq!(open, if requests == 0 { 3 } else { 0 }, "{:#?}", report.estimates);
    }
    let bad = with_source(&network, async |mut source| source.plan("{}", None, None).await);
    assert!(matches!(bad, Err(CallError::Source(error)) if error_case(&error) == "invalid-config"));
}
