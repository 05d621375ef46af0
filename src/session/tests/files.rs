//! Exports in files: the list, the files, addresses that die, snapshots that change.

use super::*;

const LIST: &str = "/api/machines/SoftwareVulnerabilitiesExport";

fn row(device: u8, cve: u8) -> String {
    let id = id(device);
    format!(
        r#"{{"id":"{id}_p_1_CVE-2026-000{cve}_","deviceId":"{id}","softwareVendor":"v","softwareName":"p","softwareVersion":"1","cveId":"CVE-2026-000{cve}"}}"#
    )
}

fn list(snapshot: &str, files: &[&str]) -> Reply {
    let links: Vec<_> = files.iter().map(|file| format!(r#""https://a.blob.core.windows.net/{file}?sig=s""#)).collect();
    Reply::ok(format!(r#"{{"exportFiles":[{}],"generatedTime":"{snapshot}"}}"#, links.join(",")))
}

fn file(rows: &[String]) -> Reply {
    Reply::ok(rows.join("\n"))
}

/// Two files with two rows each.
pub(super) fn exports() -> Service {
    let service = Service::new();
    service.on(LIST, [list("t1", &["1", "2"])]);
    service.on("/1?sig=s", [file(&[row(1, 1), row(1, 2)])]);
    service.on("/2?sig=s", [file(&[row(2, 1), row(2, 2)])]);
    service
}

pub(super) fn by_files() -> String {
    config("vulnerabilities").replace("per_device", "files")
}

fn read(service: &Service, checkpoint: Option<&str>, limits: Limits) -> Given {
    Given::of(service, open(service, &by_files(), checkpoint), limits)
}

#[test]
fn files_are_read_one_after_another_and_get_no_token() {
    let service = exports();
    let given = read(&service, None, MANY);
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.emitted, receipt.calls, receipt.pages), (4, 1, 2), "downloads are no calls");
    assert_eq!(given.count("snapshot"), 2);
    let log = service.log.borrow();
    assert_eq!(log.as_slice(), ["/t/oauth2/v2.0/token", LIST, "/1?sig=s", "/2?sig=s"]);
    assert_eq!(service.without_token.borrow().as_slice(), ["/t/oauth2/v2.0/token", "/1?sig=s", "/2?sig=s"]);
}

#[test]
fn every_checkpoint_goes_on_in_the_same_snapshot_and_holds_no_address() {
    let whole = read(&exports(), None, MANY);
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = read(&exports(), None, limits);
    for (delivered, checkpoint) in &given.checkpoints {
        assert!(!checkpoint.contains("sig="), "{checkpoint}");
        let rest = read(&exports(), Some(checkpoint), MANY);
        let mut union = rest.identities();
        let before = given.events[..*delivered].iter();
        union.extend(before.map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())));
        assert_eq!(union, whole.identities(), "after {delivered} events");
        assert_eq!(rest.receipt("vulnerabilities").emitted, 4);
        assert!(rest.events.len() + delivered <= whole.events.len() + 1, "nothing is read twice but one row");
    }
}

#[test]
fn a_file_that_breaks_off_is_read_on_where_it_did() {
    let service = exports();
    let text = [row(1, 1), row(1, 2)].join("\n");
    service.on("/1?sig=s", [Reply::Broken(text.clone(), text.len() - 5), Reply::status(403), Reply::ok(text)]);
    let given = read(&service, None, MANY);
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.completeness, receipt.emitted, receipt.duplicates), (Completeness::Complete, 4, 1));
    assert_eq!(receipt.tolerated.get("file_late"), 2);
    assert_eq!((service.asked(LIST), service.asked("/1"), service.asked("/2")), (1, 3, 1));
}

#[test]
fn a_file_elsewhere_does_not_cost_the_others() {
    for odd in [r#""https://evil.example/x?sig=s""#, r#""""#, "null"] {
        let service = exports();
        let [first, second] = ["1", "2"].map(|file| format!("https://a.blob.core.windows.net/{file}?sig=s"));
        let list = format!(r#"{{"exportFiles":["{first}",{odd},"{second}"],"generatedTime":"t1"}}"#);
        service.on(LIST, [Reply::ok(list)]);
        let given = read(&service, None, MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Partial, 4), "{odd}");
        let message = &receipt.failure.as_ref().unwrap().message;
        assert!(message.contains("file 2 of 3") && !message.contains("evil"), "{message}");
        assert_eq!(receipt.tolerated.get("file_not_read"), 1);
        assert!(service.log.borrow().iter().all(|path| !path.contains("/x?")), "it is never asked for");
        let mut rest = Vec::new();
        for (_, checkpoint) in &read(&service, None, Limits { max_events: 1, max_bytes: u32::MAX }).checkpoints {
            rest.push(read(&service, Some(checkpoint), MANY).receipt("vulnerabilities").completeness);
        }
        assert!(rest.iter().all(|it| *it == Completeness::Partial), "wherever it goes on: {rest:?}");
    }
}

