//! A component that attacks its host is stopped with an error that names what it did, in bounded memory, and the next
//! one runs as if nothing had been.

mod support;

use bytes::Bytes;
use source_host::contract::{Breach, SourceError, error_failure};
use source_host::engine::{Bound, CallError, Component, LoadError, SandboxOptions, Source};
use source_host::policy::Reason;
use source_host::runner::RunError;
use source_host::testing::{FakeTransport, Harness, Reply, TestRun, engine};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use support::components::{Declared, build, declaring, marked};

const MEMORY_BYTES: u64 = SandboxOptions::MEMORY_BYTES;
/// Short, where a time-out is what is tested. Nothing else may take so long that it matters.
const SHORT: Duration = Duration::from_millis(500);

fn hostile(behaviour: &str) -> Component {
    static BUILT: OnceLock<Vec<u8>> = OnceLock::new();
    let wasm = marked(BUILT.get_or_init(|| build("hostile-source", None)), behaviour);
    Component::from_bytes(engine(), &wasm, "hostile.wasm").expect("it looks like any other source")
}

/// Answers everything.
fn network() -> FakeTransport {
    FakeTransport::new().answer(|_| Some(Reply::json("{}")))
}

/// Runs an attack, checks that memory was bounded, and that the same engine runs another component afterwards.
fn attack(behaviour: &str, network: FakeTransport, timeout: Duration) -> TestRun {
    let component = hostile(behaviour);
    let run = Harness::new(network).component(component).without_secrets().call_timeout(timeout).run();
    assert!(run.peak_memory_bytes <= MEMORY_BYTES, "{behaviour}: {} bytes", run.peak_memory_bytes);
    let good = support::handmade_run().run();
    assert!(good.error.is_none() && good.receipt.is_some(), "after {behaviour}: {:?}", good.error);
    run
}

/// Why a call of an attack failed.
fn call_error(behaviour: &str) -> CallError {
    let run = attack(behaviour, network(), SandboxOptions::CALL_TIMEOUT);
    match run.error {
        Some(RunError::Call(error)) => error,
        other => panic!("{behaviour}: {other:?} {:?}", run.receipt),
    }
}

/// What an attack reported about itself.
fn said(behaviour: &str, network: FakeTransport) -> String {
    match attack(behaviour, network, SandboxOptions::CALL_TIMEOUT).error {
        Some(RunError::Call(CallError::Source(error))) => error_failure(&error).message.clone(),
        other => panic!("{behaviour}: {other:?}"),
    }
}

fn breach(behaviour: &str) -> Breach {
    match attack(behaviour, network(), SandboxOptions::CALL_TIMEOUT).error {
        Some(RunError::Breach(breach)) => breach,
        other => panic!("{behaviour}: {other:?}"),
    }
}

#[test]
fn time_is_bounded() {
    for (behaviour, call) in
        [("spin", "next"), ("sleep", "next"), ("poll", "next"), ("stderr", "next"), ("describe-spin", "describe")]
    {
        match attack(behaviour, network(), SHORT).error {
            Some(RunError::Call(CallError::TimedOut { call: found, .. })) => assert_eq!(found, call, "{behaviour}"),
            other => panic!("{behaviour}: {other:?}"),
        }
    }
}

#[test]
fn memory_is_bounded() {
    let error = call_error("allocate");
    assert!(matches!(error, CallError::OutOfMemory { call: "next", limit_bytes: MEMORY_BYTES }), "{error}");
}

