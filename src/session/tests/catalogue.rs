//! A catalogue, and one request about each of its entries.

use defender_client::testing::{Reply, Service};

use super::{Given, Limits, MANY, config, id, last_page, open, run};
use crate::diagnose::Completeness;

fn recommendation(n: u8) -> String {
    format!(
        r#"{{"id":"va-_-vendor-_-app{n}","productName":"app{n}","recommendationName":"Update app{n}","status":"Active"}}"#
    )
}

fn catalogue() -> Reply {
    Reply::page(&[recommendation(2), recommendation(1)])
}

/// Two recommendations to one device each; what the first page of the catalogue is answered with.
fn service(first_page: Vec<Reply>) -> Service {
    let service = Service::new();
    service.on("/api/recommendations?$top=10000", first_page);
    service.on("/api/recommendations?$top=10000&$skip=1", last_page(recommendation(1)));
    for n in 1..=2 {
        let reference = format!(r#"{{"id":"{}","computerDnsName":"pc","osPlatform":"Linux"}}"#, id(n));
        let path = format!("/api/recommendations/va-_-vendor-_-app{n}/machineReferences");
        service.on(&path, [Reply::page(&[reference])]);
    }
    service
}

#[test]
fn recommendations_are_read_by_their_catalogue_and_resumed() {
    let service = || service(vec![catalogue()]);
    let whole = run(&service(), "recommendations");
    let receipt = whole.receipt("recommendations");
    assert_eq!((whole.count("recommendation"), receipt.emitted, receipt.calls), (4, 4, 5));
    assert_eq!(receipt.completeness, Completeness::Complete);
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let first = service();
    let given = Given::of(&first, open(&first, &config("recommendations"), None), limits);
    for (delivered, checkpoint) in &given.checkpoints {
        let service = service();
        let rest = Given::of(&service, open(&service, &config("recommendations"), Some(checkpoint)), MANY);
        let mut union = rest.identities();
        let before = given.events[..*delivered].iter();
        union.extend(before.map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())));
        assert_eq!(union, whole.identities(), "after {delivered} events");
        assert_eq!(rest.receipt("recommendations").completeness, Completeness::Complete);
    }
}

#[test]
fn a_catalogue_that_changes_while_it_is_read_again_starts_its_dataset_over() {
    let first = service(vec![catalogue()]);
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = Given::of(&first, open(&first, &config("recommendations"), None), limits);
    let (_, midway) = given.checkpoints.iter().find(|(delivered, _)| *delivered == given.events.len() - 2).unwrap();
    let changed = format!(r#"{{"value":[{},{}]}}"#, recommendation(3), recommendation(1));
    let broken = Reply::Broken(changed.clone(), changed.len() - 20);
    let second = service(vec![broken, catalogue()]);
    let rest = Given::of(&second, open(&second, &config("recommendations"), Some(midway)), MANY);
    let receipt = rest.receipt("recommendations");
    assert_eq!(receipt.tolerated.iter().collect::<Vec<_>>(), [("restarted", 1)]);
    assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Complete, 4), "{receipt:?}");
    assert_eq!(rest.count("recommendation"), 4);
}
