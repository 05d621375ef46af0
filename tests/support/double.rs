//! The double as a program of its own, for as long as a test runs.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

/// A running double; it is ended with the test.
pub struct Running {
    child: Child,
    messages: BufReader<ChildStderr>,
    /// What it said up to the last line of its greeting.
    pub greeting: String,
}

impl Running {
    /// Starts one on free ports of this machine.
    pub fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_source-host"))
            .args(["double", "--listen", "127.0.0.1:0", "--listen-files", "127.0.0.1:0"])
            .args(args)
            .current_dir(folder)
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program is built and can be started");
        let mut messages = BufReader::new(child.stderr.take().expect("piped"));
        let mut greeting = String::new();
        while !greeting.contains("Ctrl-C") {
            assert_ne!(messages.read_line(&mut greeting).expect("text"), 0, "it ended early: {greeting}");
        }
        Self { child, messages, greeting }
    }

    /// Where its services are.
    pub fn origin(&self) -> &str {
        let line = self.greeting.lines().find_map(|line| line.strip_prefix("services at ")).expect("an origin");
        line.split(',').next().expect("a first part")
    }

    /// The lines between the addresses and the first request: a configuration.
    pub fn config(&self) -> String {
        let (_, rest) = self.greeting.split_once("\n\n").expect("a configuration");
        rest.split_once("\n\n").expect("a request").0.to_owned()
    }

    /// Interrupts it and gives the rest of what it says, and its code.
    pub fn interrupt(mut self) -> (String, Option<i32>) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill is there").success());
        let mut rest = String::new();
        self.messages.read_to_string(&mut rest).expect("text");
        (rest, self.child.wait().expect("it ends").code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
