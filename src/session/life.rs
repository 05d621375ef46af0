//! Which numbers the events of a session have.
//!
//! A host may be killed at any time. What it delivered then and what it stored are two things: it has delivered all
//! batches up to the position that it stored, and perhaps more. Of that more the next session knows nothing. It reads the
//! same place again and finds what is there now, which need not be what was there before. If it went on to count where
//! the position stopped, a number would name two events, and whoever orders by it would take the older for the newer.
//!
//! So each session that goes on with a run begins a life of its own, one behind the last that a position tells of. Its
//! first step is a position and nothing else, and that position tells of the new life. A host that stores each position
//! before it delivers an event of a later batch has it stored before the first event with a number of that life exists.
//! From then on every session begins behind it. If it is killed before, no event has such a number, and the next session
//! may take the same life.
//!
//! One case is left: a session that gives no position first, because [`OPENED_MAX`] in a row gave one and nothing else.
//! Its life is in no position before its first events are. Were it killed between them and their position, the next one
//! would begin from the same position and know nothing of it. They are told apart by the clock: each begins at a number
//! made of the milliseconds since the run began, 256 for each, in the upper half of a life, where no other counts. It takes
//! seven kills in a row, the last between a delivery and its position, and then a clock that was set back to the same
//! moment, or a first batch that uses up more numbers than 256 for each millisecond until the next session, for two events
//! to share a number.
//!
//! A run has 65,536 lives. Whoever uses them up starts over: nothing that is killed so often comes to an end.

use crate::checkpoint::Run;
use crate::error::{Cause, SourceError};
use crate::event::Sequence;

/// Sessions in a row that give their position before they send anything. What each of them may have sent is in the
/// position then, also if it is lost before it gives another. As many fill the budget of a minute; and as there is an end
/// to them, a run gets on whose host is lost after each batch.
pub(super) const OPENED_MAX: u64 = 6;

/// Where the numbers of a session start that goes on with a run.
///
/// # Errors
/// `invalid-checkpoint` if the run has no life left.
pub(super) fn of_session(run: &Run, now_ms: i64) -> Result<Sequence, SourceError> {
    if run.opened < OPENED_MAX {
        return next(run.life, &run.id);
    }
    let since_start_ms = u64::try_from(now_ms.saturating_sub(run.started_ms)).unwrap_or_default();
    Sequence::untold_after(run.life, since_start_ms).ok_or_else(|| used_up(&run.id))
}

/// Where the numbers of the life behind one start.
///
/// # Errors
/// `invalid-checkpoint` if there is none.
pub(super) fn next(life: u16, run: &str) -> Result<Sequence, SourceError> {
    Sequence::after(life).ok_or_else(|| used_up(run))
}

fn used_up(run: &str) -> SourceError {
    SourceError::new(
        Cause::InvalidCheckpoint,
        format!("Run {run} was gone on with so often that there are no numbers left for its events: 65,535 times."),
        "Find out what ends each session, then start over without the checkpoint; with the bundled host, `--reset-state`.",
    )
}
