//! Sessions against a scripted service.

use std::collections::BTreeSet;

mod activities;
mod ahead;
mod budget;
mod catalogue;
mod changes;
mod checkpoints;
mod cves;
mod damaged;
mod files;
mod halves;
mod hunting;
mod numbers;
mod one_key;
mod recommendations;
mod rounds;
mod users;

use defender_client::error::{Cause, SourceError};
use defender_client::request::{Wait, WaitReason};
use defender_client::testing::{Reply, Service};
use defender_client::wire::TransportError;
use defender_rows::event::{Event, Kind, Sequence};

use super::checkpoint::Checkpoint;
use super::life::OPENED_MAX;
use super::{Limits, Session, Step};
use crate::config::Config;
use crate::diagnose::{Completeness, DatasetReceipt, Receipt};

const DEVICES: &str = "/api/machines?$top=10000";
const DEVICES_AFTER_2: &str = "/api/machines?$top=10000&$skip=1";
const MANY: Limits = Limits { max_events: 10_000, max_bytes: 1 << 24 };

fn id(n: u8) -> String {
    format!("{n:040x}")
}

fn device(n: u8) -> String {
    format!(
        r#"{{"id":"{}","computerDnsName":"pc{n}.contoso.example","osPlatform":"Windows11","lastSeen":"2026-01-02T03:04:05Z",
            "onboardingStatus":"Onboarded","riskScore":"Low","ipAddresses":[{{"ipAddress":"10.0.0.{n}","macAddress":"00155D00000{n}"}}]}}"#,
        id(n)
    )
}

fn cve(n: u8) -> String {
    format!(r#"{{"id":"CVE-2026-000{n}","name":"CVE-2026-000{n}","severity":"High","cvssV3":7.5}}"#)
}

fn of_device(n: u8, what: &str) -> String {
    format!("/api/machines/{}/{what}", id(n))
}

/// The last page of a list: the row that the page before ended with, and none behind it.
fn last_page(row: String) -> [Reply; 1] {
    [Reply::page(&[row])]
}

/// Two devices, with one and two vulnerabilities.
fn service() -> Service {
    let service = Service::new();
    service.on(DEVICES, [Reply::page(&[device(1), device(2)])]);
    service.on(DEVICES_AFTER_2, last_page(device(2)));
    service.on(&of_device(1, "vulnerabilities"), [Reply::page(&[cve(1)])]);
    service.on(&of_device(2, "vulnerabilities"), [Reply::page(&[cve(1), cve(2)])]);
    service
}

fn config(datasets: &str) -> String {
    let all = ["devices", "device_users", "software", "vulnerabilities", "cves", "recommendations"];
    let wanted: Vec<_> = datasets.split(',').collect();
    let off: Vec<_> = all
        .iter()
        .map(|name| format!(r#""{name}":{{"enabled":{}{}}}"#, wanted.contains(name), strategy(name)))
        .collect();
    format!(r#"{{"tenant_id":"t","client_id":"c","datasets":{{{}}}}}"#, off.join(","))
}

fn strategy(name: &str) -> &'static str {
    if name == "vulnerabilities" { r#","strategy":"per_device""# } else { "" }
}

fn open(service: &Service, config: &str, checkpoint: Option<&str>) -> Session {
    let secrets = [("client_secret".to_owned(), "s".to_owned())];
    Session::open(config, &secrets, checkpoint, service.collaborators()).unwrap()
}

/// Everything that a session gives until it ends; waits are waited.
#[derive(Default)]
struct Given {
    events: Vec<Event>,
    checkpoints: Vec<(usize, String)>,
    waits: Vec<Wait>,
    end: Option<Result<Receipt, SourceError>>,
}

impl Given {
    fn of(service: &Service, session: Session, limits: Limits) -> Self {
        let mut given = Self::default();
        let mut session = session;
        loop {
            match session.next(limits) {
                Ok(Step::Batch(batch)) => {
                    assert!(batch.events.len() <= limits.max_events as usize);
                    // The contract: a batch without events is worth a position that is new.
                    let before = given.checkpoints.last().map(|(_, checkpoint)| checkpoint);
                    assert!(!batch.events.is_empty() || before != Some(&batch.checkpoint), "nothing was handed over");
                    given.events.extend(batch.events);
                    given.checkpoints.push((given.events.len(), batch.checkpoint));
                }
                Ok(Step::Wait(wait)) => {
                    service.pass(wait.millis);
                    given.waits.push(wait);
                }
                Ok(Step::Finished(receipt)) => {
                    assert!(receipt.datasets.iter().all(DatasetReceipt::balances), "{receipt:?}");
                    given.end = Some(Ok(receipt));
                    return given;
                }
                Err(error) => {
                    given.end = Some(Err(error));
                    return given;
                }
            }
        }
    }

    fn receipt(&self, dataset: &str) -> &DatasetReceipt {
        let receipt = self.end.as_ref().unwrap().as_ref().unwrap();
        receipt.datasets.iter().find(|receipt| receipt.dataset == dataset).unwrap()
    }

    /// The numbers of the events.
    fn numbers(&self) -> Vec<u64> {
        let number = |event: &Event| {
            serde_json::from_str::<serde_json::Value>(&event.document).unwrap()["seq"].as_u64().unwrap()
        };
        self.events.iter().map(number).collect()
    }

    /// Every number of the first life was given out.
    fn assert_no_gap(&self) {
        assert_eq!(self.numbers(), (1..=self.events.len() as u64).collect::<Vec<_>>());
    }

    fn count(&self, kind: &str) -> usize {
        self.events.iter().filter(|event| event.kind.as_str() == kind).count()
    }

    fn identities(&self) -> BTreeSet<(String, String, &'static str)> {
        self.events.iter().map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())).collect()
    }
}

fn run(service: &Service, datasets: &str) -> Given {
    Given::of(service, open(service, &config(datasets), None), MANY)
}

#[test]
fn a_run_reads_everything_once() {
    let service = service();
    let given = run(&service, "devices,vulnerabilities");
    assert_eq!((given.count("device"), given.count("ip_address"), given.count("vulnerability")), (2, 2, 3));
    assert_eq!(given.count("snapshot"), 4);
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.received, receipt.emitted, receipt.calls, receipt.pages), (3, 3, 2, 2));
    assert_eq!(receipt.completeness, Completeness::Complete);
    assert_eq!(given.receipt("devices").calls, 3);
    assert_eq!(service.asked("/t/oauth2"), 1);
    given.assert_no_gap();
}

