//! The catalogue of CVEs: everything, then what was updated.

use super::*;

const DAY: u64 = 86_400_000;
const ALL: &str = "/api/vulnerabilities?$top=8000";
/// The clock of the script starts at 2023-11-14T22:13:20Z: the start of the period, and three days.
const UPDATED: &str = "$filter=updatedOn%20ge%202023-11-11T18:00:00.000Z";

fn record(n: u8, exposed: u8, updated: &str) -> String {
    format!(
        r#"{{"id":"CVE-2023-000{n}","severity":"High","exposedMachines":{exposed},"updatedOn":"{updated}T01:02:03Z"}}"#
    )
}

/// Pages of a list and its last one, under the parameters behind `$top`.
fn on(service: &Service, parameters: &str, rows: &[String]) {
    service.on(&format!("{ALL}{parameters}"), [Reply::page(rows)]);
    match rows {
        [] => {}
        // One row may be all that fits on a page.
        [_] => service.on(&format!("{ALL}&$skip=1{parameters}"), [Reply::page(&[])]),
        [.., last] => service.on(&format!("{ALL}&$skip={}{parameters}", rows.len() - 1), last_page(last.clone())),
    }
}

/// Three CVEs, one of them of no machine, and nothing that was updated.
fn tenant() -> Service {
    let service = Service::new();
    on(&service, "", &[record(1, 2, "2023-10-01"), record(2, 0, "2023-10-02"), record(3, 1, "2023-11-13")]);
    on(&service, &format!("&{UPDATED}"), &[]);
    service
}

fn read(service: &Service, checkpoint: Option<&str>) -> Given {
    Given::of(service, open(service, &config("cves"), checkpoint), MANY)
}

fn end(given: &Given) -> String {
    given.end.as_ref().unwrap().as_ref().unwrap().checkpoint.clone()
}

fn cursors(given: &Given) -> String {
    let checkpoint = end(given);
    let cursors = checkpoint.split_once("cursors").unwrap().1;
    cursors.split_once("figures").unwrap().0.to_owned()
}

/// The service and the checkpoint a day after the first run.
fn a_day_later() -> (Service, String) {
    let service = tenant();
    let checkpoint = end(&read(&service, None));
    service.pass(DAY);
    (service, checkpoint)
}

fn account(given: &Given) -> (&str, &str, Completeness) {
    let receipt = given.receipt("cves");
    (&receipt.strategy, &receipt.reason, receipt.completeness)
}

fn told(given: &Given) -> Vec<&str> {
    let upserts = given.events.iter().filter(|event| event.kind != Kind::Snapshot);
    upserts.map(|event| event.key.rsplit(':').next().unwrap()).collect()
}

fn named(event: &Event) -> serde_json::Value {
    serde_json::from_str::<serde_json::Value>(&event.document).unwrap()["dataset"].take()
}

#[test]
fn everything_is_read_first_and_needs_nothing_else() {
    let service = tenant();
    let filtered = config("cves").replace(r#""client_id""#, r#""filters":{"stale_days":9},"client_id""#);
    let given = Given::of(&service, open(&service, &filtered, None), MANY);
    assert_eq!(account(&given), ("bulk", "nothing was read before", Completeness::Complete));
    assert_eq!(told(&given), ["CVE-2023-0001", "CVE-2023-0003"]);
    let receipt = given.receipt("cves");
    assert_eq!((receipt.received, receipt.emitted, receipt.calls), (3, 2, 3));
    assert_eq!(receipt.filtered.iter().collect::<Vec<_>>(), [("not_exposed", 1)]);
    assert_eq!(given.count("snapshot"), 2);
    assert!(given.events.iter().all(|event| named(event).is_null()), "the markers say which dataset it is");
    assert_eq!(service.asked("/api/machines"), 0, "no filter on devices is about CVEs");
}

#[test]
fn later_runs_ask_for_what_was_updated_and_say_which_dataset_it_is() {
    let (service, checkpoint) = a_day_later();
    let news = [record(3, 1, "2023-11-15"), record(4, 7, "2023-11-15"), record(1, 0, "2023-11-15")];
    on(&service, &format!("&{UPDATED}"), &news);
    let given = read(&service, Some(&checkpoint));
    assert_eq!(account(&given), ("delta", "everything was read before", Completeness::Changes));
    assert_eq!(told(&given), ["CVE-2023-0003", "CVE-2023-0004"]);
    assert_eq!(given.count("snapshot"), 0);
    assert!(given.events.iter().all(|event| event.operation.as_str() == "upsert" && named(event) == "cves"));
    let receipt = given.receipt("cves");
    assert_eq!((receipt.received, receipt.emitted, receipt.calls, receipt.filtered.sum()), (3, 2, 3, 1));
    given.assert_no_gap();

    service.pass(DAY);
    // The run of the 15th, at a quarter past 22.
    on(&service, "&$filter=updatedOn%20ge%202023-11-12T18:00:00.000Z", &[]);
    let third = read(&service, Some(&end(&given)));
    assert_eq!((third.events.len(), third.receipt("cves").calls), (0, 1), "nothing was updated");
    assert_eq!(third.receipt("cves").completeness, Completeness::Changes);
}

#[test]
fn everything_is_read_again_when_it_is_due() {
    let (service, checkpoint) = a_day_later();
    service.pass(5 * DAY);
    assert_eq!(read(&service, Some(&checkpoint)).receipt("cves").completeness, Completeness::Changes);
    service.pass(DAY);
    let given = read(&service, Some(&checkpoint));
    assert_eq!(account(&given), ("bulk", "a full read is due", Completeness::Complete));
}

#[test]
fn a_run_of_changes_goes_on_where_it_stopped() {
    let (service, checkpoint) = a_day_later();
    on(&service, &format!("&{UPDATED}"), &[record(3, 1, "2023-11-15"), record(4, 7, "2023-11-15")]);
    let whole = read(&service, Some(&checkpoint));
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = Given::of(&service, open(&service, &config("cves"), Some(&checkpoint)), limits);
    for (delivered, at) in &given.checkpoints {
        let rest = read(&service, Some(at));
        let mut union = rest.identities();
        let before = given.events[..*delivered].iter();
        union.extend(before.map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())));
        assert_eq!(union, whole.identities(), "after {delivered} events");
        assert_eq!(account(&rest).2, Completeness::Changes);
        assert!(rest.events.iter().all(|event| named(event) == "cves"));
        assert_eq!(cursors(&rest), cursors(&whole), "the next run starts alike");
    }
}

