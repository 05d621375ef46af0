//! The contract kit can tell: the built-in component and a good one keep every promise, and of a source that breaks
//! one promise the kit says exactly that.

mod support;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};
use source_host::conformance::{Case, Judgement, Needs, PROMISES, Verdict, judge};
use source_host::contract::Secret;
use source_host::har::Exchange;
use source_host::replay::Matching;
use source_host::testing::engine;
use std::sync::OnceLock;
use std::time::Duration;
use support::components::{build, marked};
use support::program::Program;

const TOKEN_URL: &str = "https://login.example.com/oauth2/v2.0/token";
const PAGE_URL: &str = "https://api.example.com/v1/items?page=";

fn bad() -> &'static [u8] {
    static BUILT: OnceLock<Vec<u8>> = OnceLock::new();
    BUILT.get_or_init(|| build("bad-source", None))
}

/// Three pages, the second of them empty.
fn traffic() -> Vec<Exchange> {
    let exchange = |method: Method, url: &str, body: Value| Exchange {
        started: Some(Duration::from_secs(1_767_225_600)),
        method,
        url: url.parse().expect("an address"),
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_string()),
        omitted: None,
    };
    let items =
        |ids: &[&str]| -> Value { ids.iter().map(|id| json!({ "id": id, "name": format!("item {id}") })).collect() };
    let page = |number: u32, ids: &[&str], next: Value| {
        exchange(Method::GET, &format!("{PAGE_URL}{number}"), json!({ "items": items(ids), "next": next }))
    };
    vec![
        exchange(Method::POST, TOKEN_URL, json!({ "access_token": "t", "expires_in": 3599 })),
        page(1, &["a", "b", "c"], json!(2)),
        page(2, &[], json!(3)),
        page(3, &["d", "e"], Value::Null),
    ]
}

fn case(wasm: Vec<u8>) -> Case {
    Case {
        name: "test.wasm".into(),
        wasm,
        config: Some(Map::from_iter([("tenant".to_owned(), json!("t"))])),
        secrets: vec![Secret { name: "client_secret".into(), value: "canary-5f1e77a0".into() }],
        exchanges: traffic(),
        matching: Matching::Exact,
    }
}

fn judged(case: &Case) -> Vec<Judgement> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event queue");
    runtime.block_on(judge(engine(), case)).expect("it is a source")
}

fn broken(judgements: &[Judgement]) -> Vec<&'static str> {
    judgements.iter().filter(|it| it.verdict.is_broken()).map(|it| it.promise.name).collect()
}

/// Demands that a variant breaks one promise, and that all others are judged and kept.
fn breaks(name: &str) {
    let judgements = judged(&case(marked(bad(), name)));
    for judgement in &judgements {
        let is_kept = matches!(judgement.verdict, Verdict::Kept(_));
        assert_eq!(is_kept, judgement.promise.name != name, "the variant {name}: {judgement:?}");
    }
    assert_eq!(broken(&judgements), [name]);
}

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/conformance.md");
const BEGIN: &str = "<!-- table: begin -->\n";
const END: &str = "<!-- table: end -->\n";

#[test]
fn the_documented_promises_are_the_judged_ones() {
    let mut table = String::from("| promise | of | what is promised | needs |\n|---|---|---|---|\n");
    for promise in &PROMISES {
        let needs = match promise.needs {
            Needs::Imports | Needs::Component => "–",
            Needs::Config => "a configuration",
            Needs::Traffic => "recordings",
        };
        table += &format!("| `{}` | `{}` | {} | {needs} |\n", promise.name, promise.item, promise.text);
    }
    let text = std::fs::read_to_string(PAGE).expect("the page is there");
    let (before, rest) = text.split_once(BEGIN).expect("the table has a begin");
    let (written, after) = rest.split_once(END).expect("the table has an end");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PAGE, format!("{before}{BEGIN}{table}{END}{after}")).expect("the page can be written");
    } else {
        assert_eq!(
            written, table,
            "regenerate it with BLESS=1 cargo test -p source-host --test conformance documented"
        );
    }
}

#[test]
fn a_good_source_keeps_every_promise() {
    for judgement in judged(&case(bad().to_vec())) {
        assert!(matches!(judgement.verdict, Verdict::Kept(_)), "{judgement:?}");
    }
}

