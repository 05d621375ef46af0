use defender_client::error::Cause;
use defender_client::testing::{Reply, Service};

use super::*;
use crate::session::{Limits, Step};

const DEVICES: &str = "/api/machines?$top=10000";
const DEVICES_REST: &str = "/api/machines?$top=10000&$skip=2";
const CATALOGUE: &str = "/api/recommendations?$top=10000";
const CATALOGUE_REST: &str = "/api/recommendations?$top=10000&$skip=1";

fn config(members: &str, on: &[&str]) -> String {
    let names = crate::catalog::ALL.iter().map(|spec| spec.name.as_str());
    let datasets: Vec<_> = names.map(|name| format!(r#""{name}":{{"enabled":{}}}"#, on.contains(&name))).collect();
    format!(r#"{{"tenant_id":"t","client_id":"c","datasets":{{{}}}{members}}}"#, datasets.join(","))
}

/// The same with users asked for device by device, however many there are.
fn one_by_one(config: &str) -> String {
    let auto = r#""device_users":{"enabled":true"#;
    config.replace(auto, &format!(r#"{auto},"strategy":"per_device""#))
}

fn device(n: u8) -> String {
    format!(r#"{{"id":"{n:040x}","computerDnsName":"pc{n}","lastSeen":"2026-01-02T03:04:05Z","riskScore":"Low"}}"#)
}

fn recommendation(n: u8) -> String {
    format!(r#"{{"id":"va-_-vendor-_-app{n}","recommendationName":"Update app{n}"}}"#)
}

/// Three devices and two recommendations.
fn service() -> Service {
    let service = Service::new();
    service.on(DEVICES, [Reply::page(&[device(1), device(2), device(3)])]);
    service.on(DEVICES_REST, [Reply::page(&[device(3)])]);
    service.on(CATALOGUE, [Reply::page(&[recommendation(1), recommendation(2)])]);
    service.on(CATALOGUE_REST, [Reply::page(&[recommendation(2)])]);
    for n in 1..=3 {
        service.on(&format!("/api/machines/{n:040x}/logonusers"), [Reply::page(&[])]);
        service.on(&format!("/api/recommendations/va-_-vendor-_-app{n}/machineReferences"), [Reply::page(&[])]);
    }
    service
}

fn planned(
    service: &Service,
    config: &str,
    is_online: bool,
    checkpoint: Option<&str>,
) -> Result<Forecast, SourceError> {
    let secrets = is_online.then(|| [("client_secret".to_owned(), "s".to_owned())]);
    plan(config, secrets.as_ref().map(<[_; 1]>::as_slice), checkpoint, service.collaborators())
}

/// Dataset and calls of each estimate.
fn calls(report: &Forecast) -> Vec<(&str, Option<u64>)> {
    report.estimates.iter().map(|estimate| (estimate.dataset, estimate.figure.calls)).collect()
}

/// Runs to the end: the checkpoints that came on the way, and the receipt.
fn run(service: &Service, config: &str, checkpoint: Option<&str>) -> (Vec<String>, crate::diagnose::Receipt) {
    let secrets = [("client_secret".to_owned(), "s".to_owned())];
    let mut session = Session::open(config, &secrets, checkpoint, service.collaborators()).unwrap();
    let mut stored = Vec::new();
    loop {
        match session.next(Limits { max_events: 1, max_bytes: 1 }).unwrap() {
            Step::Batch(batch) => stored.push(batch.checkpoint),
            Step::Wait(wait) => service.pass(wait.millis),
            Step::Finished(receipt) => return (stored, receipt),
        }
    }
}

#[test]
fn without_secrets_each_enabled_dataset_is_estimated_and_nobody_is_asked() {
    let service = service();
    let report = planned(&service, r#"{"tenant_id":"t","client_id":"c"}"#, false, None).unwrap();
    let expected = [
        ("devices", None),
        ("device_users", None),
        ("software", Some(1)),
        ("vulnerabilities", Some(1)),
        ("recommendations", None),
    ];
    assert_eq!(calls(&report), expected);
    assert_eq!(
        report.estimates[1].calls_rule,
        "one per device and at most 1350 in a run; at most 100 a minute and 1500 an hour; \
         or by hunting: one per 100000 rows, about; at most 45 a minute and 1500 an hour"
    );
    let grants: Vec<_> = report.estimates[1].permissions.iter().map(|permission| permission.name).collect();
    assert_eq!((report.estimates[1].strategy, grants), ("auto", vec!["User.Read.All", "ThreatHunting.Read.All"]));
    let told = report.findings.iter().find(|finding| finding.subject == "device_users").unwrap();
    assert!(told.message.contains("`hunting`") && told.message.contains("100 devices"), "{told:?}");
    let open = report.findings.last().unwrap();
    assert!(open.message.contains("devices, device_users, recommendations"), "{open:?}");
    assert!(service.log.borrow().is_empty());
}

#[test]
fn with_secrets_what_is_asked_about_is_counted_and_nothing_else_read() {
    let service = service();
    let config = config("", &["device_users", "software", "vulnerabilities", "recommendations"]);
    let report = planned(&service, &config, true, None).unwrap();
    let expected = [
        ("devices", Some(3)),
        ("device_users", Some(3)),
        ("software", Some(1)),
        ("vulnerabilities", Some(1)),
        ("recommendations", Some(5)),
    ];
    assert_eq!(calls(&report), expected);
    assert!(report.estimates[0].calls_rule.ends_with("read only to know them"));
    assert_eq!(report.estimates[0].permissions, devices::SPEC.permissions);
    assert_eq!((report.estimates[0].figure.rows, report.estimates[1].figure.rows), (Some(3), None));
    let [devices, catalogue] = ["/api/machines?$top=10000&$skip=3", "/api/recommendations?$top=10000&$skip=2"];
    let asked = ["/t/oauth2/v2.0/token", DEVICES, DEVICES_REST, devices, CATALOGUE, CATALOGUE_REST, catalogue];
    assert_eq!(*service.log.borrow(), asked);
    let (_, receipt) = run(&service, &self::config("", &["device_users", "recommendations"]), None);
    let of_run: Vec<_> = receipt.datasets.iter().map(|account| account.calls).collect();
    assert_eq!(of_run, [3, 3, 5]);
}

#[test]
fn what_a_run_read_is_what_the_next_one_is_planned_with() {
    let service = service();
    let config = config("", &["devices", "device_users", "recommendations"]);
    let (_, receipt) = run(&service, &config, None);
    let asked = service.log.borrow().len();
    for is_online in [false, true] {
        let report = planned(&service, &config, is_online, Some(&receipt.checkpoint)).unwrap();
        for (estimate, account) in report.estimates.iter().zip(&receipt.datasets) {
            let of_run =
                Figure { calls: Some(account.calls), rows: Some(account.received), bytes: Some(account.bytes) };
            assert_eq!((estimate.dataset, estimate.figure), (&*account.dataset, of_run));
            assert_eq!(estimate.minutes, Some(0));
        }
    }
    assert_eq!(service.log.borrow().len(), asked, "all is known");
    let other = self::config(r#","filters":{"stale_days":9}"#, &["devices"]);
    let report = planned(&service, &other, false, Some(&receipt.checkpoint)).unwrap();
    assert_eq!(report.estimates[0].figure, Figure::default(), "of another configuration nothing is known");
}

#[test]
fn of_a_run_that_goes_on_the_rest_is_planned() {
    let service = service();
    let config = config("", &["devices", "device_users", "recommendations"]);
    let (_, receipt) = run(&service, &config, None);
    let (stored, _) = run(&service, &config, Some(&receipt.checkpoint));
    let rest = |checkpoint: &str| {
        let report = planned(&service, &config, false, Some(checkpoint)).unwrap();
        report.estimates.iter().map(|estimate| (estimate.dataset, estimate.figure.calls.unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(rest(&stored[0]), [("devices", 3), ("device_users", 3), ("recommendations", 5)]);
    let all: Vec<_> = stored.iter().map(|checkpoint| rest(checkpoint)).collect();
    let total = |rest: &Vec<(&str, u64)>| rest.iter().map(|(_, calls)| *calls).sum::<u64>();
    assert!(all.iter().any(|rest| rest[..] == [("recommendations", 5)]), "{all:?}");
    assert!(all.iter().any(|rest| rest[0] == ("devices", 3) && rest[1].0 == "device_users"), "known anew: {all:?}");
    assert!(total(all.last().unwrap()) <= 2, "{all:?}");
}

#[test]
fn trouble_leaves_numbers_open_and_says_why() {
    let config = config("", &["devices", "recommendations"]);
    for (reply, severity) in [
        (Reply::status(429), Severity::Warning),
        (Reply::status(503), Severity::Warning),
        (Reply::status(403), Severity::Error),
        (Reply::ok("<html>"), Severity::Error),
    ] {
        let service = service();
        service.on(DEVICES, [reply.clone()]);
        let report = planned(&service, &config, true, None).unwrap();
        assert_eq!(calls(&report), [("devices", None), ("recommendations", Some(5))], "{reply:?}");
        let found = report.findings.iter().find(|finding| finding.subject == "devices").unwrap();
        assert_eq!(found.severity, severity, "{found:?}");
        assert!(!found.remedy.is_empty());
        assert_eq!(service.asked("/api/machines"), 1, "nothing is repeated");
    }
    let service = service();
    service.on("/t/oauth2/v2.0/token", [Reply::Answer(401, vec![], r#"{"error_codes":[7000215]}"#.into())]);
    assert_eq!(planned(&service, &config, true, None).unwrap_err().cause, Cause::Unauthenticated);
}

#[test]
fn a_list_that_moves_is_not_read_again() {
    let service = service();
    service.on(DEVICES_REST, [Reply::page(&[device(1)])]);
    let report = planned(&service, &config("", &["devices"]), true, None).unwrap();
    assert_eq!(calls(&report), [("devices", None)]);
    assert_eq!(report.findings[0].severity, Severity::Error);
    assert_eq!(service.asked("/api/machines"), 2);
}

#[test]
fn requests_that_are_not_worth_making_are_not_planned() {
    let by_risk = config(r#","filters":{"min_risk":"high"}"#, &["device_users"]);
    assert_eq!(planned(&service(), &by_risk, true, None).unwrap().estimates[1].figure.calls, Some(0));
    let rounds =
        one_by_one(&config("", &["device_users"])).replace(r#""per_device""#, r#""per_device","calls_per_run":2"#);
    assert_eq!(planned(&service(), &rounds, true, None).unwrap().estimates[1].figure.calls, Some(2));
}

#[test]
fn minutes_follow_the_documented_limits_and_the_share_of_them() {
    let service = service();
    let members = |share: u32| format!(r#","budget":{{"share_percent":{share}}}"#);
    let minutes = |calls: u64, share: u32| {
        let config = one_by_one(&config(&members(share), &["device_users"]));
        let parsed = Config::parse(&config).unwrap();
        let mut checkpoint = Checkpoint::empty(&parsed);
        let figure = Figure { calls: Some(calls), ..Figure::default() };
        checkpoint.figures.set(&crate::catalog::device_users::SPEC, Strategy::PerDevice, figure);
        let report = planned(&service, &config, false, Some(&checkpoint.write())).unwrap();
        report.estimates[1].minutes.unwrap()
    };
    // `60 * floor((n - 1) / h) + floor(((n - 1) mod h) / m)` for at most m in a minute and h in an hour.
    for (calls, share, model) in [
        (1, 100, 0),
        (100, 100, 0),
        (101, 100, 1),
        (1_500, 100, 14),
        (1_501, 100, 60),
        (10_000, 100, 369),
        (10_000, 90, 429),
        (100_000, 100, 3_999),
        (10_000_000, 100, 400_000),
    ] {
        let minutes = minutes(calls, share);
        let off = minutes.abs_diff(model);
        assert!(off * 20 <= model || off <= 1, "{calls} calls at {share} %: {minutes} minutes, not {model}");
    }
    assert!(minutes(u64::MAX, 1) > 1_000_000, "no overflow, no end of time");
}

#[test]
fn a_pasted_secret_id_is_noticed() {
    let secrets = [("client_secret".to_owned(), "11111111-2222-3333-4444-555555555555".to_owned())];
    let service = service();
    let report = plan(&config("", &["software"]), Some(&secrets), None, service.collaborators()).unwrap();
    assert_eq!(report.findings[0].severity, Severity::Warning);
    assert!(service.log.borrow().is_empty(), "nothing is to be counted");
}

/// How a way is planned that the run decides: as in the last run, else by what is counted, else not at all.
#[test]
fn a_way_that_the_run_decides_is_planned_by_what_is_known() {
    let service = service();
    let of = |report: &Forecast| {
        let of = |estimate: &Estimate| (estimate.dataset, estimate.strategy, estimate.figure.calls);
        report.estimates.iter().map(of).collect::<Vec<_>>()
    };
    let config = config("", &["devices", "device_users", "recommendations"]);
    let offline = planned(&service, &config, false, None).unwrap();
    let open = |dataset| (dataset, "auto", None);
    assert_eq!(of(&offline)[1..], [open("device_users"), open("recommendations")]);
    let counted = [("device_users", "per_device", Some(3)), ("recommendations", "per_recommendation", Some(5))];
    assert_eq!(of(&planned(&service, &config, true, None).unwrap())[1..], counted);
    let (stored, receipt) = run(&service, &config, None);
    assert_eq!(of(&planned(&service, &config, false, Some(&receipt.checkpoint)).unwrap())[1..], counted);
    let ways_to_users = stored.iter().filter_map(|checkpoint| {
        let report = planned(&service, &config, false, Some(checkpoint)).unwrap();
        report.estimates.iter().find(|estimate| estimate.dataset == "device_users").map(|estimate| estimate.strategy)
    });
    let ways_to_users: Vec<_> = ways_to_users.collect();
    assert_eq!((ways_to_users[0], ways_to_users.last()), ("auto", Some(&"per_device")), "a run goes on as it began");

    let calls_per_run =
        config.replace(r#""device_users":{"enabled":true"#, r#""device_users":{"enabled":true,"calls_per_run":2"#);
    let many = planned(&service, &calls_per_run, true, None).unwrap();
    // A token for Microsoft Graph was asked for, and says nothing of hunting.
    assert_eq!(of(&many)[1], ("device_users", "per_device", Some(2)));
    let told = |finding: &&Finding| finding.message.contains("roles of the token for Microsoft Graph");
    assert_eq!(many.findings.iter().filter(told).count(), 1);

    let list = config
        .replace(r#""recommendations":{"enabled":true"#, r#""recommendations":{"enabled":true,"strategy":"catalogue""#);
    assert_eq!(of(&planned(&service, &list, true, None).unwrap())[2], ("recommendations", "catalogue", Some(3)));

    let advice: Vec<_> = (1..=7).map(recommendation).collect();
    service.on(CATALOGUE, [Reply::page(&advice)]);
    service.on("/api/recommendations?$top=10000&$skip=6", [Reply::page(&advice[6..])]);
    for n in 1..=3 {
        service.on(&format!("/api/machines/{n:040x}/recommendations"), [Reply::page(&[])]);
    }
    let fewer = ("recommendations", "per_device", Some(6));
    assert_eq!(of(&planned(&service, &config, true, None).unwrap())[2], fewer, "the list, and each device");
    let (_, receipt) = run(&service, &config, None);
    let account = receipt.datasets.iter().find(|account| account.dataset == "recommendations").unwrap();
    assert_eq!((&*account.strategy, account.calls), ("per_device", 6));
}
