//! The file: opened for one run at a time, or for reading beside it.

use super::documents;
use super::error::InventoryError;
use super::frozen::Frozen;
use super::quick;
use super::schema::{self, APPLICATION_ID, MIGRATIONS, SEALED};
use super::seal;
use crate::lock::{Lock, private};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another process may hold the file for one of its own short transactions.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pages kept in memory: 64 MiB.
const CACHE_KIB: i64 = -65_536;
/// Pages in the log before they are moved into the file: 32 MiB. Pages that many batches write to are moved once for all
/// of them.
const LOG_PAGES: i64 = 8192;

/// An open inventory file.
pub(super) struct Database {
    pub(super) connection: Connection,
    path: PathBuf,
    /// How the file was when it was opened, where nothing keeps others from writing to it meanwhile.
    frozen: Option<Frozen>,
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
        } else {
            // The database would let everybody read it. What it makes beside it later gets the mode of the file.
            let made = private(OpenOptions::new().create(true).append(true)).open(path);
            made.map_err(|error| unusable(path, &error))?;
        }
        let connection = Connection::open(path).map_err(explain)?;
        connection.busy_timeout(PATIENCE).map_err(explain)?;
        let prepare = || {
            // A crash of the machine may take the last commits along. That only repeats events: the sink had them
            // before, and the position went with them.
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.pragma_update(None, "cache_size", CACHE_KIB)?;
            connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
            make(&connection)?;
            quick::check(&connection)
        };
        prepare().map_err(explain)?;
        Ok(Self { connection, path: path.to_owned(), frozen: None, _lock: None })
    }

    /// One without a file, which nobody else sees.
    pub(super) fn in_memory() -> Result<Self, InventoryError> {
        let path = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory().and_then(|connection| make(&connection).map(|()| connection));
        let connection = connection.map_err(|error| InventoryError::of(&path, error))?;
        Ok(Self { connection, path, frozen: None, _lock: None })
    }

    /// Opens the file for reading alone. A run may go on beside it.
    pub(super) fn read(path: &Path) -> Result<Self, InventoryError> {
        let explain = |error| InventoryError::of(path, error);
        if !path.exists() {
            return Err(InventoryError::Missing { path: path.display().to_string() });
        }
        Self::recognise(path)?;
        let (connection, frozen) = look(path)?;
        teach(&connection).map_err(explain)?;
        Ok(Self { connection, path: path.to_owned(), frozen, _lock: None })
    }

    /// Refuses files that are not ours, or too new, without writing to them.
    fn recognise(path: &Path) -> Result<(), InventoryError> {
        let explain = |error| InventoryError::of(path, error);
        let shown = || path.display().to_string();
        let readable = File::open(path).map_err(|error| unusable(path, &error))?;
        if readable.metadata().is_ok_and(|about| about.len() == 0) {
            return Ok(());
        }
        let (connection, _) = look(path)?;
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(explain);
        if number("application_id")? != APPLICATION_ID {
            return Err(InventoryError::Foreign { path: shown() });
        }
        let (found, known) = (number("user_version")?, schema::version());
        if found > known {
            return Err(InventoryError::Newer { path: shown(), found, known });
        }
        let encoding: String = connection.pragma_query_value(None, "encoding", |row| row.get(0)).map_err(explain)?;
        if encoding != "UTF-8" {
            return Err(explain(seal::damage(format_args!("its texts are said to be {encoding}"))));
        }
        Ok(())
    }

    /// Refuses files whose documents have no checksums. They get them when they are opened for a run.
    pub(super) fn sealed(&self) -> Result<(), InventoryError> {
        match self.explain(self.version())? {
            found if found < SEALED => Err(InventoryError::Older { path: self.shown(), found }),
            _ => Ok(()),
        }
    }

    /// Whether its documents have checksums.
    pub(super) fn is_sealed(&self) -> rusqlite::Result<bool> {
        Ok(self.version()? >= SEALED)
    }

    fn version(&self) -> rusqlite::Result<i64> {
        self.connection.pragma_query_value(None, "user_version", |row| row.get(0))
    }

    /// Proves, after something was read, that all of it was of one moment.
    pub(super) fn still(&self) -> Result<(), InventoryError> {
        match &self.frozen {
            Some(frozen) if frozen.has_changed(&self.path) => Err(InventoryError::Moved { path: self.shown() }),
            _ => Ok(()),
        }
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
    teach(connection)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    schema::migrate(connection, MIGRATIONS)?;
    // Whether there is room shows only when something is written.
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('opened_by', ?1)", [env!("CARGO_PKG_VERSION")])?;
    connection.execute_batch("COMMIT")
}

/// Gives a connection the functions that the views need.
fn teach(connection: &Connection) -> rusqlite::Result<()> {
    // Else a statement may be prepared anew whenever another value is bound to it, in case another plan fits that better;
    // see <https://www.sqlite.org/queryplanner-ng.html#qpstab>. A fifth of a run's time went there.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    documents::register(connection)?;
    seal::register(connection)
}

/// Opens a file that is there, to read it. A reader of a file in write-ahead mode makes files beside it. Where it must
/// not, and no run is at work, the file is read as it is.
fn look(path: &Path) -> Result<(Connection, Option<Frozen>), InventoryError> {
    let explain = |error| InventoryError::of(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let frozen = Frozen::of(path);
    let connection = match &frozen {
        Some(frozen) => Connection::open_with_flags(frozen.uri(), flags | OpenFlags::SQLITE_OPEN_URI),
        None => Connection::open_with_flags(path, flags),
    };
    let connection = connection.map_err(explain)?;
    connection.busy_timeout(PATIENCE).map_err(explain)?;
    Ok((connection, frozen))
}

fn unusable(path: &Path, error: &std::io::Error) -> InventoryError {
    InventoryError::Unusable { path: path.display().to_string(), cause: error.to_string() }
}
