//! What one instance of a component has in its sandbox: nothing but a clock, random numbers, a standard error that
//! ends in the host's log, and HTTP through the hooks.

use super::guest_log::GuestLog;
use super::hooks::Hooks;
use super::limits::MemoryLimit;
use super::timers::Timers;
use crate::clock::Clock;
use crate::policy::Aliases;
use crate::transport::Transport;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{HostWallClock, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// Where the component's random numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Randomness {
    /// The system.
    #[default]
    System,
    /// Always the same sequence, so that a replay is the same each time. Never for real traffic.
    Fixed,
    /// The sequence of a seed, for simulations. Never for real traffic.
    Seeded(u64),
}

/// Bytes after which a sequence repeats.
const SEQUENCE_BYTES: u64 = 4096;

impl Randomness {
    /// The sequence to repeat; nothing where it comes from the system.
    fn sequence(self) -> Option<Vec<u8>> {
        match self {
            Self::System => None,
            Self::Fixed => Some((0..=255).collect()),
            Self::Seeded(seed) => {
                let draw = defender_double::draw::Draw::seed(seed).at("random");
                Some((0..SEQUENCE_BYTES / 8).flat_map(|at| draw.nth(at).bits().to_le_bytes()).collect())
            }
        }
    }
}

/// What a component may have.
#[derive(Clone)]
pub struct SandboxOptions {
    /// Most bytes of linear memory.
    pub memory_bytes: u64,
    /// Longest time for one call, by the machine's clock.
    pub call_timeout: Duration,
    /// Most requests whose answers are not read to their end.
    pub max_in_flight: usize,
    /// Hosts that stand for published hosts.
    pub aliases: Aliases,
    /// What answers the requests that pass.
    pub transport: Arc<dyn Transport>,
    /// The clock that the component reads.
    pub clock: Clock,
    /// Where its random numbers come from.
    pub randomness: Randomness,
}

impl SandboxOptions {
    /// Default memory cap.
    pub const MEMORY_BYTES: u64 = 64 * 1024 * 1024;
    /// Default time for one call. A page of a slow service can take minutes.
    pub const CALL_TIMEOUT: Duration = Duration::from_secs(600);
    /// Default number of requests in flight.
    pub const MAX_IN_FLIGHT: usize = 16;

    /// Default limits, the system's clock and random numbers, no aliases.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self {
            memory_bytes: Self::MEMORY_BYTES,
            call_timeout: Self::CALL_TIMEOUT,
            max_in_flight: Self::MAX_IN_FLIGHT,
            aliases: Aliases::default(),
            transport,
            clock: Clock::real(),
            randomness: Randomness::System,
        }
    }
}

/// Most things of the host that a component may hold at a time: requests, answers, bodies, streams, timers. A source
/// that reads its answers needs about ten for each request in flight.
pub(super) const MOST_RESOURCES: usize = 4096;

/// Most bytes of headers that the component may add to one request. Together with [`MOST_RESOURCES`] it bounds what
/// the host keeps for a component that fills headers and never sends them.
pub(super) const MOST_HEADER_BYTES: usize = 32 * 1024;

/// Most random bytes that it gets at once.
pub(super) const MOST_RANDOM_BYTES: u64 = 64 * 1024;

pub(super) struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    clock: Clock,
    pub(super) log: GuestLog,
    pub(super) hooks: Hooks,
    pub(super) memory: MemoryLimit,
}

impl State {
    pub(super) fn new(options: &SandboxOptions) -> Self {
        let log = GuestLog::default();
        let mut wasi = WasiCtx::builder();
        wasi.stderr(log.clone()).wall_clock(GuestClock(options.clock.clone())).max_random_size(MOST_RANDOM_BYTES);
        if let Some(bytes) = options.randomness.sequence() {
            wasi.secure_random(wasmtime_wasi::random::Deterministic::new(bytes.clone()))
                .insecure_random(wasmtime_wasi::random::Deterministic::new(bytes))
                .insecure_random_seed(0);
        }
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(MOST_HEADER_BYTES);
        let mut table = ResourceTable::new();
        table.set_max_capacity(MOST_RESOURCES);
        Self {
            wasi: wasi.build(),
            clock: options.clock.clone(),
            http,
            table,
            log,
            hooks: Hooks::new(Arc::clone(&options.transport), options.max_in_flight),
            memory: MemoryLimit::new(options.memory_bytes),
        }
    }
}

impl State {
    /// Whether its time is made by its waits.
    pub(super) fn is_virtual(&self) -> bool {
        self.clock.is_virtual()
    }

    /// What the monotonic clock works on.
    pub(super) fn timers(&mut self) -> Timers<'_> {
        Timers { clock: &self.clock, table: &mut self.table }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.hooks }
    }
}

struct GuestClock(Clock);

impl HostWallClock for GuestClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0.now()
    }
}
