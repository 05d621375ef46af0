//! Plays a case: its stand-in for the service in Python, then the program once for each line of its `command`.

use super::support::program::{Output, Program};
use serde_json::Value;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// What came of a case.
pub(crate) struct Played {
    /// The runs, in order.
    pub runs: Vec<Run>,
    /// The requests that the stand-in saw, a line each; empty where a recording was replayed.
    pub requests: Vec<String>,
}

/// One run of the program.
pub(crate) struct Run {
    /// Exit code.
    pub code: i32,
    /// What was delivered.
    pub events: Vec<Value>,
    /// Text for people.
    pub stderr: String,
}

/// Plays the case in `cases`/`name`.
///
/// # Panics
///
/// If Python is missing or the case is not as `run.py` beside it says.
pub(crate) fn play(cases: &Path, name: &str) -> Played {
    let case = cases.join(name);
    let work = tempfile::tempdir().expect("a temporary folder can be made");
    let port = free_port();
    let config = read(&case.join("config.toml")).replace("PORT", &port.to_string());
    fs::write(work.path().join("config.toml"), config).expect("the folder is ours");
    if case.join("tape.har").exists() {
        fs::copy(case.join("tape.har"), work.path().join("tape.har")).expect("the folder is ours");
    }
    let _server = case.join("case.py").exists().then(|| StandIn::start(cases, &case, &work, port));
    let command = read(&case.join("command"));
    let runs = command.lines().filter(|line| !line.trim().is_empty()).map(|line| run(&work, line)).collect();
    let requests = fs::read_to_string(work.path().join("requests.log")).unwrap_or_default();
    let requests = requests.lines().filter(|line| !line.contains("/ping")).map(str::to_owned).collect();
    Played { runs, requests }
}

fn run(work: &TempDir, line: &str) -> Run {
    let program = Program::new().current_dir(work.path()).env("CASE_SECRET", "made-up~secret");
    let Output { code, stdout, stderr } = program.args(line.split_whitespace()).run();
    let events = stdout.lines().map(|line| serde_json::from_str(line).expect("each line is an event")).collect();
    Run { code, events, stderr }
}

struct StandIn(Child);

impl StandIn {
    fn start(cases: &Path, case: &Path, work: &TempDir, port: u16) -> Self {
        let script = format!("{}\n{}", read(&cases.join("wire.py")), read(&case.join("case.py")));
        fs::write(work.path().join("server.py"), script).expect("the folder is ours");
        let mut python = Command::new("python3");
        python.args(["server.py", &port.to_string()]).current_dir(work.path());
        let server = python.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let stand_in = Self(server.expect("python3 is there"));
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return stand_in;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the stand-in of {} does not listen after 30 s", case.display());
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let probe = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    probe.local_addr().expect("it has an address").port()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