#[test]
fn the_stack_is_bounded() {
    // Which of its two stacks ends first, the engine's or the one in its memory, is a matter of the compiler.
    let ends = ["out of bounds"];
    match call_error("recurse") {
        error @ CallError::Bound { call: "next", bound: Bound::Stack } => {
            let words = error.to_string();
            assert!(
                words.contains("nested deeper than its stack of 524288 bytes") && !words.contains("bug"),
                "{words}"
            );
        }
        CallError::Trapped { call: "next", cause } => assert!(ends.iter().any(|end| cause.contains(end)), "{cause}"),
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_handed_over_is_bounded() {
    for (behaviour, call) in [
        ("alias", "next"),
        ("long-event", "next"),
        ("many-events", "next"),
        ("gigantic-error", "next"),
        ("describe-data", "describe"),
    ] {
        match call_error(behaviour) {
            CallError::TooMuchData { call: found, limit_bytes } => {
                assert_eq!(found, call, "{behaviour}");
                assert!(limit_bytes < 32 * 1024 * 1024, "{behaviour}: {limit_bytes}");
            }
            other => panic!("{behaviour}: {other}"),
        }
    }
}

#[test]
fn long_errors_are_cut_where_people_read_them() {
    let error = call_error("long-error");
    assert!(matches!(error, CallError::Source(SourceError::Internal(_))));
    let line = error.to_string();
    assert!(line.chars().count() < 5000 && !line.contains('\n'), "{} characters", line.chars().count());
}

#[test]
fn what_breaks_the_contract_is_not_delivered() {
    assert!(matches!(breach("more-events"), Breach::Limits { events: 1001, .. }));
    assert!(matches!(breach("not-json"), Breach::Document { .. }));
    assert!(matches!(breach("two-lines"), Breach::Document { .. }));
    assert!(matches!(breach("checkpoint"), Breach::Checkpoint { bytes: 1_048_576 }));
    assert!(matches!(breach("last-checkpoint"), Breach::Checkpoint { bytes: 1_048_576 }));
}

#[test]
fn runs_that_get_nowhere_end() {
    assert!(matches!(breach("standstill"), Breach::Standstill));
    assert!(matches!(breach("wait-zero"), Breach::Restless { .. }));
    assert!(matches!(breach("wait-ever"), Breach::Patience { .. }));
}

#[test]
fn what_the_host_keeps_for_it_is_bounded() {
    for (behaviour, expected, words) in [
        ("handles", Bound::Handles, "it holds more than 4096 requests"),
        ("random", Bound::Random, "it asks for more than 65536 random bytes at once"),
        ("long-header", Bound::Headers, "the headers of one of its requests are longer than 32768 bytes"),
    ] {
        let error = call_error(behaviour);
        assert!(matches!(error, CallError::Bound { call: "next", bound } if bound == expected), "{behaviour}: {error}");
        let said = error.to_string();
        assert!(said.contains(words) && !said.contains("bug"), "{said}");
    }
}

#[test]
fn what_it_declares_is_bounded_too() {
    let wasm = build("hostile-source", None);
    for (declared, words) in [
        (Declared::Table(1_000_001), "its tables need more than 1000000 elements"),
        (Declared::Tables(70), "it has more than 64 memories, 64 tables"),
    ] {
        let component = Component::from_bytes(engine(), &declaring(&wasm, declared), "hostile.wasm").expect("compiled");
        let run = Harness::new(network()).component(component).without_secrets().run();
        match run.error {
            Some(RunError::Call(error @ CallError::Bound { call: "describe", .. })) => {
                assert!(error.to_string().contains(words), "{error}");
            }
            other => panic!("{declared:?}: {other:?}"),
        }
    }
}

#[test]
fn ends_without_a_reason_are_errors_of_the_component_alone() {
    for behaviour in ["exit", "panic"] {
        let error = call_error(behaviour);
        assert!(matches!(error, CallError::Trapped { call: "next", .. }), "{behaviour}: {error}");
    }
    let error = call_error("drop");
    assert!(matches!(error, CallError::Trapped { call: "drop", .. }), "{error}");
}

#[test]
fn nothing_of_the_host_is_seen() {
    assert_eq!(said("surroundings", network()), "0 variables, 0 arguments, 0 bytes of input");
}

#[test]
fn requests_in_flight_are_bounded() {
    let silent = FakeTransport::new().answer(|_| Some(Reply::never()));
    assert_eq!(said("requests", silent.clone()), "1000 started, 16 wait, 984 refused");
    assert_eq!(silent.requests().len(), SandboxOptions::MAX_IN_FLIGHT);
    let endless = FakeTransport::new()
        .answer(|_| Some(Reply::generated(|| std::iter::repeat_with(|| Bytes::from_static(&[b' '; 65536])))));
    assert_eq!(said("bodies", endless), "16 held, then ErrorCode::ConnectionLimitReached");
}

/// What the policy refused, by reason, and how many requests reached the network.
fn refused(behaviour: &str, network: &FakeTransport) -> (Vec<Reason>, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event queue");
    let denials = runtime.block_on(async {
        use source_host::runner::Session;
        let options = SandboxOptions::new(Arc::new(network.clone()));
        let mut source = Source::start(&hostile(behaviour), &options).await.expect("it starts");
        let mut session = source.open("{}", &[], None).await.expect("it opens");
        let _ = session.next(source_host::runner::DEFAULT_LIMITS).await;
        session.close().await.expect("it goes");
        source.observed().denials
    });
    (denials.into_iter().map(|denial| denial.reason).collect(), network.requests().len())
}

#[test]
fn hosts_outside_the_list_are_never_reached() {
    assert_eq!(said("hosts", network()), "20 tried, none answered");
    let (reasons, reached) = refused("hosts", &network());
    assert_eq!(reached, 0);
    for reason in [Reason::Host, Reason::Plain, Reason::Port, Reason::Path, Reason::Endpoint] {
        assert!(reasons.contains(&reason), "{reason:?} in {reasons:?}");
    }
}

#[test]
fn methods_that_write_are_never_sent() {
    assert_eq!(said("methods", network()), "9 tried, none answered");
    let (reasons, reached) = refused("methods", &network());
    assert_eq!(reached, 0);
    assert!(reasons.iter().all(|reason| *reason == Reason::Endpoint), "{reasons:?}");
}

#[test]
fn redirects_are_judged_like_any_request() {
    for location in
        ["http://169.254.169.254/latest/meta-data", "http://127.0.0.1/v1/items", "https://evil.example.net/x"]
    {
        let network = FakeTransport::new().on("GET", "/v1/items", Reply::status(302).header("location", location));
        assert_eq!(said("redirect", network.clone()), "1 tried, none answered");
        assert_eq!(network.requests().len(), 1, "{location}");
        let (reasons, _) = refused("redirect", &network);
        assert_eq!(reasons.len(), 1, "{location}");
    }
}

#[test]
fn requests_cannot_pretend_to_be_others() {
    let seen = network();
    assert_eq!(said("headers", seen.clone()), "12 tried, none answered");
    assert_eq!(seen.requests().len(), 0);
    let seen = network();
    assert_eq!(said("lengths", seen.clone()), "4 tried, none answered");
    assert_eq!(seen.requests().len(), 0, "no body of another length than announced");
}

#[test]
fn files_and_sockets_are_refused_at_load() {
    for (feature, interface) in [("files", "wasi:filesystem/types@0.2"), ("sockets", "wasi:sockets/tcp@0.2")] {
        let wasm = build("hostile-source", Some(feature));
        let error = Component::from_bytes(engine(), &wasm, "hostile.wasm").err().expect("refused");
        assert!(matches!(&error, LoadError::Forbidden { interfaces, .. } if interfaces.contains(interface)), "{error}");
    }
}