#[test]
fn an_error_beside_the_list_of_files_is_repeated_or_told() {
    for name in ["error", "Error", "odata.error"] {
        let text = format!(r#"{{"exportFiles":[],"generatedTime":"t1","{name}":{{"code":"ServerBusy"}}}}"#);
        let service = exports();
        service.on(LIST, [Reply::ok(&*text), list("t1", &["1", "2"])]);
        let given = read(&service, None, MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Complete, 4), "{name}");
        service.on(LIST, [Reply::ok(text)]);
        let given = read(&service, None, MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Partial, 0), "{name}");
    }
}

/// Ways in which a file of an export is bad, each for as long as it is asked for.
fn bad_files() -> Vec<(&'static str, Reply)> {
    let header = |name, text: &str| vec![(name, text.to_owned())];
    let text = [row(1, 1), row(1, 2)].join("\n");
    let mut bad: Vec<_> = [
        ("empty", Reply::ok("")),
        ("copied", Reply::Answer(200, header("x-ms-copy-status", "pending"), String::new())),
        ("half copied", Reply::Answer(200, header("x-ms-copy-status", "aborted"), row(1, 1))),
        ("busy", Reply::Answer(503, header("retry-after", "1"), "<?xml?>".into())),
        ("reset", Reply::Broken(text.clone(), text.len() - 5)),
        ("unreachable", Reply::Error(TransportError::ConnectionLost)),
        ("with a header of megabytes", Reply::Error(TransportError::HeaderTooLarge)),
        ("a page of a proxy", Reply::ok("<html>\n")),
        ("one text", Reply::ok("[{}]")),
        ("in a coding that nobody asked for", Reply::Answer(200, header("content-encoding", "br"), "x".into())),
    ]
    .into();
    bad.extend([400, 401, 403, 404, 409, 410, 412, 429, 500, 504].map(|status| ("a status", Reply::status(status))));
    bad
}

#[test]
fn a_bad_file_does_not_cost_the_others() {
    for (how, reply) in bad_files() {
        let service = exports();
        service.on("/1?sig=s", [reply]);
        let from_ms = service.now_ms.get();
        let given = read(&service, None, MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!(receipt.completeness, Completeness::Partial, "{how}");
        assert!(given.count("vulnerability") >= 2, "{how}: the second file is read");
        assert_eq!((given.count("snapshot"), service.asked("/2")), (1, 1), "{how}");
        assert!(service.now_ms.get() - from_ms >= 60_000, "{how}: it was come back to for a minute");
        assert!(service.asked(LIST) <= 3, "{how}: {} lists", service.asked(LIST));
        let message = &receipt.failure.as_ref().unwrap().message;
        assert!(message.contains("file 1 of 2") && !message.contains("sig"), "{how}: {message}");
        assert_eq!(
            (receipt.tolerated.get("file_not_read"), receipt.tolerated.get("file_late") > 4),
            (1, true),
            "{how}"
        );
    }
}

#[test]
fn a_file_that_is_late_is_read_when_it_is_there() {
    for (how, reply) in bad_files() {
        let service = exports();
        let good = file(&[row(1, 1), row(1, 2)]);
        service.on("/1?sig=s", [reply.clone(), reply.clone(), reply, good]);
        let given = read(&service, None, MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, given.identities().len()), (Completeness::Complete, 6), "{how}");
        assert_eq!((receipt.emitted, service.asked(LIST)), (4, 1), "{how}");
    }
}

