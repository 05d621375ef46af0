//! What a client makes of answers, on a clock that is set by hand.

use super::*;
use crate::error::Cause;
use crate::sign_in::{Grant, Permission, Secret};
use crate::testing::{Reply, Service};
use crate::wire::{Origin, TransportError};

const FAMILY: Family = Family { name: "/api/x", quota: Quota::documented(100, 1_500) };
const TOKEN: &str = "/t/oauth2/v2.0/token";
const CONFIG: HttpConfig =
    HttpConfig { user_agent: "x", timeout_ms: 1_000, max_attempts: 6, max_wait_ms: 3_600_000, max_in_flight: 1 };

fn client(service: &Service, config: HttpConfig) -> Client {
    let scopes = ["d", "g"].map(str::to_owned);
    let login = Origin::https("login.example.com");
    let grant = Grant::new(&login, "t", "c".into(), Secret::new("s"), scopes);
    Client::new(service.collaborators(), config, grant, Budget::new(100))
}

fn call() -> Call {
    Call::get("https://api.example.com/api/x".into(), "GET /api/x".into(), Permission::defender("X.Read.All"), FAMILY)
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply {
    Reply::Answer(status, headers.iter().map(|(name, text)| (*name, (*text).to_owned())).collect(), body.into())
}

/// Tries until something comes of it, letting each wait pass. The milliseconds that passed, and what came.
fn tried(service: &Service, config: HttpConfig) -> (u64, Attempt) {
    let (mut client, mut call, from) = (client(service, config), call(), service.now_ms.get());
    loop {
        match client.attempt(&mut call) {
            Attempt::Wait(wait) => service.pass(wait.millis),
            came => return (service.now_ms.get() - from, came),
        }
    }
}

fn error(attempt: Attempt) -> crate::error::SourceError {
    match attempt {
        Attempt::Failed(error) | Attempt::Fatal(error) => error,
        Attempt::Answer(_) | Attempt::Wait(_) | Attempt::Missed(..) => panic!("it was no failure"),
    }
}

#[test]
fn the_status_comes_first_whatever_the_body_is() {
    for body in [("br", "<busy>"), ("zstd", ""), ("gzip", "no gzip at all"), ("", "<html>"), ("", r#"{"error":{"co"#)] {
        let (coding, text) = body;
        for (status, cause) in [(429, Cause::Throttled), (503, Cause::Unavailable), (504, Cause::Timeout)] {
            let service = Service::new();
            let odd = answer(status, &[("content-encoding", coding), ("retry-after", "3")], text);
            service.on("/api/x", [odd.clone(), odd, Reply::ok("{}")]);
            assert!(matches!(tried(&service, CONFIG).1, Attempt::Answer(_)), "{status} {body:?}");
            service.on("/api/x", [answer(status, &[("content-encoding", coding)], text)]);
            assert_eq!(error(tried(&service, CONFIG).1).cause, cause, "{status} {body:?}");
        }
        let service = Service::new();
        service.on("/api/x", [answer(401, &[("content-encoding", coding)], text), Reply::ok("{}")]);
        assert!(matches!(tried(&service, CONFIG).1, Attempt::Answer(_)), "401 {body:?}");
        assert_eq!(service.asked(TOKEN), 2, "a token that was refused is replaced");
    }
}

#[test]
fn an_unknown_coding_of_a_good_answer_is_named() {
    let service = Service::new();
    service.on("/api/x", [answer(200, &[("content-encoding", "br")], "x")]);
    let error = error(tried(&service, CONFIG).1);
    assert_eq!(error.cause, Cause::Protocol);
    assert!(error.message.contains("`br`"), "{error}");
    assert_eq!(service.asked("/api/x"), 1);
}

#[test]
fn a_header_that_is_too_large_is_named_and_not_repeated() {
    for path in ["/api/x", TOKEN] {
        let service = Service::new();
        service.on(path, [Reply::Error(TransportError::HeaderTooLarge)]);
        let (waited_ms, came) = tried(&service, CONFIG);
        let error = error(came);
        assert_eq!((error.cause, waited_ms, service.asked(path)), (Cause::Protocol, 0, 1), "{path}");
        assert!(error.message.contains("header") && error.remedy.contains("a retry does not help"), "{error}");
    }
}

#[test]
fn the_status_of_a_sign_in_comes_first_too() {
    for odd in [answer(503, &[("content-encoding", "br")], "x"), answer(429, &[("retry-after", "2")], "<html>")] {
        let service = Service::new();
        let good = Reply::ok(r#"{"expires_in":3599,"access_token":"tok"}"#);
        service.on(TOKEN, [odd, good]);
        service.on("/api/x", [Reply::ok("{}")]);
        assert!(matches!(tried(&service, CONFIG).1, Attempt::Answer(_)));
    }
    let service = Service::new();
    service.on(TOKEN, [answer(200, &[("content-encoding", "br")], "x")]);
    let refused = error(tried(&service, CONFIG).1);
    assert_eq!((refused.cause, service.asked(TOKEN)), (Cause::Protocol, 1));
    assert!(refused.message.contains("`br`"), "{refused}");
}

#[test]
fn patience_lasts_as_long_as_the_limit_of_a_minute() {
    for reply in [
        answer(429, &[], ""),
        answer(429, &[("retry-after", "0")], ""),
        answer(429, &[("retry-after", "1")], ""),
        answer(429, &[("retry-after", "soon")], "<html>"),
        answer(500, &[], ""),
        answer(502, &[], ""),
        answer(503, &[("retry-after", "0")], ""),
        answer(504, &[], ""),
    ] {
        let service = Service::new();
        service.on("/api/x", [reply]);
        let (passed_ms, _) = tried(&service, CONFIG);
        assert!((60_000..200_000).contains(&passed_ms), "{passed_ms} ms");
        let asked = service.asked("/api/x");
        assert!((6..12).contains(&asked), "{asked} attempts");
    }
}

#[test]
fn the_limit_of_an_hour_takes_an_hour_of_patience() {
    let hourly = r#"{"error":{"code":"TooManyRequests","message":"Maximum exceeded (1500 per 1 hour)."}}"#;
    let service = Service::new();
    service.on("/api/x", [answer(429, &[], hourly)]);
    let (passed_ms, _) = tried(&service, CONFIG);
    assert!((3_600_000..3_700_000).contains(&passed_ms), "{passed_ms} ms");
    let (passed_ms, _) = tried(&service, HttpConfig { max_wait_ms: 90_000, ..CONFIG });
    assert!((90_000..190_000).contains(&passed_ms), "never longer than it may: {passed_ms} ms");

    // The words do not say it, and most of what an hour allows was sent.
    let service = Service::new();
    service.on("/api/x", [answer(429, &[], "")]);
    let (mut client, mut call, from) = (client(&service, CONFIG), call(), service.now_ms.get());
    for sent in 0..800 {
        client.budget().spend(&FAMILY, from - 1_000 * (800 - sent)).unwrap();
    }
    while let Attempt::Wait(wait) = client.attempt(&mut call) {
        service.pass(wait.millis);
    }
    assert!(service.now_ms.get() - from >= 3_600_000);
}

#[test]
fn what_the_words_ask_for_is_waited() {
    let words = r#"{"error":{"code":"TooManyRequests","message":"Please try again after 55 sec."}}"#;
    let service = Service::new();
    service.on("/api/x", [answer(429, &[], words), Reply::ok("{}")]);
    let (passed_ms, came) = tried(&service, CONFIG);
    assert!(matches!(came, Attempt::Answer(_)) && (55_000..57_000).contains(&passed_ms), "{passed_ms} ms");
}

#[test]
fn one_attempt_is_one_and_nobody_answering_is_no_limit() {
    let service = Service::new();
    service.on("/api/x", [answer(503, &[], "")]);
    assert_eq!((tried(&service, HttpConfig { max_attempts: 1, ..CONFIG }).0, service.asked("/api/x")), (0, 1));
    let service = Service::new();
    service.on("/api/x", [Reply::Error(TransportError::ConnectionFailed)]);
    assert!(tried(&service, CONFIG).0 < 60_000);
    assert_eq!(service.asked("/api/x"), 6);
}

#[test]
fn a_refusal_by_policy_is_final() {
    for refused in [TransportError::Denied, TransportError::TlsFailed] {
        let service = Service::new();
        service.on("/api/x", [Reply::Error(refused)]);
        assert_eq!((tried(&service, CONFIG).0, service.asked("/api/x")), (0, 1));
    }
}

#[test]
fn an_error_that_was_read_in_a_success_is_repeated_or_final_as_its_status_is() {
    let service = Service::new();
    service.on("/api/x", [Reply::ok("{}")]);
    let within = |code: &str| {
        let (mut client, mut call) = (client(&service, CONFIG), call());
        let service_error = ServiceError { code: code.into(), ..ServiceError::default() };
        client.refused_within(&mut call, &service_error)
    };
    assert!(matches!(within("TooManyRequests"), Attempt::Wait(_)));
    assert!(matches!(within("InternalServerError"), Attempt::Wait(_)));
    assert!(matches!(within("Unauthorized"), Attempt::Answer(_)), "with a fresh token");
    let refused = error(within("Forbidden"));
    assert_eq!(refused.cause, Cause::Forbidden);
    assert!(refused.message.contains("HTTP 200 with the error Forbidden"), "{refused}");
}
