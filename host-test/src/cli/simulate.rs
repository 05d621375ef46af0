//! `simulate`: many seeds, one account of them.

use super::args::{Dump, Simulate as Args};
use super::exit::Exit;
use super::out::{Form, print, print_json};
use super::seed_command::command;
use super::{job, tell, twice};
use crate::config::Sandbox;
use crate::engine::Component;
use crate::simulate::{self, Options, Report, SeedReport};
use defender_double::scenario::Scenario;
use indicatif::{ProgressBar, ProgressStyle};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Simulates the seeds. A violation makes it fail, and where coverage is asked for, something that no seed reached.
pub(super) fn run(args: Args) -> Result<(), Exit> {
    let scenario = args.scenario.as_deref().map(load).transpose()?;
    if args.meta {
        return twice::run(&args);
    }
    let options = Options {
        days: args.days,
        devices: args.devices,
        scenario,
        strict_quota: args.strict_quota,
        keep_steps: args.dump == Some(Dump::Steps),
    };
    let engine = job::engine(&Sandbox::default())?;
    let component = Component::embedded(&engine)?;
    let threads = args.jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    // The seeds have event queues of their own, which must not be driven from within the program's.
    let seeds = thread::scope(|scope| {
        scope.spawn(|| watched(&args, &options, &component, threads)).join().map_err(|_| {
            Exit::failed("the simulation stopped for a reason of its own; this is a bug, please report the lines above")
        })
    })?;
    if let Some(what) = args.dump {
        print(&dump(&seeds, what), Form::Text)?;
        return judge(&Report::of(seeds));
    }
    let report = Report::of(seeds);
    let command = |seed: u64| command(&args, seed);
    if args.json {
        let mut json = report.to_json(command);
        if args.coverage {
            json["coverage"] = report.coverage.to_json();
            json["never_reached"] = report.coverage.never().into();
        }
        print_json(&json)?;
    } else {
        print(&report.to_text(command), Form::Text)?;
        if args.coverage {
            print(&format!("\n{}", report.coverage), Form::Text)?;
        }
    }
    judge(&report)?;
    match report.coverage.never().as_slice() {
        [_, ..] if args.coverage => Err(Exit::failed(format!(
            "no seed reached {}; simulate more seeds, or let the generator draw it more often",
            report.coverage.never().join(", ")
        ))),
        _ => Ok(()),
    }
}

fn judge(report: &Report) -> Result<(), Exit> {
    match report.failed.as_slice() {
        [] => Ok(()),
        failed => Err(Exit::failed(format!(
            "{} of {} seeds failed; each is listed with the command to see it again",
            failed.len(),
            report.seeds
        ))),
    }
}

fn dump(seeds: &[SeedReport], what: Dump) -> String {
    let mut lines = String::new();
    for seed in seeds {
        match what {
            Dump::Hashes => lines.push_str(&format!("{} {}\n", seed.seed, seed.hash)),
            Dump::Steps => seed.steps.iter().for_each(|step| lines.push_str(&format!("{} {step}\n", seed.seed))),
        }
    }
    lines
}

fn load(path: &Path) -> Result<Scenario, Exit> {
    Scenario::load(path).map_err(Exit::usage)
}

fn watched(args: &Args, options: &Options, component: &Component, threads: NonZeroUsize) -> Vec<SeedReport> {
    let seeds = args.seeds.0.clone();
    let bar = match tell::is_terminal() {
        true => ProgressBar::new((seeds.end() - seeds.start()).saturating_add(1)),
        false => ProgressBar::hidden(),
    };
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len} seeds, {msg}, {eta} left") {
        bar.set_style(style);
    }
    let failed = AtomicU64::new(0);
    let reports = simulate::simulate_each(seeds, options, component, threads, |seed| {
        let failed = failed.fetch_add(u64::from(!seed.violations.is_empty()), Ordering::Relaxed);
        bar.set_message(format!("{failed} failed"));
        bar.inc(1);
    });
    bar.finish_and_clear();
    reports
}
