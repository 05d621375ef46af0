//! Reading an inventory, beside a run or between runs.

use super::database::Database;
use super::documents;
use super::error::InventoryError;
use super::keys;
use super::names::Names;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row};
use std::path::Path;
use std::time::Duration;

/// An inventory, open for reading alone.
pub struct Reader(Database);

/// How many assets of a kind there are, by state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// The kind.
    pub kind: String,
    /// Those that are there.
    pub active: u64,
    /// Those that were merged into others.
    pub merged: u64,
    /// Those that nobody looks for.
    pub out_of_scope: u64,
    /// Those that are gone and still remembered.
    pub deleted: u64,
}

/// What is known of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Its name.
    pub dataset: String,
    /// When the last complete snapshot ended, RFC 3339; nothing if there was none.
    pub complete: Option<String>,
    /// Assets that it has.
    pub assets: u64,
    /// Those that the last snapshots missed, and that are not yet concluded to be gone.
    pub missing: u64,
}

/// An overview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Kinds by name.
    pub kinds: Vec<Counts>,
    /// Datasets in the order in which they were met.
    pub datasets: Vec<Dataset>,
    /// Relations.
    pub relations: u64,
    /// Identity, start and end of the last run; the end is missing while it goes on.
    pub last_run: Option<(String, String, Option<String>)>,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// Something that happened to an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When, RFC 3339.
    pub at: String,
    /// `new`, `changed`, or the state it came to.
    pub what: String,
    /// Its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
}

/// A relation of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its name.
    pub rel: String,
    /// The other side.
    pub key: String,
}

/// The row of an asset in the view `assets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its number in the tables.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its kind.
    pub kind: String,
    /// Its state.
    pub state: String,
    /// When it was met first.
    pub first_seen: Option<String>,
    /// When it was news last.
    pub changed: Option<String>,
    /// When it was seen last.
    pub last_seen: Option<String>,
    /// The run that saw it last.
    pub last_seen_run: Option<String>,
    /// When it was found to be gone.
    pub gone: Option<String>,
}

/// Everything about one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Its row.
    pub asset: Asset,
    /// Datasets that have it, each with the run that saw it last.
    pub datasets: Vec<(String, String)>,
    /// What it relates to.
    pub relations: Vec<Relation>,
    /// How many relations lead to it.
    pub related: u64,
    /// Its last document.
    pub document: Option<String>,
}

/// A value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// A text; bytes are shown in hexadecimal digits.
    Text(String),
}

