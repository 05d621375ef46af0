//! A service that asks for patience gets it; one that stays away makes its dataset partial.

use crate::support::service::{MACHINES, SOFTWARE, TOKEN, asked, handmade_behind, handmade_body, harness, token};
use crate::support::{closed_snapshots, complete, dataset, finished, handmade_run, service};
use source_host::contract::{Completeness, WaitReason};
use source_host::testing::{FakeTransport, Reply, TestRun};
use source_host::transport::TransportError;

/// A run of which the first page of machines is answered by some replies, one after another.
fn devices(replies: Vec<Reply>) -> (TestRun, FakeTransport) {
    let network = handmade_behind(FakeTransport::new().in_turn("GET", MACHINES, replies));
    (finished(harness(&network).datasets(&["devices"])), network)
}

/// A script for the first page of machines alone, and once: what comes after goes on to the tenant.
fn once(reply: Reply) -> (TestRun, FakeTransport) {
    let [page, last] = [MACHINES, "/api/machines?$top=10000&$skip=12"].map(|url| Reply::json(handmade_body(url)));
    devices(vec![reply, page, last, service::page(&[], None)])
}

fn same_documents(run: &TestRun) -> bool {
    let strip = |document: &str| {
        let mut document = crate::support::envelope(document);
        (document["key"].take(), document["hash"].take(), document["op"].take())
    };
    let undisturbed = complete(handmade_run().datasets(&["devices"]));
    run.documents().map(strip).eq(undisturbed.documents().map(strip))
}

#[test]
fn seconds_are_waited() {
    let (run, _) = once(Reply::status(429).header("retry-after", "7"));
    assert_eq!(run.waits.len(), 1);
    let wait = &run.waits[0];
    assert!((7000..8000).contains(&wait.millis), "{wait:?}");
    assert!(matches!(wait.reason, WaitReason::Throttled) && wait.message.contains("/api/machines"), "{wait:?}");
    assert!(run.elapsed.as_millis() >= 7000);
    let account = dataset(&run, "devices");
    assert_eq!((account.completeness, account.calls, account.waits), (Completeness::Complete, 4, 1));
    assert_eq!(account.waited_ms, wait.millis);
    assert!(same_documents(&run));
}

#[test]
fn a_date_is_waited_for() {
    // The recording starts at 06:00:00 of that day.
    let (run, _) = once(Reply::status(503).header("retry-after", "Thu, 15 Jan 2026 06:01:30 GMT"));
    assert_eq!(run.waits.len(), 1);
    assert!((90_000..91_000).contains(&run.waits[0].millis), "{:?}", run.waits);
    assert!(same_documents(&run));
}

#[test]
fn a_date_in_the_past_is_no_wait_of_years() {
    let (run, _) = once(Reply::status(429).header("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"));
    assert!(run.elapsed.as_secs() < 600, "{:?}", run.waits);
    assert!(same_documents(&run));
}

#[test]
fn passing_trouble_is_backed_off_from() {
    for reply in [
        Reply::status(429),
        Reply::status(500),
        Reply::status(502).body("<html>bad gateway</html>"),
        Reply::status(503),
        Reply::status(504),
        Reply::status(429).header("retry-after", "soon"),
        Reply::fail(TransportError::HeadTimeout),
        Reply::fail(TransportError::Reset),
        Reply::fail(TransportError::ConnectTimeout),
    ] {
        let (run, _) = once(reply.clone());
        assert_eq!(run.waits.len(), 1, "{reply:?}");
        assert!((1..600_000).contains(&run.waits[0].millis), "{:?}", run.waits);
        assert_eq!(dataset(&run, "devices").completeness, Completeness::Complete, "{reply:?}");
        assert!(same_documents(&run), "{reply:?}");
    }
}

