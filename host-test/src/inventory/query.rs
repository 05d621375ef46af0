//! Reading an inventory, beside a run or between runs.

use super::database::Database;
use super::documents;
use super::error::InventoryError;
use super::introduce::Key;
use super::keys;
use super::names::Names;
use super::seal::{self, Tally, damage};
use super::state::State;
use rusqlite::{OptionalExtension, Row};
use std::path::Path;
use std::time::Duration;

/// An inventory, open for reading alone.
pub struct Reader(pub(super) Database);

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
        let summary = self.0.explain(read())?;
        self.0.still()?;
        Ok(summary)
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
        self.0.still()?;
        Ok(())
    }

    /// Everything about one asset; nothing if no asset has the key.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn show(&self, key: &str) -> Result<Option<Inspection>, InventoryError> {
        self.0.sealed()?;
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
            let document = documents::get(db, found.id)?;
            let whose = document.as_deref().map(serde_json::from_str::<Key<'_>>);
            match whose {
                Some(Ok(Key { key: None })) => {}
                Some(Ok(Key { key: Some(whose) })) if whose == key => {}
                Some(_) => return Err(damage(format_args!("the document of {key} is not its own"))),
                None if found.state.is_some_and(State::is_there) => {
                    return Err(damage(format_args!("the document of {key} is missing")));
                }
                None => {}
            }
            let related = "SELECT count(*) FROM relation_rows WHERE target = ?1";
            Ok(Some(Inspection {
                asset,
                datasets: datasets.collect::<Result<_, _>>()?,
                relations: relations.collect::<Result<_, _>>()?,
                related: db.query_row(related, [found.id], |row| Ok(unsigned(row.get(0)?)))?,
                document,
            }))
        };
        let shown = self.0.explain(read())?;
        self.0.still()?;
        Ok(shown)
    }

    /// Documents of all assets that are there, in the order in which they were met.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read or is damaged, and whatever `each` returns. That a document is missing
    /// shows at the end: what was exported before an error is not all.
    pub fn export<E: From<InventoryError>>(&self, mut each: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let Database { connection: db, .. } = &self.0;
        self.0.sealed()?;
        let sql = format!(
            "SELECT r.sum, {} FROM asset_rows AS a LEFT JOIN document_rows AS r ON r.asset = a.id
             LEFT JOIN dictionaries AS d ON d.id = r.dictionary WHERE a.state IN (0, 2) ORDER BY a.id",
            documents::text_of("a.id")
        );
        // All of it is of one moment, whatever a run does meanwhile.
        let moment = self.0.explain(db.unchecked_transaction())?;
        let mut met = Tally::default();
        let mut statement = self.0.explain(db.prepare(&sql))?;
        let mut rows = self.0.explain(statement.query([]))?;
        while let Some(row) = self.0.explain(rows.next())? {
            let read = || Ok((row.get(0)?, row.get_ref(1)?.as_str()?));
            let (sum, text) = self.0.explain(read())?;
            met.add(sum);
            each(text)?;
        }
        let stored = self.0.explain(Tally::load(db))?;
        self.0.explain(met.compare(stored))?;
        self.0.still()?;
        drop(moment);
        Ok(())
    }
}

/// The position of a source, if one is stored.
pub(super) fn checkpoint(database: &Database, source: &str) -> Result<Option<String>, InventoryError> {
    let read = || {
        let table = match database.is_sealed()? {
            true => "SELECT checkpoint, sum FROM checkpoint_rows WHERE component = ?1",
            false => "SELECT checkpoint, NULL FROM checkpoints WHERE component = ?1",
        };
        let row = database.connection.query_row(table, [source], |row| Ok((row.get(0)?, row.get(1)?)));
        match row.optional()? {
            Some((text, Some(sum))) => seal::checked(&position_of(source), text, sum).map(Some),
            other => Ok(other.map(|(text, _)| text)),
        }
    };
    database.explain(read())
}

/// What the position of a source is called, in messages and in its checksum.
pub(super) fn position_of(source: &str) -> String {
    format!("the position of {source}")
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
