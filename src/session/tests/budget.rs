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
