//! What really arrived: of a pipe, the bytes that were read; of a file, the lines that are whole in it.

use crate::life::Signal;
use std::io::Read;
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// How long somebody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// To the end.
    ToTheEnd,
    /// Stops after so many bytes, and goes on when it is told to.
    Pauses { bytes: u64 },
    /// Closes the pipe after so many bytes.
    Leaves { bytes: u64 },
}

/// Somebody who reads a pipe.
pub(crate) struct Reader {
    thread: JoinHandle<Vec<u8>>,
    go_on: Sender<()>,
}

impl Reader {
    /// Begins to read. Says when it pauses or leaves.
    pub(crate) fn start(pipe: ChildStdout, patience: Patience, signals: Sender<Signal>) -> Self {
        let (go_on, told) = channel();
        Self { thread: std::thread::spawn(move || read(pipe, patience, &signals, &told)), go_on }
    }

    /// Reads on after a pause.
    pub(crate) fn go_on(&self) {
        // Who has read everything needs no word.
        let _ = self.go_on.send(());
    }

    /// Everything that was read.
    pub(crate) fn finish(self) -> Vec<u8> {
        drop(self.go_on);
        self.thread.join().expect("a reader ends")
    }
}

fn read(mut pipe: ChildStdout, patience: Patience, signals: &Sender<Signal>, told: &Receiver<()>) -> Vec<u8> {
    let mut all = Vec::new();
    if let Patience::Pauses { bytes } | Patience::Leaves { bytes } = patience {
        (&mut pipe).take(bytes).read_to_end(&mut all).expect("a pipe can be read");
        let is_over = (all.len() as u64) < bytes;
        match patience {
            _ if is_over => return all,
            Patience::Leaves { .. } => {
                drop(pipe);
                let _ = signals.send(Signal::Left);
                return all;
            }
            _ => {
                let _ = signals.send(Signal::Delivered);
                // An error says that nobody waits for it any more.
                let _ = told.recv();
            }
        }
    }
    pipe.read_to_end(&mut all).expect("a pipe can be read");
    all
}

/// Somebody who follows a file.
#[derive(Default)]
pub(crate) struct Follower {
    /// What is whole in it.
    whole: Vec<u8>,
}

impl Follower {
    /// What came since it was looked at last: lines, and perhaps one that is cut off. Nothing if lines that were whole
    /// are not there any more.
    pub(crate) fn look(&mut self, now: &[u8]) -> Option<Vec<u8>> {
        let news = now.strip_prefix(self.whole.as_slice())?;
        let whole = news.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.whole.extend_from_slice(&news[..whole]);
        Some(news.to_vec())
    }
}