#[test]
fn limits_hold_and_every_checkpoint_continues() {
    let whole = run(&service(), "devices,vulnerabilities");
    for max_events in [1, 2, 3] {
        let service = service();
        let limits = Limits { max_events, max_bytes: u32::MAX };
        let given = Given::of(&service, open(&service, &config("devices,vulnerabilities"), None), limits);
        assert_eq!(given.identities(), whole.identities());
        assert_eq!(given.events.len(), whole.events.len());
        let ends = |given: &Given| -> BTreeSet<String> {
            let ends = given.events.iter().filter(|event| event.document.contains(r#""op":"snapshot_end""#));
            ends.map(|event| event.document.split_once(r#""body":"#).unwrap().1.to_owned()).collect()
        };
        for (delivered, checkpoint) in &given.checkpoints {
            assert!(checkpoint.len() < 64 << 10);
            let service = self::service();
            let rest = Given::of(&service, open(&service, &config("devices,vulnerabilities"), Some(checkpoint)), MANY);
            let mut union = rest.identities();
            union.extend(
                given.events[..*delivered]
                    .iter()
                    .map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())),
            );
            assert_eq!(union, whole.identities(), "after {delivered} events, by {max_events}");
            assert!(
                ends(&rest).is_subset(&ends(&whole)),
                "what is read again is not received twice: {:?}",
                ends(&rest)
            );
            let receipt = rest.receipt("vulnerabilities");
            assert_eq!(receipt.completeness, Completeness::Complete);
            assert_eq!(receipt.emitted, 3);
            assert_eq!(rest.receipt("devices").emitted, 2);
        }
    }
}

#[test]
fn a_throttled_request_waits_as_asked_and_goes_on() {
    let service = service();
    let throttled = Reply::Answer(429, vec![("retry-after", "30".into())], String::new());
    service.on(DEVICES, [throttled, Reply::page(&[device(1), device(2)])]);
    let given = run(&service, "devices");
    assert_eq!(given.waits.len(), 1);
    assert!((30_000..31_000).contains(&given.waits[0].millis));
    assert_eq!(given.waits[0].reason, WaitReason::Throttled);
    let receipt = given.receipt("devices");
    assert_eq!((receipt.waits, receipt.calls, receipt.completeness), (1, 4, Completeness::Complete));
}

#[test]
fn attempts_end_and_leave_a_partial_dataset() {
    for reply in [Reply::status(503), Reply::status(429), Reply::Error(TransportError::TimedOut), Reply::ok("")] {
        let service = service();
        service.on(DEVICES_AFTER_2, [reply]);
        let given = run(&service, "devices");
        let receipt = given.receipt("devices");
        assert_eq!(receipt.completeness, Completeness::Partial);
        let passed_ms: u64 = given.waits.iter().map(|wait| wait.millis).sum();
        // Nobody answering is no limit; all else may be the limit of a minute.
        let is_patient = given.waits.len() == 5 || passed_ms >= 60_000 && (6..12).contains(&given.waits.len());
        assert!(is_patient, "{} waits, {passed_ms} ms", given.waits.len());
        assert_eq!(given.count("device"), 2);
        assert_eq!(given.count("snapshot"), 1, "no end of the snapshot");
        assert!(receipt.failure.is_some());
    }
}

#[test]
fn a_broken_page_is_read_again_without_repeating_events() {
    let service = service();
    let body = format!(r#"{{"value":[{},{}]}}"#, device(1), device(2));
    service.on(DEVICES, [Reply::Broken(body.clone(), body.len() - 20), Reply::ok(body)]);
    let given = run(&service, "devices");
    let receipt = given.receipt("devices");
    assert_eq!((given.count("device"), receipt.emitted, receipt.duplicates, receipt.received), (2, 2, 1, 3));
    assert_eq!(receipt.completeness, Completeness::Complete);
}

#[test]
fn a_page_that_changed_meanwhile_starts_its_dataset_over() {
    let service = service();
    let first = format!(r#"{{"value":[{},{}]}}"#, device(1), device(2));
    let second = format!(r#"{{"value":[{},{}]}}"#, device(3), device(2));
    service.on(DEVICES, [Reply::Broken(first.clone(), first.len() - 20), Reply::ok(second)]);
    let given = run(&service, "devices");
    let receipt = given.receipt("devices");
    assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Complete, 2));
    assert_eq!(given.count("device"), 3, "the first reading was true for its time");
    assert_eq!(given.count("snapshot"), 3, "two beginnings and one end");
}

#[test]
fn devices_that_change_while_they_are_read_again_keep_their_account() {
    let first = service();
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = Given::of(&first, open(&first, &config("devices,vulnerabilities"), None), limits);
    let (_, midway) = given.checkpoints.iter().find(|(delivered, _)| *delivered == given.events.len() - 2).unwrap();
    let service = service();
    let page = |n: u8| format!(r#"{{"value":[{},{}]}}"#, device(n), device(2));
    let broken = Reply::Broken(page(1), page(1).len() - 20);
    service.on(DEVICES, [broken, Reply::ok(page(3)), Reply::ok(page(1))]);
    let rest = Given::of(&service, open(&service, &config("devices,vulnerabilities"), Some(midway)), MANY);
    let receipt = rest.receipt("devices");
    assert_eq!(receipt.tolerated.iter().collect::<Vec<_>>(), [("restarted", 1)]);
    assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Complete, 2), "{receipt:?}");
    assert!(receipt.balances(), "{receipt:?}");
}

/// A row that comes or goes before an offset moves the rows behind it.
#[test]
fn rows_that_move_between_two_pages_start_their_dataset_over() {
    for moved in [vec![device(1)], vec![]] {
        let service = service();
        service.on(DEVICES_AFTER_2, [Reply::page(&moved), Reply::page(&[device(2), device(3)])]);
        service.on("/api/machines?$top=10000&$skip=2", last_page(device(3)));
        let given = run(&service, "devices");
        let receipt = given.receipt("devices");
        assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Complete, 3));
        assert_eq!(receipt.tolerated.iter().collect::<Vec<_>>(), [("restarted", 1)]);
        assert!(receipt.balances() && receipt.duplicates == 0, "{receipt:?}");
    }
}

