//! The double in this process: a tenant that stands still at a day, quotas that never bind, and a gate at which a request
//! waits for what is done to the program meanwhile.

use defender_double::model::{Shape, Tenant};
use defender_double::period::Period;
use defender_double::scenario::Scenario;
use defender_double::server::{Options, Server};
use defender_double::service::{Service, Terms};
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Days of the tenant's life. Between them devices come and go, and some are merged into others.
pub(crate) const DAYS: [u32; 2] = [3, 10];

/// So few devices that a life, one that was killed before it, and what the next one takes that to have sent after its last
/// position, are together less than the limit of a minute: wherever the clock of the program is, none has to wait.
const SHAPE: Shape =
    Shape { seed: 8, devices: 9, users: 12, software_per_device: 20, findings_per_device: 30, recommendations: 8 };

/// APIs that the source calls. Many lives a minute are nothing that a quota is made for.
const FAMILIES: [&str; 12] = [
    "machines",
    "logonusers",
    "graph-hunting",
    "software-inventory",
    "software-inventory-files",
    "vulnerability-export",
    "vulnerability-files",
    "vulnerability-changes",
    "vulnerabilities",
    "recommendations",
    "recommendation-machines",
    "machine-recommendations",
];

/// A running double. It ends with its owner.
pub(crate) struct Double {
    service: Arc<Service>,
    gate: Arc<Gate>,
    requests: Arc<AtomicU64>,
    /// Scheme, host and port of the services.
    pub(crate) origin: String,
    /// The same of the files.
    pub(crate) files: String,
    runtime: Option<Runtime>,
}

impl Double {
    /// Starts one on free ports.
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let free = ([127, 0, 0, 1], 0).into();
        let options = Options { listen: free, files: Some(free), tls: false };
        let mut script = "[hunting]\nrows_per_quarter = 1000000000\n".to_owned();
        for family in FAMILIES {
            let quota = format!("[quotas.{family}]\nper_minute = 1000000\nper_hour = 1000000\n");
            script.push_str(&quota);
        }
        let scenario = Scenario::parse(Path::new("torture.toml"), &script).expect("a scenario");
        let terms = Terms { latency: (Duration::ZERO, Duration::ZERO), ..Terms::default() };
        let bound = runtime.block_on(Server::bind(options, Arc::new(Tenant::new(SHAPE)), terms, scenario));
        let server = bound.unwrap_or_else(|error| panic!("{error}"));
        let (origin, files) = (server.origin().to_owned(), server.files_origin().to_owned());
        let (service, gate) = (Arc::clone(server.service()), Arc::new(Gate::default()));
        let (watched, requests) = (Arc::clone(&gate), Arc::new(AtomicU64::new(0)));
        let counted = Arc::clone(&requests);
        service.watch(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            watched.pass();
        });
        runtime.spawn(server.run(std::future::pending()));
        Self { service, gate, requests, origin, files, runtime: Some(runtime) }
    }

    /// Stands still at a day.
    pub(crate) fn on_day(&self, day: u32) {
        self.service.set_period(Some(Period::of_day(day)));
    }

    /// Who it is.
    pub(crate) fn tenant(&self) -> &Tenant {
        self.service.tenant()
    }

    /// Where requests wait.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// How often it was asked.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// What it was asked, for the report of a failure.
    pub(crate) fn asked(&self) -> String {
        let mut text = String::new();
        for entry in self.service.log().entries.iter().rev().take(5).rev() {
            let _ = writeln!(text, "  {} {} {:?}", entry.method, entry.target, entry.status);
        }
        text
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.gate.open();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A gate before the services.
#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Open,
    /// Closes behind so many more requests.
    Closing { left: u64, all: bool, reached: Box<dyn Fn() + Send> },
    /// One request waits, and all behind it do.
    Closed,
    /// One request waits, others pass.
    Holding,
}

impl Gate {
    /// Lets so many requests pass, then holds the next one: and all behind it, or it alone. Says when it does.
    pub(crate) fn close_behind<T: Send + 'static>(
        &self,
        requests: u64,
        all: bool,
        reached: Sender<T>,
        word: fn() -> T,
    ) {
        let reached = Box::new(move || drop(reached.send(word())));
        *self.lock() = State::Closing { left: requests, all, reached };
    }

    /// Lets everything pass.
    pub(crate) fn open(&self) {
        *self.lock() = State::Open;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let mut state = self.lock();
        let waits = match &mut *state {
            State::Open | State::Holding => false,
            State::Closed => true,
            State::Closing { left: 0, all, reached } => {
                reached();
                *state = if *all { State::Closed } else { State::Holding };
                true
            }
            State::Closing { left, .. } => {
                *left -= 1;
                false
            }
        };
        if waits {
            let is_shut = |state: &mut State| matches!(state, State::Closed | State::Holding);
            drop(self.opened.wait_while(state, is_shut).unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
