//! A server of PostgreSQL of a test's own, on a socket in a folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A running server; it ends with the test.
pub(crate) struct Postgresql {
    programs: PathBuf,
    folder: tempfile::TempDir,
}

impl Postgresql {
    /// Starts one by the programs in a folder.
    pub(crate) fn start(programs: PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Self { programs, folder };
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(server.folder.path()).status();
            assert!(owned.expect("chown is there").success(), "the package makes the user `postgres`");
        }
        let data = server.data();
        let initdb =
            server.program("initdb").args(["--auth=trust", "--username=postgres", "--no-sync"]).arg(&data).output();
        succeeded(&initdb.expect("it starts"));
        // A socket in the folder, and no port.
        let options = format!("-k {} -c listen_addresses= -c fsync=off", server.folder.path().display());
        let mut start = server.program("pg_ctl");
        start.args(["start", "--wait", "--silent"]).arg("--pgdata").arg(&data).arg("--options").arg(options);
        start.arg("--log").arg(server.folder.path().join("log"));
        // The server would hold a pipe open.
        let started = start.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status();
        assert!(
            started.expect("it starts").success(),
            "{:?}",
            std::fs::read_to_string(server.folder.path().join("log"))
        );
        server
    }

    /// Runs a script from a folder, and gives what it prints, as CSV.
    pub(crate) fn run(&self, folder: &Path, script: &Path) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--username=postgres", "--dbname=postgres", "--csv", "--quiet", "--no-psqlrc"]);
        psql.args(["--set", "ON_ERROR_STOP=1"]).arg("--host").arg(self.folder.path());
        let output = psql.arg("--file").arg(script).current_dir(folder).output().expect("it starts");
        succeeded(&output);
        String::from_utf8(output.stdout).expect("text")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of the server, which refuses to be run by root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgresql {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        let stopped =
            stop.args(["stop", "--wait", "--silent", "--mode=immediate"]).arg("--pgdata").arg(self.data()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            eprintln!("PostgreSQL in {} could not be stopped", self.folder.path().display());
        }
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn succeeded(output: &Output) {
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{wrong}");
}
