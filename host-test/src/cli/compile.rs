//! `compile`: the program as the process that compiles components for itself. Nobody calls it by hand.

use super::args::Compile;
use super::exit::Exit;
use crate::engine::{CompileLimits, Compiler, serve};
use std::path::PathBuf;
use std::time::Duration;

/// The name of the verb, and of its two numbers.
pub(super) const VERB: &str = "compile";
const MEMORY_BYTES: &str = "--memory-bytes";
const TIMEOUT_SECS: &str = "--timeout-secs";

/// Compiles the standard input into the standard output.
pub(super) fn run(args: &Compile) -> Result<(), Exit> {
    let limits = CompileLimits { memory_bytes: args.memory_bytes, time: Duration::from_secs(args.timeout_secs) };
    serve(limits).map_err(Exit::failed)
}

/// This program, as a process that compiles.
pub(super) fn compiler(limits: CompileLimits) -> Result<Compiler, Exit> {
    let secs = limits.time.as_secs().to_string();
    let memory = limits.memory_bytes.to_string();
    let arguments = [VERB, MEMORY_BYTES, &memory, TIMEOUT_SECS, &secs];
    Ok(Compiler::Process { program: program()?, arguments: arguments.iter().map(Into::into).collect(), limits })
}

/// This very program, even if its file was replaced since it was started: another version would compile otherwise.
fn program() -> Result<PathBuf, Exit> {
    let running = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        return Ok(running);
    }
    std::env::current_exe()
        .map_err(|error| Exit::failed(format!("cannot tell where this program is: {error}; start it by its full path")))
}
