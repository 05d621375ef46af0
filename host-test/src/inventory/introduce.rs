//! Gives checksums to what files of the first layout hold without one, once, in the transaction that makes them files of
//! the second. What can be seen to be damaged ends that: a checksum would make it look sound.

use super::documents::{self, unpack};
use super::seal::{self, Tally, damage};
use super::state::State;
use rusqlite::Connection;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use zstd::bulk::Decompressor;

/// Documents that are held in memory at once.
const PORTION: u32 = 500;

/// The member of a document that says whose it is.
#[derive(Deserialize)]
pub(super) struct Key<'a> {
    #[serde(borrow, default)]
    pub(super) key: Option<Cow<'a, str>>,
}

/// A document as it is stored, and the key and state of its asset.
struct Row {
    asset: i64,
    dictionary: i64,
    bytes: Vec<u8>,
    key: Option<String>,
    state: Option<i64>,
}

pub(super) fn checksums(db: &Connection) -> rusqlite::Result<()> {
    texts(db, "run_rows", "'run ' || run", "receipt")?;
    texts(db, "checkpoint_rows", "'the position of ' || component", "checkpoint")?;
    let mut dictionaries = dictionaries(db)?;
    let mut tally = Tally::default();
    let mut last = i64::MIN;
    loop {
        let rows = portion(db, last)?;
        let Some(row) = rows.last() else { break };
        last = row.asset;
        let mut update = db.prepare_cached("UPDATE document_rows SET sum = ?2 WHERE asset = ?1")?;
        for row in &rows {
            check(row, &mut dictionaries)?;
            let sum = seal::of_document(row.asset, row.dictionary, &row.bytes);
            update.execute((row.asset, sum))?;
            if row.state.and_then(State::of).is_some_and(State::is_there) {
                tally.add(sum);
            }
        }
    }
    tally.store(db)
}

/// Checksums for one column of texts.
fn texts(db: &Connection, table: &str, owner: &str, column: &str) -> rusqlite::Result<()> {
    let sql = format!("SELECT {owner}, {column} FROM {table} WHERE {column} IS NOT NULL");
    let mut statement = db.prepare(&sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (of, text) in rows.collect::<rusqlite::Result<Vec<(String, String)>>>()? {
        let sql = format!("UPDATE {table} SET sum = ?2 WHERE {owner} = ?1");
        db.execute(&sql, (&of, seal::of_text(&of, &text)))?;
    }
    Ok(())
}

fn dictionaries(db: &Connection) -> rusqlite::Result<HashMap<i64, Decompressor<'static>>> {
    let mut statement = db.prepare("SELECT id, name, bytes FROM dictionaries")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut by_number = HashMap::new();
    for (number, name, bytes) in rows.collect::<rusqlite::Result<Vec<(i64, String, Vec<u8>)>>>()? {
        let sum = documents::sum_of_dictionary(&name, &bytes);
        db.execute("UPDATE dictionaries SET sum = ?2 WHERE id = ?1", (number, sum))?;
        by_number.insert(number, Decompressor::with_dictionary(&bytes).map_err(documents::failed)?);
    }
    Ok(by_number)
}

fn portion(db: &Connection, after: i64) -> rusqlite::Result<Vec<Row>> {
    let sql = "SELECT r.asset, r.dictionary, r.bytes, s.text || a.local, a.state FROM document_rows AS r
               LEFT JOIN asset_rows AS a ON a.id = r.asset LEFT JOIN stems AS s ON s.id = a.stem
               WHERE r.asset > ?1 ORDER BY r.asset LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map((after, PORTION), |row| {
        let (asset, dictionary, bytes) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Row { asset, dictionary, bytes, key: row.get(3)?, state: row.get(4)? })
    })?;
    rows.collect()
}

/// What can be said of a document without a checksum: it is JSON, and that of its asset.
fn check(row: &Row, dictionaries: &mut HashMap<i64, Decompressor<'static>>) -> rusqlite::Result<()> {
    let Row { asset, dictionary, bytes, key, .. } = row;
    let missing = || damage(format_args!("the dictionary for the document of asset {asset} is missing"));
    let text = unpack(dictionaries.get_mut(dictionary).ok_or_else(missing)?, *asset, bytes)?;
    let read = serde_json::from_str::<Key<'_>>(&text);
    let read = read.map_err(|_| damage(format_args!("the document of asset {asset} is not JSON")))?;
    match (read.key, key) {
        (Some(read), Some(key)) if read != key.as_str() => {
            Err(damage(format_args!("the document of asset {asset}, {key}, is that of {read}")))
        }
        (_, None) => Err(damage(format_args!("the document of asset {asset} belongs to nothing"))),
        _ => Ok(()),
    }
}
