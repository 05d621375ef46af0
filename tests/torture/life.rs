//! One start of the program, and how it came to its end.

use crate::consumer::{Patience, Reader};
use crate::faults::{Messages, Room};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
use rustix::process::{Pid, PidfdFlags, Signal as Posix, WaitId, WaitIdOptions, kill_process, pidfd_open, waitid};
use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// A request waits at the gate.
    Asked,
    /// So much was delivered.
    Delivered,
    /// The reader has left.
    Left,
    /// The program is over.
    Ended,
}

/// Longest time that anything may take. A program that hangs is found by it, and nothing is measured.
pub(crate) const LONGEST: Duration = Duration::from_secs(90);

/// How the program is started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Seconds by which its clock is ahead.
    pub(crate) clock: Option<i64>,
    /// Whether its clock can be set while it runs, by [`set_clock`].
    pub(crate) can_jump: bool,
    /// Room for what it writes.
    pub(crate) room: Room,
    /// Who reads its messages.
    pub(crate) messages: Messages,
    /// How long its output is read.
    pub(crate) patience: Patience,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            clock: None,
            can_jump: false,
            room: Room::Enough,
            messages: Messages::Read,
            patience: Patience::ToTheEnd,
        }
    }
}

/// A running program.
pub(crate) struct Life {
    child: Child,
    signals: Receiver<Signal>,
    sender: Sender<Signal>,
    reader: Reader,
    messages: Option<JoinHandle<String>>,
}

/// A program that is over.
#[derive(Debug)]
pub(crate) struct End {
    /// Exit code, if it ended itself.
    pub(crate) code: Option<i32>,
    /// Number of the signal that ended it.
    pub(crate) signal: Option<i32>,
    /// What it said.
    pub(crate) messages: String,
    /// What was read of its output.
    pub(crate) output: Vec<u8>,
}

impl Life {
    /// Starts it.
    pub(crate) fn start(command: Command, setting: Setting) -> Self {
        let mut command = limited(command, setting.room);
        if let (Some(secs), Some(library)) = (setting.clock, faketime()) {
            command.env("LD_PRELOAD", library);
            if let Some(folder) = command.get_current_dir().map(Path::to_path_buf).filter(|_| setting.can_jump) {
                set_clock(&folder, secs);
                command.env("FAKETIME_TIMESTAMP_FILE", folder.join(CLOCK)).env("FAKETIME_NO_CACHE", "1");
            } else {
                command.env("FAKETIME", format!("{secs:+}"));
            }
            // Waits are on the other clock, which nobody can set.
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        let stderr = match setting.messages {
            Messages::Full => OpenOptions::new().write(true).open("/dev/full").expect("it is there").into(),
            Messages::Read | Messages::Gone => Stdio::piped(),
        };
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().expect("the program can be started");
        let (sender, signals) = channel();
        let reader = Reader::start(child.stdout.take().expect("piped"), setting.patience, sender.clone());
        let stderr = child.stderr.take().filter(|_| setting.messages == Messages::Read);
        let messages = stderr.map(|mut pipe| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = pipe.read_to_end(&mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            })
        });
        let handle = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).expect("it is not waited for yet");
        let ended = sender.clone();
        std::thread::spawn(move || {
            let mut fds = [PollFd::new(&handle, PollFlags::IN)];
            while poll(&mut fds, None).is_err() {}
            let _ = ended.send(Signal::Ended);
        });
        Self { child, signals, sender, reader, messages }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Who wants to say something to whoever waits.
    pub(crate) fn sender(&self) -> Sender<Signal> {
        self.sender.clone()
    }

    /// Waits for a word, for so long; true if it came before the program was over.
    pub(crate) fn wait_for(&self, wanted: Signal, longest: Duration) -> bool {
        let until = Instant::now() + longest;
        while let Ok(signal) = self.signals.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if signal == wanted {
                return true;
            }
            if signal == Signal::Ended {
                // Whoever waits next has to know as well.
                let _ = self.sender.send(Signal::Ended);
                return false;
            }
        }
        false
    }

    /// Waits so long, or until it is over; true if it still runs.
    pub(crate) fn runs_after(&self, time: Duration) -> bool {
        if self.wait_for(Signal::Ended, time) {
            let _ = self.sender.send(Signal::Ended);
            return false;
        }
        true
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Posix) {
        // It can be over; it is not waited for yet, so the number is nobody else's.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    /// Has it stand still, wherever it is; false if it was over before.
    pub(crate) fn stop(&self) -> bool {
        self.signal(Posix::STOP);
        let wanted = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(Pid::from_child(&self.child)), wanted).expect("it is not waited for yet");
        status.is_some_and(|status| status.stopped())
    }

    /// Says when a file has got this long.
    pub(crate) fn watch(&self, file: PathBuf, length: u64) {
        let handle = pidfd_open(Pid::from_child(&self.child), PidfdFlags::empty()).expect("it is not waited for yet");
        let changes = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).expect("files can be watched");
        let folder = file.parent().expect("it is in a folder");
        // The file need not be there yet.
        add_watch(&changes, folder, WatchFlags::CREATE | WatchFlags::MODIFY).expect("the folder is there");
        let sender = self.sender();
        std::thread::spawn(move || {
            let mut events = [0; 4096];
            while !is_as_long(&file, length) {
                let mut fds = [PollFd::new(&handle, PollFlags::IN), PollFd::new(&changes, PollFlags::IN)];
                if poll(&mut fds, None).is_ok() && !fds[0].revents().is_empty() {
                    return;
                }
                // What changed is read off the file.
                while rustix::io::read(&changes, &mut events).is_ok_and(|read| read > 0) {}
            }
            let _ = sender.send(Signal::Delivered);
        });
    }

    /// Waits for its end; nothing if it does not come, and it had to be killed.
    pub(crate) fn finish(mut self) -> Option<End> {
        self.reader.go_on();
        let ends = self.wait_for(Signal::Ended, LONGEST);
        if !ends {
            let _ = self.child.kill();
        }
        let status = self.child.wait().expect("it can be waited for");
        forget_clock(self.child.id());
        let output = self.reader.finish();
        let messages = self.messages.map(|thread| thread.join().expect("read")).unwrap_or_default();
        ends.then(|| End { code: status.code(), signal: status.signal(), messages, output })
    }
}

