//! What must hold for every inventory file, whatever became of the program that wrote it.

use source_host::inventory::Reader;
use std::path::Path;

/// Checks it. A database that was left in the middle of a transaction is put right by opening it.
pub fn sound(path: &Path) {
    let connection = rusqlite::Connection::open(path).expect("it opens");
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("it works");
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it works");
    assert_eq!(check, "ok");
    assert_eq!(number("SELECT count(*) - count(DISTINCT stem || ':' || local) FROM asset_rows"), 0, "a key twice");
    let lost = "SELECT count(*) FROM asset_rows WHERE state IN (0, 2)
                AND (id NOT IN (SELECT asset FROM document_rows) OR id NOT IN (SELECT asset FROM origins))";
    assert_eq!(number(lost), 0, "an asset without document or dataset");
    let dangling = "SELECT count(*) FROM relation_rows WHERE source NOT IN (SELECT id FROM asset_rows)
                    OR target NOT IN (SELECT id FROM asset_rows)";
    assert_eq!(number(dangling), 0, "a relation to nowhere");
    let undead = "SELECT count(*) FROM origins JOIN asset_rows ON id = asset WHERE state = 3 OR state IS NULL";
    assert_eq!(number(undead), 0, "a deleted asset that a dataset has");
    drop(connection);
    let verdict = Reader::open(path).expect("it opens").verify().expect("looked at");
    assert!(verdict.is_sound(), "{verdict:?}");
}
