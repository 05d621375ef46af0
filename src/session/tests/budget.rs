//! What may be sent, and what is remembered of it.

use super::*;

/// Sixty devices without a vulnerability; at most fifty of them may be asked about in a minute.
fn many_devices() -> Service {
    let service = Service::new();
    service.on(DEVICES, [Reply::page(&(1..=60).map(device).collect::<Vec<_>>())]);
    service.on("/api/machines?$top=10000&$skip=59", last_page(device(60)));
    for n in 1..=60 {
        service.on(&of_device(n, "vulnerabilities"), [Reply::page(&[])]);
    }
    service
}

#[test]
fn the_budget_is_kept_before_the_service_has_to_refuse() {
    let service = many_devices();
    let given = run(&service, "devices,vulnerabilities");
    assert_eq!(given.receipt("vulnerabilities").completeness, Completeness::Complete);
    let [wait] = given.waits.as_slice() else { panic!("{:?}", given.waits) };
    assert_eq!((wait.reason, wait.millis), (WaitReason::Throttled, 61_000), "ninety per cent of fifty, then a minute");
    assert!(wait.message.contains("budget of 45 calls in any minute"), "{}", wait.message);
    let receipt = given.receipt("vulnerabilities");
    assert_eq!((receipt.calls, receipt.waits, receipt.waited_ms), (60, 1, 61_000));
}

#[test]
fn the_budget_outlives_the_session() {
    let service = many_devices();
    let mut session = open(&service, &config("devices,vulnerabilities"), None);
    let mut checkpoint = None;
    while let Step::Batch(batch) = session.next(MANY).unwrap() {
        checkpoint = Some(batch.checkpoint);
    }
    let before = service.asked("/api/machines/");
    assert_eq!(before, 45);
    let mut session = open(&service, &config("devices,vulnerabilities"), checkpoint.as_deref());
    let first_wait = loop {
        match session.next(MANY).unwrap() {
            Step::Batch(_) => {}
            Step::Wait(wait) => break wait,
            Step::Finished(_) => panic!("the budget was forgotten"),
        }
    };
    assert!(first_wait.message.contains("budget"), "{}", first_wait.message);
    assert_eq!(service.asked("/api/machines/"), before);
}

/// Sessions that are lost as soon as they have sent something, which no position tells of.
#[test]
fn sessions_that_are_lost_one_after_another_are_all_counted() {
    let service = many_devices();
    let mut checkpoint = None;
    let counted = |checkpoint: &Option<String>| {
        let text = checkpoint.clone().unwrap_or_default();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let slots = value["budget"]["/api/machines"]["minute"].as_array().cloned().unwrap_or_default();
        slots.chunks(2).map(|slot| slot[1].as_u64().unwrap()).sum::<u64>()
    };
    for lost in 0..OPENED_MAX {
        let mut session = open(&service, &config("devices,vulnerabilities"), checkpoint.as_deref());
        let Step::Batch(batch) = session.next(MANY).unwrap() else { panic!("no position") };
        checkpoint = Some(batch.checkpoint);
        let asked = service.asked(DEVICES) as u64;
        assert!(asked <= counted(&checkpoint), "{asked} requests, after {lost} sessions");
        session.next(Limits { max_events: 1, max_bytes: u32::MAX }).unwrap();
    }
    assert_eq!(service.asked(DEVICES) as u64, OPENED_MAX);
    service.pass(61_000);
    let mut session = open(&service, &config("devices,vulnerabilities"), checkpoint.as_deref());
    let Step::Batch(batch) = session.next(MANY).unwrap() else { panic!("no progress") };
    assert!(
        !batch.events.is_empty(),
        "there is an end to it, or a host that is lost after each batch would get nowhere"
    );
    assert!(!batch.checkpoint.contains("opened"), "from here on it begins anew");
}

/// A list of devices that is read only to know them is on the budget like any other.
#[test]
fn the_list_of_devices_is_not_forgotten_when_a_session_is_lost() {
    let service = many_devices();
    let config = config("vulnerabilities");
    let mut session = open(&service, &config, None);
    let Step::Batch(first) = session.next(MANY).unwrap() else { panic!("no position") };
    session.next(MANY).unwrap();
    let asked = service.log.borrow().len();
    let mut session = open(&service, &config, Some(&first.checkpoint));
    let Step::Batch(second) = session.next(MANY).unwrap() else { panic!("no position") };
    assert_eq!(service.log.borrow().len(), asked, "the position comes before the first request");
    assert!(second.checkpoint.contains(r#""/api/machines":{"minute":["#), "{}", second.checkpoint);
}