#[test]
fn what_never_stands_still_is_partial() {
    let service = service();
    let page = |n: u8| format!(r#"{{"value":[{},{}]}}"#, device(n), device(9));
    let broken = |n: u8| Reply::Broken(page(n), page(n).len() - 20);
    service.on(DEVICES, (1..=8).map(broken));
    let given = run(&service, "devices");
    let receipt = given.receipt("devices");
    assert_eq!(receipt.completeness, Completeness::Partial);
    assert!(receipt.failure.as_ref().unwrap().message.contains("page changed"), "{receipt:?}");
    assert_eq!(receipt.tolerated.iter().collect::<Vec<_>>(), [("restarted", 3)]);
}

#[test]
fn one_new_token_after_a_401_and_no_more() {
    let service = service();
    service.on(DEVICES_AFTER_2, [Reply::status(401), Reply::page(&[device(2)])]);
    let given = run(&service, "devices");
    assert_eq!(given.receipt("devices").completeness, Completeness::Complete);
    assert_eq!(service.asked("/t/oauth2"), 2);

    let service = self::service();
    service.on(DEVICES_AFTER_2, [Reply::status(401)]);
    let given = run(&service, "devices");
    assert_eq!(given.end.unwrap().unwrap_err().cause, Cause::Unauthenticated);
    assert_eq!(given.events.iter().filter(|e| e.kind == Kind::Device).count(), 2, "what came before is kept");
}

#[test]
fn a_missing_permission_is_not_an_empty_dataset() {
    let service = service();
    service.on(&of_device(1, "vulnerabilities"), [Reply::status(403)]);
    let given = run(&service, "devices,vulnerabilities");
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.completeness, receipt.calls), (Completeness::Forbidden, 1));
    assert!(receipt.failure.as_ref().unwrap().remedy.contains("Vulnerability.Read.All"));

    service.on(DEVICES, [Reply::status(403)]);
    let given = run(&service, "devices,vulnerabilities");
    assert_eq!(given.receipt("devices").completeness, Completeness::Forbidden);
    assert_eq!(given.receipt("vulnerabilities").completeness, Completeness::Skipped);
}