#[test]
fn the_pages_are_read_where_a_file_cannot_be_and_the_account_says_why() {
    const BULK: &str = "/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=200000";
    for (how, reply) in bad_files() {
        let service = exports();
        service.on("/2?sig=s", [reply]);
        service.on(BULK, [Reply::page(&[row(1, 1), row(1, 2), row(2, 1), row(2, 2)])]);
        let config = by_files().replace("files", "auto");
        let given = Given::of(&service, open(&service, &config, None), MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((&*receipt.strategy, receipt.completeness, receipt.emitted), ("bulk", Completeness::Complete, 4));
        assert!(
            receipt.reason.contains("the files could not be read (") && receipt.reason.contains("file 2 of 2"),
            "{how}: {}",
            receipt.reason
        );
        assert_eq!(receipt.tolerated.get("file_not_read"), 1, "{how}");
    }
}

#[test]
fn a_file_that_may_not_be_asked_for_is_final() {
    let service = exports();
    service.on("/1?sig=s", [Reply::Error(TransportError::Denied)]);
    let given = read(&service, None, MANY);
    assert_eq!(given.receipt("vulnerabilities").completeness, Completeness::Partial);
    assert_eq!((given.waits.len(), service.asked("/1"), service.asked("/2")), (0, 1, 0));
}

#[test]
fn every_checkpoint_knows_which_files_are_late() {
    let text = [row(1, 1), row(1, 2)].join("\n");
    let late = || {
        let service = exports();
        let broken = Reply::Broken(text.clone(), text.len() - 5);
        service.on("/1?sig=s", [broken, Reply::status(404), Reply::ok(text.clone())]);
        service
    };
    let whole = read(&exports(), None, MANY);
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = read(&late(), None, limits);
    assert!(given.checkpoints.iter().any(|(_, checkpoint)| checkpoint.contains(r#""late":["#)));
    for (delivered, checkpoint) in &given.checkpoints {
        let rest = read(&exports(), Some(checkpoint), MANY);
        let mut union = rest.identities();
        let before = given.events[..*delivered].iter();
        union.extend(before.map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())));
        assert_eq!(union, whole.identities(), "after {delivered} events");
        assert_eq!(rest.receipt("vulnerabilities").completeness, Completeness::Complete);
        assert_eq!(rest.receipt("vulnerabilities").emitted, 4, "nothing is counted twice");
    }
}

#[test]
fn another_snapshot_starts_the_dataset_over() {
    let limits = Limits { max_events: 2, max_bytes: u32::MAX };
    let given = read(&exports(), None, limits);
    let (_, checkpoint) = &given.checkpoints[1];
    let service = exports();
    service.on(LIST, [list("t2", &["2"])]);
    let rest = read(&service, Some(checkpoint), MANY);
    let receipt = rest.receipt("vulnerabilities");
    assert_eq!((receipt.completeness, receipt.received, receipt.emitted), (Completeness::Complete, 2, 2));
    assert_eq!(rest.count("snapshot"), 2, "a beginning of its own");
    assert_eq!(service.asked("/1"), 0);
}

#[test]
fn an_empty_file_is_an_answer_that_went_wrong() {
    let service = exports();
    service.on("/1?sig=s", [Reply::ok(""), file(&[row(1, 1), row(1, 2)])]);
    let given = read(&service, None, MANY);
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.completeness, receipt.emitted, receipt.waits), (Completeness::Complete, 4, 1));
}

#[test]
fn a_link_of_a_checkpoint_that_died_starts_the_dataset_over() {
    let first = "/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=200000";
    let page = |rows: &[String]| {
        Reply::ok(format!(
            r#"{{"value":[{}],"@odata.nextLink":"https://api.security.microsoft.com/api/x?token=1"}}"#,
            rows.join(",")
        ))
    };
    let service = Service::new();
    service.on(first, [page(&[row(1, 1)])]);
    service.on("/api/x?token=1", [Reply::page(&[row(1, 2)])]);
    let config = by_files().replace("files", "bulk");
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = Given::of(&service, open(&service, &config, None), limits);
    let linked = given.checkpoints.iter().find(|(_, checkpoint)| checkpoint.contains("token=1")).unwrap();
    service.on("/api/x?token=1", [Reply::status(400), Reply::page(&[row(1, 2)])]);
    let rest = Given::of(&service, open(&service, &config, Some(&linked.1)), MANY);
    let receipt = rest.receipt("vulnerabilities");
    assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Complete, 2));
}

