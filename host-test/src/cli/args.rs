//! The arguments.

use super::changes::Changes;
use super::double::Double;
use super::setup_args::{Init, Permissions};
use clap::error::ErrorKind;
use clap::{Args as ClapArgs, CommandFactory, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Runs pipeline sources in a sandbox. Without a command: a demo with the bundled sample tenant.
#[derive(Debug, Parser)]
#[command(version)]
pub(super) struct Args {
    /// More messages on the standard error; twice for even more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    #[command(flatten)]
    pub(super) demo: Demo,
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

impl Args {
    /// Reads the arguments of the process.
    pub(super) fn read() -> Result<Self, clap::Error> {
        Self::try_parse()?.checked()
    }

    /// Refuses what belongs to the demo in front of a verb.
    fn checked(self) -> Result<Self, clap::Error> {
        if self.verb.is_some() && self.demo.out.is_some() {
            let problem = "--out belongs to the demo; give it behind the command if the command has it";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, problem));
        }
        Ok(self)
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Writes a commented configuration, and says what comes next.
    Init(Init),
    /// Prints what the source is, what it may call and how it is configured.
    Describe(Describe),
    /// Checks a configuration without using the network or fetching secrets.
    Validate(Validate),
    /// Tests the connection.
    Check(Report),
    /// Says what a run would do and cost.
    Plan(Plan),
    /// Prints the least grants of what is enabled, and what creates an app registration with them.
    Permissions(Permissions),
    /// Runs the source into the sink, with checkpoints.
    Run(Run),
    /// Runs the source with answers from recordings.
    Replay(Replay),
    /// Runs the source once and writes redacted recordings.
    Record(Record),
    /// Serves a made-up tenant as Entra ID, Defender and Graph would, for tests.
    Double(Double),
    /// Runs the source against simulated tenants in virtual time, kills the host, and checks what comes out.
    Simulate(Simulate),
    /// Looks into the inventory.
    Inventory(Inventory),
    /// Judges a component by the promises of the contract.
    Conformance(Conformance),
    /// Compiles a component for another process of this program.
    #[command(hide = true)]
    Compile(Compile),
}

impl Verb {
    /// The configuration file, if one was given.
    pub(super) fn config(&self) -> Option<&Path> {
        match self {
            Self::Describe(args) => args.config.as_deref(),
            Self::Validate(args) => Some(&args.config),
            Self::Check(args) => Some(&args.config),
            Self::Plan(args) => Some(&args.report.config),
            Self::Permissions(args) => args.config.as_deref(),
            Self::Run(args) => Some(&args.config),
            Self::Replay(args) => args.config.as_deref(),
            Self::Record(args) => Some(&args.config),
            Self::Init(_) | Self::Double(_) | Self::Simulate(_) | Self::Compile(_) => None,
            Self::Inventory(args) => args.place.config.as_deref(),
            Self::Conformance(args) => args.config.as_deref(),
        }
    }

    /// Whether its results go to the standard output. Where a file may take its place, that is seen when it is opened;
    /// `validate` has none.
    pub(super) fn writes_results(&self) -> bool {
        !matches!(self, Self::Run(_) | Self::Record(_) | Self::Replay(_) | Self::Validate(_))
    }
}

#[derive(Debug, ClapArgs)]
pub(super) struct Demo {
    /// File for the events, instead of the standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Describe {
    /// Configuration file; only its source.component is used.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Only the JSON Schema of the configuration: of `[source.config]`, or of the whole file.
    #[arg(long, value_enum, num_args = 0..=1, default_missing_value = "source", conflicts_with = "json")]
    pub(super) schema: Option<Schema>,
    /// Only the JSON Schema of an event, envelope and bodies, of the built-in component.
    #[arg(long, conflicts_with_all = ["json", "schema", "config"])]
    pub(super) events: bool,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// What a schema is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Schema {
    /// `[source.config]`, which the component publishes.
    Source,
    /// The configuration file, with that in it.
    Host,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Validate {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    #[command(flatten)]
    pub(super) changes: Changes,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Report {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) changes: Changes,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Plan {
    /// Signs in and counts, in a few requests, what no earlier run has read; without it nobody is asked.
    #[arg(long)]
    pub(super) online: bool,
    #[command(flatten)]
    pub(super) report: Report,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Run {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// One run, whatever the schedule says.
    #[arg(long)]
    pub(super) once: bool,
    /// Forgets where an unfinished run was and starts over.
    #[arg(long)]
    pub(super) reset_state: bool,
    /// Believes for one run that any number of assets can be gone; only with an inventory.
    #[arg(long)]
    pub(super) allow_mass_delete: bool,
    #[command(flatten)]
    pub(super) changes: Changes,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Replay {
    /// HAR files, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Configuration file; its state and sink are not used.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// How a request finds its recording.
    #[arg(long = "match", value_enum, default_value_t = Matching::Exact)]
    pub(super) matching: Matching,
    #[command(flatten)]
    pub(super) bound: RecordingBound,
    /// File for the events, instead of the standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) changes: Changes,
}

/// How much recordings may take.
#[derive(Debug, ClapArgs)]
pub(super) struct RecordingBound {
    /// Most memory that the recordings may take, all together and decoded.
    #[arg(
        long = "max-recording-bytes",
        value_name = "BYTES",
        default_value_t = crate::har::MOST_BYTES,
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    pub(super) bytes: u64,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Record {
    /// Configuration file; its state is not used.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// Folder for the recordings.
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) changes: Changes,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Simulate {
    /// Seeds to simulate: the first and the last, or a single one.
    #[arg(long, value_name = "A..B", default_value = "1..100")]
    pub(super) seeds: Seeds,
    /// Scenario file with what goes wrong, instead of what the seeds say.
    #[arg(long, value_name = "FILE")]
    pub(super) scenario: Option<PathBuf>,
    /// Virtual days, with one run each.
    #[arg(long, value_name = "DAYS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(super) days: u32,
    /// Devices of every tenant, instead of what the seeds say.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) devices: Option<u32>,
    /// A request that is refused for its quota is a failure.
    #[arg(long)]
    pub(super) strict_quota: bool,
    /// Seeds at the same time; by default one for each processor.
    #[arg(long, value_name = "NUMBER")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// A table of what the seeds really reached; what none of them reached is a failure.
    #[arg(long)]
    pub(super) coverage: bool,
    /// Simulates each seed twice, in two processes; a byte that differs is a failure.
    #[arg(long, conflicts_with_all = ["coverage", "dump", "json"])]
    pub(super) meta: bool,
    /// Instead of the report, what came out of each seed, one line each.
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = ["coverage", "json"])]
    pub(super) dump: Option<Dump>,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// What came out of a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Dump {
    /// The hash over everything.
    Hashes,
    /// Every event, checkpoint and request, with its hash.
    Steps,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Conformance {
    /// The component, instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub(super) component: Option<PathBuf>,
    /// Configuration file; its state and sink are not used.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// HAR files, or folders of them, with answers for the component's runs.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(super) recordings: Vec<PathBuf>,
    /// How a request finds its recording.
    #[arg(long = "match", value_enum, default_value_t = Matching::Path)]
    pub(super) matching: Matching,
    #[command(flatten)]
    pub(super) bound: RecordingBound,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Compile {
    /// Most memory of this process.
    #[arg(long, value_name = "BYTES")]
    pub(super) memory_bytes: u64,
    /// Longest time.
    #[arg(long, value_name = "SECONDS")]
    pub(super) timeout_secs: u64,
}

/// The first and the last seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seeds(pub(super) RangeInclusive<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seed = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no seed; write it like 1..2000"));
        let (first, last) = match text.split_once("..") {
            Some((first, last)) => (seed(first)?, seed(last.strip_prefix('=').unwrap_or(last))?),
            None => (seed(text)?, seed(text)?),
        };
        if first > last {
            return Err(format!("there is no seed from {first} to {last}; write the smaller one first"));
        }
        Ok(Self(first..=last))
    }
}

#[derive(Debug, ClapArgs)]
pub(super) struct Inventory {
    #[command(subcommand)]
    pub(super) question: Question,
    #[command(flatten)]
    pub(super) place: Place,
    /// As JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// Where the inventory is.
#[derive(Debug, ClapArgs)]
pub(super) struct Place {
    /// Configuration file; its [state] says where the inventory is.
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "path")]
    pub(super) config: Option<PathBuf>,
    /// The inventory itself.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) path: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// How many assets of each kind and state, and how fresh each dataset is.
    Summary,
    /// What is new, changed or gone since a time.
    Changes {
        /// RFC 3339 (2026-01-31 or 2026-01-31T06:00:00Z), or a time span back from now: 90m, 24h, 7d.
        #[arg(long, value_name = "TIME")]
        since: String,
    },
    /// Everything about one asset.
    Show {
        /// Its key.
        key: String,
    },
    /// The result of one SELECT statement; docs/inventory.md describes the tables.
    Sql {
        /// The statement.
        statement: String,
        /// Most rows that are shown; 0 for all.
        #[arg(long, value_name = "ROWS", default_value_t = 10_000)]
        limit: u64,
    },
    /// The documents of all assets that are there, one in a line.
    Export,
    /// Looks at everything in the file, and says what is damaged.
    Verify,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Matching {
    /// With its query.
    Exact,
    /// Without its query; pages are cut from recordings made without paging.
    Path,
}

impl From<Matching> for crate::replay::Matching {
    fn from(matching: Matching) -> Self {
        match matching {
            Matching::Exact => Self::Exact,
            Matching::Path => Self::Path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::compile;
    use crate::config::Overrides;
    use crate::engine::{CompileLimits, Compiler};
    use std::ffi::OsString;
    use std::time::Duration;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_process_that_compiles_understands_how_it_is_started() {
        let limits = CompileLimits { memory_bytes: 7, time: Duration::from_secs(9) };
        let Ok(Compiler::Process { arguments, .. }) = compile::compiler(limits) else { panic!("no process") };
        let args = Args::try_parse_from([OsString::from("x")].into_iter().chain(arguments)).unwrap();
        assert!(matches!(args.verb, Some(Verb::Compile(Compile { memory_bytes: 7, timeout_secs: 9 }))));
    }

    #[test]
    fn overrides_are_collected() {
        let args = Args::try_parse_from(["x", "replay", "a.har", "--datasets", "a,b", "--set", "c=1", "--set", "d=2"]);
        let Some(Verb::Replay(replay)) = args.unwrap().verb else { panic!("not a replay") };
        let overrides = Overrides::from(replay.changes);
        assert_eq!((overrides.datasets.len(), overrides.set.len()), (2, 2));
        assert!(Args::try_parse_from(["x", "replay"]).is_err());
        assert!(Args::try_parse_from(["x", "--out", "f"]).unwrap().demo.out.is_some());
    }

    #[test]
    fn seeds_are_the_first_and_the_last() {
        let seeds = |text: &str| text.parse::<Seeds>().map(|seeds| seeds.0);
        assert_eq!(seeds("1..2000"), Ok(1..=2000));
        assert_eq!(seeds("1..=2000"), Ok(1..=2000));
        assert_eq!(seeds("7"), Ok(7..=7));
        assert!(seeds("9..3").unwrap_err().contains("the smaller one first"));
        for text in ["", "..", "1..", "a..b", "-1..3", "1...3"] {
            assert!(seeds(text).unwrap_err().contains("is no seed"), "{text}");
        }
    }

    #[test]
    fn verbosity_may_stand_anywhere_and_the_file_of_the_demo_may_not() {
        for line in [&["x", "-vv", "replay", "a.har"], &["x", "replay", "-vv", "a.har"]] {
            assert_eq!(Args::try_parse_from(line).unwrap().checked().unwrap().verbose, 2);
        }
        assert!(Args::try_parse_from(["x", "--out", "f", "replay", "a.har"]).unwrap().checked().is_err());
    }
}
