//! The file: opened for one run at a time, or for reading beside it.

use super::documents;
use super::error::InventoryError;
use super::schema::{self, APPLICATION_ID, MIGRATIONS};
use crate::lock::Lock;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another process may hold the file for one of its own short transactions.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pages kept in memory: 64 MiB.
const CACHE_KIB: i64 = -65_536;

/// An open inventory file.
pub(super) struct Database {
    pub(super) connection: Connection,
    path: PathBuf,
    /// Held while the file is open for a run, unless whoever opened it holds it.
    _lock: Option<Lock>,
}

impl Database {
    /// Opens the file for a run, makes it if it is not there, and proves that it can be written.
    pub(super) fn own(path: &Path) -> Result<Self, InventoryError> {
        // Before it is even looked at: another run may be in the middle of making it.
        let lock = Lock::beside(path)?;
        Ok(Self { _lock: Some(lock), ..Self::held(path)? })
    }

    /// The same for who holds the lock beside the file.
    pub(super) fn held(path: &Path) -> Result<Self, InventoryError> {
        let explain = |error| InventoryError::of(path, error);
        if path.exists() && !is_blank(path) {
            Self::recognise(path)?;
        }
        let connection = Connection::open(path).map_err(explain)?;
        connection.busy_timeout(PATIENCE).map_err(explain)?;
        let prepare = || {
            // A crash of the machine may take the last commits along. That only repeats events: the sink had them
            // before, and the position went with them.
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.pragma_update(None, "cache_size", CACHE_KIB)?;
            make(&connection)
        };
        prepare().map_err(explain)?;
        Ok(Self { connection, path: path.to_owned(), _lock: None })
    }

    /// One without a file, which nobody else sees.
    pub(super) fn in_memory() -> Result<Self, InventoryError> {
        let path = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory().and_then(|connection| make(&connection).map(|()| connection));
        let connection = connection.map_err(|error| InventoryError::of(&path, error))?;
        Ok(Self { connection, path, _lock: None })
    }

    /// Opens the file for reading alone. A run may go on beside it.
    pub(super) fn read(path: &Path) -> Result<Self, InventoryError> {
        let explain = |error| InventoryError::of(path, error);
        if !path.exists() {
            return Err(InventoryError::Missing { path: path.display().to_string() });
        }
        Self::recognise(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(explain)?;
        connection.busy_timeout(PATIENCE).map_err(explain)?;
        documents::register(&connection).map_err(explain)?;
        Ok(Self { connection, path: path.to_owned(), _lock: None })
    }

    /// Refuses files that are not ours, or too new, without writing to them.
    fn recognise(path: &Path) -> Result<(), InventoryError> {
        let explain = |error| InventoryError::of(path, error);
        let shown = || path.display().to_string();
        let readable = File::open(path).map_err(|error| unusable(path, &error))?;
        if readable.metadata().is_ok_and(|about| about.len() == 0) {
            return Ok(());
        }
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(explain)?;
        connection.busy_timeout(PATIENCE).map_err(explain)?;
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(explain);
        if number("application_id")? != APPLICATION_ID {
            return Err(InventoryError::Foreign { path: shown() });
        }
        let (found, known) = (number("user_version")?, schema::version());
        if found > known {
            return Err(InventoryError::Newer { path: shown(), found, known });
        }
        Ok(())
    }

    /// Ties the file to a source, or checks that it is tied to this one.
    pub(super) fn belong(&self, source: &str) -> Result<(), InventoryError> {
        let known: Option<String> = self.explain(
            self.connection.query_row("SELECT value FROM meta WHERE name = 'source'", [], |row| row.get(0)).optional(),
        )?;
        match known {
            Some(found) if found != source => {
                Err(InventoryError::OtherSource { path: self.shown(), found, wanted: source.to_owned() })
            }
            Some(_) => Ok(()),
            None => self.explain(self.connection.execute("INSERT INTO meta VALUES ('source', ?1)", [source])).map(drop),
        }
    }

    /// Gives an error of the database its meaning.
    pub(super) fn explain<T>(&self, result: rusqlite::Result<T>) -> Result<T, InventoryError> {
        result.map_err(|error| InventoryError::of(&self.path, error))
    }

    pub(super) fn begin(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")
    }

    pub(super) fn commit(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("COMMIT")
    }

    /// Forgets what the open transaction did, if one is open.
    pub(super) fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            // It fails only where the database has rolled back by itself.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    /// Moves what was committed into the file itself, so that between runs it is one file.
    pub(super) fn fold(&self) {
        // A reader beside us can prevent it; then the next run does it.
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

/// Whether a file is a database with nothing in it, and nobody's: what a start leaves that has no room for the tables,
/// or is killed before they are made.
fn is_blank(path: &Path) -> bool {
    let look = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(PATIENCE)?;
        let mark: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let parts: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok::<_, rusqlite::Error>((mark, version, parts) == (0, 0, 0))
    };
    // What cannot be read has something in it.
    look().unwrap_or(false)
}

/// Makes what is not there yet.
fn make(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("BEGIN IMMEDIATE")?;
    schema::migrate(connection, MIGRATIONS)?;
    // Whether there is room shows only when something is written.
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('opened_by', ?1)", [env!("CARGO_PKG_VERSION")])?;
    connection.execute_batch("COMMIT")?;
    documents::register(connection)
}

fn unusable(path: &Path, error: &std::io::Error) -> InventoryError {
    InventoryError::Unusable { path: path.display().to_string(), cause: error.to_string() }
}
