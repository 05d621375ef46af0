//! From a key to the number of its asset.
//!
//! A key is split after its third colon: the stem, which few keys do not share, and the local part. Assets are found by
//! their *spot*, a 64-bit number whose upper half is made of the key's first segment and whose lower half is made of
//! the whole. Everything on one device so lies together in the index, and a batch of rows about one device touches few
//! pages. Two keys with one spot are told apart by their text.

use super::names::Names;
use super::pending::Likeness;
use super::state::State;
use rusqlite::Connection;

/// The part of a key that many keys share, and the rest.
pub(super) fn split(key: &str) -> (&str, &str) {
    let at = key.bytes().enumerate().filter(|(_, byte)| *byte == b':').nth(2).map_or(0, |(at, _)| at + 1);
    key.split_at(at)
}

/// Where to look for a key.
pub(super) fn spot(stem: i64, local: &str) -> i64 {
    let segment = local.split('/').next().unwrap_or_default();
    let (upper, lower) = (fnv(0, segment), fnv(stem.unsigned_abs(), local));
    i64::from_ne_bytes(((upper << 32) | (lower & 0xffff_ffff)).to_ne_bytes())
}

/// FNV-1a in 64 bits, folded to 32: part of the file's format, so it must never change.
fn fnv(salt: u64, text: &str) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let salted = salt.to_le_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step);
    let hash = text.as_bytes().iter().fold(salted, step);
    (hash >> 32) ^ (hash & 0xffff_ffff)
}

/// An asset, or the mere target of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: i64,
    /// Nothing for a mere target.
    pub(super) state: Option<State>,
}

/// Finds a key, if it was ever met.
pub(super) fn find(connection: &Connection, stems: &Names, key: &str) -> rusqlite::Result<Option<Found>> {
    let (stem, local) = split(key);
    match stems.look_up(connection, stem)? {
        Some(stem) => at(connection, stem, local),
        None => Ok(None),
    }
}

/// The same with the number of the stem.
pub(super) fn at(connection: &Connection, stem: i64, local: &str) -> rusqlite::Result<Option<Found>> {
    let mut statement = connection.prepare_cached("SELECT id, stem, local, state FROM asset_rows WHERE spot = ?1")?;
    let mut rows = statement.query([spot(stem, local)])?;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(1)? == stem && row.get_ref(2)?.as_str()? == local {
            let state = row.get::<_, Option<i64>>(3)?.and_then(State::of);
            return Ok(Some(Found { id: row.get(0)?, state }));
        }
    }
    Ok(None)
}

/// The kind of an asset; nothing for a mere target.
pub(super) fn kind(connection: &Connection, id: i64) -> rusqlite::Result<String> {
    let sql = "SELECT coalesce((SELECT text FROM words WHERE id = kind), '') FROM asset_rows WHERE id = ?1";
    connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))
}

/// An asset, and what it looked like when a dataset saw it last.
pub(super) struct Seen {
    pub(super) found: Found,
    /// Nothing if the dataset does not have it.
    pub(super) likeness: Option<Likeness>,
}

/// The same with what a dataset knows of it.
pub(super) fn seen(connection: &Connection, stem: i64, local: &str, dataset: i64) -> rusqlite::Result<Option<Seen>> {
    let sql = "SELECT a.id, a.stem, a.local, a.state, o.likeness FROM asset_rows AS a
               LEFT JOIN origins AS o ON o.dataset = ?2 AND o.asset = a.id WHERE a.spot = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((spot(stem, local), dataset))?;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(1)? == stem && row.get_ref(2)?.as_str()? == local {
            let state = row.get::<_, Option<i64>>(3)?.and_then(State::of);
            let found = Found { id: row.get(0)?, state };
            return Ok(Some(Seen { found, likeness: row.get(4)? }));
        }
    }
    Ok(None)
}

/// Notes a key that was not met before.
pub(super) fn add(connection: &Connection, stem: i64, local: &str) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("INSERT INTO asset_rows (spot, stem, local) VALUES (?1, ?2, ?3)")?;
    statement.execute((spot(stem, local), stem, local))?;
    Ok(connection.last_insert_rowid())
}

/// Notes an asset that was not met before: its key; then its kind, its state, the pass that saw it, the time in
/// milliseconds, and whether it is gone already.
pub(super) fn add_asset(
    connection: &Connection,
    (stem, local): (i64, &str),
    (kind, state, pass, now, is_gone): (i64, i64, i64, i64, bool),
) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO asset_rows (spot, stem, local, kind, state, first, first_ms, changed_ms, gone_ms)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, CASE WHEN ?8 THEN ?7 END)";
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute((spot(stem, local), stem, local, kind, state, pass, now, is_gone))?;
    Ok(connection.last_insert_rowid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_split_after_the_third_colon() {
        assert_eq!(split("mde:t:device:a"), ("mde:t:device:", "a"));
        assert_eq!(split("mde:t:ip_address:a/b:c"), ("mde:t:ip_address:", "a/b:c"));
        assert_eq!(split("plain"), ("", "plain"));
        assert_eq!(split(""), ("", ""));
    }

    #[test]
    fn what_is_on_one_device_lies_together() {
        let upper = |spot: i64| spot >> 32;
        assert_eq!(upper(spot(1, "dev/a")), upper(spot(2, "dev/b/c")));
        assert_ne!(spot(1, "dev/a"), spot(1, "dev/b"));
        assert_ne!(spot(1, "dev/a"), spot(2, "dev/a"));
        // The numbers are in files: they may never change.
        assert_eq!(spot(1, "dev/a"), -4_172_950_336_526_082_529);
    }

    #[test]
    fn keys_with_one_spot_are_told_apart() {
        let connection = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&connection, super::super::schema::MIGRATIONS).unwrap();
        let first = add(&connection, 1, "a").unwrap();
        let second = add(&connection, 1, "b").unwrap();
        connection.execute("UPDATE asset_rows SET spot = ?1", [spot(1, "a")]).unwrap();
        assert_eq!(at(&connection, 1, "a").unwrap().unwrap().id, first);
        connection.execute("UPDATE asset_rows SET spot = ?1", [spot(1, "b")]).unwrap();
        assert_eq!(at(&connection, 1, "b").unwrap().unwrap().id, second);
        assert_eq!(at(&connection, 1, "c").unwrap(), None);
    }
}
