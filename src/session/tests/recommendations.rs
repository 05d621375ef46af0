//! Recommendations, by the way that the source chooses, and by their catalogue alone.

use super::*;

fn recommendation(n: u8) -> String {
    format!(
        r#"{{"id":"va-_-vendor-_-app{n}","productName":"app{n}","recommendationName":"Update app{n}","status":"Active"}}"#
    )
}

/// Two devices, and so many recommendations, each of which concerns both.
pub(super) fn tenant(count: u8) -> Service {
    let service = service();
    let rows: Vec<_> = (1..=count).map(recommendation).collect();
    service.on("/api/recommendations?$top=10000", [Reply::page(&rows)]);
    service.on(&format!("/api/recommendations?$top=10000&$skip={}", count - 1), last_page(recommendation(count)));
    for n in 1..=count {
        let reference = |n: u8| format!(r#"{{"id":"{}","computerDnsName":"pc","osPlatform":"Linux"}}"#, id(n));
        let path = format!("/api/recommendations/va-_-vendor-_-app{n}/machineReferences");
        service.on(&path, [Reply::page(&[reference(1), reference(2)])]);
    }
    for n in [1, 2] {
        service.on(&of_device(n, "recommendations"), [Reply::page(&rows)]);
    }
    service
}

fn way(given: &Given) -> (&str, &str, Completeness) {
    let receipt = given.receipt("recommendations");
    (&receipt.strategy, &receipt.reason, receipt.completeness)
}

fn keys(given: &Given) -> BTreeSet<&str> {
    given.events.iter().filter(|event| event.kind.as_str() == "recommendation").map(|event| &*event.key).collect()
}

#[test]
fn the_way_with_half_the_requests_is_taken_and_leads_to_the_same_keys() {
    let (many, few) = (tenant(4), tenant(3));
    let by_device = run(&many, "devices,recommendations");
    assert_eq!(way(&by_device), ("per_device", "fewer devices than recommendations", Completeness::Complete));
    assert_eq!((many.asked("/api/machines/"), many.asked("/api/recommendations/")), (2, 0));
    let receipt = by_device.receipt("recommendations");
    assert_eq!((receipt.emitted, receipt.calls), (4 + 2 * 4, 3 + 2));

    let named = config("devices,recommendations").replace(
        r#""recommendations":{"enabled":true"#,
        r#""recommendations":{"enabled":true,"strategy":"per_recommendation""#,
    );
    let service = tenant(4);
    let by_recommendation = Given::of(&service, open(&service, &named, None), MANY);
    assert_eq!(way(&by_recommendation), ("per_recommendation", "", Completeness::Complete));
    assert_eq!(keys(&by_device), keys(&by_recommendation));

    let given = run(&few, "devices,recommendations");
    let reason = "not much fewer devices than recommendations";
    assert_eq!(way(&given), ("per_recommendation", reason, Completeness::Complete));
    assert_eq!((few.asked("/api/machines/"), few.asked("/api/recommendations/")), (0, 3));
}

#[test]
fn devices_that_are_not_known_or_not_to_be_asked_about_are_not() {
    let service = tenant(4);
    let given = run(&service, "recommendations");
    assert_eq!((way(&given).0, service.asked("/api/machines")), ("per_recommendation", 0));
    let bounded =
        config("devices,recommendations").replace(r#""datasets""#, r#""filters":{"min_risk":"high"},"datasets""#);
    let given = Given::of(&service, open(&service, &bounded, None), MANY);
    assert_eq!((way(&given).0, way(&given).2), ("per_recommendation", Completeness::Complete));
    service.on(DEVICES_AFTER_2, [Reply::status(403)]);
    let given = run(&service, "devices,recommendations");
    assert_eq!((way(&given).0, way(&given).2), ("per_recommendation", Completeness::Complete));
}

#[test]
fn the_way_is_kept_while_the_numbers_are_near_each_other() {
    let mut checkpoint: Option<String> = None;
    let config = config("devices,recommendations");
    for (recommendations, expected) in
        [(3, "per_recommendation"), (4, "per_device"), (3, "per_device"), (1, "per_device")]
    {
        let service = tenant(recommendations);
        if recommendations == 1 {
            service.on("/api/recommendations?$top=10000&$skip=1", [Reply::page(&[])]);
        }
        let given = Given::of(&service, open(&service, &config, checkpoint.as_deref()), MANY);
        assert_eq!(way(&given).0, expected, "{recommendations} recommendations");
        checkpoint = Some(given.end.unwrap().unwrap().checkpoint);
    }
}

/// Goes on from every checkpoint of a run, and expects that nothing is missing or different.
fn goes_on_anywhere(config: &str, expected: &str) {
    let first = tenant(5);
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = Given::of(&first, open(&first, config, None), limits);
    assert_eq!(way(&given).0, expected);
    for (delivered, checkpoint) in &given.checkpoints {
        let service = tenant(5);
        let rest = Given::of(&service, open(&service, config, Some(checkpoint)), limits);
        assert_eq!((way(&rest).0, way(&rest).2), (expected, Completeness::Complete), "after {delivered}");
        assert_eq!(rest.receipt("recommendations").emitted, given.receipt("recommendations").emitted);
        let mut together = rest.identities();
        let earlier = &given.events[..*delivered];
        together.extend(earlier.iter().map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())));
        assert_eq!(together, given.identities(), "after {delivered}");
    }
}

#[test]
fn a_run_that_is_cut_anywhere_goes_on_by_its_way() {
    goes_on_anywhere(&config("devices,recommendations"), "per_device");
    goes_on_anywhere(&config("recommendations"), "per_recommendation");
}

#[test]
fn the_catalogue_alone_is_one_list() {
    let enabled = r#""recommendations":{"enabled":true"#;
    let config = config("recommendations").replace(enabled, &format!(r#"{enabled},"strategy":"catalogue""#));
    goes_on_anywhere(&config, "catalogue");
    let service = tenant(5);
    let given = Given::of(&service, open(&service, &config, None), MANY);
    assert_eq!((given.receipt("recommendations").calls, service.log.borrow().len()), (3, 4), "and a token");
    assert_eq!((keys(&given).len(), given.count("snapshot")), (5, 2));
    assert!(keys(&given).iter().all(|key| key.starts_with("mde:t:recommendation:va-_-vendor-_-app")));
}
