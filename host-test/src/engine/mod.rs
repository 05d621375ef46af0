//! The sandbox: compiles a component, instantiates it with nothing but clocks, random numbers and the HTTP that the
//! policy lets through, and calls it under limits of memory and time. The only room that knows wasmtime.

mod bounds;
mod cache;
mod compile;
mod component;
mod error;
mod guest_log;
mod handler;
mod hooks;
pub mod imports;
mod inspect;
mod instance;
mod limits;
mod state;
mod system;
mod timers;

pub use bounds::Bound;
pub use cache::{CompiledCache, default_cache_dir};
pub use compile::{CompileLimits, Compiler, serve};
pub use component::{Component, EMBEDDED, read};
pub use error::{CallError, LoadError};
pub use instance::{Observed, OpenSession, Source};
pub use state::{Randomness, SandboxOptions};

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;
use timers::HasTimers;
use wasmtime::component::Linker;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;

/// How often a running component gives the host a chance to stop it.
const EPOCH: Duration = Duration::from_millis(10);

/// Compiles components. One is enough for a program; components and sources of one engine can run side by side.
pub struct Engine {
    inner: wasmtime::Engine,
    linker: Linker<state::State>,
    cache: Option<CompiledCache>,
    compiler: Compiler,
    // Dropped with the engine, which ends the ticker.
    _ticker: Sender<()>,
}

impl Engine {
    /// An engine that keeps compiled components in `cache`, if there is one.
    pub fn new(cache: Option<CompiledCache>) -> Result<Self, LoadError> {
        let inner = wasmtime::Engine::new(&config()).map_err(LoadError::engine)?;
        let mut linker = Linker::new(&inner);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(LoadError::engine)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).map_err(LoadError::engine)?;
        linker.allow_shadowing(true);
        monotonic_clock::add_to_linker::<_, HasTimers>(&mut linker, state::State::timers).map_err(LoadError::engine)?;
        handler::add_to_linker(&mut linker).map_err(LoadError::engine)?;
        linker.allow_shadowing(false);
        let ticker = start_ticker(&inner).map_err(|error| LoadError::Engine(error.to_string()))?;
        Ok(Self { inner, linker, cache, compiler: Compiler::Here, _ticker: ticker })
    }

    /// Who compiles what is not the program's own component, instead of this process.
    pub fn with_compiler(mut self, compiler: Compiler) -> Self {
        self.compiler = compiler;
        self
    }
}

/// The settings of every engine. What is compiled under some of them runs under the same alone.
fn config() -> wasmtime::Config {
    let mut config = wasmtime::Config::new();
    config.epoch_interruption(true).max_wasm_stack(bounds::STACK_BYTES);
    if system::address_space().is_some() {
        config.memory_reservation(0).memory_guard_size(0).memory_reservation_for_growth(GROWTH_BYTES);
    }
    config
}

/// Room that a memory gets at once when it grows, where address space is limited.
const GROWTH_BYTES: u64 = 1024 * 1024;

/// A thread that counts epochs until the engine is dropped.
fn start_ticker(engine: &wasmtime::Engine) -> std::io::Result<Sender<()>> {
    let (alive, ended) = channel();
    let engine = engine.weak();
    std::thread::Builder::new().name("epochs".into()).spawn(move || {
        while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(EPOCH) {
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => break,
            }
        }
    })?;
    Ok(alive)
}
