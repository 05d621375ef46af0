//! The real program, as a person would start it: nothing of the tests' own surroundings, a shared cache of compiled
//! components.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A call of the program.
pub struct Program(Command);

/// What a call came to.
pub struct Output {
    /// Exit code; -1 if a signal ended it.
    pub code: i32,
    /// Results.
    pub stdout: String,
    /// Text for people.
    pub stderr: String,
}

impl Program {
    /// The program without arguments.
    pub fn new() -> Self {
        Self::of(env!("CARGO_BIN_EXE_source-host").as_ref())
    }

    /// The same, or another build whose whole path is in `SOURCE_HOST`: for tests that start it very often.
    pub fn built() -> Self {
        Self::of(&std::env::var_os("SOURCE_HOST").unwrap_or_else(|| env!("CARGO_BIN_EXE_source-host").into()))
    }

    fn of(program: &OsStr) -> Self {
        let mut command = Command::new(program);
        command.env_clear().env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).stdin(Stdio::null());
        Self(command)
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.0.arg(arg);
        self
    }

    /// More arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.0.args(args);
        self
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Another working folder.
    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// Behind a shell that redirects it, for example by `>&-`.
    #[cfg(unix)]
    pub fn redirected(self, how: &str) -> Self {
        self.behind(&format!("exec \"$0\" \"$@\" {how}"))
    }

    /// With no more address space than so many KiB.
    #[cfg(unix)]
    pub fn address_space(self, kibibytes: u64) -> Self {
        self.behind(&format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\""))
    }

    #[cfg(unix)]
    fn behind(self, script: &str) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(script).arg(self.0.get_program()).args(self.0.get_args());
        shell.env_clear().envs(self.0.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
        if let Some(folder) = self.0.get_current_dir() {
            shell.current_dir(folder);
        }
        Self(shell)
    }

    /// Starts it, with its output and its messages in pipes.
    pub fn watched(mut self) -> Child {
        self.0.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program is built and can be started")
    }

    /// The same for who connects it otherwise.
    pub fn command(self) -> Command {
        self.0
    }

    /// Starts it, with its output in a pipe and its messages nowhere.
    pub fn start(mut self) -> Child {
        self.0.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program is built and can be started")
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Output {
        let output = self.0.output().expect("the program is built and can be started");
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("results are text"),
            stderr: String::from_utf8(output.stderr).expect("messages are text"),
        }
    }
}
