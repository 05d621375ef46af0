//! Users by hunting queries.

use super::*;

const QUERY: &str = "/v1.0/security/runHuntingQuery";

pub(super) fn shard(of: u32, number: u32) -> String {
    format!("{QUERY} {of} {number}")
}

pub(super) fn logon(n: u8, user: u8) -> String {
    format!(
        r#"{{"deviceId":"{}","accountSid":"S-1-5-21-1-{user}","accountDomain":"contoso","accountName":"user{user}",
            "lastSeen":"2026-01-02T03:04:05.1234567Z","logonTypes":"Interactive","isLocalAdmin":1,"deviceName":"other"}}"#,
        id(n)
    )
}

pub(super) fn results(rows: &[String]) -> Reply {
    Reply::ok(format!(r#"{{"schema":[{{"name":"deviceId","type":"String"}}],"results":[{}]}}"#, rows.join(",")))
}

fn hunting(more: &str) -> String {
    config("devices,device_users").replace(
        r#""device_users":{"enabled":true}"#,
        &format!(r#""device_users":{{"enabled":true,"strategy":"hunting"}}{more}"#),
    )
}

/// At most four rows in a result.
fn four_rows() -> String {
    let config = hunting("");
    format!(r#"{},"limits":{{"query_rows":4}}}}"#, config.strip_suffix('}').unwrap())
}

fn hunt(service: &Service, config: &str) -> Given {
    Given::of(service, open(service, config, None), MANY)
}

pub(super) fn users(given: &Given) -> BTreeSet<String> {
    let users = given.events.iter().filter(|event| event.kind.as_str() == "user");
    users.map(|event| event.key.clone()).filter(|key| key.matches('/').count() == 1).collect()
}

#[test]
fn the_events_are_those_of_logonusers() {
    let service = service();
    service.on(&shard(1, 0), [results(&[logon(1, 1), logon(2, 1), logon(7, 2)])]);
    let hunted = hunt(&service, &hunting(""));
    let receipt = hunted.receipt("device_users");
    assert_eq!((receipt.completeness, receipt.calls, receipt.emitted), (Completeness::Complete, 1, 3), "{receipt:?}");
    assert_eq!(service.asked("/t/oauth2"), 2, "a token for each audience");
    let service = self::service();
    let row = |sid: u8| {
        format!(
            r#"{{"id":"contoso\\user{sid}","accountName":"user{sid}","accountDomain":"contoso",
                "accountSid":"S-1-5-21-1-{sid}","lastSeen":"2026-01-02T03:04:05Z","logonTypes":"Interactive"}}"#
        )
    };
    service.on(&of_device(1, "logonusers"), [Reply::page(&[row(1)])]);
    service.on(&of_device(2, "logonusers"), [Reply::page(&[row(1)])]);
    let asked = run(&service, "devices,device_users");
    assert_eq!((users(&asked).len(), users(&hunted).len()), (2, 3), "and a device that the list did not have");
    assert!(users(&hunted).is_superset(&users(&asked)));
    let edge = |given: &Given| {
        let event = given.events.iter().find(|event| event.key.contains(&format!("{}/", id(1)))).unwrap();
        let mut document: serde_json::Value = serde_json::from_str(&event.document).unwrap();
        (document["refs"].take(), document["body"]["device"].take(), document["body"]["user"].take())
    };
    assert_eq!(edge(&hunted), edge(&asked), "the name of the device is that of the list");
}

#[test]
fn what_may_be_cut_off_is_read_again_in_parts() {
    let service = service();
    service.on(&shard(8, 0), [results(&[logon(1, 1)])]);
    service.on(&shard(8, 4), [results(&[logon(1, 2), logon(1, 3), logon(1, 4), logon(1, 5)])]);
    service.on(&shard(16, 4), [results(&[logon(1, 3), logon(1, 5)])]);
    service.on(&shard(16, 12), [results(&[logon(1, 2), logon(1, 4), logon(1, 6)])]);
    for number in [2, 6, 1, 5, 3, 7] {
        service.on(&shard(8, number), [results(&[logon(2, number as u8)])]);
    }
    for (of, number) in [(16, 2), (16, 10), (16, 6), (16, 14), (16, 1), (16, 9), (16, 5), (16, 13)] {
        service.on(&shard(of, number), [results(&[logon(2, 10 + number as u8)])]);
    }
    for number in [3, 11, 7, 15] {
        service.on(&shard(16, number), [results(&[])]);
    }
    service.on(&shard(4, 1), [results(&[])]);
    service.on(&shard(4, 3), [results(&[])]);
    let given = hunt(&service, &four_rows());
    let receipt = given.receipt("device_users");
    assert_eq!(receipt.completeness, Completeness::Complete, "{receipt:?}");
    assert_eq!(receipt.duplicates, 4, "the rows of the result that may have been cut off: {receipt:?}");
    assert_eq!(receipt.tolerated.iter().collect::<Vec<_>>(), [("query_divided", 1)]);
    assert_eq!(users(&given).iter().filter(|key| key.contains(&id(1))).count(), 6);
    assert_eq!(receipt.emitted, users(&given).len() as u64);
}

/// No result has a page behind it: what says so is read in halves, and never told to be whole.
#[test]
fn a_result_that_says_that_there_is_more_is_not_whole() {
    let more = |rows: &[String], more: &str| Reply::ok(format!(r#"{{"results":[{}],{more}}}"#, rows.join(",")));
    for says in [r#""@odata.count":50"#, r#""@odata.nextLink":"https://graph.microsoft.com/v1.0/security/next""#] {
        let service = service();
        service.on(&shard(1, 0), [more(&[logon(1, 1)], says)]);
        service.on(&shard(2, 0), [results(&[logon(1, 1)])]);
        service.on(&shard(2, 1), [results(&[logon(2, 1)])]);
        let given = hunt(&service, &hunting(""));
        let receipt = given.receipt("device_users");
        assert_eq!((receipt.completeness, users(&given).len()), (Completeness::Complete, 2), "{says}");
        for of in [1, 2, 4, 8, 16, 32, 64] {
            service.on(&shard(of, 0), [more(&[logon(1, 1)], says)]);
        }
        let given = hunt(&service, &hunting(""));
        let receipt = given.receipt("device_users");
        assert_eq!((receipt.completeness, users(&given).len()), (Completeness::Partial, 1), "{says}");
        assert!(
            receipt.failure.as_ref().unwrap().message.contains("gave 1 rows, and says that there are more"),
            "{receipt:?}"
        );
        assert_eq!(service.asked(QUERY), 3 + 7, "there is an end to asking");
    }
    let service = service();
    service.on(&shard(1, 0), [more(&[logon(1, 1)], r#""@odata.count":1,"@odata.nextLink":"""#)]);
    assert_eq!(hunt(&service, &hunting("")).receipt("device_users").completeness, Completeness::Complete);
}

#[test]
fn a_refused_query_is_asked_in_halves_and_a_forbidden_one_is_not() {
    let service = service();
    service.on(&shard(1, 0), [Reply::status(400)]);
    service.on(&shard(2, 0), [results(&[logon(1, 1)])]);
    service.on(&shard(2, 1), [results(&[logon(2, 2)])]);
    let given = hunt(&service, &hunting(""));
    assert_eq!(given.receipt("device_users").completeness, Completeness::Complete);
    assert_eq!(users(&given).len(), 2);

    let service = self::service();
    service.on(&shard(1, 0), [Reply::status(403)]);
    let given = hunt(&service, &hunting(""));
    let receipt = given.receipt("device_users");
    assert_eq!((receipt.completeness, receipt.calls), (Completeness::Forbidden, 1));
    let failure = receipt.failure.as_ref().unwrap();
    assert!(failure.remedy.contains("`ThreatHunting.Read.All` of Microsoft Graph"), "{failure:?}");
    assert_eq!(given.receipt("devices").completeness, Completeness::Complete);
}

#[test]
fn queries_that_are_always_refused_are_given_up() {
    let service = service();
    for of in 0..8 {
        service.on(&shard(1 << of, 0), [Reply::status(400)]);
    }
    let given = hunt(&service, &hunting(""));
    let receipt = given.receipt("device_users");
    assert_eq!((receipt.completeness, receipt.calls), (Completeness::Partial, 7));
    assert_eq!(receipt.failure.as_ref().unwrap().cause, "limit-exceeded");
    assert_eq!(given.count("user"), 0);
}

#[test]
fn a_tenant_without_graph_still_gets_everything_else() {
    let service = service();
    let token = Reply::ok(r#"{"expires_in":3599,"access_token":"tok"}"#);
    let refused = Reply::Answer(400, vec![], r#"{"error":"invalid_resource","error_codes":[500011]}"#.into());
    service.on("/t/oauth2/v2.0/token", [token, refused]);
    let given = hunt(&service, &hunting(""));
    assert_eq!(given.receipt("devices").completeness, Completeness::Complete);
    assert_eq!(given.receipt("device_users").completeness, Completeness::Partial);
}

#[test]
fn every_checkpoint_goes_on_at_its_shard() {
    let script = || {
        let service = service();
        service.on(&shard(8, 0), [results(&[logon(1, 1), logon(1, 2)])]);
        for number in [4, 2, 6, 1, 5, 3, 7] {
            service.on(&shard(8, number), [results(&[logon(2, number as u8)])]);
        }
        service
    };
    let whole = hunt(&script(), &four_rows());
    let first = script();
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = Given::of(&first, open(&first, &four_rows(), None), limits);
    assert_eq!(users(&given).len(), 9);
    for (delivered, checkpoint) in &given.checkpoints {
        let service = script();
        let rest = Given::of(&service, open(&service, &four_rows(), Some(checkpoint)), limits);
        let mut together = rest.identities();
        together.extend(
            given.events[..*delivered].iter().map(|e| (e.key.clone(), e.content_hash.clone(), e.operation.as_str())),
        );
        assert_eq!(together, whole.identities());
        assert_eq!(rest.receipt("device_users").emitted, 9);
    }
}

#[test]
fn a_result_that_changed_meanwhile_is_read_from_its_start() {
    let service = service();
    let old = format!(r#"{{"results":[{},{}]}}"#, logon(1, 1), logon(1, 2));
    let new = results(&[logon(1, 3), logon(1, 1), logon(1, 2)]);
    service.on(&shard(1, 0), [Reply::Broken(old.clone(), old.len() - 30), new]);
    let given = hunt(&service, &hunting(""));
    let receipt = given.receipt("device_users");
    assert_eq!(receipt.completeness, Completeness::Complete, "{receipt:?}");
    assert_eq!((users(&given).len(), receipt.emitted), (3, 3));
    assert_eq!(given.events.iter().filter(|event| event.kind.as_str() == "snapshot").count(), 4);
}

/// The list of devices breaks off behind the first of two.
fn half_a_list() -> Service {
    let service = service();
    service.on(DEVICES_AFTER_2, [Reply::status(404)]);
    service.on(DEVICES, [Reply::page(&[device(1)])]);
    service.on("/api/machines?$top=10000&$skip=0", [Reply::status(404)]);
    service.on(&shard(1, 0), [results(&[logon(1, 1), logon(2, 1)])]);
    service
}

#[test]
fn what_is_said_of_a_device_does_not_depend_on_how_much_of_the_list_was_read() {
    let whole = service();
    whole.on(&shard(1, 0), [results(&[logon(1, 1), logon(2, 1)])]);
    let whole = hunt(&whole, &hunting("")).identities();
    let given = hunt(&half_a_list(), &hunting(""));
    assert_eq!(given.receipt("devices").completeness, Completeness::Partial);
    let receipt = given.receipt("device_users");
    assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Partial, 1), "{receipt:?}");
    assert_eq!(receipt.rejected.iter().collect::<Vec<_>>(), [("unknown_device", 1)]);
    assert_eq!(users(&given).len(), 1);
    assert!(given.identities().is_subset(&whole));

    let service = half_a_list();
    service.on(DEVICES, [Reply::status(404)]);
    let given = hunt(&service, &hunting(""));
    let receipt = given.receipt("device_users");
    assert_eq!((receipt.completeness, receipt.calls), (Completeness::Skipped, 0), "{receipt:?}");
}
