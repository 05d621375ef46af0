//! What can strike, as a table.

use crate::world::Place;
use defender_double::draw::Draw;
use rustix::process::Signal;
use std::time::Duration;

/// Who reads the messages of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Messages {
    Read,
    /// Nobody: the other end of the pipe is closed.
    Gone,
    /// Nobody: the disk that they go to is full.
    Full,
}

/// Room for what the program writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Enough,
    /// Files may have so many blocks of 512 bytes. Beyond them the system kills it, or says that the file is too large.
    Limit {
        blocks: u64,
        is_signalled: bool,
    },
}

/// What a fault does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// SIGKILL: nothing is flushed, closed or rolled back.
    Kill,
    /// Asks it to end; what was delivered by then is never delivered again.
    Ask(Signal),
    /// The reader closes the pipe.
    Leave,
    /// Other starts while it runs, one after the other, or all at once with it.
    Start { at_once: bool },
    /// A limit for the size of files.
    Limit { is_signalled: bool },
    /// A full disk.
    Fill,
    /// Nobody reads the messages.
    Mute(Messages),
    /// Its clock is so many hours off.
    Clock(i64),
    /// Its clock jumps by so many hours while it runs.
    Jump(i64),
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The name in reports.
    pub(crate) name: &'static str,
    pub(crate) does: Does,
    /// Where it can strike; everywhere if it is not said.
    pub(crate) only: Option<Place>,
}

const fn everywhere(name: &'static str, does: Does) -> Fault {
    Fault { name, does, only: None }
}

/// SIGKILL.
pub(crate) const KILL: Fault = everywhere("killed", Does::Kill);
/// Starts beside one that runs.
pub(crate) const SECOND: Fault = everywhere("second starts", Does::Start { at_once: false });
/// Starts at the same time.
pub(crate) const RACE: Fault = everywhere("starts at once", Does::Start { at_once: true });
/// A full disk.
pub(crate) const FULL: Fault = everywhere("disk full", Does::Fill);

/// Signals that ask for an end.
pub(crate) const REQUESTS: [Fault; 3] = [
    everywhere("SIGTERM", Does::Ask(Signal::TERM)),
    everywhere("SIGINT", Does::Ask(Signal::INT)),
    everywhere("SIGHUP", Does::Ask(Signal::HUP)),
];

/// Everything else.
pub(crate) const OTHERS: [Fault; 9] = [
    Fault { name: "the reader leaves", does: Does::Leave, only: Some(Place::Pipe) },
    everywhere("file too large", Does::Limit { is_signalled: false }),
    everywhere("SIGXFSZ", Does::Limit { is_signalled: true }),
    everywhere("standard error closed", Does::Mute(Messages::Gone)),
    everywhere("standard error full", Does::Mute(Messages::Full)),
    everywhere("clock ahead", Does::Clock(30)),
    everywhere("clock behind", Does::Clock(-30)),
    everywhere("clock jumps ahead", Does::Jump(30)),
    everywhere("clock jumps back", Does::Jump(-30)),
];

/// When something strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// When the double was asked so often, before it answers.
    Asked(u64),
    /// When so many bytes were delivered: read of a pipe, and no more are; or in a file.
    Delivered(u64),
    /// So long after the start.
    After(Duration),
}

/// How much an undisturbed run comes to. Moments are drawn from within it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) time: Duration,
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
}

impl Moment {
    /// One from a seed.
    pub(crate) fn draw(draw: Draw, within: Extent) -> Self {
        match draw.at("moment").below(3) {
            0 => Self::Asked(draw.at("requests").below(within.requests)),
            1 => {
                let most = u64::try_from(within.time.as_micros()).unwrap_or(u64::MAX);
                Self::After(Duration::from_micros(draw.at("time").below(most)))
            }
            _ => Self::Delivered(1 + draw.at("bytes").below(within.bytes)),
        }
    }
}
