//! The inventory: what is known of every asset, over runs. A [`Store`] that remembers more than a position.
//!
//! With it only news is delivered: an event that says what is known already is kept out, and an asset that is gone gets
//! a tombstone. The tables, the rules by which something is gone, and the promise are in `docs/inventory.md`.
//!
//! Everything that a batch changes, its checkpoint with it, is one transaction that is committed after the sink made
//! the batch durable. So a crash repeats events and never loses one, and the file never says what was not delivered.
//!
//! | room | job |
//! |---|---|
//! | `database`, `schema` | the file, its lock, its tables |
//! | `keys`, `names`, `documents` | keys, words and documents in few bytes |
//! | `numbers` | the numbers of tombstones |
//! | `head`, `ledger` | what an event says, and what it changes |
//! | `scope`, `absence`, `tombstone` | what may be concluded from what was not seen |
//! | `query` | reading, for people |

mod absence;
mod account;
mod database;
mod documents;
mod error;
mod head;
mod keys;
mod ledger;
mod names;
mod numbers;
mod query;
mod schema;
mod scope;
mod state;
mod tombstone;

use crate::clock::Clock;
use crate::contract::{Descriptor, Event, Receipt};
use crate::lock::Lock;
use crate::store::{Store, StoreError};
use database::Database;
use ledger::{Ledger, Trouble, millis};
use rusqlite::OptionalExtension;
use std::path::PathBuf;
use std::time::Duration;

pub use absence::{ALWAYS_ALLOWED, Rules};
pub use account::{Account, Held, Refused};
pub use error::InventoryError;
pub use query::{Asset, Cell, Change, Counts, Dataset, Inspection, Reader, Relation, Summary, Table};
pub use state::State;

/// Tombstones that are delivered together.
const TOMBSTONES: u32 = 500;
/// How long a deleted asset is remembered.
const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 3600);

/// An inventory, open for one run.
pub struct Inventory {
    database: Database,
    ledger: Ledger,
    rules: Rules,
    source: String,
    version: String,
    clock: Clock,
    /// Whether the open transaction is the one that ends the run.
    is_closing: bool,
}

impl Inventory {
    /// Opens the file for a run of a source with a configuration, as JSON. Makes the file if it is not there. What is
    /// wrong with the file is found here, before the source is asked anything.
    ///
    /// # Errors
    /// [`InventoryError`]: the file is foreign, newer, locked or cannot be written.
    pub fn open(
        path: PathBuf,
        rules: Rules,
        about: &Descriptor,
        config: &str,
        clock: Clock,
    ) -> Result<Self, InventoryError> {
        Self::on(Database::own(&path)?, rules, about, config, clock)
    }

    /// The same for who holds the lock on the path already, and keeps it as long as this lives.
    ///
    /// # Errors
    /// [`InventoryError`]: the file is foreign, newer or cannot be written.
    pub fn open_held(
        path: PathBuf,
        _: &Lock,
        rules: Rules,
        about: &Descriptor,
        config: &str,
        clock: Clock,
    ) -> Result<Self, InventoryError> {
        Self::on(Database::held(&path)?, rules, about, config, clock)
    }

    /// The same without a file: for simulations.
    ///
    /// # Errors
    /// [`InventoryError`] if there is no memory for it.
    pub fn in_memory(rules: Rules, about: &Descriptor, config: &str, clock: Clock) -> Result<Self, InventoryError> {
        Self::on(Database::in_memory()?, rules, about, config, clock)
    }

    fn on(
        database: Database,
        rules: Rules,
        about: &Descriptor,
        config: &str,
        clock: Clock,
    ) -> Result<Self, InventoryError> {
        database.belong(&about.name)?;
        let mut inventory = Self {
            ledger: Ledger::new(&about.version, &about.datasets, config),
            database,
            rules,
            source: about.name.clone(),
            version: about.version.clone(),
            clock,
            is_closing: false,
        };
        inventory.restore()?;
        Ok(inventory)
    }

