//! What looks like the whole and is a part of it.

use defender_rows::event::Operation;
use serde_json::Value;

use super::*;

/// The end of a dataset's snapshot, if it has one.
fn end(given: &Given, dataset: &str) -> Option<Value> {
    let documents = given.events.iter().filter(|event| event.operation == Operation::SnapshotEnd);
    let bodies = documents.map(|event| serde_json::from_str::<Value>(&event.document).unwrap()["body"].take());
    bodies.into_iter().find(|body| body["dataset"] == dataset)
}

#[test]
fn the_end_of_a_snapshot_says_what_became_of_its_records() {
    let service = service();
    let rows: Vec<_> = (1..=30).map(device).collect();
    let stale = format!(r#"{{"id":"{}","lastSeen":"2001-01-01T00:00:00Z"}}"#, id(31));
    let page = [&rows[..], &[r#"{"id":null}"#.to_owned(), stale.clone()]].concat();
    service.on(DEVICES, [Reply::page(&page)]);
    service.on("/api/machines?$top=10000&$skip=31", last_page(stale));
    let config = config("devices").replacen('{', r#"{"filters":{"stale_days":180},"#, 1);
    let given = Given::of(&service, open(&service, &config, None), MANY);
    let expected =
        serde_json::json!({ "dataset": "devices", "count": 30, "received": 32, "rejected": 1, "filtered": 1 });
    assert_eq!(end(&given, "devices"), Some(expected));
}

#[test]
fn too_many_records_of_no_use_close_no_snapshot() {
    for (bad, limit, is_whole) in
        [(1, "5", true), (2, "5", false), (20, "5", false), (2, "10", true), (1, "0", false), (20, "100", true)]
    {
        let service = service();
        let rows: Vec<_> = (1..=20).map(|n| if n <= bad { r#"{"id":null}"#.to_owned() } else { device(n) }).collect();
        service.on(DEVICES, [Reply::page(&rows)]);
        service.on("/api/machines?$top=10000&$skip=19", last_page(rows[19].clone()));
        let limits = format!(r#"{{"limits":{{"max_rejected_percent":{limit}}},"#);
        let config = config("devices").replacen('{', &limits, 1);
        let given = Given::of(&service, open(&service, &config, None), MANY);
        let receipt = given.receipt("devices");
        let expected = if is_whole { Completeness::Complete } else { Completeness::Partial };
        assert_eq!(receipt.completeness, expected, "{bad} of 20 at {limit} %");
        assert_eq!(end(&given, "devices").is_some(), is_whole);
        let is_told = receipt.failure.as_ref().is_some_and(|it| it.message.contains(&format!("{bad} of 20 records")));
        assert_eq!(is_told, !is_whole);
    }
}

/// Devices of which none can be used are no list by which others could be read.
#[test]
fn a_list_of_devices_of_no_use_is_no_list() {
    let service = service();
    service.on(DEVICES, [Reply::page(&[r#"{"id":null}"#.to_owned(), r#"{"id":""}"#.to_owned()])]);
    service.on(DEVICES_AFTER_2, last_page(r#"{"id":""}"#.to_owned()));
    let given = run(&service, "devices,vulnerabilities");
    assert_eq!(given.receipt("devices").completeness, Completeness::Partial);
    assert_ne!(given.receipt("vulnerabilities").completeness, Completeness::Complete);
}

#[test]
fn a_count_far_above_the_rows_is_not_complete() {
    let service = service();
    service
        .on(&of_device(1, "vulnerabilities"), [Reply::ok(format!(r#"{{"@odata.count":250,"value":[{}]}}"#, cve(1)))]);
    let given = run(&service, "devices,vulnerabilities");
    let receipt = given.receipt("vulnerabilities");
    assert_eq!(receipt.completeness, Completeness::Partial);
    assert!(receipt.failure.as_ref().unwrap().message.contains("250 rows, and gave 1"));
    assert!(given.count("vulnerability") >= 2, "what came is true");
}

#[test]
fn a_list_of_one_row_a_page_is_read_to_its_end() {
    let service = service();
    service.on(DEVICES, [Reply::page(&[device(1)])]);
    for n in 1..=9 {
        let rows: Vec<_> = (n < 9).then(|| device(n + 1)).into_iter().collect();
        service.on(&format!("/api/machines?$top=10000&$skip={n}"), [Reply::page(&rows)]);
    }
    let given = run(&service, "devices");
    let receipt = given.receipt("devices");
    assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Complete, 9));
}

#[test]
fn rows_whose_members_come_in_another_order_are_the_same_rows() {
    let service = service();
    let turned = format!(r#"{{"osPlatform":"Linux","{}":"x","id":"{}"}}"#, "odd".repeat(40), id(2));
    service.on(DEVICES_AFTER_2, last_page(turned));
    assert_eq!(run(&service, "devices").receipt("devices").completeness, Completeness::Complete);
    let other = format!(r#"{{"osPlatform":"Linux","{}":"x","id":"{}"}}"#, "odd".repeat(40), id(3));
    service.on(DEVICES_AFTER_2, last_page(other));
    let given = run(&service, "devices");
    assert!(given.receipt("devices").tolerated.get("restarted") > 0, "a list that moved is noticed all the same");
}

#[test]
fn an_error_beside_the_rows_is_repeated_or_told() {
    let service = service();
    let busy = Reply::ok(format!(r#"{{"value":[{}],"error":{{"code":"ServerBusy"}}}}"#, device(1)));
    service.on(DEVICES, [busy, Reply::page(&[device(1), device(2)])]);
    let given = run(&service, "devices");
    let receipt = given.receipt("devices");
    assert_eq!((receipt.completeness, receipt.emitted, receipt.duplicates), (Completeness::Complete, 2, 1));
    let bad = Reply::ok(r#"{"error":{"code":"BadRequest","target":"|ab-1."}}"#);
    service.on(DEVICES, [bad]);
    let given = run(&service, "devices");
    let message = &given.receipt("devices").failure.as_ref().unwrap().message;
    assert!(message.contains("BadRequest") && message.contains("|ab-1."), "{message}");
}

/// Two runs that find nothing of a device that is listed: the others are complete without it.
#[test]
fn a_device_of_which_two_runs_find_nothing_is_gone() {
    let service = service();
    service.on(&of_device(1, "vulnerabilities"), [Reply::status(404)]);
    let next = |checkpoint: Option<&str>| {
        let given = Given::of(&service, open(&service, &config("devices,vulnerabilities"), checkpoint), MANY);
        let receipt = given.receipt("vulnerabilities").clone();
        let is_closed = end(&given, "vulnerabilities").is_some();
        (receipt, is_closed, given.end.unwrap().unwrap().checkpoint)
    };
    let (first, is_closed, checkpoint) = next(None);
    assert_eq!((first.completeness, is_closed), (Completeness::Partial, false), "it may pass");
    for _ in 0..2 {
        service.pass(86_400_000);
        let (later, is_closed, _) = next(Some(&checkpoint));
        assert_eq!((later.completeness, is_closed), (Completeness::Complete, true));
        assert_eq!((later.emitted, later.tolerated.get("subject_gone")), (2, 1));
        assert!(later.reason.contains(&id(1)), "{}", later.reason);
    }
    // It answers again, and then not: that is the first time once more.
    service.on(&of_device(1, "vulnerabilities"), [Reply::page(&[cve(1)])]);
    service.pass(86_400_000);
    let (back, _, checkpoint) = next(Some(&checkpoint));
    assert_eq!((back.completeness, back.emitted), (Completeness::Complete, 3));
    service.on(&of_device(1, "vulnerabilities"), [Reply::status(404)]);
    service.pass(86_400_000);
    assert_eq!(next(Some(&checkpoint)).0.completeness, Completeness::Partial);
}

/// A 404 of a proxy, or of another address, is no word about a device; the service's own error is one, about each.
#[test]
fn where_nothing_is_found_of_most_devices_it_has_to_be_the_service_who_says_so() {
    let html = Reply::Answer(404, vec![], "<html>".into());
    let words =
        Reply::Answer(404, vec![], r#"{"error":{"code":"ResourceNotFound","message":"m","target":"|a."}}"#.into());
    for (gone, reply, expected) in [
        (vec![1, 2], html.clone(), Completeness::Partial),
        (vec![1, 2], Reply::Answer(404, vec![], String::new()), Completeness::Partial),
        (vec![1, 2], words.clone(), Completeness::Complete),
        (vec![1], words, Completeness::Complete),
        (vec![1], html, Completeness::Complete),
    ] {
        let service = service();
        for n in &gone {
            service.on(&of_device(*n, "vulnerabilities"), [reply.clone()]);
        }
        let mut checkpoint = None;
        for run in 0..3 {
            service.pass(86_400_000);
            let config = config("devices,vulnerabilities");
            let given = Given::of(&service, open(&service, &config, checkpoint.as_deref()), MANY);
            let expected = if run == 0 { Completeness::Partial } else { expected };
            assert_eq!(given.receipt("vulnerabilities").completeness, expected, "{gone:?} {reply:?} in run {run}");
            assert_eq!(end(&given, "vulnerabilities").is_some(), expected == Completeness::Complete);
            checkpoint = Some(given.end.unwrap().unwrap().checkpoint);
        }
    }
}
