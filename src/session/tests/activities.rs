//! Create, Update and Close, over runs that follow each other.

use super::*;

use std::collections::BTreeMap;

use serde_json::Value;

const DAY: u64 = 86_400_000;
const LIST: &str = "/api/machines/SoftwareVulnerabilitiesExport";
const CHANGES: &str = "/api/machines/SoftwareVulnerabilityChangesByMachine?pageSize=200000&sinceTime=";

fn body(event: &Event) -> Value {
    serde_json::from_str::<Value>(&event.document).unwrap()["body"].take()
}

/// The activity of each finding, by the end of its key.
fn activities(given: &Given) -> BTreeMap<String, i64> {
    let of = |event: &Event| {
        let body = body(event);
        (body["category_uid"] == 2).then(|| {
            let activity = body["activity_id"].as_i64().unwrap();
            assert_eq!(body["type_uid"], body["class_uid"].as_i64().unwrap() * 100 + activity);
            let name = ["", "Create", "Update", "Close"][activity as usize];
            assert_eq!(body["activity_name"], name);
            assert_eq!(body["type_name"], format!("{}: {name}", body["class_name"].as_str().unwrap()));
            (event.key.splitn(3, ':').nth(2).unwrap().to_owned(), activity)
        })
    };
    given.events.iter().filter_map(of).collect()
}

fn end(given: &Given) -> String {
    given.end.as_ref().unwrap().as_ref().unwrap().checkpoint.clone()
}

