//! `simulate --meta`: the program simulates the same seeds in two processes of itself. What a seed gives must not depend
//! on the process: not on addresses, nor on the order of a hash table, nor on what ran beside it.

use super::args::Simulate as Args;
use super::exit::Exit;
use super::out::{Form, print};
use super::seed_command::command;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};
use std::thread;

/// What a process wrote, and whether it ended well.
struct Said {
    lines: String,
    is_good: bool,
}

/// Simulates each seed twice. Fails if a seed gives two things, or if its simulation fails.
pub(super) fn run(args: &Args) -> Result<(), Exit> {
    let seeds = args.seeds.0.clone();
    let (one, two) = both(|| arguments(args, (*seeds.start(), *seeds.end()), "hashes"))?;
    let expected = seeds.clone().count();
    let Some(difference) = first_difference(&one.lines, &two.lines) else {
        if one.lines.lines().count() != expected {
            return Err(Exit::failed("a process simulated fewer seeds than it was told to; the lines above say why"));
        }
        if !one.is_good || !two.is_good {
            let range = format!("{}..{}", seeds.start(), seeds.end());
            return Err(Exit::failed(format!(
                "both processes give the same bytes, and seeds fail; `source-host simulate --seeds {range}` lists them"
            )));
        }
        return print(&format!("{expected} seeds, each in two processes: the same bytes\n"), Form::Text);
    };
    let seed = seeds.start().saturating_add(difference.number as u64);
    let (one, two) = both(|| arguments(args, (seed, seed), "steps"))?;
    Err(Exit::failed(explain(args, seed, &difference, first_difference(&one.lines, &two.lines).as_ref())))
}

fn explain(args: &Args, seed: u64, hashes: &Difference<'_>, step: Option<&Difference<'_>>) -> String {
    let mut text = format!("seed {seed} gives two things in two processes:\n  {}\n  {}\n", hashes.one, hashes.two);
    match step {
        Some(step) => text.push_str(&format!(
            "the first step that differs is number {}:\n  {}\n  {}\n",
            step.number + 1,
            step.one,
            step.two
        )),
        None => text.push_str("simulated once more, it gave the same steps twice: it differs now and then\n"),
    }
    text.push_str(&format!("all its steps, one line each: {} --dump steps", command(args, seed)));
    text
}

/// Where two texts begin to differ.
#[derive(Debug, PartialEq, Eq)]
struct Difference<'a> {
    /// Number of the line, counted from 0.
    number: usize,
    /// The line in each of them, or a word that says that there is none.
    one: &'a str,
    two: &'a str,
}

fn first_difference<'a>(one: &'a str, two: &'a str) -> Option<Difference<'a>> {
    let (mut ones, mut twos) = (one.lines(), two.lines());
    for number in 0.. {
        match (ones.next(), twos.next()) {
            (None, None) => break,
            (one, two) if one == two => {}
            (one, two) => {
                let none = "(nothing more)";
                return Some(Difference { number, one: one.unwrap_or(none), two: two.unwrap_or(none) });
            }
        }
    }
    None
}

/// The arguments of a process that simulates some of the seeds and writes what came of them.
fn arguments(args: &Args, (first, last): (u64, u64), dump: &str) -> Vec<OsString> {
    // The two run at the same time.
    let processors = args.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let jobs = (processors / 2).max(1);
    let mut arguments: Vec<OsString> = vec!["simulate".into()];
    let mut add = |name: &str, value: OsString| arguments.extend([name.into(), value]);
    add("--seeds", format!("{first}..{last}").into());
    add("--days", args.days.to_string().into());
    add("--jobs", jobs.to_string().into());
    add("--dump", dump.into());
    if let Some(devices) = args.devices {
        add("--devices", devices.to_string().into());
    }
    if let Some(path) = &args.scenario {
        add("--scenario", path.into());
    }
    if args.strict_quota {
        arguments.push("--strict-quota".into());
    }
    arguments
}

/// Two processes of this program with the same arguments, at the same time.
fn both(arguments: impl Fn() -> Vec<OsString>) -> Result<(Said, Said), Exit> {
    let start = || {
        let program = std::env::current_exe()?;
        Command::new(program).args(arguments()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
    };
    let failed = |error: std::io::Error| Exit::failed(format!("cannot start this program a second time: {error}"));
    let (one, two) = (start().map_err(failed)?, start().map_err(failed)?);
    // Both at once, or the one that nobody reads waits.
    let (one, two) = thread::scope(|scope| {
        let two = scope.spawn(|| two.wait_with_output());
        (one.wait_with_output(), two.join())
    });
    let two = two.map_err(|_| Exit::failed("the results of a process could not be read; please report this"))?;
    let said = |output: std::process::Output| Said {
        lines: String::from_utf8_lossy(&output.stdout).into_owned(),
        is_good: output.status.success(),
    };
    Ok((one.map(said).map_err(failed)?, two.map(said).map_err(failed)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn args(line: &str) -> Args {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            args: Args,
        }
        Line::parse_from(std::iter::once("simulate").chain(line.split_whitespace())).args
    }

    #[test]
    fn the_first_line_that_differs_is_found() {
        assert_eq!(first_difference("1 a\n2 b\n", "1 a\n2 b\n"), None);
        let second = Difference { number: 1, one: "2 b", two: "2 c" };
        assert_eq!(first_difference("1 a\n2 b\n3 x\n", "1 a\n2 c\n3 y\n"), Some(second));
        let short = Difference { number: 1, one: "(nothing more)", two: "2 b" };
        assert_eq!(first_difference("1 a\n", "1 a\n2 b\n"), Some(short));
    }

    #[test]
    fn a_seed_that_differs_is_explained() {
        let args = args("--seeds 5..9 --days 3");
        let hashes = first_difference("5 aa\n6 bb\n", "5 aa\n6 cc\n").unwrap();
        let step = first_difference("6 event 11 x\n6 request 22 y\n", "6 event 11 x\n6 request 33 z\n").unwrap();
        assert_eq!(
            explain(&args, 6, &hashes, Some(&step)),
            "seed 6 gives two things in two processes:\n  6 bb\n  6 cc\n\
             the first step that differs is number 2:\n  6 request 22 y\n  6 request 33 z\n\
             all its steps, one line each: source-host simulate --seeds 6..6 --days 3 --dump steps"
        );
        assert!(explain(&args, 6, &hashes, None).contains("now and then"));
    }

    #[test]
    fn both_processes_are_told_everything_that_matters() {
        let told = arguments(&args("--days 4 --devices 7 --strict-quota --jobs 1 --scenario a.toml"), (3, 8), "hashes");
        let told: Vec<String> = told.into_iter().map(|word| word.into_string().unwrap()).collect();
        assert_eq!(
            told.join(" "),
            "simulate --seeds 3..8 --days 4 --jobs 1 --dump hashes --devices 7 --scenario a.toml --strict-quota"
        );
    }
}
