//! Users, by the way that the source chooses.

use super::hunting::{logon, results, shard, users};
use super::*;

/// Tokens without a role, with the one for hunting, with the one for asking device by device, and with another.
const PLAIN: &str = "tok";
const HUNTER: &str = "e30.eyJyb2xlcyI6WyJUaHJlYXRIdW50aW5nLlJlYWQuQWxsIl19.c2ln";
const READER: &str = "e30.eyJyb2xlcyI6WyJVc2VyLlJlYWQuQWxsIl19.c2ln";
const OTHER: &str = "e30.eyJyb2xlcyI6WyJNYWNoaW5lLlJlYWQuQWxsIl19.c2ln";

fn token(text: &str) -> Reply {
    Reply::ok(format!(r#"{{"expires_in":3599,"access_token":"{text}"}}"#))
}

/// Both ways lead to a user, and the tokens are these: of the Defender API, then what Graph comes to.
fn service(replies: impl IntoIterator<Item = Reply>) -> Service {
    let service = super::service();
    for n in [1, 2] {
        let row = format!(r#"{{"id":"contoso\\user{n}","accountName":"user{n}","accountDomain":"contoso"}}"#);
        service.on(&of_device(n, "logonusers"), [Reply::page(&[row])]);
    }
    service.on(&shard(1, 0), [results(&[logon(1, 1), logon(2, 2), logon(7, 3)])]);
    service.on("/t/oauth2/v2.0/token", replies);
    service
}

/// A tenant of two devices is one of many here: a run may ask about one.
fn one_call() -> String {
    let enabled = r#""device_users":{"enabled":true"#;
    config("devices,device_users").replace(enabled, &format!(r#"{enabled},"calls_per_run":1"#))
}

fn many(service: &Service) -> Given {
    Given::of(service, open(service, &one_call(), None), MANY)
}

fn way(given: &Given) -> (&str, &str, Completeness) {
    let receipt = given.receipt("device_users");
    (&receipt.strategy, &receipt.reason, receipt.completeness)
}

#[test]
fn few_devices_are_asked_about_and_graph_is_not() {
    let service = service([token(PLAIN)]);
    let given = run(&service, "devices,device_users");
    let reason = "few devices, all of them asked about in a run";
    assert_eq!(way(&given), ("per_device", reason, Completeness::Complete));
    assert_eq!((service.asked("/t/oauth2"), service.asked("/v1.0")), (1, 0));
}

#[test]
fn many_devices_are_hunted_over_where_that_is_granted() {
    let service = service([token(PLAIN), token(HUNTER)]);
    let given = many(&service);
    assert_eq!(way(&given), ("hunting", "many devices, and hunting queries are granted", Completeness::Complete));
    assert_eq!((users(&given).len(), service.asked("/t/oauth2")), (3, 2));
    assert_eq!(service.asked("/api/machines/"), 0);
}

#[test]
fn few_devices_are_hunted_over_where_they_may_not_be_asked_about() {
    let service = service([token(OTHER), token(HUNTER)]);
    assert_eq!(way(&run(&service, "devices,device_users")).0, "hunting");
    let service = self::service([token(READER)]);
    assert_eq!(way(&run(&service, "devices,device_users")).0, "per_device");
    assert_eq!(service.asked("/t/oauth2"), 1);
}

#[test]
fn without_the_grant_devices_are_asked_about_and_nothing_is_amiss() {
    let refused = Reply::Answer(400, vec![], r#"{"error":"invalid_resource","error_codes":[500011]}"#.into());
    for (graph, why) in [
        (token(READER), "lacks `ThreatHunting.Read.All`"),
        (token(PLAIN), "cannot be read"),
        (refused, "AADSTS500011"),
        (Reply::Error(TransportError::Denied), "the pipeline host does not allow the request"),
    ] {
        let service = service([token(PLAIN), graph]);
        let given = many(&service);
        let (strategy, reason, completeness) = way(&given);
        assert_eq!((strategy, completeness), ("per_device", Completeness::Portion), "{why}");
        assert!(reason.contains(why) && !reason.ends_with('.'), "{reason}");
        assert_eq!(given.receipt("device_users").failure, None);
        assert_eq!((service.asked("/v1.0"), service.asked("/t/oauth2")), (0, 2));
    }
}

#[test]
fn a_sign_in_that_passes_is_waited_for_and_decides_nothing() {
    let throttled = Reply::Answer(429, vec![("retry-after", "30".into())], String::new());
    let replies = [token(PLAIN), throttled, Reply::status(503), Reply::Error(TransportError::TimedOut), token(HUNTER)];
    let service = service(replies);
    let given = many(&service);
    assert_eq!((way(&given).0, given.waits.len()), ("hunting", 3));
    let receipt = given.receipt("device_users");
    assert_eq!((receipt.waits, receipt.completeness), (3, Completeness::Complete));
}

#[test]
fn a_sign_in_service_that_stays_away_from_graph_makes_nothing_partial() {
    let given = many(&service([token(PLAIN), Reply::status(503)]));
    let (strategy, reason, completeness) = way(&given);
    assert_eq!((strategy, completeness), ("per_device", Completeness::Portion));
    assert!(reason.contains("503"), "{reason}");
}

#[test]
fn hunting_that_is_refused_is_given_up_for_devices_one_by_one() {
    for reply in [
        Reply::status(403),
        Reply::Answer(403, vec![], r#"{"error":{"code":"DisabledFeature"}}"#.into()),
        Reply::status(401),
        Reply::status(404),
        Reply::Error(TransportError::Denied),
        Reply::Error(TransportError::ConnectionFailed),
    ] {
        let service = service([token(PLAIN), token(HUNTER)]);
        service.on(&shard(1, 0), [reply]);
        let given = many(&service);
        let (strategy, reason, completeness) = way(&given);
        assert_eq!((strategy, completeness), ("per_device", Completeness::Portion), "{reason}");
        assert!(reason.starts_with("hunting queries are not possible: POST /v1.0/security/"), "{reason}");
        assert_eq!((users(&given).len(), given.receipt("device_users").emitted), (1, 1));
    }
}

#[test]
fn hunting_that_is_only_slowed_down_or_began_to_answer_stays_hunting() {
    let service = service([token(PLAIN), token(HUNTER)]);
    service.on(&shard(1, 0), [Reply::status(429)]);
    assert_eq!(way(&many(&service)).2, Completeness::Partial);
    let service = self::service([token(PLAIN), token(HUNTER)]);
    let config = format!(r#"{},"limits":{{"query_rows":4}}}}"#, one_call().strip_suffix('}').unwrap());
    service.on(&shard(8, 0), [results(&[logon(1, 1)])]);
    service.on(&shard(8, 4), [Reply::status(403)]);
    let given = Given::of(&service, open(&service, &config, None), MANY);
    let (strategy, _, completeness) = way(&given);
    assert_eq!((strategy, completeness), ("hunting", Completeness::Partial));
}

#[test]
fn a_list_of_devices_that_is_not_whole_is_no_reason_to_ask_one_by_one() {
    let service = service([token(PLAIN), token(HUNTER)]);
    service.on(DEVICES_AFTER_2, [Reply::status(403)]);
    let given = run(&service, "devices,device_users");
    // What is said of a device is part of the events, so those of the others are left for the next run.
    assert_eq!((way(&given).0, way(&given).2), ("hunting", Completeness::Partial));
    assert_eq!(given.receipt("devices").completeness, Completeness::Partial);
    let service = self::service([token(PLAIN), token(READER)]);
    service.on(DEVICES, [Reply::status(403)]);
    let given = run(&service, "devices,device_users");
    assert_eq!((way(&given).0, way(&given).2), ("per_device", Completeness::Skipped));
}

#[test]
fn the_way_is_kept_while_devices_come_and_go() {
    // As many devices as are asked about one by one, unless they were hunted over before.
    let tenant = |count: u8, replies: Vec<Reply>| {
        let service = service(replies);
        let devices: Vec<_> = (1..=count).map(device).collect();
        service.on(DEVICES, [Reply::page(&devices)]);
        service.on(&format!("/api/machines?$top=10000&$skip={}", count - 1), last_page(device(count)));
        (1..=count).for_each(|n| service.on(&of_device(n, "logonusers"), [Reply::page(&[])]));
        service
    };
    let mut checkpoint: Option<String> = None;
    for (count, expected) in
        [(100, "per_device"), (101, "hunting"), (99, "hunting"), (50, "per_device"), (99, "per_device")]
    {
        let service = tenant(count, vec![token(PLAIN), token(HUNTER)]);
        let given = Given::of(&service, open(&service, &config("devices,device_users"), checkpoint.as_deref()), MANY);
        assert_eq!(way(&given).0, expected, "{count} devices");
        checkpoint = Some(given.end.unwrap().unwrap().checkpoint);
    }
}

#[test]
fn a_run_that_is_cut_anywhere_goes_on_by_its_way() {
    let script = || service([token(PLAIN), token(HUNTER)]);
    let first = script();
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = Given::of(&first, open(&first, &one_call(), None), limits);
    assert_eq!(way(&given).0, "hunting");
    let mut in_the_middle = 0;
    for (delivered, checkpoint) in &given.checkpoints {
        // Whoever went on in the middle, and asked anew, would now be told something else.
        let is_inside = checkpoint.contains(r#""strategy":"hunting""#) && checkpoint.contains(r#""current""#);
        in_the_middle += u32::from(is_inside);
        let service = if is_inside { service([token(PLAIN)]) } else { script() };
        let rest = Given::of(&service, open(&service, &one_call(), Some(checkpoint)), limits);
        assert_eq!((way(&rest).0, way(&rest).2), ("hunting", Completeness::Complete), "after {delivered}");
        let mut together = rest.identities();
        let earlier = &given.events[..*delivered];
        together.extend(earlier.iter().map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())));
        assert_eq!(together, given.identities());
    }
    assert!(in_the_middle > 3, "{in_the_middle}");
}
