//! The command line. Results go to the standard output, everything for people to the standard error:
//! `out` and `tell` are the only doors.

mod args;
mod changes;
mod compile;
mod conformance;
mod demo;
mod describe;
mod double;
mod exit;
mod init;
mod interrupt;
mod inventory;
mod job;
mod logging;
mod out;
mod page;
mod permissions;
mod places;
mod plan;
mod posture;
mod premises;
mod progress;
mod receipt;
mod replay;
mod report;
mod run;
mod seed_command;
mod setup_args;
mod simulate;
mod state;
mod tell;
mod twice;

use crate::sink::check_standard_output;
use args::{Args, Verb};
use clap::CommandFactory;
use exit::Exit;
use std::path::Path;
use std::process::ExitCode;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let args = match Args::read() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            tell::tell(error.render());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
        // Help and version are no errors.
        Err(asked) => match out::print(&asked.render().to_string(), out::Form::Text) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(exit) => return exit.report(),
        },
    };
    if let Some(Verb::Compile(args)) = &args.verb {
        // Without anything around it that takes memory.
        return compile::run(args).map_or_else(|exit| exit.report(), |()| ExitCode::SUCCESS);
    }
    logging::start(args.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Exit::failed(format!("cannot start the event queue: {error}")).report(),
    };
    let done = runtime.block_on(dispatch(args));
    // A name lookup that hangs in the system must not keep the program alive.
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => exit.report(),
    }
}

/// The names of all verbs, as they are typed; those that no help shows among them.
pub fn verbs() -> Vec<String> {
    let mut names = Vec::new();
    for verb in Args::command().get_subcommands() {
        let within: Vec<_> =
            verb.get_subcommands().map(|it| format!("{} {}", verb.get_name(), it.get_name())).collect();
        match within.is_empty() {
            true => names.push(verb.get_name().to_owned()),
            false => names.extend(within),
        }
    }
    names
}

async fn dispatch(args: Args) -> Result<(), Exit> {
    let Some(verb) = args.verb else { return demo::run(args.demo.out).await };
    let config = verb.config().map(Path::to_owned);
    if verb.writes_results() {
        check_standard_output()?;
    }
    let done = match verb {
        Verb::Init(args) => init::run(args).await,
        Verb::Describe(args) => describe::run(args).await,
        Verb::Validate(args) => report::validate(args).await,
        Verb::Check(args) => report::check(args).await,
        Verb::Plan(args) => plan::run(args).await,
        Verb::Permissions(args) => permissions::run(args).await,
        Verb::Run(args) => run::run(args).await,
        Verb::Replay(args) => replay::replay(args).await,
        Verb::Record(args) => run::record(args).await,
        Verb::Double(args) => double::run(args).await,
        Verb::Simulate(args) => simulate::run(args),
        Verb::Inventory(args) => inventory::run(args),
        Verb::Conformance(args) => conformance::run(args).await,
        Verb::Compile(args) => compile::run(&args),
    };
    done.map_err(|exit| match &config {
        Some(config) => exit.within(config),
        None => exit,
    })
}