/// A result.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// [`InventoryError`]: the file is missing, foreign, newer or cannot be read.
    pub fn open(path: &Path) -> Result<Self, InventoryError> {
        Database::read(path).map(Self)
    }

    /// The position of a source, if one is stored.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn checkpoint(&self, source: &str) -> Result<Option<String>, InventoryError> {
        checkpoint(&self.0, source)
    }

    /// An overview.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn summary(&self) -> Result<Summary, InventoryError> {
        let db = &self.0.connection;
        let read = || {
            let kinds = "SELECT w.text, sum(state = 0), sum(state = 1), sum(state = 2), sum(state = 3)
                         FROM asset_rows AS a JOIN words AS w ON w.id = a.kind
                         WHERE state IS NOT NULL GROUP BY a.kind ORDER BY 1";
            let count = |row: &Row<'_>, column| Ok::<u64, rusqlite::Error>(unsigned(row.get(column)?));
            let counts = |row: &Row<'_>| {
                let (active, merged) = (count(row, 1)?, count(row, 2)?);
                let (out_of_scope, deleted) = (count(row, 3)?, count(row, 4)?);
                Ok(Counts { kind: row.get(0)?, active, merged, out_of_scope, deleted })
            };
            let datasets = "SELECT name, (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', max(ended_ms) / 1000.0, 'unixepoch')
                              FROM passes WHERE dataset = d.id AND complete),
                              (SELECT count(*) FROM origins WHERE dataset = d.id AND lapsed = 0),
                              (SELECT count(*) FROM origins WHERE dataset = d.id AND lapsed = 0 AND misses > 0)
                            FROM datasets AS d ORDER BY id";
            let dataset = |row: &Row<'_>| {
                let (assets, missing) = (count(row, 2)?, count(row, 3)?);
                Ok(Dataset { dataset: row.get(0)?, complete: row.get(1)?, assets, missing })
            };
            let last = "SELECT run, started, finished FROM runs ORDER BY started DESC LIMIT 1";
            let last_run = db.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
            let relations = db.query_row("SELECT count(*) FROM relation_rows", [], |row| count(row, 0))?;
            let bytes = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
            let bytes = db.query_row(bytes, [], |row| count(row, 0))?;
            let kinds = db.prepare(kinds)?.query_map([], counts)?.collect::<Result<_, _>>()?;
            let datasets = db.prepare(datasets)?.query_map([], dataset)?.collect::<Result<_, _>>()?;
            Ok(Summary { kinds, datasets, relations, last_run, bytes })
        };
        self.0.explain(read())
    }

    /// What happened at or after a time, given as time since 1970, oldest first. What happened to one asset more than
    /// once is told once: its newest state.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read, and whatever `each` returns.
    pub fn changes<E: From<InventoryError>>(
        &self,
        since: Duration,
        mut each: impl FnMut(Change) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch'), what, kind, key FROM (
                     SELECT max(coalesce(r.gone_ms, 0), coalesce(r.changed_ms, 0)) AS at, CASE
                       WHEN a.state <> 'active' AND r.gone_ms IS NOT NULL THEN a.state
                       WHEN r.first_ms = r.changed_ms THEN 'new' ELSE 'changed' END AS what, a.kind AS kind, a.key AS key
                     FROM asset_rows AS r JOIN assets AS a ON a.id = r.id
                     WHERE r.changed_ms >= ?1 OR r.gone_ms >= ?1)
                   ORDER BY at, key";
        let since = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let mut statement = self.0.explain(self.0.connection.prepare(sql))?;
        let mut rows = self.0.explain(statement.query([since]))?;
        while let Some(row) = self.0.explain(rows.next())? {
            let change = || Ok(Change { at: row.get(0)?, what: row.get(1)?, kind: row.get(2)?, key: row.get(3)? });
            each(self.0.explain(change())?)?;
        }
        Ok(())
    }

    /// Everything about one asset; nothing if no asset has the key.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn show(&self, key: &str) -> Result<Option<Inspection>, InventoryError> {
        let db = &self.0.connection;
        let read = || {
            let Some(found) = keys::find(db, &Names::stems(), key)? else { return Ok(None) };
            let sql = "SELECT id, key, kind, state, first_seen, changed, last_seen, last_seen_run, gone
                       FROM assets WHERE id = ?1";
            let asset = |row: &Row<'_>| {
                Ok(Asset {
                    id: row.get(0)?,
                    key: row.get(1)?,
                    kind: row.get(2)?,
                    state: row.get(3)?,
                    first_seen: row.get(4)?,
                    changed: row.get(5)?,
                    last_seen: row.get(6)?,
                    last_seen_run: row.get(7)?,
                    gone: row.get(8)?,
                })
            };
            let Some(asset) = db.query_row(sql, [found.id], asset).optional()? else { return Ok(None) };
            let datasets = "SELECT d.name, (SELECT run FROM run_rows WHERE id = p.run)
                            FROM datasets AS d JOIN origins AS o ON o.dataset = d.id AND o.asset = ?1
                            JOIN passes AS p ON p.id = o.seen ORDER BY d.id";
            let mut datasets = db.prepare(datasets)?;
            let datasets = datasets.query_map([found.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let relations = "SELECT rel, target FROM relations WHERE source_id = ?1 ORDER BY 1, 2";
            let mut relations = db.prepare(relations)?;
            let relations =
                relations.query_map([found.id], |row| Ok(Relation { rel: row.get(0)?, key: row.get(1)? }))?;
            let related = "SELECT count(*) FROM relation_rows WHERE target = ?1";
            Ok(Some(Inspection {
                asset,
                datasets: datasets.collect::<Result<_, _>>()?,
                relations: relations.collect::<Result<_, _>>()?,
                related: db.query_row(related, [found.id], |row| Ok(unsigned(row.get(0)?)))?,
                document: documents::get(db, found.id)?,
            }))
        };
        self.0.explain(read())
    }

    /// Documents of all assets that are there, in the order in which they were met.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read, and whatever `each` returns.
    pub fn export<E: From<InventoryError>>(&self, mut each: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let sql = "SELECT d.document FROM asset_rows AS a CROSS JOIN documents AS d ON d.id = a.id
                   WHERE a.state IN (0, 2) ORDER BY a.id";
        let mut statement = self.0.explain(self.0.connection.prepare(sql))?;
        let mut rows = self.0.explain(statement.query([]))?;
        while let Some(row) = self.0.explain(rows.next())? {
            let text = self.0.explain(row.get_ref(0).and_then(|value| Ok(value.as_str()?)))?;
            each(text)?;
        }
        Ok(())
    }

    /// The result of one statement that reads.
    ///
    /// # Errors
    /// [`InventoryError::Query`] for anything else, and where the statement does not work.
    pub fn sql(&self, statement: &str) -> Result<Table, InventoryError> {
        let refuse = |error: rusqlite::Error| InventoryError::Query {
            problem: match &error {
                rusqlite::Error::MultipleStatement => "only one statement can be run".to_owned(),
                error if error.sqlite_error_code() == Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) => {
                    "only statements that read are allowed".to_owned()
                }
                error => error.to_string(),
            },
        };
        let mut database = Database::read(self.0.path())?;
        database.connection.authorizer(Some(may_read)).map_err(refuse)?;
        let read = || {
            let mut statement = database.connection.prepare(statement)?;
            let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
            let width = columns.len();
            let mut result = Table { columns, rows: Vec::new() };
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let cells = (0..width).map(|column| Ok(cell(row.get_ref(column)?)));
                result.rows.push(cells.collect::<rusqlite::Result<_>>()?);
            }
            Ok(result)
        };
        let result: Table = read().map_err(refuse)?;
        match result.columns.as_slice() {
            [] => Err(InventoryError::Query { problem: "there is no statement that returns rows".to_owned() }),
            _ => Ok(result),
        }
    }
}

/// Statements may look and compute, and do nothing else: not even attach another file.
fn may_read(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if function_name != "load_extension" => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}

/// The position of a source, if one is stored.
pub(super) fn checkpoint(database: &Database, source: &str) -> Result<Option<String>, InventoryError> {
    let sql = "SELECT checkpoint FROM checkpoints WHERE component = ?1";
    database.explain(database.connection.query_row(sql, [source], |row| row.get(0)).optional())
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
