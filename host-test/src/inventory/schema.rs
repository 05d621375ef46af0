//! The tables, and how older files become current ones.
//!
//! Rows are compact: identities are numbers, words and the beginnings of keys are stored once, documents are
//! compressed. People read the views, which are the documented interface; see `docs/inventory.md`.

use super::introduce;
use rusqlite::Connection;

/// Marks a SQLite file as ours: "inv1" in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x696e_7631;

/// One step from a version to the next: statements, and what they cannot do.
pub(super) struct Step {
    statements: &'static str,
    then: Option<fn(&Connection) -> rusqlite::Result<()>>,
}

/// Step `n` makes version `n + 1` of version `n`. Version 0 is an empty file. Never change one that was released; add
/// another.
pub(super) const MIGRATIONS: &[Step] = &[
    Step { statements: include_str!("schema_1.sql"), then: None },
    Step { statements: include_str!("schema_2.sql"), then: Some(introduce::checksums) },
    Step { statements: include_str!("schema_3.sql"), then: None },
];

/// First version whose documents have checksums.
pub(super) const SEALED: i64 = 2;

/// Version of the schema that this program writes.
pub(super) fn version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Brings a file to the newest version, in the transaction that is open.
pub(super) fn migrate(connection: &Connection, migrations: &[Step]) -> rusqlite::Result<()> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (number, step) in (1i64..).zip(migrations) {
        if number > found {
            connection.execute_batch(step.statements)?;
            if let Some(then) = step.then {
                then(connection)?;
            }
            connection.pragma_update(None, "user_version", number)?;
        }
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_taken_once_and_in_order() {
        let connection = Connection::open_in_memory().unwrap();
        let fill = |connection: &Connection| connection.execute_batch("UPDATE a SET y = 8");
        let steps = [
            Step { statements: "CREATE TABLE a (x)", then: None },
            Step { statements: "ALTER TABLE a ADD COLUMN y", then: Some(fill) },
            Step { statements: "ALTER TABLE a RENAME COLUMN y TO z", then: None },
        ];
        migrate(&connection, &steps[..1]).unwrap();
        connection.execute_batch("INSERT INTO a VALUES (7)").unwrap();
        migrate(&connection, &steps).unwrap();
        migrate(&connection, &steps).unwrap();
        let row: (i64, Option<i64>) =
            connection.query_row("SELECT x, z FROM a", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(row, (7, Some(8)), "what was there stays");
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, 3);
    }
}
