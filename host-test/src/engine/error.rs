//! Why a component could not be loaded or a call of it failed.

use super::bounds::Bound;
use crate::contract::{ErrorLine, SourceError};

/// A component that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read the component {name}: {cause}; check source.component")]
    Read {
        /// The file.
        name: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not WebAssembly.
    #[error("{name} is not WebAssembly; source.component must name a component built for wasm32-wasip2")]
    NotWasm {
        /// The file.
        name: String,
    },
    /// The file is a core module.
    #[error("{name} is a core WebAssembly module, not a component; build it for wasm32-wasip2")]
    Module {
        /// The file.
        name: String,
    },
    /// The component is damaged or uses features that the engine lacks.
    #[error("{name} cannot be compiled: {cause}; rebuild it for wasm32-wasip2")]
    Invalid {
        /// The file.
        name: String,
        /// What the compiler said.
        cause: String,
    },
    /// The component wants something that the sandbox does not give.
    #[error("{name} cannot be linked: {cause}; a source may import nothing but WASI 0.2 interfaces")]
    Import {
        /// The file.
        name: String,
        /// What is missing.
        cause: String,
    },
    /// The component wants an interface that no source gets.
    #[error(
        "{name} imports {interfaces}; a source may import nothing but clocks, random numbers, standard streams and \
         outgoing HTTP of WASI 0.2: take the calls that need more out of it, and build it so that nothing else is imported: \
         Rust and C for wasm32-wasip2 without an adapter, JavaScript with `jco componentize --disable stdio`, Python with \
         `componentize-py componentize --stub-wasi`, which takes away HTTP too"
    )]
    Forbidden {
        /// The file.
        name: String,
        /// The interfaces, separated by commas.
        interfaces: String,
    },
    /// The file is larger than any source.
    #[error("{name} is larger than {limit_bytes} bytes, which no source is; check source.component")]
    TooLarge {
        /// The file.
        name: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// Compiling takes more memory than it may.
    #[error(
        "compiling {name} takes more than {limit_bytes} bytes of memory, which no usual source does; if you trust it, \
         raise sandbox.compile_memory_bytes"
    )]
    CompileMemory {
        /// The file.
        name: String,
        /// The bound.
        limit_bytes: u64,
    },
    /// Something takes more memory than the system gives.
    #[error("{0} takes more memory than there is: {1}")]
    AddressSpace(String, Bound),
    /// Compiling takes longer than it may.
    #[error(
        "compiling {name} takes longer than {secs} s, which no usual source does; if you trust it or this machine is \
         slow, raise sandbox.compile_timeout_secs"
    )]
    CompileTime {
        /// The file.
        name: String,
        /// The bound.
        secs: u64,
    },
    /// The process that compiles did not do its work.
    #[error("cannot compile {name}: {cause}; try again, and see that processes can be started and have memory")]
    Compiler {
        /// The file.
        name: String,
        /// What happened.
        cause: String,
    },
    /// The component is not a source.
    #[error("{name} does not export {missing}; only components of the world pipeline:source/asset-source can be run")]
    NotASource {
        /// The file.
        name: String,
        /// The export that is not there or has another type.
        missing: String,
    },
    /// The engine itself cannot start.
    #[error("cannot start the WebAssembly engine: {0}; check memory limits and the processor of this machine")]
    Engine(String),
}

impl LoadError {
    pub(super) fn engine(error: wasmtime::Error) -> Self {
        match Bound::behind(&error) {
            Some(Bound::AddressSpace) => {
                Self::AddressSpace("starting the WebAssembly engine".into(), Bound::AddressSpace)
            }
            _ => Self::Engine(chain(&error)),
        }
    }
}

/// A call that did not return what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The component says why.
    #[error("{}", ErrorLine(.0))]
    Source(SourceError),
    /// The component stopped without saying why.
    #[error("the component stopped in {call}: {cause}; this is a bug in the component, please report it")]
    Trapped {
        /// The function that was called.
        call: &'static str,
        /// What the engine said.
        cause: String,
    },
    /// The component ran into another bound of the engine.
    #[error("the component cannot go on in {call}: {bound}")]
    Bound {
        /// The function that was called.
        call: &'static str,
        /// Which one.
        bound: Bound,
    },
    /// The component wanted more memory than it may have.
    #[error(
        "the component needs more than its {limit_bytes} bytes of memory in {call}; raise sandbox.memory_bytes or \
         lower source.config page sizes"
    )]
    OutOfMemory {
        /// The function that was called.
        call: &'static str,
        /// The limit.
        limit_bytes: u64,
    },
    /// The component handed over more than the host is ready to copy.
    #[error(
        "the component handed over more than {limit_bytes} bytes at once in {call}; if its records are that large, \
         raise sandbox.max_batch_bytes, otherwise this is a bug in the component"
    )]
    TooMuchData {
        /// The function that was called.
        call: &'static str,
        /// The limit.
        limit_bytes: u64,
    },
    /// The call took too long.
    #[error(
        "the component did not return from {call} within {secs} s; the service may be slow: raise \
         sandbox.call_timeout_secs, otherwise this is a bug in the component"
    )]
    TimedOut {
        /// The function that was called.
        call: &'static str,
        /// The limit.
        secs: u64,
    },
    /// The transport cannot go on, whatever the component makes of it.
    #[error("{0}")]
    Transport(String),
}

/// Whether the component tried to hand over more than it may. The engine has no type for it, only these words.
pub(super) fn is_too_much_data(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| cause.to_string().contains("fuel allocated for hostcalls has been exhausted"))
}

/// All causes of an engine error, on one line.
pub(super) fn chain(error: &wasmtime::Error) -> String {
    let causes: Vec<String> = error.chain().map(|cause| cause.to_string()).collect();
    let text = causes.join(": ");
    // Backtraces and validation contexts come as further lines.
    crate::contract::one_line(text.lines().next().unwrap_or_default())
}

/// The innermost cause, on one line: for traps it is the one that says what happened.
pub(super) fn root(error: &wasmtime::Error) -> String {
    let text = error.root_cause().to_string();
    crate::contract::one_line(text.lines().next().unwrap_or_default())
}