fn finding(device: u8, first_seen: &str) -> String {
    let id = id(device);
    let seen = if first_seen.is_empty() { String::new() } else { format!(r#","firstSeenTimestamp":"{first_seen}""#) };
    format!(
        r#"{{"id":"{id}_p","deviceId":"{id}","softwareName":"p","softwareVersion":"1","cveId":"CVE-2026-0001"{seen}}}"#
    )
}

fn change(status: &str, at: &str, device: u8, first_seen: &str) -> String {
    finding(device, first_seen).replacen('{', &format!(r#"{{"status":"{status}","eventTimestamp":"{at}","#), 1)
}

/// An export of these rows that was made then.
fn export(service: &Service, made: &str, rows: &[String]) {
    let list = format!(r#"{{"exportFiles":["https://a.blob.core.windows.net/1?sig=s"],"generatedTime":"{made}"}}"#);
    service.on(LIST, [Reply::ok(list)]);
    service.on("/1?sig=s", [Reply::ok(rows.join("\n"))]);
}

fn read(service: &Service, checkpoint: Option<&str>) -> Given {
    Given::of(service, open(service, &changes::automatic(), checkpoint), MANY)
}

/// What each device's finding was said to be.
fn by_device(given: &Given) -> Vec<(u8, i64)> {
    let device = |key: &str| u8::from_str_radix(&key["vulnerability:".len() + 38..][..2], 16).unwrap();
    activities(given).into_iter().map(|(key, activity)| (device(&key), activity)).collect()
}

#[test]
fn a_second_run_of_an_unchanged_tenant_creates_nothing() {
    let service = recommendations::tenant(3);
    let everything = config("devices,vulnerabilities,recommendations");
    let first = Given::of(&service, open(&service, &everything, None), MANY);
    service.pass(DAY);
    let second = Given::of(&service, open(&service, &everything, Some(&end(&first))), MANY);
    let (before, now) = (activities(&first), activities(&second));
    assert!(before.len() > 10 && before.keys().eq(now.keys()), "{before:?}");
    assert!(before.values().all(|activity| *activity == 1), "{before:?}");
    assert!(now.values().all(|activity| *activity == 2), "{now:?}");
    // What an activity says is not part of what a finding is.
    assert_eq!(first.identities(), second.identities());
    let uid = |given: &Given| -> BTreeSet<String> {
        given.events.iter().map(|event| body(event)["metadata"]["uid"].to_string()).collect()
    };
    assert_eq!(uid(&first), uid(&second));
}

/// The clock of the script starts at 2023-11-14T22:13:20Z.
#[test]
fn a_full_read_creates_what_was_first_seen_after_the_last_one() {
    let service = Service::new();
    let known = [finding(1, "2021-01-01T00:00:00Z"), finding(2, ""), finding(3, "2023-11-14T20:00:00Z")];
    export(&service, "2023-11-14T20:00:00Z", &known);
    let first = read(&service, None);
    assert_eq!(by_device(&first), [(1, 1), (2, 1), (3, 1)], "a first run creates, whatever the times");
    service.pass(7 * DAY);
    // The service's own clock counts: between its snapshot and the end of the run there is more than two hours.
    let new = [finding(4, "2023-11-14T21:00:00Z"), finding(5, "2023-11-20T00:00:00Z"), finding(6, "")];
    export(&service, "2023-11-21T20:00:00Z", &[&known[..], &new].concat());
    let second = read(&service, Some(&end(&first)));
    assert_eq!(second.receipt("vulnerabilities").strategy, "files");
    assert_eq!(by_device(&second), [(1, 2), (2, 2), (3, 2), (4, 1), (5, 1), (6, 2)]);
}

#[test]
fn changes_create_what_is_new_and_a_full_read_behind_them_does_not() {
    let service = Service::new();
    export(&service, "2023-11-14T20:00:00Z", &[finding(1, "2021-01-01T00:00:00Z")]);
    let first = read(&service, None);
    service.pass(DAY);
    let rows = [
        // Changes are asked for from earlier than where the full read ended.
        change("New", "2023-11-14T13:00:00Z", 1, "2021-01-01T00:00:00Z"),
        change("New", "2023-11-15T06:00:00Z", 2, "2023-11-15T05:00:00Z"),
        // It was there long ago, and came back.
        change("New", "2023-11-15T06:00:00Z", 3, "2021-01-01T00:00:00Z"),
        change("Updated", "2023-11-15T06:00:00Z", 4, "2021-01-01T00:00:00Z"),
        change("Fixed", "2023-11-15T06:00:00Z", 5, "2021-01-01T00:00:00Z"),
    ];
    service.on(&format!("{CHANGES}2023-11-14T12:00:00.000Z"), [Reply::page(&rows)]);
    let second = read(&service, Some(&end(&first)));
    assert_eq!(by_device(&second), [(1, 2), (2, 1), (3, 1), (4, 2), (5, 3)]);
    service.pass(6 * DAY);
    let known = [finding(1, "2021-01-01T00:00:00Z"), finding(2, "2023-11-15T05:00:00Z")];
    export(&service, "2023-11-21T20:00:00Z", &[&known[..], &[finding(6, "2023-11-17T00:00:00Z")]].concat());
    let third = read(&service, Some(&end(&second)));
    assert_eq!(third.receipt("vulnerabilities").strategy, "files");
    assert_eq!(by_device(&third), [(1, 2), (2, 2), (6, 1)]);
}

#[test]
fn only_a_complete_read_makes_the_next_one_update() {
    let service = service();
    service.on(&of_device(2, "vulnerabilities"), [Reply::status(500)]);
    let wanted = config("devices,vulnerabilities");
    let first = Given::of(&service, open(&service, &wanted, None), MANY);
    assert_eq!(first.receipt("vulnerabilities").completeness, Completeness::Partial);
    let whole = self::service();
    let second = Given::of(&whole, open(&whole, &wanted, Some(&end(&first))), MANY);
    assert!(activities(&second).values().all(|activity| *activity == 1), "{:?}", activities(&second));
    let third = Given::of(&whole, open(&whole, &wanted, Some(&end(&second))), MANY);
    assert!(activities(&third).values().all(|activity| *activity == 2), "{:?}", activities(&third));
    // Another form of the same findings tells nothing new. (Lean bodies have no names to look at.)
    for form in [r#"{"ocsf_version":"1.5.0","#, r#"{"ocsf_version":"1.9.0","#, r#"{"instance":"north","#] {
        let other = wanted.replacen('{', form, 1);
        let again = Given::of(&whole, open(&whole, &other, Some(&end(&third))), MANY);
        let said = activities(&again);
        assert!(!said.is_empty() && said.values().all(|activity| *activity == 2), "{form}: {said:?}");
    }
    // Another configuration makes another set of findings, of which nothing was told.
    let other = wanted.replacen('{', r#"{"filters":{"exclude_platforms":["Linux"]},"#, 1);
    let fourth = Given::of(&whole, open(&whole, &other, Some(&end(&third))), MANY);
    assert!(activities(&fourth).values().all(|activity| *activity == 1), "{:?}", activities(&fourth));
}

#[test]
fn every_session_of_a_run_says_the_same() {
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let wanted = config("devices,vulnerabilities,recommendations");
    let service = || recommendations::tenant(3);
    let first = Given::of(&service(), open(&service(), &wanted, None), MANY);
    for (before, activity) in [(None, 1), (Some(end(&first)), 2)] {
        let given = Given::of(&service(), open(&service(), &wanted, before.as_deref()), limits);
        for (_, checkpoint) in &given.checkpoints {
            let rest = Given::of(&service(), open(&service(), &wanted, Some(checkpoint)), MANY);
            let said = activities(&rest);
            assert!(said.values().all(|said| *said == activity), "{said:?} after {checkpoint}");
        }
    }
}
