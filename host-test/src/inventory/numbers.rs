//! The numbers of the host's own events, so that `(run, seq)` is unique for ever and orders everything.
//!
//! | event | its number |
//! |---|---|
//! | the tombstone of an asset that was merged | the one behind the event that says so; a source leaves 65,536 free there |
//! | a tombstone at the end of a run | `1 << 52`, the closing of the run from bit 36 on, and below it the place in that closing |
//!
//! A closing is one attempt to end a run. Its number is on disk before the first of its events is delivered: a host that
//! is killed in between ends the run once more, perhaps with other tombstones, and under other numbers.

use super::database::Database;
use super::error::InventoryError;
use rusqlite::OptionalExtension;

/// Where the numbers of closings begin, above those of every source.
const CLOSINGS: u64 = 1 << 52;
const CLOSING_SHIFT: u32 = 36;
/// Closings of one run that have numbers of their own.
const MOST_CLOSINGS: u64 = 1 << 16;
/// Under which name the last closing is kept: the run and its number.
const NAME: &str = "closing";

/// The number behind the event that says that its asset was merged.
pub(super) fn behind(sequence: u64) -> u64 {
    sequence.saturating_add(1)
}

/// Begins another closing of a run. Returns the number before its first event. No transaction may be open.
pub(super) fn close(database: &Database, run: &str) -> Result<u64, InventoryError> {
    let db = &database.connection;
    let reserve = || {
        let last: Option<String> =
            db.query_row("SELECT value FROM meta WHERE name = ?1", [NAME], |row| row.get(0)).optional()?;
        let last = last.as_deref().and_then(|last| last.rsplit_once(' ')).filter(|(of, _)| *of == run);
        let closing = last.and_then(|(_, number)| number.parse::<u64>().ok()).map_or(0, |last| last + 1);
        // A commit that a loss of power undoes would give the number out again.
        db.pragma_update(None, "synchronous", "full")?;
        let kept = db.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", (NAME, format!("{run} {closing}")));
        db.pragma_update(None, "synchronous", "normal")?;
        kept?;
        Ok(CLOSINGS | (closing % MOST_CLOSINGS) << CLOSING_SHIFT)
    };
    database.explain(reserve())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_closing_of_a_run_has_numbers_of_its_own() {
        let database = Database::in_memory().unwrap();
        let numbers: Vec<u64> = ["a", "a", "b", "b"].iter().map(|run| close(&database, run).unwrap()).collect();
        let (first, second) = (1 << 52, (1 << 52) + (1 << 36));
        assert_eq!(numbers, [first, second, first, second]);
        assert!(numbers.iter().all(|number| *number < 1 << 53), "JSON numbers are exact below 2^53");
    }
}
