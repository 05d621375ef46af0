//! What must not come out, and what must not be used up.

use super::{expect, fair, violated};
use defender_double::scenario::Scenario;
use http::{StatusCode, Uri};
use serde_json::Value;
use source_host::contract::{Event, Step, Wait, WaitReason};
use source_host::engine::CallError;
use source_host::simulate::Property::{self, Memory, Quota, Secret, StableReplay};
use source_host::simulate::{Options, Sabotage, simulate};
use source_host::testing::embedded;
use std::collections::BTreeSet;

#[test]
fn a_token_in_an_event_is_a_leak() {
    struct Echo(Option<String>);
    impl Sabotage for Echo {
        fn rewrites(&self) -> bool {
            true
        }

        fn answer(&mut self, _: &Uri, status: StatusCode, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
            if let Ok(answer) = serde_json::from_slice::<Value>(&body)
                && let Some(token) = answer["access_token"].as_str()
            {
                self.0 = Some(token.to_owned());
            }
            (status, body)
        }

        fn deliver(&mut self, mut events: Vec<Event>) -> Vec<Event> {
            let token = self.0.clone().unwrap_or_default();
            for event in events.iter_mut().filter(|event| event.kind == "device") {
                event.document =
                    event.document.replacen("\"body\":{", &format!("\"body\":{{\"token\":\"{token}\","), 1);
            }
            events
        }
    }
    // The token of a later life is another one.
    let (found, lines) = violated(&fair(), || Some(Box::new(Echo(None))), &[Secret]);
    assert!(found.contains(&Secret) && found.is_subset(&[Secret, StableReplay].into()), "{lines}");
}

#[test]
fn the_client_secret_in_the_reason_of_a_wait_is_a_leak() {
    struct Echo(Option<String>, bool);
    impl Sabotage for Echo {
        fn step(&mut self, step: Step) -> Result<Step, CallError> {
            if std::mem::replace(&mut self.1, true) {
                return Ok(step);
            }
            // What every secret of a simulation begins with, and then what this one goes on with.
            let message = self.0.clone().unwrap_or_default();
            Ok(Step::Wait(Wait { millis: 1, reason: WaitReason::Retry, message }))
        }
    }
    let component = embedded().expect("the built-in component is one");
    let secret = source_host::simulate::client_secret(1);
    let report = simulate(1, &fair(), &component, Some(Box::new(Echo(Some(secret), false))));
    let found: BTreeSet<Property> = report.violations.iter().map(|violation| violation.property).collect();
    assert!(found.contains(&Secret), "{:?}", report.violations);
}

#[test]
fn too_much_memory_is_noticed() {
    struct Glutton;
    impl Sabotage for Glutton {
        fn peak_memory(&self, _: u64) -> u64 {
            17 << 20
        }
    }
    expect(&fair(), || Glutton, &[Memory]);
}

#[test]
fn a_quota_that_is_exceeded_is_noticed_when_asked_for() {
    // The source keeps to the documented quotas; this service has a stricter one of its own.
    let strict = Scenario::parse("strict.toml".as_ref(), "[quotas.machines]\nper_minute = 1\n").expect("a scenario");
    let strict = Options { scenario: Some(strict), ..fair() };
    let (found, lines) = violated(&strict, || None, &[]);
    assert!(found.is_empty(), "{lines}");
    let (found, lines) = violated(&Options { strict_quota: true, ..strict }, || None, &[Quota]);
    assert_eq!(found, [Quota].into(), "{lines}");
}
