//! What is looked at whenever an inventory is opened for a run, whatever its size: some 300 rows.
//!
//! | looked at | damage that shows |
//! |---|---|
//! | all words, beginnings of keys, datasets and positions, the last 64 runs | pages that cannot be read; receipts and positions that changed |
//! | all dictionaries | one that changed: every document of its schema is lost |
//! | 64 documents, spread over all, and the last 64 | that a disk or a copy lost whole stretches |
//! | how many documents there should be | a number that cannot be read |
//!
//! Anything else is looked at when it is read: a run is told of damage at the row that it meets. All is looked at by
//! `source-host inventory verify`.

use super::documents;
use super::seal::Tally;
use rusqlite::Connection;

/// Documents that are read, of each sort.
const DOCUMENTS: i64 = 64;

/// Fails at the first damage.
pub(super) fn check(db: &Connection) -> rusqlite::Result<()> {
    for sql in [
        "SELECT sum(length(text)) FROM words",
        "SELECT sum(length(text)) FROM stems",
        "SELECT sum(length(name)) FROM datasets",
        "SELECT sum(length(checked_text('run ' || run, receipt, sum)))
         FROM (SELECT run, receipt, sum FROM run_rows ORDER BY id DESC LIMIT 64)",
        "SELECT sum(length(checkpoint)) FROM checkpoints",
    ] {
        db.query_row(sql, [], |_| Ok(()))?;
    }
    let mut statement = db.prepare("SELECT name, bytes, sum FROM dictionaries")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        documents::check_dictionary(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_blob()?, row.get(2)?)?;
    }
    Tally::load(db)?;
    let ends = "SELECT coalesce(min(asset), 0), coalesce(max(asset), -1) FROM document_rows";
    let (first, last): (i64, i64) = db.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let step = (last.saturating_sub(first) / DOCUMENTS).max(1);
    let spread = (0..DOCUMENTS).map(|number| first.saturating_add(number.saturating_mul(step)));
    let mut at = db.prepare("SELECT document FROM documents WHERE id >= ?1 ORDER BY id LIMIT 1")?;
    for asset in spread.take_while(|asset| *asset <= last) {
        at.query_row([asset], |_| Ok(()))?;
    }
    let mut newest = db.prepare("SELECT document FROM documents ORDER BY id DESC LIMIT ?1")?;
    newest.query_map([DOCUMENTS], |_| Ok(()))?.collect()
}