#[test]
fn waits_grow() {
    let mut replies = vec![Reply::status(503); 5];
    replies.push(Reply::json(r#"{"value":[]}"#));
    let (run, _) = devices(replies);
    let waits: Vec<u64> = run.waits.iter().map(|wait| wait.millis).collect();
    assert_eq!(waits.len(), 5);
    assert!(waits[4] > waits[0], "{waits:?}");
    assert!(waits.iter().all(|millis| *millis > 0), "no busy loop: {waits:?}");
}

#[test]
fn a_service_that_stays_away_makes_the_dataset_partial() {
    // Who gets no answer at all gives up sooner than who is told to come back: as often as configured, and for as long as
    // the limit of a minute may bind.
    for (reply, calls, patience_ms) in [
        (Reply::status(500), 6..=9, 60_000..120_000),
        (Reply::status(429).header("retry-after", "1"), 6..=9, 60_000..120_000),
        (Reply::fail(TransportError::Reset), 6..=6, 1..60_000),
    ] {
        let (run, network) = devices(vec![reply.clone()]);
        let account = dataset(&run, "devices");
        assert_eq!(account.completeness, Completeness::Partial, "{reply:?}");
        let count = asked(&network, MACHINES);
        assert!(calls.contains(&count) && account.calls == count as u64, "{reply:?}: {count} attempts");
        let waited: u64 = run.waits.iter().map(|wait| wait.millis).sum();
        assert!(patience_ms.contains(&waited), "{reply:?}: given up after {waited} ms");
        assert!(account.failure.as_ref().is_some_and(|failure| !failure.remedy.is_empty()));
        assert!(closed_snapshots(&run).is_empty());
    }
}

#[test]
fn a_wait_beyond_the_bound_is_not_waited() {
    let (run, _) = devices(vec![Reply::status(429).header("retry-after", "86400")]);
    assert!(run.waits.is_empty(), "{:?}", run.waits);
    let account = dataset(&run, "devices");
    assert_eq!(account.completeness, Completeness::Partial);
    let failure = account.failure.as_ref().expect("a failure");
    assert!(failure.retry_after_ms.is_some_and(|millis| millis >= 86_400_000), "{failure:?}");
}

#[test]
fn what_no_repeat_helps_is_not_repeated() {
    for status in [400, 404, 405, 410, 501] {
        let (run, network) = devices(vec![Reply::status(status)]);
        assert_ne!(dataset(&run, "devices").completeness, Completeness::Complete, "{status}");
        assert!(status >= 500 || asked(&network, MACHINES) == 1, "{status}");
        assert!(closed_snapshots(&run).is_empty());
    }
}

#[test]
fn redirects_are_not_followed() {
    for status in [301, 302, 307, 308] {
        let (run, network) =
            devices(vec![Reply::status(status).header("location", "https://evil.example/api/machines")]);
        assert_eq!(asked(&network, "evil.example"), 0);
        assert_eq!(dataset(&run, "devices").completeness, Completeness::Partial);
    }
}

#[test]
fn one_dataset_in_trouble_leaves_the_others_whole() {
    let network = handmade_behind(FakeTransport::new().on("GET", SOFTWARE, Reply::status(500)));
    let run = finished(harness(&network));
    assert_eq!(dataset(&run, "software").completeness, Completeness::Partial);
    assert_eq!(closed_snapshots(&run), ["devices", "device_users", "vulnerabilities", "recommendations"]);
}

#[test]
fn a_sign_in_service_in_trouble_is_waited_for() {
    let fine = token();
    for reply in [Reply::status(503), Reply::status(429).header("retry-after", "3"), Reply::fail(TransportError::Reset)]
    {
        let network = handmade_behind(FakeTransport::new().in_turn("POST", TOKEN, vec![reply, fine.clone()]));
        let run = complete(harness(&network).datasets(&["devices"]));
        assert_eq!(run.waits.len(), 1);
        assert_eq!(run.receipt.as_ref().map(|receipt| receipt.sign_in_calls), Some(2));
    }
}
