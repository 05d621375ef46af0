//! A program that prints a secret: a password manager, a key vault's command line.
//!
//! | rule | why |
//! |---|---|
//! | it is started as it is written, without a shell | nothing in an argument can become a command |
//! | nobody answers it: its standard input is empty, its standard error goes nowhere | it must not wait for a person, and what it says may hold the secret |
//! | it has [`DEFAULT_SECS`] seconds, or what `timeout_secs` says | a run must not hang on it |
//! | of what it prints [`MOST_BYTES`] are read | a slip must not fill the memory |

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use wait_timeout::ChildExt;

/// Seconds unless the configuration says otherwise.
pub(super) const DEFAULT_SECS: u64 = 30;
/// Longest that may be asked for.
pub(super) const MOST_SECS: u64 = 600;
/// A token is a few thousand bytes long.
const MOST_BYTES: u64 = 64 * 1024;
/// For what is in the pipe when the program has ended.
const REST: Duration = Duration::from_secs(5);

/// What it printed; or what is wrong, and what to do.
pub(super) fn output(words: &[String], limit: Duration) -> Result<Vec<u8>, String> {
    let Some((program, arguments)) = words.split_first() else { return Err("names no program".to_owned()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // A group of its own, so that what it starts ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command
        .spawn()
        .map_err(|error| format!("the program cannot be started: {}; check its name and the path", error.kind()))?;
    let (printed, read) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let done = pipe.take(MOST_BYTES + 1).read_to_end(&mut bytes).map(|_| bytes);
            let _ = printed.send(done);
        });
    }
    let status = match child.wait_timeout(limit) {
        Ok(Some(status)) => status,
        Ok(None) | Err(_) => {
            end(&mut child);
            return Err(format!(
                "the program did not end within {} s and was ended; try it in a shell, with nobody to answer it: it may wait \
                 for a sign-in; a longer time is timeout_secs",
                limit.as_secs()
            ));
        }
    };
    if !status.success() {
        return Err(format!("the program failed ({status}); try it in a shell, as the user that runs this"));
    }
    let bytes = read.recv_timeout(REST).ok().and_then(Result::ok);
    let bytes =
        bytes.ok_or("what the program printed could not be read; something that it started keeps its output open")?;
    match bytes.len() as u64 > MOST_BYTES {
        true => {
            Err(format!("the program printed more than {MOST_BYTES} bytes, which is no secret; let it print only that"))
        }
        false => Ok(bytes),
    }
}

/// Ends it, and what it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill().and_then(|()| child.wait());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, limit: Duration) -> Result<Vec<u8>, String> {
        output(&["sh".to_owned(), "-c".to_owned(), script.to_owned()], limit)
    }

    #[test]
    fn what_it_prints_is_the_secret_and_what_it_says_is_not() {
        let long = Duration::from_secs(60);
        assert_eq!(run("echo hush; echo aside >&2", long).unwrap(), b"hush\n");
        // Nobody answers.
        assert_eq!(run("cat", long).unwrap(), b"");
        let failed = run("echo hush; exit 3", long).unwrap_err();
        assert!(failed.contains("exit status: 3") && !failed.contains("hush"), "{failed}");
        assert!(run("head -c 70000 /dev/zero", long).unwrap_err().contains("more than 65536 bytes"));
        assert!(output(&["no-such-program-here".to_owned()], long).unwrap_err().contains("cannot be started"));
    }

    #[test]
    fn it_is_ended_when_its_time_is_over() {
        // It would wait for ever.
        let error = run("exec tail -f /dev/null", Duration::from_millis(1)).unwrap_err();
        assert!(error.contains("did not end"), "{error}");
    }
}