#[test]
fn a_snapshot_that_was_read_is_not_read_again() {
    let service = exports();
    let first = read(&service, None, MANY);
    let checkpoint = first.end.unwrap().unwrap().checkpoint;
    assert!(!checkpoint.contains("sig="), "{checkpoint}");
    let second = read(&service, Some(&checkpoint), MANY);
    let receipt = second.receipt("vulnerabilities");
    assert_eq!((receipt.completeness, receipt.received, receipt.calls), (Completeness::Unchanged, 0, 1));
    assert!(second.events.is_empty(), "absence means nothing, so nothing marks a snapshot");
    service.on(LIST, [list("t2", &["2"])]);
    let third = read(&service, Some(&checkpoint), MANY);
    assert_eq!(third.receipt("vulnerabilities").emitted, 2);
    let filtered = by_files().replacen('{', r#"{"filters":{"stale_days":180},"#, 1);
    service.on("/api/machines?$top=10000", [Reply::page(&[device(1), device(2)])]);
    service.on(DEVICES_AFTER_2, last_page(device(2)));
    let fourth = Given::of(&service, open(&service, &filtered, Some(&checkpoint)), MANY);
    assert_eq!(fourth.receipt("vulnerabilities").completeness, Completeness::Complete);
}

/// An export that the service did not make anew since is read all the same, once.
#[test]
fn an_export_is_read_once_more_after_the_mapping_changed() {
    let service = exports();
    let config = by_files();
    let checkpoint = |given: &Given| given.end.as_ref().unwrap().as_ref().unwrap().checkpoint.clone();
    let first = read(&service, None, MANY);
    let older =
        Checkpoint::read(&checkpoint(&first), &Config::parse(&config).unwrap()).unwrap().by_mapping(None).write();
    let second = read(&service, Some(&older), MANY);
    let receipt = second.receipt("vulnerabilities");
    assert_eq!(
        (receipt.completeness, receipt.emitted),
        (Completeness::Complete, first.receipt("vulnerabilities").emitted)
    );
    assert!(receipt.reason.contains("other events of the same records"), "{}", receipt.reason);
    let third = read(&service, Some(&checkpoint(&second)), MANY);
    assert_eq!(third.receipt("vulnerabilities").completeness, Completeness::Unchanged);
    assert_eq!(third.receipt("vulnerabilities").reason, "");
}

/// A newline bounds the damage: what is no JSON object is counted, and the lines around it are read.
#[test]
fn lines_that_are_no_objects_are_rejected_one_by_one() {
    for odd in ["null", "7", "[]", "{\"a\" 1}", "{\"a\":1,}", "{} {}", ",", "\"x\"", "{"] {
        let service = exports();
        service.on("/1?sig=s", [file(&[row(1, 1), odd.to_owned(), row(1, 2)])]);
        let config = by_files().replacen('{', r#"{"limits":{"max_rejected_percent":20},"#, 1);
        let given = Given::of(&service, open(&service, &config, None), MANY);
        let receipt = given.receipt("vulnerabilities");
        let rejected: Vec<_> = receipt.rejected.iter().collect();
        assert_eq!((receipt.emitted, rejected), (4, vec![("malformed", 1)]), "{odd}");
        assert_eq!(receipt.completeness, Completeness::Complete, "{odd}");
    }
}

#[test]
fn a_file_without_a_record_that_can_be_used_is_bad() {
    let pretty = "{\n  \"id\": \"a\",\n  \"deviceId\": \"b\"\n}\n";
    let commas = [row(1, 1), row(1, 2), row(1, 3)].join(",\n");
    for (how, text) in [
        ("an error", r#"{"error":{"code":"ServerBusy"}}"#.to_owned()),
        ("pretty", pretty.to_owned()),
        ("commas", commas),
        ("of something else", r#"{"a":1}"#.to_owned()),
    ] {
        let service = exports();
        service.on("/1?sig=s", [Reply::ok(text.clone())]);
        let given = read(&service, None, MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, given.count("snapshot")), (Completeness::Partial, 1), "{how}");
        let message = &receipt.failure.as_ref().unwrap().message;
        assert!(message.contains("file 1 of 2"), "{how}: {message}");
        assert!(receipt.emitted >= 2, "{how}: the other file is read");

        let bulk = "/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=200000";
        service.on(bulk, [Reply::page(&[row(1, 1), row(2, 1)])]);
        let given = Given::of(&service, open(&service, &by_files().replace("files", "auto"), None), MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((&*receipt.strategy, receipt.completeness, receipt.emitted), ("bulk", Completeness::Complete, 2));
        assert!(receipt.reason.contains("file 1 of 2"), "{how}: {}", receipt.reason);
    }
}

#[test]
fn an_export_without_files_is_confirmed_by_pages_or_not_at_all() {
    let service = exports();
    service.on(LIST, [list("t1", &[])]);
    let given = read(&service, None, MANY);
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.completeness, given.count("snapshot")), (Completeness::Partial, 1), "no end");
    assert!(receipt.failure.as_ref().unwrap().message.contains("list of files is empty"));

    let bulk = "/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=200000";
    for rows in [vec![], vec![row(1, 1)]] {
        service.on(bulk, [Reply::page(&rows)]);
        let given = Given::of(&service, open(&service, &by_files().replace("files", "auto"), None), MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Complete, rows.len() as u64));
        assert_eq!(given.count("snapshot"), 3, "begun by files, begun anew by pages, closed");
    }
}

/// A file that is whole and holds nothing: also gzip of nothing comes so, unpacked.
#[test]
fn an_export_without_a_record_in_its_files_is_confirmed_by_pages_or_not_at_all() {
    for nothing in ["\n", "\n\n \r\n", "\u{feff}", "\u{feff}\n\u{feff}"] {
        let service = exports();
        service.on("/1?sig=s", [Reply::ok(nothing)]);
        let given = read(&service, None, MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!(
            (receipt.completeness, receipt.emitted),
            (Completeness::Complete, 2),
            "{nothing:?}: one part of two"
        );

        service.on("/2?sig=s", [Reply::ok(nothing)]);
        let given = read(&service, None, MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, given.count("snapshot")), (Completeness::Partial, 1), "{nothing:?}: no end");
        assert!(receipt.failure.as_ref().unwrap().message.contains("files hold no record"), "{receipt:?}");

        let bulk = "/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=200000";
        service.on(bulk, [Reply::page(&[row(1, 1)])]);
        let given = Given::of(&service, open(&service, &by_files().replace("files", "auto"), None), MANY);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((&*receipt.strategy, receipt.completeness, receipt.emitted), ("bulk", Completeness::Complete, 1));
        assert!(receipt.reason.contains("files hold no record"), "{receipt:?}");
    }
}

/// Whichever data sets are read besides: that no device is remembered is not that there is none.
#[test]
fn an_export_without_files_is_confirmed_by_a_list_without_devices_only() {
    for (devices, expected) in [(vec![device(1), device(2)], Completeness::Partial), (vec![], Completeness::Complete)] {
        for datasets in ["devices,vulnerabilities", "devices,device_users,vulnerabilities"] {
            let service = exports();
            service.on(LIST, [list("t1", &[])]);
            service.on(DEVICES, [Reply::page(&devices)]);
            service.on(DEVICES_AFTER_2, last_page(device(2)));
            service.on(&of_device(1, "logonusers"), [Reply::page(&[])]);
            service.on(&of_device(2, "logonusers"), [Reply::page(&[])]);
            let config = config(datasets).replace(r#""strategy":"per_device""#, r#""strategy":"files""#).replace(
                r#""device_users":{"enabled":true"#,
                r#""device_users":{"enabled":true,"strategy":"per_device""#,
            );
            let given = Given::of(&service, open(&service, &config, None), MANY);
            assert_eq!(given.receipt("vulnerabilities").completeness, expected, "{datasets}: {devices:?}");
            for (_, checkpoint) in &given.checkpoints {
                let given = Given::of(&service, open(&service, &config, Some(checkpoint)), MANY);
                assert_eq!(given.receipt("vulnerabilities").completeness, expected, "{datasets}: {checkpoint}");
            }
        }
    }
}

/// The service makes a snapshot anew while a host is lost again and again: its list is read once more, for which the budget
/// may have no room. That is no new position, and nothing is handed over for it.
#[test]
fn another_snapshot_and_no_budget_for_its_list() {
    let (mut checkpoint, mut waits) = (None, 0);
    for life in 0..6 {
        let service = exports();
        service.on(LIST, [list(&format!("t{life}"), &["1", "2"])]);
        let given = read(&service, checkpoint.as_deref(), MANY);
        assert_eq!(given.receipt("vulnerabilities").completeness, Completeness::Complete);
        waits += given.waits.iter().filter(|wait| wait.message.contains("budget")).count();
        // The host is lost behind the first list.
        let behind = given.checkpoints.iter().find(|(_, text)| text.contains(r#""snapshot":"#));
        checkpoint = behind.map(|(_, text)| text.clone());
    }
    assert!(waits > 0, "the budget never bound");
}
