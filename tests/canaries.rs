//! Secrets stay in, whatever verb is called and whatever the service answers: everything that the program writes is
//! searched for them, in every spelling.

mod support;

#[path = "canaries/scene.rs"]
mod scene;
#[path = "canaries/search.rs"]
mod search;
#[path = "canaries/verbs.rs"]
mod verbs;

use scene::{PASSWORD, SECRETS, SIGNATURE, Scene, Trouble};
use search::Search;
use std::collections::BTreeSet;
use verbs::VERBS;

/// Verbs that ask the service, or read what came of it.
const ONLINE: [&str; 11] = [
    "check",
    "plan",
    "record",
    "run",
    "inventory summary",
    "inventory changes",
    "inventory sql",
    "inventory export",
    "replay",
    "conformance",
    "validate",
];

#[test]
fn every_verb_is_scanned() {
    let scanned: BTreeSet<String> =
        VERBS.iter().map(|(verb, _)| (*verb).to_owned()).filter(|it| !it.is_empty()).collect();
    let there: BTreeSet<String> = source_host::cli::verbs().into_iter().collect();
    assert_eq!(scanned, there, "add what is new to tests/canaries/verbs.rs, with arguments that make it write");
    assert!(ONLINE.iter().all(|verb| scanned.contains(*verb)));
}

/// Runs verbs and searches everything that they wrote.
fn scan(trouble: Trouble, is_wanted: impl Fn(&str) -> bool) -> Scene {
    let (scene, search) = (Scene::new(trouble), Search::new(&SECRETS));
    // What is searched would be found: the configuration has the password.
    let config = std::fs::read(scene.path().join("c.toml")).expect("there is one");
    assert!(search.find(&config).is_some_and(|found| found.contains("password")));
    for (_, starts) in VERBS.iter().filter(|(verb, _)| is_wanted(verb)) {
        for args in *starts {
            let output = scene.run(args);
            let says_something = !output.stdout.is_empty() || !output.stderr.is_empty();
            assert!(says_something || trouble != Trouble::None, "{args:?} says nothing");
            assert!(!output.stderr.contains("panicked"), "{args:?}: {}", output.stderr);
            for (place, text) in [("output", &output.stdout), ("messages", &output.stderr)] {
                let found = search.find(text.as_bytes());
                assert_eq!(found, None, "{trouble:?}: {place} of {args:?}:\n{text}");
            }
            for (path, bytes) in scene.files() {
                // Rows are data: what a tenant says in them is delivered as it is, and recorded without secrets.
                let is_data = trouble == Trouble::Rows && path.extension().is_none_or(|it| it != "har");
                if !is_data {
                    let found = search.find(&bytes);
                    assert_eq!(found, None, "{trouble:?}: {} after {args:?}", path.display());
                }
            }
        }
    }
    assert!(scene.relay.seen().iter().any(|passed| passed.credentials.is_some()), "the password was used");
    scene
}

#[test]
fn nothing_comes_out_where_all_is_well() {
    let scene = scan(Trouble::None, |_| true);
    let sent = scene.server.asked().join("\n");
    assert!(Search::new(&[("s", SIGNATURE)]).find(sent.as_bytes()).is_some(), "the signature was used: {sent}");
    assert!(!sent.contains(PASSWORD));
    let written: BTreeSet<String> =
        scene.files().iter().filter_map(|(path, _)| Some(path.extension()?.to_str()?.to_owned())).collect();
    for kind in ["har", "ndjson", "db", "lock"] {
        assert!(written.contains(kind), "{kind} in {written:?}");
    }
}

#[test]
fn nothing_comes_out_where_the_sign_in_repeats_what_it_was_sent() {
    scan(Trouble::SignIn, |verb| ONLINE.contains(&verb));
    scan(Trouble::Garbled, |verb| ONLINE.contains(&verb));
}

#[test]
fn nothing_comes_out_where_requests_are_refused_with_what_they_were_sent() {
    scan(Trouble::Refused, |verb| ONLINE.contains(&verb));
    scan(Trouble::File, |verb| ONLINE.contains(&verb));
}

#[test]
fn no_recording_holds_what_answers_repeat() {
    let scene = scan(Trouble::Rows, |verb| verb == "record");
    let taken_out = scene.files().iter().any(|(_, bytes)| bytes.windows(10).any(|it| it == b"[REDACTED]"));
    assert!(taken_out, "there was something to take out");
}
