//! An oracle that cannot fail proves nothing. Each test switches one safeguard off and expects the simulation to name
//! what broke: that, all of it, and nothing else.

mod answers;
mod bounds;
mod deliveries;
mod ghosts;
mod hosts;
mod steps;
mod stock;

use defender_double::scenario::{Fault, Scenario, What, When};
use source_host::simulate::{Options, Property, Sabotage, simulate};
use source_host::testing::embedded;
use std::collections::BTreeSet;

/// Seeds that are looked at in any case: what is not expected would show in them.
const LEAST: u64 = 3;
/// And until everything that is expected came up, or so many were looked at.
const MOST: u64 = 16;

/// What some seeds violate under a saboteur, who is expected to have these violated.
fn violated(
    options: &Options,
    saboteur: impl Fn() -> Option<Box<dyn Sabotage>>,
    expected: &[Property],
) -> (BTreeSet<Property>, String) {
    let component = embedded().expect("the built-in component is one");
    let (mut properties, mut lines) = (BTreeSet::new(), String::new());
    for seed in 1..=MOST {
        if seed > LEAST && expected.iter().all(|property| properties.contains(property)) {
            break;
        }
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
    let (found, lines) = violated(options, || Some(Box::new(saboteur())), expected);
    assert_eq!(found, expected.iter().copied().collect(), "{lines}");
}

#[test]
fn nothing_is_reported_where_nothing_is_broken() {
    let (found, lines) = violated(&fair(), || None, &[]);
    assert!(found.is_empty(), "{lines}");
}
