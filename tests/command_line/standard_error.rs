//! Whether the standard error can be written to changes neither what is delivered nor how the program ends.

use crate::support::envelope;
use crate::support::server::Server;
use crate::support::source::{self, SECRET, token};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_source-host");

/// What can be wrong with a standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// A pipe that nobody reads from any more.
    NoReader,
    /// A device without space.
    Full,
    Closed,
}

const WRONG: [Wrong; 3] = [Wrong::NoReader, Wrong::Full, Wrong::Closed];

/// A call of the program with such a standard error.
fn command(folder: &Path, wrong: Wrong, args: &[&str]) -> Command {
    let mut command = match wrong {
        Wrong::Closed => {
            let mut shell = Command::new("sh");
            shell.args(["-c", "exec \"$0\" \"$@\" 2>&-", PROGRAM]);
            shell
        }
        _ => Command::new(PROGRAM),
    };
    let stderr = match wrong {
        Wrong::Nothing | Wrong::Closed => Stdio::piped(),
        Wrong::NoReader => {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            drop(reader);
            writer.into()
        }
        Wrong::Full => File::options().write(true).open("/dev/full").expect("the device is there").into(),
    };
    command
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("SAMPLE_SECRET", SECRET)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr);
    command
}

fn run(folder: &Path, wrong: Wrong, args: &[&str]) -> Output {
    command(folder, wrong, args).output().expect("the program is built and can be started")
}

/// Keys and hashes of some lines: what two runs have in common.
fn identities(lines: &[u8]) -> BTreeSet<(String, String)> {
    let identity = |line: &str| {
        let line = envelope(line);
        (line["key"].to_string(), format!("{}{}", line["op"], line["hash"]))
    };
    String::from_utf8_lossy(lines).lines().map(identity).collect()
}

#[test]
fn results_and_codes_are_the_same() {
    let server = Server::handmade(token);
    let folder = tempfile::tempdir().expect("a folder");
    source::configure(folder.path(), &server, 10, "");
    std::fs::write(folder.path().join("bad.toml"), "[source]\nzzz = 1\n").expect("written");
    let calls: [(&[&str], i32); 14] = [
        (&[], 0),
        (&["-vv"], 0),
        (&["validate", "--config", "c.toml"], 0),
        // The token of the server grants nothing.
        (&["check", "--config", "c.toml"], 1),
        (&["plan", "--config", "c.toml"], 0),
        (&["plan", "--online", "--json", "--config", "c.toml"], 0),
        (&["describe"], 0),
        (&["--version"], 0),
        (&["simulate", "--seeds", "1", "--days", "1", "--devices", "3"], 0),
        (&["double", "--truth", "--devices", "2", "--day", "1"], 0),
        // What is wrong has to be told, and cannot be.
        (&["validate", "--config", "bad.toml"], 2),
        (&["run", "--config", "none.toml"], 2),
        (&["no-such-verb"], 2),
        (&["inventory", "summary", "--path", "none.db"], 2),
    ];
    for (args, code) in calls {
        let good = run(folder.path(), Wrong::Nothing, args);
        let said = String::from_utf8_lossy(&good.stderr);
        assert_eq!(good.status.code(), Some(code), "{args:?}: {said}");
        for wrong in WRONG {
            let output = run(folder.path(), wrong, args);
            assert_eq!(output.status.code(), Some(code), "{args:?} {wrong:?}");
            assert!(output.stdout == good.stdout, "{args:?} {wrong:?}: other results");
        }
    }
}

#[test]
fn a_run_delivers_and_remembers_the_same() {
    for (refused, code) in [(None, 0), (Some("/api/recommendations"), 1)] {
        let events = |wrong: Wrong| {
            let server = Server::handmade(move |asked| match refused {
                Some(refused) if asked.contains(refused) => Some((403, b"{}".to_vec())),
                _ => token(asked),
            });
            let folder = tempfile::tempdir().expect("a folder");
            source::configure(folder.path(), &server, 10, "[state]\ninventory = true\npath = \"inventory.db\"\n");
            // The second run has news of nothing: all was remembered.
            let first = run(folder.path(), wrong, &["run", "-vv", "--config", "c.toml"]);
            let second = run(folder.path(), wrong, &["run", "-vv", "--config", "c.toml"]);
            assert_eq!((first.status.code(), second.status.code()), (Some(code), Some(code)), "{wrong:?}");
            (identities(&first.stdout), identities(&second.stdout))
        };
        let good = events(Wrong::Nothing);
        assert!(good.0.len() > 20 && good.1.len() < good.0.len());
        for wrong in WRONG {
            assert_eq!(events(wrong), good, "{wrong:?}");
        }
    }
}

#[test]
fn a_reader_that_leaves_in_the_middle_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = run(folder.path(), Wrong::Nothing, &[]);
    let mut child = command(folder.path(), Wrong::Nothing, &[]).spawn().expect("started");
    let mut first = String::new();
    let mut messages = BufReader::new(child.stderr.take().expect("piped"));
    messages.read_line(&mut first).expect("a first line");
    assert!(first.contains("sample tenant"), "{first}");
    drop(messages);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stdout == good.stdout), (Some(0), true));
}

#[test]
fn the_double_serves_until_it_is_interrupted() {
    let folder = tempfile::tempdir().expect("a folder");
    for wrong in WRONG {
        let port = || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            listener.local_addr().expect("an address").to_string()
        };
        let (services, files) = (port(), port());
        let args = ["double", "--devices", "2", "--listen", &services, "--listen-files", &files];
        let mut child = command(folder.path(), wrong, &args).spawn().expect("started");
        // It cannot say where it listens, so it is asked until it answers or ends.
        let answers = loop {
            if std::net::TcpStream::connect(&services).is_ok() {
                break true;
            }
            if child.try_wait().expect("a state").is_some() {
                break false;
            }
            std::thread::yield_now();
        };
        assert!(answers, "{wrong:?}: it ended early");
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(killed.expect("kill is there").success());
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{wrong:?}");
    }
}
