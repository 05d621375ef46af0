//! Which numbers the events of a session have.
//!
//! A host may be killed at any time. What it delivered then and what it stored are two things: it has delivered all
//! batches up to the position that it stored, and perhaps more. Of that more the next session knows nothing. It reads the
//! same place again and finds what is there now, which need not be what was there before. If it went on to count where
//! the position stopped, a number would name two events, and whoever orders by it would take the older for the newer.
//!
//! So each session that goes on with a run begins a life of its own, one behind the last that a position tells of. Its
//! first step is a position and nothing else, and that position tells of the new life. A host that stores each position
//! without events before it delivers an event of a later batch has it stored before the first event with a number of that
//! life exists.
//! From then on every session begins behind it. If it is killed before, no event has such a number, and the next session
//! may take the same life.
//!
//! Two cases are left in which the life of a session is in no position, or in none that is kept: it gives no position
//! first, because [`OPENED_MAX`] in a row gave one and nothing else; or the host lost what it had stored, as the power
//! failed or an old copy was put back. The next session then begins from the same position and takes the same life. So a
//! life does not begin at its first number but at one made of the time since the run began, 256 for each millisecond: what
//! begins later has higher numbers. It takes both, a life that is taken twice and a clock that was set back or events that
//! used up more numbers than 256 for each millisecond until then, for a number to name two events.
//!
//! A run has 65,536 lives. A session takes one of them, and another one for each 18 hours that the run is old, up to 64.
//! Whoever uses them up starts over: nothing that is killed so often comes to an end.

use defender_client::error::{Cause, SourceError};
use defender_rows::event::Sequence;

/// Sessions in a row that give their position before they send anything. What each of them may have sent is in the
/// position then, also if it is lost before it gives another. As many fill the budget of a minute; and as there is an end
/// to them, a run gets on whose host is lost after each batch.
pub(super) const OPENED_MAX: u64 = 6;

/// Where the numbers of a life behind one start.
///
/// # Errors
/// `invalid-checkpoint` if the run has none left.
pub(super) fn behind(life: u16, run: &str, started_ms: i64, now_ms: i64) -> Result<Sequence, SourceError> {
    let since_start_ms = u64::try_from(now_ms.saturating_sub(started_ms)).unwrap_or_default();
    Sequence::after(life, since_start_ms).ok_or_else(|| used_up(run))
}

fn used_up(run: &str) -> SourceError {
    SourceError::new(
        Cause::InvalidCheckpoint,
        format!("Run {run} was gone on with so often, or for so long, that its events have no numbers left."),
        "Find out what ends each session, then start over without the checkpoint; with the bundled host, `--reset-state`.",
    )
}
