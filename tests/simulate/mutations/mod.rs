//! An oracle that cannot fail proves nothing. Each test switches one safeguard off and expects the simulation to name
//! what broke: that, all of it, and nothing else.

mod answers;
mod bounds;
mod deliveries;
mod hosts;
mod steps;
mod stock;

use defender_double::scenario::{Fault, Scenario, What, When};
use source_host::simulate::{Options, Property, Sabotage, simulate};
use source_host::testing::embedded;
use std::collections::BTreeSet;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=16;

/// Everything that some seeds violate under a saboteur.
fn violated(options: &Options, saboteur: impl Fn() -> Option<Box<dyn Sabotage>>) -> (BTreeSet<Property>, String) {
    let component = embedded().expect("the built-in component is one");
    let (mut properties, mut lines) = (BTreeSet::new(), String::new());
    for seed in SEEDS {
        for violation in simulate(seed, options, &component, saboteur()).violations {
            if properties.insert(violation.property) {
                lines.push_str(&format!("seed {seed}: {violation}\n"));
            }
        }
    }
    (properties, lines)
}

/// Fair weather, so that everything that is reported is the saboteur's.
fn fair() -> Options {
    Options { days: 1, scenario: Some(Scenario::default()), ..Options::default() }
}

/// Three days, so that changes follow a full read.
fn with_changes() -> Options {
    Options { days: 3, ..fair() }
}

/// One path that fails, always.
fn broken(path: &str, what: What) -> Options {
    let when = When { path: Some(path.to_owned()), times: None, ..When::default() };
    Options { scenario: Some(Scenario::of(vec![Fault { when, what }])), ..fair() }
}

fn expect<S: Sabotage + 'static>(options: &Options, saboteur: fn() -> S, expected: &[Property]) {
    let (found, lines) = violated(options, || Some(Box::new(saboteur())));
    assert_eq!(found, expected.iter().copied().collect(), "{lines}");
}

#[test]
fn nothing_is_reported_where_nothing_is_broken() {
    let (found, lines) = violated(&fair(), || None);
    assert!(found.is_empty(), "{lines}");
}
