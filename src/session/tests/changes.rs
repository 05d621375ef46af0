//! A full read, then changes; and what happens where that does not work.

use super::*;

const DAY: u64 = 86_400_000;
const LIST: &str = "/api/machines/SoftwareVulnerabilitiesExport";
const BULK: &str = "/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=200000";
/// The clock of the script starts at 2023-11-14T22:13:20Z.
const SINCE: &str = "2023-11-14T12:00:00.000Z";

fn first(since: &str) -> String {
    format!("/api/machines/SoftwareVulnerabilityChangesByMachine?pageSize=200000&sinceTime={since}")
}

fn row(device: u8, cve: u8, more: &str) -> String {
    let id = id(device);
    format!(
        r#"{{"id":"{id}_p_1_CVE-2026-000{cve}_","deviceId":"{id}","softwareVendor":"v","softwareName":"p","softwareVersion":"1","cveId":"CVE-2026-000{cve}"{more}}}"#
    )
}

/// A change on the 15th, at an hour.
fn change(status: &str, hour: u8, device: u8, cve: u8) -> String {
    row(device, cve, &format!(r#","status":"{status}","eventTimestamp":"2023-11-15T{hour:02}:00:00.000Z""#))
}

fn page(rows: &[String], next: Option<&str>) -> Reply {
    let link = next.map_or(String::new(), |token| {
        let path = "/api/machines/SoftwareVulnerabilitiesTimeline";
        format!(r#","@odata.nextLink":"https://api.security.microsoft.com{path}?token={token}""#)
    });
    Reply::ok(format!(r#"{{"value":[{}]{link}}}"#, rows.join(",")))
}

fn list(snapshot: &str) -> Reply {
    let link = "https://a.blob.core.windows.net/1?sig=s";
    Reply::ok(format!(r#"{{"exportFiles":["{link}"],"generatedTime":"{snapshot}"}}"#))
}

/// One file with three findings, and no changes.
fn tenant() -> Service {
    let service = Service::new();
    service.on(LIST, [list("2023-11-14T20:00:00Z")]);
    service.on("/1?sig=s", [Reply::ok([row(1, 1, ""), row(1, 2, ""), row(2, 1, "")].join("\n"))]);
    service.on(&first(SINCE), [page(&[], None)]);
    service
}

pub(super) fn automatic() -> String {
    config("vulnerabilities").replace(r#","strategy":"per_device""#, "")
}

fn read(service: &Service, checkpoint: Option<&str>) -> Given {
    Given::of(service, open(service, &automatic(), checkpoint), MANY)
}

fn end(given: &Given) -> String {
    given.end.as_ref().unwrap().as_ref().unwrap().checkpoint.clone()
}

/// What a run did: how it was read, why, and how far.
fn account(given: &Given) -> (String, String, Completeness) {
    let receipt = given.receipt("vulnerabilities");
    (receipt.strategy.to_string(), receipt.reason.to_string(), receipt.completeness)
}

/// The state after the first run, a day later.
fn a_day_later() -> (Service, String) {
    let service = tenant();
    let given = read(&service, None);
    let expected = ("files".to_owned(), "nothing was read before".to_owned(), Completeness::Complete);
    assert_eq!(account(&given), expected);
    service.pass(DAY);
    (service, end(&given))
}

/// The state after the first run, with changes to read.
pub(super) fn with_changes() -> (Service, String) {
    let (service, checkpoint) = a_day_later();
    service.on(&first(SINCE), [page(&[change("New", 6, 3, 1), change("Fixed", 6, 1, 1)], None)]);
    (service, checkpoint)
}

/// Operation, device and CVE of each event.
fn told(given: &Given) -> BTreeSet<(&'static str, String)> {
    given
        .events
        .iter()
        .map(|event| (event.operation.as_str(), event.key.rsplit_once("0000").unwrap().1.to_owned()))
        .collect()
}

/// Rows of one thing at one time: which of them is told depends on neither their order nor their pages.
#[test]
fn changes_of_one_thing_are_one_event() {
    let told = |rows: [String; 2], next: bool| {
        let (service, checkpoint) = a_day_later();
        let [one, other] = rows;
        if next {
            service.on(&first(SINCE), [page(&[one], Some("1"))]);
            service.on("/api/machines/SoftwareVulnerabilitiesTimeline?token=1", [page(&[other], None)]);
        } else {
            service.on(&first(SINCE), [page(&[one, other], None)]);
        }
        let given = read(&service, Some(&checkpoint));
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.received, receipt.emitted, receipt.duplicates), (2, 1, 1), "{receipt:?}");
        given.identities()
    };
    let one = change("New", 6, 3, 1).replace('}', r#","diskPaths":["c:\\a"]}"#);
    let other = change("New", 6, 3, 1).replace(r#""v""#, r#""V""#).replace('}', r#","diskPaths":["c:\\b"]}"#);
    let expected = told([one.clone(), other.clone()], false);
    for next in [false, true] {
        assert_eq!(told([other.clone(), one.clone()], next), expected);
        assert_eq!(told([one.clone(), other.clone()], next), expected);
    }
}

#[test]
fn changes_follow_a_full_read_and_absence_means_nothing() {
    let (service, checkpoint) = a_day_later();
    let rows = [change("New", 6, 3, 1), change("Fixed", 6, 1, 1)];
    service.on(&first(SINCE), [page(&rows, Some("1"))]);
    service.on("/api/machines/SoftwareVulnerabilitiesTimeline?token=1", [page(&[change("Updated", 6, 1, 2)], None)]);
    let given = read(&service, Some(&checkpoint));
    let expected = ("delta".to_owned(), "everything was read before".to_owned(), Completeness::Changes);
    assert_eq!(account(&given), expected);
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.received, receipt.emitted, receipt.pages, receipt.calls), (3, 3, 4, 4));
    assert_eq!(given.count("snapshot"), 0);
    let expected =
        [("delete", "1/v/p/1/CVE-2026-0001"), ("upsert", "1/v/p/1/CVE-2026-0002"), ("upsert", "3/v/p/1/CVE-2026-0001")];
    assert_eq!(told(&given), expected.map(|(op, key)| (op, key.to_owned())).into());
    given.assert_no_gap();

    service.pass(DAY);
    // The run of the 15th, at a quarter past 22: the start of its period and one period before.
    service.on(&first("2023-11-15T12:00:00.000Z"), [page(&[], None)]);
    let third = read(&service, Some(&end(&given)));
    assert_eq!(third.receipt("vulnerabilities").completeness, Completeness::Changes);
    assert_eq!((third.events.len(), third.receipt("vulnerabilities").calls), (0, 1), "nothing has changed");
}

#[test]
fn a_closed_finding_has_the_key_of_its_full_read_and_says_that_it_is_resolved() {
    let (service, checkpoint) = a_day_later();
    service.on(&first(SINCE), [page(&[change("Fixed", 6, 1, 1)], None)]);
    let closed = read(&service, Some(&checkpoint)).events.remove(0);
    let full = read(&tenant(), None);
    assert!(full.events.iter().any(|event| event.key == closed.key && event.content_hash != closed.content_hash));
    let document: serde_json::Value = serde_json::from_str(&closed.document).unwrap();
    assert_eq!((&document["op"], &document["refs"]), (&"delete".into(), &serde_json::json!([])));
    let body = &document["body"];
    assert_eq!((&body["type_uid"], &body["status_id"]), (&200_203.into(), &4.into()));
    assert_eq!(body["time"], 1_700_028_000_000_i64, "when it was fixed");
    assert!(body["unmapped"]["status"].is_null() && body["unmapped"]["eventTimestamp"].is_null());
}

#[test]
fn a_move_to_another_group_is_one_update_even_over_two_pages() {
    for (one, other) in [("Fixed", "New"), ("New", "Fixed")] {
        let (service, checkpoint) = a_day_later();
        service.on(&first(SINCE), [page(&[change(one, 6, 1, 1)], Some("1"))]);
        service.on("/api/machines/SoftwareVulnerabilitiesTimeline?token=1", [page(&[change(other, 6, 1, 1)], None)]);
        let given = read(&service, Some(&checkpoint));
        assert_eq!(told(&given), [("upsert", "1/v/p/1/CVE-2026-0001".to_owned())].into());
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.received, receipt.emitted, receipt.duplicates), (2, 1, 1));
    }
}

#[test]
fn what_moves_into_a_group_that_is_left_out_is_not_gone() {
    let config = automatic().replacen('{', r#"{"filters":{"exclude_device_groups":["Lab"]},"#, 1);
    let service = tenant();
    let given = Given::of(&service, open(&service, &config, None), MANY);
    service.pass(DAY);
    let moved = change("New", 6, 1, 1).replacen('{', r#"{"rbacGroupName":"Lab","#, 1);
    service.on(&first(SINCE), [page(&[change("Fixed", 6, 1, 1), moved], None)]);
    let given = Given::of(&service, open(&service, &config, Some(&end(&given))), MANY);
    assert!(given.events.is_empty());
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.duplicates, receipt.filtered.sum()), (1, 1));
}

#[test]
fn every_checkpoint_goes_on_at_its_page_and_the_cursor_waits_for_the_end() {
    let script = || {
        let (service, checkpoint) = a_day_later();
        let rows = [change("New", 6, 3, 1), change("Fixed", 6, 1, 1), change("Fixed", 6, 2, 1)];
        service.on(&first(SINCE), [page(&rows, Some("1"))]);
        let rows = [change("New", 6, 2, 1), change("Updated", 6, 1, 2)];
        service.on("/api/machines/SoftwareVulnerabilitiesTimeline?token=1", [page(&rows, None)]);
        service.log.borrow_mut().clear();
        (service, checkpoint)
    };
    let (service, checkpoint) = script();
    let whole = read(&service, Some(&checkpoint));
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let (service, checkpoint) = script();
    let given = Given::of(&service, open(&service, &automatic(), Some(&checkpoint)), limits);
    assert_eq!(given.identities(), whole.identities());
    for (delivered, checkpoint) in &given.checkpoints {
        let (service, _) = script();
        let rest = read(&service, Some(checkpoint));
        let mut union = rest.identities();
        let before = given.events[..*delivered].iter();
        union.extend(before.map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())));
        assert_eq!(union, whole.identities(), "after {delivered} events");
        assert_eq!(rest.events.len() + delivered, whole.events.len(), "nothing comes twice");
        let receipt = rest.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Changes, 4));
        let is_at_end = checkpoint.contains(r#""end":true"#) || checkpoint.contains(r#""completeness":"changes""#);
        assert_eq!(checkpoint.contains(r#""since_ms":1700049600000"#), is_at_end, "{checkpoint}");
    }
}

#[test]
fn changes_that_are_others_after_a_restart_are_read_from_their_start() {
    let (service, checkpoint) = a_day_later();
    let rows = [change("New", 6, 3, 1), change("Fixed", 6, 1, 1)];
    service.on(&first(SINCE), [page(&rows, None)]);
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = Given::of(&service, open(&service, &automatic(), Some(&checkpoint)), limits);
    let (_, midway) = given.checkpoints.iter().find(|(delivered, _)| *delivered == 1).unwrap();
    // What was fixed is back, and what was new is gone.
    let rows = [rows.as_slice(), &[change("Fixed", 12, 3, 1), change("New", 12, 1, 1)]].concat();
    service.on(&first(SINCE), [page(&rows, None)]);
    let rest = read(&service, Some(midway));
    let expected = [("delete", "3/v/p/1/CVE-2026-0001"), ("upsert", "1/v/p/1/CVE-2026-0001")];
    assert_eq!(told(&rest), expected.map(|(op, key)| (op, key.to_owned())).into());
    assert_eq!(rest.receipt("vulnerabilities").completeness, Completeness::Changes);
}

#[test]
fn a_window_that_moves_between_its_two_readings_is_read_anew() {
    let (service, checkpoint) = a_day_later();
    let now = [change("New", 6, 3, 1)];
    let then = [change("New", 6, 3, 1), change("Fixed", 12, 3, 1)];
    service.on(&first(SINCE), [page(&now, None), page(&then, None)]);
    let given = read(&service, Some(&checkpoint));
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.completeness, receipt.received), (Completeness::Changes, 2));
    let last = given.events.last().unwrap();
    assert_eq!(last.operation.as_str(), "delete");
    service.on(&first(SINCE), (0..12).map(|n| page(&[change("New", 6 + n, 3, 1)], None)));
    let given = read(&service, Some(&checkpoint));
    let receipt = given.receipt("vulnerabilities");
    assert_eq!(receipt.completeness, Completeness::Partial);
    assert!(receipt.failure.as_ref().unwrap().message.contains("other ones each time"));
    let since = |text: &str| text.split_once("since_ms").unwrap().1[..16].to_owned();
    assert_eq!(since(&end(&given)), since(&checkpoint), "the cursor stays");
}

#[test]
fn changes_that_are_refused_make_a_full_read() {
    for reply in [Reply::status(400), Reply::status(404)] {
        let (service, checkpoint) = a_day_later();
        service.on(LIST, [list("2023-11-15T20:00:00Z")]);
        service.on(&first(SINCE), [reply]);
        let given = read(&service, Some(&checkpoint));
        let expected = ("files".to_owned(), "the service refused the changes".to_owned(), Completeness::Complete);
        assert_eq!(account(&given), expected);
        assert_eq!(given.count("snapshot"), 2);
    }
    let (service, checkpoint) = a_day_later();
    service.on(&first(SINCE), [Reply::status(403)]);
    let given = read(&service, Some(&checkpoint));
    assert_eq!(given.receipt("vulnerabilities").completeness, Completeness::Forbidden);
    service.on(&first(SINCE), [Reply::status(503)]);
    let given = read(&service, Some(&checkpoint));
    assert_eq!(given.receipt("vulnerabilities").completeness, Completeness::Partial);
    assert!(end(&given).contains(r#""snapshot":"2023-11-14T20:00:00Z""#), "the next run goes on from there");
}

/// Answers that are no refusal: the reason says what was wrong, and a snapshot from before the changes is not their end.
#[test]
fn changes_that_cannot_be_read_are_asked_for_again() {
    let counted = format!(r#"{{"@odata.count":100,"value":[{}]}}"#, change("New", 6, 3, 1));
    let foreign = r#"{"value":[],"@odata.nextLink":"https://evil.example/api/x"}"#;
    for (body, what) in
        [(&*counted, "100 rows, and gave 1"), ("<html>", "not a JSON object"), (foreign, "another host")]
    {
        let (service, mut checkpoint) = a_day_later();
        let good = page(&[change("New", 6, 3, 1)], None);
        service.on(&first(SINCE), [Reply::ok(body)]);
        for _ in 0..2 {
            let given = read(&service, Some(&checkpoint));
            let receipt = given.receipt("vulnerabilities");
            assert_eq!((receipt.completeness, given.count("snapshot")), (Completeness::Partial, 0), "{what}");
            assert!(receipt.reason.starts_with("the changes could not be read (GET "), "{}", receipt.reason);
            assert!(receipt.failure.as_ref().unwrap().message.contains(what), "{receipt:?}");
            checkpoint = end(&given);
        }
        service.on(&first(SINCE), [good]);
        let given = read(&service, Some(&checkpoint));
        assert_eq!(told(&given), [("upsert", "3/v/p/1/CVE-2026-0001".to_owned())].into(), "{what}");
        // A newer snapshot holds them.
        let (service, checkpoint) = a_day_later();
        service.on(LIST, [list("2023-11-15T20:00:00Z")]);
        service.on(&first(SINCE), [Reply::ok(body)]);
        let (way, reason, completeness) = account(&read(&service, Some(&checkpoint)));
        assert_eq!((&*way, completeness), ("files", Completeness::Complete));
        assert!(reason.contains(what), "{reason}");
    }
}

#[test]
fn files_out_of_reach_make_pages() {
    let service = tenant();
    service.on("/1?sig=s", [Reply::Error(TransportError::Denied)]);
    service.on(BULK, [page(&[row(1, 1, "")], None)]);
    let given = read(&service, None);
    let (way, reason, completeness) = account(&given);
    assert_eq!((&*way, completeness), ("bulk", Completeness::Complete));
    let refused = "the pipeline host does not allow the request";
    assert!(reason.starts_with("the files could not be read (file 1 of 1 of") && reason.contains(refused), "{reason}");
    assert_eq!(given.receipt("vulnerabilities").emitted, 1);
    service.pass(DAY);
    // Pages do not say of when they are: the run's start counts.
    let given = read(&service, Some(&end(&given)));
    assert_eq!(account(&given).0, "delta");

    service.on(LIST, [Reply::status(403)]);
    let given = read(&service, None);
    assert_eq!(account(&given).2, Completeness::Forbidden, "pages need the same grant");
    let named = automatic().replace(r#""vulnerabilities":{"#, r#""vulnerabilities":{"strategy":"files","#);
    service.on(LIST, [list("2023-11-14T20:00:00Z")]);
    let given = Given::of(&service, open(&service, &named, None), MANY);
    assert_eq!(account(&given).2, Completeness::Partial, "who names a way gets that way");
}

#[test]
fn everything_is_read_again_weekly_and_when_the_configuration_changes() {
    let (service, checkpoint) = a_day_later();
    let reformed = "another version of the source or another form of bodies makes other events of the same records, so all \
                    are read once";
    for (other, reason) in [
        (r#"{"format":"native","#, reformed),
        (r#"{"filters":{"exclude_platforms":["Linux"]},"#, "nothing was read before"),
    ] {
        let other = automatic().replacen('{', other, 1);
        let given = Given::of(&service, open(&service, &other, Some(&checkpoint)), MANY);
        assert_eq!(account(&given), ("files".to_owned(), reason.to_owned(), Completeness::Complete));
    }
    service.pass(6 * DAY);
    let given = read(&service, Some(&checkpoint));
    assert_eq!(account(&given), ("files".to_owned(), "a full read is due".to_owned(), Completeness::Unchanged));
    service.on(LIST, [list("2023-11-21T20:00:00Z")]);
    let given = read(&service, Some(&checkpoint));
    assert_eq!(account(&given).2, Completeness::Complete);
}

#[test]
fn native_bodies_are_the_rows_as_they_came() {
    let config = automatic().replacen('{', r#"{"format":"native","#, 1);
    let service = tenant();
    let given = Given::of(&service, open(&service, &config, None), MANY);
    service.pass(DAY);
    service.on(&first(SINCE), [page(&[change("Fixed", 6, 1, 1)], None)]);
    let given = Given::of(&service, open(&service, &config, Some(&end(&given))), MANY);
    let event = &given.events[0];
    assert_eq!((event.operation.as_str(), given.events.len()), ("delete", 1));
    assert!(event.document.ends_with(&format!(r#""body":{}}}"#, change("Fixed", 6, 1, 1))), "{}", event.document);
}
