//! How many trials, where: events into a file and a pipe, with a position and with an inventory.

use crate::faults::{FULL, Fault, KILL, OTHERS, RACE, REQUESTS, SECOND};
use crate::life::faketime;
use crate::support::program::Program;
use crate::tenant::Double;
use crate::trial::{self, About, Tally};
use crate::world::{Memory, Place};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// Kills and second starts, each, over all places.
const TRIALS: u64 = 500;
/// Failed trials of a place after which no more are tried.
const MOST_FAILED: u64 = 5;
/// Trials about requests to end, of a place.
const REQUESTED: u64 = 10;

/// Where events go and what outlives a run, by the name in commands.
const PLACES: [(&str, Place, Memory); 4] = [
    ("file-position", Place::File, Memory::Position),
    ("file-inventory", Place::File, Memory::Inventory),
    ("pipe-position", Place::Pipe, Memory::Position),
    ("pipe-inventory", Place::Pipe, Memory::Inventory),
];

/// Kills and second starts, each, over all places.
fn wanted() -> u64 {
    std::env::var("TORTURE_TRIALS").map_or(TRIALS, |text| text.parse().expect("TORTURE_TRIALS is a number"))
}

/// The one trial to repeat, if somebody asks for one: a place and a seed.
fn repeated() -> Option<(String, u64)> {
    let text = std::env::var("TORTURE_SEED").ok()?;
    let (place, seed) = text.split_once(':').expect("TORTURE_SEED is PLACE:SEED");
    assert!(PLACES.iter().any(|(name, ..)| *name == place), "TORTURE_SEED names no place: {place}");
    Some((place.to_owned(), seed.parse().expect("the seed is a number")))
}

/// What the trials of a place came to.
#[derive(Default)]
struct Outcome {
    tally: Tally,
    failed: u64,
    kinds: BTreeMap<crate::judge::Kind, u64>,
    report: String,
}

impl Outcome {
    /// Runs one trial, and notes everything that must not happen.
    fn attempt(&mut self, test: &str, number: u64, place: (&str, Place, Memory), about: About, double: &Double) {
        let (name, place, memory) = place;
        let findings = trial::run((name, number), (place, memory), about, double, &mut self.tally);
        if findings.is_empty() {
            return;
        }
        self.failed += 1;
        let again = format!("TORTURE_SEED={name}:{number} cargo test -p source-host --test torture {test}");
        let _ = writeln!(self.report, "{name} {number}: {} findings; again: {again}", findings.len());
        let mut shown = BTreeMap::<_, u64>::new();
        for finding in &findings {
            *self.kinds.entry(finding.kind).or_default() += 1;
            let count = shown.entry(finding.kind).or_default();
            *count += 1;
            if *count <= 3 {
                let _ = writeln!(self.report, "  {finding}");
            }
        }
    }
}

/// Tries seeds in each place, all places at the same time, for as long as more are needed there.
fn torture(test: &str, places: &[(&str, Place, Memory)], about: About, needs: impl Fn(&Tally, u64) -> bool + Sync) {
    // The compiled component is kept from now on: no life of a trial writes it.
    assert_eq!(Program::built().arg("describe").run().code, 0);
    let repeated = repeated();
    let one_place = |place: (&str, Place, Memory)| {
        let (double, mut outcome) = (Double::start(), Outcome::default());
        match &repeated {
            Some((name, seed)) if name == place.0 => outcome.attempt(test, *seed, place, about, &double),
            Some(_) => {}
            None => {
                for number in 0.. {
                    if outcome.failed == MOST_FAILED || !needs(&outcome.tally, number) {
                        break;
                    }
                    outcome.attempt(test, number, place, about, &double);
                }
            }
        }
        outcome
    };
    let mut all = Outcome::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = places.iter().map(|place| scope.spawn(|| one_place(*place))).collect();
        for thread in threads {
            let outcome = thread.join().expect("a trial that fails says so otherwise");
            all.tally.add(&outcome.tally);
            all.failed += outcome.failed;
            outcome.kinds.into_iter().for_each(|(kind, count)| *all.kinds.entry(kind).or_default() += count);
            all.report.push_str(&outcome.report);
        }
    });
    let Outcome { tally, failed, kinds, report } = all;
    let Tally { struck, seconds, lives, lines, .. } = &tally;
    let kills = tally.kills();
    let struck: Vec<String> = struck.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let found = |kind| kinds.get(&kind).copied().unwrap_or(0);
    let (lost, invented) = (found(crate::judge::Kind::Lost), found(crate::judge::Kind::Invented));
    let others = kinds.values().sum::<u64>() - lost - invented;
    let line = format!(
        "torture: {test}: {kills} kills, {seconds} second starts refused, {lives} lives, {lines} lines, {lost} lost, \
         {invented} invented, {others} corrupt or otherwise wrong; struck: {}\n",
        struck.join(", ")
    );
    tell(&line);
    assert!(failed == 0, "{failed} trials failed: {kinds:?}\n{line}{report}");
    if repeated.is_none() && about == About::Everything {
        let wanted = wanted();
        assert!(kills >= wanted && *seconds >= wanted, "fewer than {wanted} of each: {line}");
        // Fewer trials need not come to everything.
        if wanted >= TRIALS {
            reached(&tally);
        }
    }
}

/// Says something in any case: what a macro prints is shown of tests alone that fail.
#[expect(clippy::disallowed_methods, reason = "it is the test that speaks")]
fn tell(line: &str) {
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// A fault that never struck proves nothing.
fn reached(tally: &Tally) {
    let all = [&KILL, &SECOND, &RACE, &FULL].into_iter().chain(&OTHERS).chain(&REQUESTS);
    let can = |fault: &&Fault| match fault.name {
        // Said to be skipped where it is tried.
        "disk full" => tally.disks > 0,
        name if name.starts_with("clock ") => faketime().is_some(),
        _ => true,
    };
    for fault in all.filter(can) {
        assert!(tally.struck.contains_key(fault.name), "{} never struck: {:?}", fault.name, tally.struck);
    }
}

#[test]
fn lives_that_end_badly() {
    let (share, places) = (wanted().div_ceil(PLACES.len() as u64), PLACES);
    // Each place has its share of both, and the number of trials an end.
    let needs = |tally: &Tally, tried: u64| (tally.kills() < share || tally.seconds < share) && tried < share;
    torture("lives_that_end_badly", &places, About::Everything, needs);
}

#[test]
fn who_is_asked_to_end_delivers_nothing_twice() {
    // Four requests to end or more of each trial.
    let needs = |_: &Tally, tried: u64| tried < REQUESTED;
    torture("who_is_asked_to_end_delivers_nothing_twice", &[PLACES[0], PLACES[3]], About::Requests, needs);
}