    /// The position to continue from, if there is one.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn checkpoint(&self) -> Result<Option<String>, InventoryError> {
        query::checkpoint(&self.database, &self.source)
    }

    /// Forgets the position. What is known of the assets stays.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be written.
    pub fn reset(&mut self) -> Result<(), InventoryError> {
        let done = self.database.connection.execute("DELETE FROM checkpoints WHERE component = ?1", [&self.source]);
        self.database.explain(done).map(drop)
    }

    /// Bounds the size of the file in bytes, as a small disk would. For tests and for quotas.
    ///
    /// # Errors
    /// [`InventoryError`] if the database refuses.
    pub fn limit_size(&self, bytes: u64) -> Result<(), InventoryError> {
        let set = || {
            let db = &self.database.connection;
            let page: u64 = db.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0))?.into();
            db.query_row(&format!("PRAGMA max_page_count = {}", bytes / page), [], |_| Ok(()))
        };
        self.database.explain(set())
    }

    /// Starts as a new process would: a transaction that was open is gone, and the account is empty.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn recover(&mut self) -> Result<(), InventoryError> {
        self.database.roll_back();
        self.is_closing = false;
        self.ledger.account = Account::default();
        self.restore()
    }

    /// Key and kind of everything that is there, as far as is known.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn active(&self) -> Result<Vec<(String, String)>, InventoryError> {
        let read = || {
            let mut assets =
                self.database.connection.prepare_cached("SELECT key, kind FROM assets WHERE state = ?1")?;
            let rows = assets.query_map([State::Active.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        self.database.explain(read())
    }

    /// What was entered since the file was opened.
    pub fn account(&self) -> &Account {
        &self.ledger.account
    }

    /// Takes up where the last transaction ended.
    fn restore(&mut self) -> Result<(), InventoryError> {
        self.ledger.forget();
        let sql = "SELECT sequence FROM checkpoints WHERE component = ?1";
        let last = self.database.connection.query_row(sql, [&self.source], |row| row.get::<_, i64>(0)).optional();
        self.ledger.sequence = self.database.explain(last)?.and_then(|last| last.try_into().ok()).unwrap_or_default();
        Ok(())
    }

    /// Undoes a transaction that was left open: it belongs to a batch that was not delivered.
    fn roll_back(&mut self) -> Result<(), InventoryError> {
        if !self.database.connection.is_autocommit() {
            self.database.roll_back();
            self.restore()?;
        }
        Ok(())
    }

    /// Opens a transaction.
    fn begin(&mut self) -> Result<(), InventoryError> {
        self.roll_back()?;
        self.is_closing = false;
        self.database.explain(self.database.begin())
    }

    fn keep(&mut self, checkpoint: &str) -> rusqlite::Result<()> {
        if self.database.connection.is_autocommit() {
            self.database.begin()?;
        }
        let sequence = i64::try_from(self.ledger.sequence).unwrap_or(i64::MAX);
        let sql = "INSERT OR REPLACE INTO checkpoints VALUES (?1, ?2, ?3, ?4, ?5)";
        let saved = millis(self.clock.now());
        let row = (&self.source, &self.version, checkpoint, sequence, saved);
        self.database.connection.prepare_cached(sql)?.execute(row)?;
        self.database.commit()
    }

    fn explain(&self, trouble: Trouble) -> InventoryError {
        match trouble {
            Trouble::Database(error) => InventoryError::of(self.database.path(), error),
            Trouble::Event(error) => error,
        }
    }

    /// The first step of the end: what is gone, and the receipt.
    fn close(&mut self, receipt: &Receipt) -> rusqlite::Result<()> {
        let db = &self.database.connection;
        let now = self.clock.now();
        self.ledger.belong(db, &receipt.run, now)?;
        absence::judge(db, &mut self.ledger, self.rules, receipt)?;
        let text = account::receipt(receipt).to_string();
        let sql = "UPDATE run_rows SET finished_ms = ?2, receipt = ?3 WHERE run = ?1";
        db.execute(sql, (&receipt.run, millis(now), text)).map(drop)
    }

    /// Some tombstones; none when all are made.
    fn tombstones(&mut self) -> rusqlite::Result<Vec<Event>> {
        let db = &self.database.connection;
        let now = self.clock.now();
        let mut events = Vec::new();
        while events.is_empty() {
            let mut statement = db.prepare_cached("SELECT asset FROM due ORDER BY asset LIMIT ?1")?;
            let due: Vec<i64> = statement.query_map([TOMBSTONES], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let Some(last) = due.last() else { break };
            for asset in &due {
                events.extend(self.ledger.tombstone(db, *asset, now)?);
            }
            db.prepare_cached("DELETE FROM due WHERE asset <= ?1")?.execute([last])?;
        }
        Ok(events)
    }

    /// Forgets what was deleted long ago, or keeps its key alone where something relates to it.
    fn prune(&self) -> rusqlite::Result<()> {
        let db = &self.database.connection;
        let before = millis(self.clock.now().saturating_sub(REMEMBERED));
        let old = format!("state = {} AND gone_ms < ?1", State::Deleted.number());
        let documents = format!("DELETE FROM document_rows WHERE asset IN (SELECT id FROM asset_rows WHERE {old})");
        db.execute(&documents, [before])?;
        let alone = format!(
            "DELETE FROM asset_rows WHERE {old} AND NOT EXISTS (SELECT 1 FROM relation_rows WHERE target = asset_rows.id)"
        );
        db.execute(&alone, [before])?;
        let mention = format!(
            "UPDATE asset_rows SET kind = NULL, state = NULL, first = NULL, first_ms = NULL, changed_ms = NULL,
               last = NULL, gone_ms = NULL WHERE {old}"
        );
        db.execute(&mention, [before]).map(drop)
    }
}

impl Store for Inventory {
    fn admit(&mut self, events: Vec<Event>) -> Result<Vec<Event>, StoreError> {
        self.begin()?;
        let mut news = Vec::with_capacity(events.len());
        let now = self.clock.now();
        for event in events {
            let entered = self.ledger.enter(&self.database.connection, event, now, &mut news);
            entered.map_err(|trouble| self.explain(trouble))?;
        }
        Ok(news)
    }

    fn save(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        let kept = self.keep(checkpoint);
        Ok(self.database.explain(kept)?)
    }

    fn conclude(&mut self, receipt: &Receipt) -> Result<Vec<Event>, StoreError> {
        if !self.is_closing {
            self.roll_back()?;
            let first = numbers::close(&self.database, &receipt.run)?;
            self.begin()?;
            self.ledger.sequence = first;
            let closed = self.close(receipt);
            self.database.explain(closed)?;
            self.is_closing = true;
        }
        let tombstones = self.tombstones();
        Ok(self.database.explain(tombstones)?)
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        let kept = self.prune().and_then(|()| self.keep(checkpoint));
        self.database.explain(kept)?;
        self.is_closing = false;
        self.database.fold();
        Ok(())
    }
}
