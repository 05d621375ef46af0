//! Compiling, within a bound of memory and time.
//!
//! What it costs to compile a component cannot be told from its file: some ten kilobytes can be made to take a minute
//! and a gigabyte, in a single function, by branches, or by variables that live long. Bounds on sizes, functions and
//! variables that honest components keep to do not hold that, and a thread that compiles cannot be ended, nor can its
//! memory be told from that of others. A process can be ended, and the system counts for it. So a component that is not
//! the program's own is compiled by a process of its own ([`Compiler::Process`]):
//!
//! | bound | held by |
//! |---|---|
//! | memory | `RLIMIT_AS` of that process; Linux. Elsewhere systems do not keep to it, and time is the bound |
//! | time | its parent, by the machine's clock; and `RLIMIT_CPU`, should the parent be gone |
//! | result | as much as it may have memory |
//!
//! By default an engine compiles where it is ([`Compiler::Here`]): a library cannot know how its program is started
//! anew. Who embeds it and lets others choose the component hands it a program that calls [`serve`]. Whatever is
//! compiled was looked at before, by `inspect`, in the same process that compiles it.
//!
//! The process compiles on one thread: every further thread would have address space of its own set aside.

use super::bounds::Bound;
use super::error::{LoadError, chain};
use super::inspect::inspect;
use super::system;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use wasmtime::component::Component;

/// Most that compiling a component may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// Memory of the process that compiles, in bytes.
    pub memory_bytes: u64,
    /// Time, by the machine's clock.
    pub time: Duration,
}

impl Default for CompileLimits {
    /// A gigabyte and two minutes: the interpreter of a scripting language in a component takes about half.
    fn default() -> Self {
        Self { memory_bytes: 1024 * 1024 * 1024, time: Duration::from_secs(120) }
    }
}

/// Who compiles components.
#[derive(Debug, Clone, Default)]
pub enum Compiler {
    /// This process, without a bound.
    #[default]
    Here,
    /// A process for each component, with bounds.
    Process {
        /// The program.
        program: PathBuf,
        /// What makes it call [`serve`] with the same limits.
        arguments: Vec<OsString>,
        /// Its limits.
        limits: CompileLimits,
    },
}

/// How the answer of the process begins.
const COMPILED: u8 = b'c';
const INVALID: u8 = b'i';
const FORBIDDEN: u8 = b'f';
const NOT_A_SOURCE: u8 = b'n';
const TOO_LARGE: u8 = b'm';

/// What the system says when it has no more memory, in an error that the engine hands on.
const NO_MEMORY: [&str; 3] = ["os error 12", "annot allocate memory", "out of memory"];

impl Compiler {
    /// Compiles a component, after a look at it.
    pub(super) fn compile(&self, engine: &wasmtime::Engine, wasm: &[u8], name: &str) -> Result<Component, LoadError> {
        match self {
            Self::Here => {
                inspect(wasm, name)?;
                Component::from_binary(engine, wasm)
                    .map_err(|error| LoadError::Invalid { name: name.to_owned(), cause: chain(&error) })
            }
            Self::Process { program, arguments, limits } => {
                let compiled = ask(Command::new(program).args(arguments), wasm, name, *limits)?;
                // SAFETY: the bytes are what the process compiled, which is a program that the embedder vouches for.
                // The engine checks its version and settings.
                unsafe { Component::deserialize(engine, &compiled) }
                    .map_err(|error| LoadError::Compiler { name: name.to_owned(), cause: chain(&error) })
            }
        }
    }
}

/// Compiles what comes on the standard input and answers on the standard output, as the process of
/// [`Compiler::Process`]. Nothing else may be written there.
pub fn serve(limits: CompileLimits) -> std::io::Result<()> {
    let mut config = super::config();
    config.parallel_compilation(false);
    // The settings depend on what this process was given; only then it gets less.
    system::confine(limits.memory_bytes, limits.time)?;
    let mut wasm = Vec::new();
    std::io::stdin().lock().read_to_end(&mut wasm)?;
    let (tag, content) = match serialized(&config, &wasm) {
        Ok(compiled) => (COMPILED, compiled),
        Err(LoadError::Forbidden { interfaces, .. }) => (FORBIDDEN, interfaces.into_bytes()),
        Err(LoadError::NotASource { missing, .. }) => (NOT_A_SOURCE, missing.into_bytes()),
        Err(LoadError::Invalid { cause, .. }) if NO_MEMORY.iter().any(|words| cause.contains(words)) => {
            (TOO_LARGE, Vec::new())
        }
        Err(LoadError::Invalid { cause, .. }) => (INVALID, cause.into_bytes()),
        Err(other) => return Err(std::io::Error::other(other.to_string())),
    };
    let mut out = std::io::stdout().lock();
    out.write_all(&[tag])?;
    out.write_all(&content)?;
    out.flush()
}

