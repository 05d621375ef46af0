//! Answers that say no.

use crate::support::service::{
    MACHINES, TOKEN, asked, handmade_answer, handmade_behind, handmade_body, handmade_with, harness,
};
use crate::support::{closed_snapshots, complete, dataset, finished, run, tally, upserts};
use source_host::contract::{Completeness, error_case, error_failure};
use source_host::engine::CallError;
use source_host::runner::RunError;
use source_host::testing::{FakeTransport, Reply, TestRun};

fn refused(run: &TestRun) -> (&'static str, String) {
    match &run.error {
        Some(RunError::Call(CallError::Source(error))) => {
            let failure = error_failure(error);
            (error_case(error), format!("{} {}", failure.message, failure.remedy))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_token_serves_the_whole_run() {
    let network = handmade_with(|_, reply| reply);
    let run = complete(harness(&network));
    assert_eq!(asked(&network, TOKEN), 1);
    let calls: u64 = crate::support::datasets(&run).iter().map(|dataset| dataset.calls).sum();
    assert_eq!(calls as usize + 1, network.requests().len(), "every request is accounted for");
}

#[test]
fn a_token_refused_midway_is_replaced_once() {
    let second_page = "/api/machines?$top=10000&$skip=12";
    let refused = Reply::status(401).body(r#"{"error":{"code":"Unauthorized","message":"expired"}}"#);
    let fine = Reply::json(handmade_body(second_page));
    let network = handmade_behind(FakeTransport::new().in_turn("GET", second_page, vec![refused, fine]));
    let run = complete(harness(&network));
    assert_eq!(asked(&network, TOKEN), 2);
    assert!(run.waits.is_empty(), "a new token needs no wait");
    assert_eq!(run.receipt.as_ref().map(|receipt| receipt.sign_in_calls), Some(2));
}

#[test]
fn a_fresh_token_that_is_refused_ends_the_run() {
    let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, Reply::status(401)));
    let run = run(harness(&network));
    let (case, text) = refused(&run);
    assert_eq!(case, "unauthenticated", "{text}");
    assert_eq!(asked(&network, TOKEN), 2, "no account is locked by this");
    assert_eq!(asked(&network, MACHINES), 2);
    assert_eq!(run.sink.count, 0);
}

#[test]
fn a_long_run_renews_its_token_before_it_ends() {
    // Every page of logged-on users asks for a wait of ten minutes; the token lives for one hour.
    let turn = std::sync::Mutex::new(std::collections::HashSet::new());
    let network = FakeTransport::new().answer(move |seen| {
        let path = seen.url.path().to_owned();
        let is_first = path.ends_with("/logonusers") && turn.lock().expect("no panic while locked").insert(path);
        if is_first { Some(Reply::status(429).header("retry-after", "600")) } else { handmade_answer(seen) }
    });
    let run = complete(harness(&network).datasets(&["device_users"]).set("http.max_in_flight=1"));
    assert!(run.elapsed.as_secs() >= 13 * 600);
    assert_eq!(asked(&network, TOKEN) as u64, run.receipt.map_or(0, |receipt| receipt.sign_in_calls));
    assert!((3..=5).contains(&asked(&network, TOKEN)), "{}", asked(&network, TOKEN));
}

#[test]
fn a_missing_permission_is_named_and_stops_its_dataset_only() {
    let refusal = r#"{"error":{"code":"Forbidden","message":"Missing application roles","target":"x"}}"#;
    for (part, name, permission) in [
        ("/logonusers", "device_users", "User.Read.All"),
        ("/SoftwareInventoryByMachine", "software", "Software.Read.All"),
        ("/SoftwareVulnerabilitiesByMachine", "vulnerabilities", "Vulnerability.Read.All"),
        ("/api/recommendations", "recommendations", "SecurityRecommendation.Read.All"),
    ] {
        let network = handmade_behind(FakeTransport::new().on("GET", part, Reply::status(403).body(refusal)));
        let run = finished(harness(&network));
        let account = dataset(&run, name);
        assert_eq!(account.completeness, Completeness::Forbidden, "{account:?}");
        assert_eq!((account.calls, account.received, account.emitted), (1, 0, 0), "{account:?}");
        let failure = account.failure.as_ref().expect("a failure");
        assert!(format!("{} {}", failure.message, failure.remedy).contains(permission), "{failure:?}");
        assert!(run.sink.events.iter().all(|event| !event.key.ends_with(&format!(":snapshot:{name}"))), "{name}");
        assert_eq!(closed_snapshots(&run).len(), 4, "the others are whole");
        for kind in account.events.iter().map(|tally| tally.name.as_str()) {
            assert_eq!(upserts(&run, kind), 0, "nothing of {kind}");
        }
    }
}

#[test]
fn without_machines_nothing_is_asked_about_each_of_them() {
    let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, Reply::status(403)));
    let run = finished(harness(&network).set("datasets.vulnerabilities.strategy=per_device"));
    assert_eq!(dataset(&run, "devices").completeness, Completeness::Forbidden);
    assert_eq!(dataset(&run, "device_users").completeness, Completeness::Skipped);
    assert_eq!(dataset(&run, "vulnerabilities").completeness, Completeness::Skipped);
    assert_eq!(asked(&network, "/logonusers"), 0);
    assert_eq!(dataset(&run, "software").completeness, Completeness::Complete, "the export needs no machines");
    assert_eq!(asked(&network, MACHINES), 1, "asked once, not once for each dataset");
}

#[test]
fn a_device_that_is_gone_does_not_stop_the_others() {
    let first = format!("/api/machines/{}/logonusers", first_device());
    let gone = Reply::status(404).body(r#"{"error":{"code":"ResourceNotFound","message":"gone"}}"#);
    let network = handmade_behind(FakeTransport::new().on("GET", &first, gone));
    let run = finished(harness(&network).datasets(&["device_users"]));
    let account = dataset(&run, "device_users");
    assert_eq!(account.completeness, Completeness::Partial);
    assert_eq!(tally(&account.tolerated, "subject_not_read"), 1);
    assert_eq!(asked(&network, "/logonusers"), 13, "all devices were asked about");
    assert_eq!(asked(&network, &first), 1, "a 404 is not repeated");
    assert!(closed_snapshots(&run).is_empty(), "what is not complete is not closed");
}

fn first_device() -> String {
    let body = handmade_body(MACHINES);
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    body["value"][0]["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_sign_in_that_is_refused_is_explained() {
    for (status, body, case, part) in [
        (
            401,
            r#"{"error":"invalid_client","error_codes":[7000222],"error_description":"x"}"#,
            "unauthenticated",
            "expired",
        ),
        (400, r#"{"error":"invalid_request","error_codes":[90002]}"#, "unauthenticated", "tenant"),
        (400, r#"{"error":"unauthorized_client","error_codes":[700016]}"#, "unauthenticated", "client_id"),
        (400, r#"{"error":"something_new","error_codes":[1234567]}"#, "unauthenticated", "AADSTS1234567"),
        (200, "<html>Welcome to the hotel</html>", "protocol", "proxy"),
        (200, r#"{"access_token":""}"#, "protocol", "sign-in"),
        (403, "", "protocol", "proxy"),
    ] {
        let network = FakeTransport::new().on("POST", TOKEN, Reply::status(status).body(body));
        let run = run(harness(&network));
        let (found, text) = refused(&run);
        assert_eq!(found, case, "{status} {body}: {text}");
        assert!(text.contains(part), "{status} {body}: {text}");
        assert_eq!((asked(&network, TOKEN), network.requests().len(), run.sink.count), (1, 1, 0));
    }
}