/// One test for each promise, so that they run side by side.
macro_rules! every_promise_can_be_broken {
    ($($test:ident $name:literal;)*) => {
        $(#[test]
        fn $test() {
            breaks($name);
        })*

        #[test]
        fn no_promise_is_left_out() {
            let broken = [$($name),*];
            let all: Vec<&str> = PROMISES.iter().map(|promise| promise.name).collect();
            let left: Vec<&&str> = all.iter().filter(|name| !broken.contains(name)).collect();
            // Imports are no behaviour: they have a test of their own.
            assert_eq!(left, [&"imports"]);
        }
    };
}

every_promise_can_be_broken! {
    descriptor "descriptor";
    config_schema "config-schema";
    endpoints "endpoints";
    secret_names "secret-names";
    config_errors "config-errors";
    plan "plan";
    plan_counts "plan-counts";
    check "check";
    finishes "finishes";
    batch_limits "batch-limits";
    checkpoint_moves "checkpoint-moves";
    checkpoint_size "checkpoint-size";
    resume "resume";
    checkpoint_refused "checkpoint-refused";
    next_run "next-run";
    cancel "cancel";
    documents "documents";
    events "events";
    order "order";
    snapshots "snapshots";
    receipt "receipt";
    waits "waits";
    replay "replay";
    errors "errors";
    egress "egress";
    no_secrets "no-secrets";
}

#[test]
fn a_source_that_wants_files_breaks_its_imports_and_is_not_run() {
    let judgements = judged(&case(build("bad-source", Some("files"))));
    assert_eq!(broken(&judgements), ["imports"]);
    assert!(judgements[0].verdict.evidence().contains("wasi:filesystem/types@0.2"), "{judgements:?}");
    assert!(judgements[1..].iter().all(|it| matches!(it.verdict, Verdict::NotJudged(_))));
}

#[test]
fn what_cannot_be_judged_is_not_called_kept() {
    let judgements = judged(&Case { exchanges: vec![], ..case(bad().to_vec()) });
    for Judgement { promise, verdict } in &judgements {
        match promise.needs {
            Needs::Traffic => assert_eq!(*verdict, Verdict::NotJudged("needs recorded traffic (--recordings)".into())),
            _ => assert!(matches!(verdict, Verdict::Kept(_)), "{promise:?} {verdict:?}"),
        }
    }
    let judgements = judged(&Case { exchanges: vec![], config: None, ..case(bad().to_vec()) });
    let judged = judgements.iter().filter(|it| matches!(it.verdict, Verdict::Kept(_))).count();
    assert_eq!(judged, 4, "imports, descriptor, schema, endpoints");
    let dead = Case { exchanges: traffic().split_off(1), ..case(bad().to_vec()) };
    let judgements = self::judged(&dead);
    assert_eq!(broken(&judgements), ["finishes"], "recordings without a token");
}

#[test]
fn the_built_in_component_keeps_every_promise() {
    let output = Program::new().args(["conformance", "--json"]).run();
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    let table: Value = serde_json::from_str(&output.stdout).expect("the table is JSON");
    let promises = table["promises"].as_array().expect("a list");
    assert_eq!(promises.len(), PROMISES.len());
    assert!(promises.iter().all(|promise| promise["verdict"] == "pass"), "{table:#}");
}

#[test]
fn the_program_says_what_is_broken() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bad.wasm");
    std::fs::write(&file, marked(bad(), "endpoints")).expect("a file");
    let output = Program::new().args(["conformance", "--component"]).arg(&file).run();
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stdout.contains("FAIL        endpoints"), "{}", output.stdout);
    assert!(output.stdout.contains("DELETE api.example.com/v1/items: its method is none that reads"));
    assert!(output.stdout.contains("not judged"), "{}", output.stdout);
    std::fs::write(&file, "no component").expect("a file");
    let output = Program::new().args(["conformance", "--component"]).arg(&file).run();
    assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{}", output.stderr);
    let output = Program::new().args(["conformance", "--component", "no-such.wasm"]).run();
    assert_eq!(output.code, 2, "{}", output.stderr);
}