#[test]
fn one_odd_device_does_not_stop_the_others_and_three_in_a_row_do() {
    let service = service();
    service.on(&of_device(1, "vulnerabilities"), [Reply::status(404)]);
    let given = run(&service, "devices,vulnerabilities");
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((given.count("vulnerability"), receipt.completeness), (2, Completeness::Partial));

    let five: Vec<_> = (1..=5).map(device).collect();
    service.on(DEVICES, [Reply::page(&five)]);
    service.on("/api/machines?$top=10000&$skip=4", last_page(device(5)));
    for n in 1..=5 {
        service.on(&of_device(n, "vulnerabilities"), [Reply::status(500)]);
    }
    let given = run(&service, "devices,vulnerabilities");
    let calls = given.receipt("vulnerabilities").calls;
    assert!((18..36).contains(&calls), "three devices, at least six attempts each: {calls}");
}

#[test]
fn a_link_to_another_host_is_not_followed() {
    let service = service();
    let page = format!(r#"{{"value":[{}],"@odata.nextLink":"https://evil.example/api/machines"}}"#, device(1));
    service.on(DEVICES, [Reply::ok(page)]);
    let given = run(&service, "devices");
    let receipt = given.receipt("devices");
    assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Partial, 1));
    assert!(receipt.failure.as_ref().unwrap().message.contains("another host"));
}

#[test]
fn devices_are_read_for_others_even_when_switched_off() {
    let service = service();
    let given = run(&service, "vulnerabilities");
    assert_eq!((given.count("device"), given.count("vulnerability")), (0, 3));
    assert_eq!(given.receipt("devices").strategy, "roster");
}

#[test]
fn refused_credentials_end_the_run_with_the_cure() {
    let service = service();
    let body = r#"{"error":"invalid_client","error_codes":[7000222]}"#;
    service.on("/t/oauth2/v2.0/token", [Reply::Answer(401, vec![], body.into())]);
    let given = run(&service, "devices,vulnerabilities");
    let error = given.end.as_ref().unwrap().as_ref().unwrap_err();
    assert_eq!(error.cause, Cause::Unauthenticated);
    assert!(error.message.contains("expired"), "{error}");
    assert_eq!(service.log.borrow().len(), 1);
    assert!(given.events.is_empty(), "no snapshot began");
}

#[test]
fn wrong_input_is_refused_before_any_request() {
    let service = service();
    let open = |config: &str, secrets: &[(&str, &str)], checkpoint: Option<&str>| {
        let secrets: Vec<_> = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Session::open(config, &secrets, checkpoint, service.collaborators()).err().unwrap().cause
    };
    let good = [("client_secret", "s")];
    assert_eq!(open("{}", &good, None), Cause::InvalidConfig);
    assert_eq!(open(&config("devices"), &[], None), Cause::InvalidConfig);
    assert_eq!(open(&config("devices"), &[("client_secret", "\n")], None), Cause::InvalidConfig);
    assert_eq!(open(&config("devices"), &[("clientSecret", "s")], None), Cause::InvalidConfig);
    assert_eq!(open(&config("devices"), &good, Some("{}")), Cause::InvalidCheckpoint);
    assert!(service.log.borrow().is_empty());
}

#[test]
fn a_position_is_there_before_the_first_request() {
    let service = service();
    let mut session = open(&service, &config("devices"), None);
    let Ok(Step::Batch(batch)) = session.next(MANY) else { panic!("no batch") };
    assert!(batch.events.is_empty() && service.log.borrow().is_empty());
    let rest = Given::of(&service, open(&service, &config("devices"), Some(&batch.checkpoint)), MANY);
    assert_eq!(rest.receipt("devices").emitted, 2);
}

#[test]
fn no_event_is_dropped_when_a_wait_follows_a_full_batch() {
    let service = service();
    service.on(DEVICES_AFTER_2, [Reply::status(503), Reply::page(&[device(2)])]);
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = Given::of(&service, open(&service, &config("devices"), None), limits);
    given.assert_no_gap();
    assert_eq!((given.count("device"), given.waits.len()), (2, 1));
}
