//! How many trials, where: events into a file and a pipe, with a position and with an inventory.

use crate::faults::{KILL, OTHERS, RACE, REQUESTS, SECOND};
use crate::life::faketime;
use crate::support::program::Program;
use crate::tenant::Double;
use crate::trial::{self, About, Tally};
use crate::world::{Memory, Place};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Kills and second starts, each, over all places.
const TRIALS: u64 = 500;
/// Places that share them.
const PLACES: u64 = 4;

/// Kills and second starts, each, of a place.
fn wanted() -> u64 {
    let all = std::env::var("TORTURE_TRIALS").map_or(TRIALS, |text| text.parse().expect("TORTURE_TRIALS is a number"));
    all.div_ceil(PLACES)
}

/// The one seed to try, if somebody asks for one.
fn seed() -> Option<u64> {
    std::env::var("TORTURE_SEED").ok().map(|text| text.parse().expect("TORTURE_SEED is a number"))
}

/// Tries seeds until there were enough kills and second starts. Everything that must not happen is in the report.
fn torture(test: &str, place: Place, memory: Memory, about: About) {
    // The compiled component is kept from now on: no life of a trial writes it.
    assert_eq!(Program::new().arg("describe").run().code, 0);
    let double = Double::start();
    let mut tally = Tally::default();
    let (mut report, mut kinds) = (String::new(), BTreeMap::<_, u64>::new());
    let mut failed = 0;
    let is_enough = |tally: &Tally, seed: u64| match about {
        About::Everything => tally.kills() >= wanted() && tally.seconds >= wanted(),
        About::Requests => seed >= wanted() / 12,
    };
    for number in 0.. {
        if is_enough(&tally, number) || seed().is_some_and(|_| number > 0) {
            break;
        }
        let number = seed().unwrap_or(number);
        let findings = trial::run(number, (place, memory), about, &double, &mut tally);
        if findings.is_empty() {
            continue;
        }
        failed += 1;
        for finding in &findings {
            *kinds.entry(finding.kind).or_default() += 1;
        }
        if failed <= 5 {
            let again = format!("TORTURE_SEED={number} cargo test -p source-host --test torture {test}");
            let _ = writeln!(report, "seed {number}: {} findings; again: {again}", findings.len());
            let mut shown = BTreeMap::<_, u64>::new();
            for finding in &findings {
                let count = shown.entry(finding.kind).or_default();
                *count += 1;
                if *count <= 3 {
                    let _ = writeln!(report, "  {finding}");
                }
            }
        }
    }
    let Tally { struck, seconds, lives, lines, .. } = &tally;
    println!("{test}: {lives} lives, {lines} lines, {seconds} second starts, {struck:?}");
    assert!(
        failed == 0,
        "{failed} trials failed: {kinds:?}; {lives} lives, {seconds} second starts, {struck:?}\n{report}"
    );
    if about == About::Everything && seed().is_none() {
        reached(&tally, place);
    }
}

/// A fault that never struck proves nothing.
fn reached(tally: &Tally, place: Place) {
    let wanted = [&KILL, &SECOND, &RACE].into_iter().chain(&OTHERS).chain(&REQUESTS);
    for fault in wanted.filter(|fault| fault.only.is_none_or(|only| only == place)) {
        let can = match fault.name {
            // Said to be skipped where it is tried.
            "disk full" => tally.struck.contains_key(fault.name),
            "clock ahead" | "clock behind" => faketime().is_some(),
            _ => true,
        };
        let count = tally.struck.get(fault.name).copied().unwrap_or(0);
        assert!(!can || count > 0, "{} never struck: {:?}", fault.name, tally.struck);
    }
}

#[test]
#[ignore = "takes many minutes, and finds what is not mended yet; see CONTRIBUTING.md"]
fn a_file_with_a_position() {
    torture("a_file_with_a_position", Place::File, Memory::Position, About::Everything);
}

#[test]
#[ignore = "takes many minutes, and finds what is not mended yet; see CONTRIBUTING.md"]
fn a_file_with_an_inventory() {
    torture("a_file_with_an_inventory", Place::File, Memory::Inventory, About::Everything);
}

#[test]
#[ignore = "takes many minutes, and finds what is not mended yet; see CONTRIBUTING.md"]
fn a_pipe_with_a_position() {
    torture("a_pipe_with_a_position", Place::Pipe, Memory::Position, About::Everything);
}

#[test]
#[ignore = "takes many minutes, and finds what is not mended yet; see CONTRIBUTING.md"]
fn a_pipe_with_an_inventory() {
    torture("a_pipe_with_an_inventory", Place::Pipe, Memory::Inventory, About::Everything);
}

#[test]
#[ignore = "takes many minutes, and finds what is not mended yet; see CONTRIBUTING.md"]
fn who_is_asked_to_end_delivers_nothing_twice_into_a_file() {
    let test = "who_is_asked_to_end_delivers_nothing_twice_into_a_file";
    torture(test, Place::File, Memory::Position, About::Requests);
}

#[test]
#[ignore = "takes many minutes, and finds what is not mended yet; see CONTRIBUTING.md"]
fn who_is_asked_to_end_delivers_nothing_twice_into_a_pipe() {
    let test = "who_is_asked_to_end_delivers_nothing_twice_into_a_pipe";
    torture(test, Place::Pipe, Memory::Inventory, About::Requests);
}