fn is_as_long(file: &Path, length: u64) -> bool {
    std::fs::metadata(file).is_ok_and(|found| found.len() >= length)
}

/// The same command, with a limit on the size of each file that it writes.
fn limited(command: Command, room: Room) -> Command {
    let Room::Limit { blocks, is_signalled } = room else { return command };
    let trap = if is_signalled { "" } else { "trap '' XFSZ; " };
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(format!("{trap}ulimit -f {blocks}; exec \"$0\" \"$@\""));
    shell.arg(command.get_program()).args(command.get_args()).env_clear().stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

/// File that the clock of a program is read from which can jump.
const CLOCK: &str = "clock";

/// Sets the clock of a program that runs in a folder, in seconds by which it is ahead.
pub(crate) fn set_clock(folder: &Path, secs: i64) {
    // All of it or nothing is read.
    std::fs::write(folder.join("clock.new"), format!("{secs:+}")).expect("written");
    std::fs::rename(folder.join("clock.new"), folder.join(CLOCK)).expect("renamed");
}

/// The library that moves the clock of a program, where it is installed.
pub(crate) fn faketime() -> Option<&'static PathBuf> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let folders = std::fs::read_dir("/usr/lib").ok()?;
        let library = |folder: std::fs::DirEntry| folder.path().join("faketime/libfaketimeMT.so.1");
        let found = folders.flatten().map(library).find(|path| path.exists());
        if found.is_none() {
            assert_ne!(std::env::var("HOSTS").as_deref(), Ok("required"), "libfaketime is not installed");
            eprintln!("SKIPPED: moved clocks; libfaketime is not installed");
        }
        found
    };
    LIBRARY.get_or_init(find).as_ref()
}

/// The library leaves something behind of a program that is killed, by its number. Another one may get that number.
fn forget_clock(pid: u32) {
    for name in [format!("faketime_shm_{pid}"), format!("sem.faketime_sem_{pid}")] {
        let _ = std::fs::remove_file(format!("/dev/shm/{name}"));
    }
}
