//! The program before the hand-made tenant, with a request at which it can be held.

use crate::support::program::{Output, Program};
use crate::support::server::Server;
use crate::support::source::{self, token};
use crate::support::{complete, envelope, handmade_run};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

/// Every way to keep what outlives a run, with a sink on the standard output.
pub(crate) const STATES: [&str; 2] =
    ["[state]\npath = \"state.json\"\n", "[state]\npath = \"inventory.db\"\ninventory = true\n"];

/// A sink beside them.
pub(crate) const SINK: &str = "[sink]\npath = \"events.ndjson\"\n";

/// Part of the request at which a run is held: two datasets are delivered by then, and two are still to come.
const GATE: &str = "SoftwareVulnerabilitiesByMachine";

/// Most events of a batch.
const BATCH: usize = 10;

/// Longest wait for something that has to happen.
const LONGEST: Duration = Duration::from_secs(120);

pub(crate) struct Scene {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) server: Server,
    closed: Arc<AtomicBool>,
    arrivals: mpsc::Receiver<()>,
    open: mpsc::Sender<()>,
}

impl Scene {
    /// A folder with `c.toml`, and a service that answers.
    pub(crate) fn new(sections: &str) -> Self {
        let closed = Arc::new(AtomicBool::new(false));
        let (arrived, arrivals) = mpsc::channel();
        let (open, opened) = mpsc::channel();
        let (is_closed, opened) = (Arc::clone(&closed), Mutex::new(opened));
        let server = Server::handmade(move |asked| {
            if asked.contains(GATE) && is_closed.swap(false, Ordering::SeqCst) {
                let _ = arrived.send(());
                let _ = opened.lock().expect("one run is held").recv();
            }
            token(asked)
        });
        let folder = tempfile::tempdir().expect("a folder");
        source::configure(folder.path(), &server, BATCH, sections);
        Self { folder, server, closed, arrivals, open }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Content of a file; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(std::fs::read(self.path(name)).unwrap_or_default()).expect("text")
    }

    /// A further configuration that differs in its sections alone.
    pub(crate) fn configure(&self, name: &str, sections: &str) {
        let first = self.text("c.toml");
        source::configure(self.folder.path(), &self.server, BATCH, sections);
        std::fs::rename(self.path("c.toml"), self.path(name)).expect("renamed");
        if name != "c.toml" {
            std::fs::write(self.path("c.toml"), first).expect("written");
        }
    }

    pub(crate) fn program(&self, verb: &str) -> Program {
        source::program(self.folder.path(), verb)
    }

    /// The same with another configuration.
    pub(crate) fn with(&self, verb: &str, config: &str) -> Program {
        let program = Program::new().current_dir(self.folder.path()).env("SAMPLE_SECRET", source::SECRET);
        program.args([verb, "--config", config])
    }

    /// A run that stands at the gate.
    pub(crate) fn held(&self) -> Held<'_> {
        self.closed.store(true, Ordering::SeqCst);
        let child = self.program("run").watched();
        self.arrivals.recv_timeout(LONGEST).expect("it comes to the gate");
        Held { scene: self, child }
    }
}

impl Scene {
    /// Waits until a run at the gate has delivered every whole batch before it into `events.ndjson`, and stored its position
    /// behind: the last group is written beside the request. `state` is the file that changes with the position.
    pub(crate) fn at_rest(&self, sections: &str, state: &str) {
        let before_gate = complete(handmade_run()).ndjson();
        let before_gate = before_gate.split(":snapshot:vulnerabilities\"").next().unwrap_or_default();
        // The last line is the beginning of the marker behind the gate.
        let given = before_gate.lines().count().saturating_sub(1) / BATCH * BATCH;
        let is_wanted = |line: &&str| !sections.contains("inventory = true") || !line.contains(":snapshot:");
        let events = before_gate.lines().take(given).filter(is_wanted).count();
        let delivered = || self.text("events.ndjson").lines().count();
        // A group that the session did not wait for came a while after the position before it, so a position that is no
        // older than the events is behind them.
        let changed = |name: &str| std::fs::metadata(self.path(name)).and_then(|about| about.modified()).ok();
        let deadline = Instant::now() + LONGEST;
        while delivered() < events || changed(state) < changed("events.ndjson") {
            let now = Instant::now();
            assert!(now < deadline, "the run does not come to rest: {} of {events} events, {sections}", delivered());
            std::thread::yield_now();
        }
    }
}

/// A run that stands at the gate.
pub(crate) struct Held<'a> {
    scene: &'a Scene,
    child: Child,
}

impl Held<'_> {
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Lets it go on to its end.
    pub(crate) fn release(self) -> Output {
        ended(self.open())
    }

    /// Lets it go on.
    pub(crate) fn open(self) -> Child {
        self.scene.open.send(()).expect("the server lives");
        self.child
    }

    /// Kills it as the system would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
        self.scene.open.send(()).expect("the server lives");
    }
}

/// What a program came to whose output nobody has taken.
pub(crate) fn ended(child: Child) -> Output {
    let output = child.wait_with_output().expect("it ends");
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Reads so many bytes, or less if there are no more.
pub(crate) fn read(from: &mut impl Read, bytes: usize) -> String {
    let mut text = Vec::new();
    from.take(bytes as u64).read_to_end(&mut text).expect("readable");
    String::from_utf8_lossy(&text).into_owned()
}

/// Keys, operations and hashes of whole lines. A line without its end is none.
pub(crate) fn identities(text: &str) -> BTreeSet<(String, String)> {
    let identity = |line: &str| {
        let line = envelope(line);
        (line["key"].to_string(), format!("{}{}", line["op"], line["hash"]))
    };
    text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(identity).collect()
}

/// What there is to be delivered. With an inventory the markers of snapshots are not, nor is what rests on a device that
/// was merged into another.
pub(crate) fn expected(sections: &str) -> BTreeSet<(String, String)> {
    static ALL: OnceLock<String> = OnceLock::new();
    let all = ALL.get_or_init(|| complete(handmade_run()).ndjson());
    if !sections.contains("inventory = true") {
        return identities(all);
    }
    let leads = |line: &str, relation: &str| {
        let refs = envelope(line)["refs"].take();
        let found = refs.as_array().into_iter().flatten().find(|it| it["rel"] == relation);
        found.map(|it| it["key"].to_string())
    };
    let merged = all.lines().filter(|line| leads(line, "merged_into").is_some());
    let merged: BTreeSet<String> = merged.map(|line| envelope(line)["key"].to_string()).collect();
    let is_wanted = |line: &&str| {
        !line.contains(":snapshot:") && leads(line, "assigned_to").is_none_or(|device| !merged.contains(&device))
    };
    identities(&all.split_inclusive('\n').filter(is_wanted).collect::<String>())
}

/// Says what is missing, rather than everything that is there.
pub(crate) fn nothing_lost(delivered: &str, sections: &str) {
    let delivered = identities(delivered);
    let missing: Vec<_> = expected(sections).into_iter().filter(|event| !delivered.contains(event)).collect();
    assert!(missing.is_empty(), "{} of {} events are lost: {missing:?}", missing.len(), expected(sections).len());
}
