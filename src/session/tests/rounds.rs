//! More devices than a run may ask about.

use super::*;

/// Devices with the day of January on which each was seen last.
fn tenant(seen: &[u8]) -> Service {
    let service = Service::new();
    let devices: Vec<_> =
        (1..).zip(seen).map(|(n, day)| device(n).replace("2026-01-02T", &format!("2026-01-{day:02}T"))).collect();
    service.on(DEVICES, [Reply::page(&devices)]);
    let last = devices.last().cloned().into_iter().collect::<Vec<_>>();
    service.on(&format!("/api/machines?$top=10000&$skip={}", seen.len() - 1), [Reply::page(&last)]);
    for n in 1..=seen.len() as u8 {
        let row = format!(r#"{{"id":"contoso\\user{n}"}}"#);
        service.on(&of_device(n, "logonusers"), [Reply::page(&[row])]);
    }
    service
}

fn two_calls() -> String {
    config("devices,device_users")
        .replace(r#""device_users":{"enabled":true}"#, r#""device_users":{"enabled":true,"calls_per_run":2}"#)
}

/// One run from the checkpoint of the one before; which devices were asked about, in order.
fn next_run(service: &Service, checkpoint: &mut Option<String>) -> (Given, Vec<u8>) {
    let given = Given::of(service, open(service, &two_calls(), checkpoint.as_deref()), MANY);
    let Some(Ok(receipt)) = &given.end else { panic!("{:?}", given.end) };
    *checkpoint = Some(receipt.checkpoint.clone());
    let number = |line: &String| Some(line.strip_suffix("/logonusers")?.rsplit('/').next()?.to_owned());
    let asked = service.log.borrow().iter().filter_map(number).map(|id| u8::from_str_radix(&id, 16).unwrap()).collect();
    (given, asked)
}

fn tolerated(receipt: &DatasetReceipt) -> Vec<(&str, u64)> {
    receipt.tolerated.iter().collect()
}

#[test]
fn runs_share_the_devices_and_say_what_is_left() {
    let mut checkpoint = None;
    let (given, asked) = next_run(&tenant(&[3, 5, 4, 9, 1]), &mut checkpoint);
    assert_eq!(asked, [4, 2], "the latest first");
    let receipt = given.receipt("device_users");
    assert_eq!((receipt.completeness, receipt.failure.is_none()), (Completeness::Portion, true));
    assert_eq!(tolerated(receipt), [("device_left_for_next_run", 3)]);
    assert_eq!(given.events.iter().filter(|e| e.key.contains("snapshot:device_users")).count(), 1, "no end");

    let (given, asked) = next_run(&tenant(&[3, 5, 4, 9, 1]), &mut checkpoint);
    assert_eq!(asked, [3, 1]);
    assert_eq!(
        tolerated(given.receipt("device_users")),
        [("device_left_for_next_run", 1), ("device_not_seen_since", 2)]
    );
    // Two were seen again: one that was asked about and the one that is left.
    assert_eq!(next_run(&tenant(&[3, 10, 4, 9, 11]), &mut checkpoint).1, [2, 5]);
    let (given, asked) = next_run(&tenant(&[3, 10, 4, 9, 11]), &mut checkpoint);
    assert!(asked.is_empty(), "nobody was seen since");
    assert_eq!(tolerated(given.receipt("device_users")), [("device_not_seen_since", 5)]);
}

#[test]
fn a_tenant_that_fits_is_read_completely_every_time() {
    let mut checkpoint = None;
    for _ in 0..2 {
        let (given, asked) = next_run(&tenant(&[3, 5]), &mut checkpoint);
        assert_eq!((asked.len(), given.receipt("device_users").completeness), (2, Completeness::Complete));
    }
}

#[test]
fn a_run_that_is_cut_anywhere_asks_about_nobody_less() {
    let seen = [3, 5, 4, 9, 1];
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let whole = tenant(&seen);
    let given = Given::of(&whole, open(&whole, &two_calls(), None), limits);
    for (delivered, checkpoint) in &given.checkpoints {
        let service = tenant(&seen);
        let rest = Given::of(&service, open(&service, &two_calls(), Some(checkpoint)), limits);
        let mut together = rest.identities();
        let earlier = &given.events[..*delivered];
        together.extend(earlier.iter().map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())));
        assert_eq!(together, given.identities());
        let receipt = rest.receipt("device_users");
        assert_eq!((receipt.emitted, receipt.pages), (2, 2), "after {delivered}");
    }
}

#[test]
fn devices_that_are_not_known_are_not_passed_over() {
    let mut checkpoint = None;
    let service = tenant(&[3, 5, 4, 9]);
    service.on("/api/machines?$top=10000&$skip=3", [Reply::status(403)]);
    let (given, asked) = next_run(&service, &mut checkpoint);
    assert_eq!((asked.len(), given.receipt("device_users").completeness), (2, Completeness::Partial));
    let (_, asked) = next_run(&tenant(&[3, 5, 4, 9, 20]), &mut checkpoint);
    assert_eq!(asked, [5, 4], "from the beginning");
}

#[test]
fn a_device_that_fails_does_not_hold_up_the_round() {
    let mut checkpoint = None;
    let service = tenant(&[3, 5, 4]);
    service.on(&of_device(2, "logonusers"), [Reply::status(404)]);
    let (given, asked) = next_run(&service, &mut checkpoint);
    assert_eq!((asked, given.receipt("device_users").completeness), (vec![2, 3], Completeness::Partial));
    // The log goes on: first the one that could not be read, then the one that is left.
    assert_eq!(next_run(&service, &mut checkpoint).1, [2, 3, 2, 1]);
}

#[test]
fn a_device_that_failed_once_is_read_by_the_next_run() {
    let mut checkpoint = None;
    let service = tenant(&[3, 5, 4]);
    service.on(&of_device(2, "logonusers"), [Reply::status(400)]);
    let (given, asked) = next_run(&service, &mut checkpoint);
    assert_eq!((asked, given.receipt("device_users").completeness), (vec![2, 3], Completeness::Partial));
    let (given, asked) = next_run(&tenant(&[3, 5, 4]), &mut checkpoint);
    assert_eq!((asked, given.receipt("device_users").emitted), (vec![2, 1], 2));
}

/// It fitted when the run began: what is asked after a device more is still everything, whatever an older round says.
#[test]
fn a_run_that_began_without_a_round_goes_on_without_one() {
    let mut older = None;
    next_run(&tenant(&[3, 5, 4]), &mut older);
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let began = tenant(&[3, 5]);
    let given = Given::of(&began, open(&began, &two_calls(), older.as_deref()), limits);
    for (delivered, checkpoint) in &given.checkpoints {
        let earlier = given.events[..*delivered].iter();
        if earlier.clone().all(|event| event.kind.as_str() != "user") {
            continue;
        }
        let service = tenant(&[3, 5, 4]);
        let rest = Given::of(&service, open(&service, &two_calls(), Some(checkpoint)), limits);
        let receipt = rest.receipt("device_users");
        let said: BTreeSet<_> = earlier.chain(&rest.events).map(|event| event.key.clone()).collect();
        let has_user = |n: &u8| said.iter().any(|key| key.contains(&format!("{}/", id(*n))));
        assert_eq!(receipt.completeness, Completeness::Complete, "after {delivered}: {receipt:?}");
        assert_eq!((1..=3).filter(has_user).count() as u64, receipt.pages, "after {delivered}: {receipt:?}");
        assert_eq!(receipt.tolerated.sum(), 0, "after {delivered}: {receipt:?}");
    }
}