fn serialized(config: &wasmtime::Config, wasm: &[u8]) -> Result<Vec<u8>, LoadError> {
    let engine = wasmtime::Engine::new(config).map_err(LoadError::engine)?;
    let component = Compiler::Here.compile(&engine, wasm, "")?;
    component.serialize().map_err(|error| LoadError::Invalid { name: String::new(), cause: chain(&error) })
}

/// Has a process compile a component.
fn ask(command: &mut Command, wasm: &[u8], name: &str, limits: CompileLimits) -> Result<Vec<u8>, LoadError> {
    let failed = |cause: String| LoadError::Compiler { name: name.to_owned(), cause };
    let child = command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.map_err(|error| failed(format!("its compiler cannot be started: {error}")))?;
    let (answer, status) = converse(child, wasm, limits).map_err(|error| failed(error.to_string()))?;
    let too_much_time = || LoadError::CompileTime { name: name.to_owned(), secs: limits.time.as_secs() };
    let too_much_memory = || match system::address_space() {
        Some(limit) if limit < limits.memory_bytes => {
            LoadError::AddressSpace(format!("compiling {name}"), Bound::AddressSpace)
        }
        _ => LoadError::CompileMemory { name: name.to_owned(), limit_bytes: limits.memory_bytes },
    };
    let Some(status) = status else { return Err(too_much_time()) };
    let Answer { mut result, messages } = answer;
    if result.len() as u64 > limits.memory_bytes {
        return Err(too_much_memory());
    }
    let words =
        |result: &[u8]| crate::contract::one_line(&String::from_utf8_lossy(result.get(1..).unwrap_or_default()));
    match (status.success(), result.first()) {
        (true, Some(&COMPILED)) => {
            result.remove(0);
            Ok(result)
        }
        (true, Some(&INVALID)) => Err(LoadError::Invalid { name: name.to_owned(), cause: words(&result) }),
        (true, Some(&FORBIDDEN)) => Err(LoadError::Forbidden { name: name.to_owned(), interfaces: words(&result) }),
        (true, Some(&NOT_A_SOURCE)) => Err(LoadError::NotASource { name: name.to_owned(), missing: words(&result) }),
        (true, Some(&TOO_LARGE)) => Err(too_much_memory()),
        _ if system::ran_out_of_time(status) => Err(too_much_time()),
        _ if system::was_aborted(status) || NO_MEMORY.iter().any(|it| messages.contains(it)) => Err(too_much_memory()),
        _ => Err(failed(format!("its compiler ended with {status}: {}", crate::contract::one_line(&messages)))),
    }
}

#[derive(Default)]
struct Answer {
    result: Vec<u8>,
    /// The beginning of what it wrote to its standard error.
    messages: String,
}

/// Hands over the component and waits for the answer; no status if the time was over.
fn converse(mut child: Child, wasm: &[u8], limits: CompileLimits) -> std::io::Result<(Answer, Option<ExitStatus>)> {
    let (input, output, messages) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        // One that ends early does not read everything; its status says why.
        scope.spawn(move || input.map(|mut input| input.write_all(wasm)));
        let (done, answered) = channel();
        scope.spawn(move || {
            let mut answer = Answer::default();
            if let Some(output) = output {
                let _ = output.take(limits.memory_bytes.saturating_add(1)).read_to_end(&mut answer.result);
            }
            let mut bytes = Vec::new();
            if let Some(messages) = messages {
                let _ = messages.take(MOST_MESSAGE_BYTES).read_to_end(&mut bytes);
            }
            answer.messages = String::from_utf8_lossy(&bytes).into_owned();
            let _ = done.send(answer);
        });
        match answered.recv_timeout(limits.time) {
            Ok(answer) => {
                if answer.result.len() as u64 > limits.memory_bytes {
                    child.kill()?;
                }
                Ok((answer, Some(child.wait()?)))
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                child.kill()?;
                child.wait()?;
                Ok((Answer::default(), None))
            }
        }
    })
}

/// Most that is read of what the process says about its end.
const MOST_MESSAGE_BYTES: u64 = 4096;
