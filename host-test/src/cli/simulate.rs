//! `simulate`: many seeds, one account of them.

use super::args::Simulate as Args;
use super::exit::Exit;
use super::out::{Form, print, print_json};
use super::tell;
use crate::engine::{CompiledCache, Component, Engine, default_cache_dir};
use crate::simulate::{self, Options, Report};
use defender_double::scenario::Scenario;
use indicatif::{ProgressBar, ProgressStyle};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Simulates the seeds. A violation makes it fail.
pub(super) fn run(args: Args) -> Result<(), Exit> {
    let scenario = args.scenario.as_deref().map(load).transpose()?;
    let options = Options { days: args.days, devices: args.devices, scenario, strict_quota: args.strict_quota };
    let engine = Engine::new(default_cache_dir().map(CompiledCache::new))?;
    let component = Component::embedded(&engine)?;
    let threads = args.jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    // The seeds have event queues of their own, which must not be driven from within the program's.
    let report = thread::scope(|scope| {
        scope.spawn(|| watched(&args, &options, &component, threads)).join().map_err(|_| {
            Exit::failed("the simulation stopped for a reason of its own; this is a bug, please report the lines above")
        })
    })?;
    let command = |seed: u64| command(&args, seed);
    if args.json {
        print_json(&report.to_json(command))?;
    } else {
        print(&report.to_text(command), Form::Text)?;
    }
    match report.failed.as_slice() {
        [] => Ok(()),
        failed => Err(Exit::failed(format!(
            "{} of {} seeds failed; each is listed with the command to see it again",
            failed.len(),
            report.seeds
        ))),
    }
}

fn load(path: &Path) -> Result<Scenario, Exit> {
    Scenario::load(path).map_err(Exit::usage)
}

fn watched(args: &Args, options: &Options, component: &Component, threads: NonZeroUsize) -> Report {
    let seeds = args.seeds.0.clone();
    let bar = match tell::is_terminal() {
        true => ProgressBar::new((seeds.end() - seeds.start()).saturating_add(1)),
        false => ProgressBar::hidden(),
    };
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len} seeds, {msg}, {eta} left") {
        bar.set_style(style);
    }
    let failed = AtomicU64::new(0);
    let report = simulate::simulate_all(seeds, options, component, threads, |seed| {
        let failed = failed.fetch_add(u64::from(!seed.violations.is_empty()), Ordering::Relaxed);
        bar.set_message(format!("{failed} failed"));
        bar.inc(1);
    });
    bar.finish_and_clear();
    report
}

/// The command that simulates one of the seeds again.
fn command(args: &Args, seed: u64) -> String {
    let mut command = format!("source-host simulate --seeds {seed}..{seed} --days {}", args.days);
    if let Some(path) = &args.scenario {
        command.push_str(&format!(" --scenario '{}'", path.display()));
    }
    if let Some(devices) = args.devices {
        command.push_str(&format!(" --devices {devices}"));
    }
    if args.strict_quota {
        command.push_str(" --strict-quota");
    }
    command
}