#[test]
fn a_refused_filter_leads_to_a_full_read() {
    for status in [400, 404] {
        let (service, checkpoint) = a_day_later();
        service.on(&format!("{ALL}&{UPDATED}"), [Reply::status(status)]);
        let given = read(&service, Some(&checkpoint));
        assert_eq!(account(&given), ("bulk", "the service refused the changes", Completeness::Complete), "{status}");
        assert_eq!((given.count("snapshot"), told(&given).len()), (2, 2));
        assert!(given.events.iter().all(|event| named(event).is_null()));
    }
    let (service, checkpoint) = a_day_later();
    service.on(&format!("{ALL}&{UPDATED}"), [Reply::status(403)]);
    assert_eq!(read(&service, Some(&checkpoint)).receipt("cves").completeness, Completeness::Forbidden);
}

#[test]
fn changes_that_broke_off_are_asked_for_again() {
    let (service, checkpoint) = a_day_later();
    on(&service, &format!("&{UPDATED}"), &[record(3, 1, "2023-11-15")]);
    service.on(&format!("{ALL}&$skip=1&{UPDATED}"), [Reply::status(400)]);
    let given = read(&service, Some(&checkpoint));
    let receipt = given.receipt("cves");
    assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Partial, 1), "{receipt:?}");
    service.pass(DAY);
    on(&service, &format!("&{UPDATED}"), &[record(3, 1, "2023-11-15")]);
    assert_eq!(told(&read(&service, Some(&end(&given)))), ["CVE-2023-0003"]);
}

#[test]
fn an_update_that_cannot_be_used_is_asked_for_again() {
    let (service, checkpoint) = a_day_later();
    on(&service, &format!("&{UPDATED}"), &[r#"{"id":null}"#.to_owned(), record(3, 1, "2023-11-15")]);
    let given = read(&service, Some(&checkpoint));
    assert_eq!((given.receipt("cves").completeness, told(&given).len()), (Completeness::Changes, 1));
    service.pass(DAY);
    let again = read(&service, Some(&end(&given)));
    assert_eq!(told(&again), ["CVE-2023-0003"], "the script knows no later time");
}

#[test]
fn rows_that_move_while_updates_are_read_start_them_over() {
    let (service, checkpoint) = a_day_later();
    let (moved, news) = (record(5, 1, "2023-11-16"), record(3, 1, "2023-11-15"));
    service.on(
        &format!("{ALL}&{UPDATED}"),
        [Reply::page(std::slice::from_ref(&news)), Reply::page(&[moved, news.clone()])],
    );
    // What ended the first page begins the second: something came before it.
    service.on(&format!("{ALL}&$skip=1&{UPDATED}"), last_page(news));
    let given = read(&service, Some(&checkpoint));
    assert_eq!(account(&given).2, Completeness::Changes);
    assert_eq!(told(&given), ["CVE-2023-0003", "CVE-2023-0005", "CVE-2023-0003"]);
    assert_eq!(given.receipt("cves").tolerated.iter().collect::<Vec<_>>(), [("restarted", 1)]);
}
