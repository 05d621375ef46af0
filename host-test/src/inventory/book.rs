//! One run's transactions on the file: what is entered, what is committed with which position, and what ends the run.
//!
//! A batch is taken up in two parts. [`Book::decide`] says what is news, which the sink waits for; [`Book::record`] writes
//! down the rest while the sink is at work. Both are in the one transaction that [`Book::keep`] commits.

use super::absence::{self, Rules};
use super::account::{self, Account};
use super::database::Database;
use super::error::InventoryError;
use super::ledger::{Ledger, Trouble, millis};
use super::numbers;
use super::query;
use super::seal::{self, Tally};
use super::state::State;
use crate::contract::{Event, Receipt};
use rusqlite::OptionalExtension;
use std::time::Duration;

/// Tombstones that are delivered together.
const TOMBSTONES: u32 = 500;
/// How long a deleted asset is remembered.
const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 3600);

/// An inventory that is written to.
pub(super) struct Book {
    pub(super) database: Database,
    pub(super) ledger: Ledger,
    rules: Rules,
    source: String,
    version: String,
    /// Whether the open transaction is the one that ends the run.
    is_closing: bool,
    /// As it was committed last.
    tally: Tally,
    /// What went wrong while nobody waited for an answer.
    trouble: Option<InventoryError>,
}

impl Book {
    /// Takes up where the last transaction ended.
    pub(super) fn open(
        database: Database,
        ledger: Ledger,
        rules: Rules,
        (source, version): (&str, &str),
    ) -> Result<Self, InventoryError> {
        database.belong(source)?;
        let (source, version) = (source.to_owned(), version.to_owned());
        let mut book = Self {
            database,
            ledger,
            rules,
            source,
            version,
            is_closing: false,
            tally: Tally::default(),
            trouble: None,
        };
        book.restore()?;
        Ok(book)
    }

    /// What went wrong behind the back of whoever asks now. It is said once.
    pub(super) fn settled(&mut self) -> Result<(), InventoryError> {
        self.trouble.take().map_or(Ok(()), Err)
    }

    /// Which of these events are news. The open transaction knows the rest of what they change once they are recorded.
    pub(super) fn decide(&mut self, events: Vec<Event>, now: Duration) -> Result<Vec<Event>, InventoryError> {
        self.settled()?;
        self.begin()?;
        let mut news = Vec::with_capacity(events.len());
        for event in events {
            let entered = self.ledger.enter(&self.database.connection, event, now, &mut news);
            entered.map_err(|trouble| self.explain(trouble))?;
        }
        Ok(news)
    }

    /// Writes down what was decided.
    pub(super) fn record(&mut self) {
        let recorded = self.ledger.record(&self.database.connection);
        self.note(recorded);
    }

    /// Commits what was recorded, with the position behind it. Does nothing where recording failed.
    pub(super) fn save(&mut self, checkpoint: &str, now: Duration) {
        if self.trouble.is_none() {
            let kept = self.keep(checkpoint, now);
            self.note(kept);
        }
    }

    /// Keeps a failure for the next one who asks. What led to it is undone.
    fn note(&mut self, done: rusqlite::Result<()>) {
        if let Err(error) = self.database.explain(done) {
            self.database.roll_back();
            let _ = self.restore();
            self.trouble = Some(error);
        }
    }

    /// Some tombstones, or none when all are made. The first call finds out what is gone.
    pub(super) fn conclude(&mut self, receipt: &Receipt, now: Duration) -> Result<Vec<Event>, InventoryError> {
        self.settled()?;
        if !self.is_closing {
            self.roll_back()?;
            let first = numbers::close(&self.database, &receipt.run)?;
            self.begin()?;
            self.ledger.sequence = first;
            let closed = self.close(receipt, now);
            self.database.explain(closed)?;
            self.is_closing = true;
        }
        let tombstones = self.tombstones(now);
        self.database.explain(tombstones)
    }

    /// Ends the run.
    pub(super) fn finish(&mut self, checkpoint: &str, now: Duration) -> Result<(), InventoryError> {
        self.settled()?;
        let kept = self.prune(now).and_then(|()| self.keep(checkpoint, now));
        self.database.explain(kept)?;
        self.is_closing = false;
        self.database.fold();
        Ok(())
    }

    /// The position to continue from, if there is one.
    pub(super) fn checkpoint(&mut self) -> Result<Option<String>, InventoryError> {
        self.settled()?;
        query::checkpoint(&self.database, &self.source)
    }

    /// Forgets the position.
    pub(super) fn reset(&mut self) -> Result<(), InventoryError> {
        self.settled()?;
        let done = self.database.connection.execute("DELETE FROM checkpoint_rows WHERE component = ?1", [&self.source]);
        self.database.explain(done).map(drop)
    }

    /// Bounds the size of the file in bytes.
    pub(super) fn limit_size(&self, bytes: u64) -> Result<(), InventoryError> {
        let set = || {
            let db = &self.database.connection;
            let page: u64 = db.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0))?.into();
            db.query_row(&format!("PRAGMA max_page_count = {}", bytes / page), [], |_| Ok(()))
        };
        self.database.explain(set())
    }

    /// Starts as a new process would.
    pub(super) fn recover(&mut self) -> Result<(), InventoryError> {
        self.database.roll_back();
        self.is_closing = false;
        self.trouble = None;
        self.ledger.account = Account::default();
        self.restore()
    }

    /// Key and kind of everything that is there.
    pub(super) fn active(&self) -> Result<Vec<(String, String)>, InventoryError> {
        let read = || {
            let mut assets =
                self.database.connection.prepare_cached("SELECT key, kind FROM assets WHERE state = ?1")?;
            let rows = assets.query_map([State::Active.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        self.database.explain(read())
    }

    fn restore(&mut self) -> Result<(), InventoryError> {
        self.ledger.forget();
        let sql = "SELECT sequence FROM checkpoint_rows WHERE component = ?1";
        let last = self.database.connection.query_row(sql, [&self.source], |row| row.get::<_, i64>(0)).optional();
        self.ledger.sequence = self.database.explain(last)?.and_then(|last| last.try_into().ok()).unwrap_or_default();
        self.tally = self.database.explain(Tally::load(&self.database.connection))?;
        self.ledger.tally = self.tally;
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

    fn keep(&mut self, checkpoint: &str, now: Duration) -> rusqlite::Result<()> {
        if self.database.connection.is_autocommit() {
            self.database.begin()?;
        }
        let sequence = i64::try_from(self.ledger.sequence).unwrap_or(i64::MAX);
        let sql = "INSERT OR REPLACE INTO checkpoint_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let sum = seal::of_text(&query::position_of(&self.source), checkpoint);
        let row = (&self.source, &self.version, checkpoint, sequence, millis(now), sum);
        self.database.connection.prepare_cached(sql)?.execute(row)?;
        if self.ledger.tally != self.tally {
            self.ledger.tally.store(&self.database.connection)?;
        }
        self.database.commit()?;
        self.tally = self.ledger.tally;
        Ok(())
    }

    fn explain(&self, trouble: Trouble) -> InventoryError {
        match trouble {
            Trouble::Database(error) => InventoryError::of(self.database.path(), error),
            Trouble::Event(error) => error,
        }
    }

    /// The first step of the end: what is gone, and the receipt.
    fn close(&mut self, receipt: &Receipt, now: Duration) -> rusqlite::Result<()> {
        let db = &self.database.connection;
        self.ledger.belong(db, &receipt.run, now)?;
        absence::judge(db, &mut self.ledger, self.rules, receipt)?;
        let text = account::receipt(receipt).to_string();
        let sql = "UPDATE run_rows SET finished_ms = ?2, receipt = ?3, sum = ?4 WHERE run = ?1";
        let sum = seal::of_text(&format!("run {}", receipt.run), &text);
        db.execute(sql, (&receipt.run, millis(now), text, sum)).map(drop)
    }

    /// Some tombstones; none when all are made.
    fn tombstones(&mut self, now: Duration) -> rusqlite::Result<Vec<Event>> {
        let db = &self.database.connection;
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
    fn prune(&mut self, now: Duration) -> rusqlite::Result<()> {
        let db = &self.database.connection;
        let before = millis(now.saturating_sub(REMEMBERED));
        let old = format!("state = {} AND gone_ms < ?1", State::Deleted.number());
        let any = format!("SELECT EXISTS (SELECT 1 FROM asset_rows WHERE {old})");
        if !db.query_row(&any, [before], |row| row.get::<_, bool>(0))? {
            return Ok(());
        }
        let documents = format!("DELETE FROM document_rows WHERE asset IN (SELECT id FROM asset_rows WHERE {old})");
        db.execute(&documents, [before])?;
        // Relations are found by their sources alone: all targets are looked at once.
        let alone = format!("DELETE FROM asset_rows WHERE {old} AND id NOT IN (SELECT target FROM relation_rows)");
        db.execute(&alone, [before])?;
        let mention = format!(
            "UPDATE asset_rows SET kind = NULL, state = NULL, first = NULL, first_ms = NULL, changed_ms = NULL,
               last = NULL, gone_ms = NULL WHERE {old}"
        );
        db.execute(&mention, [before])?;
        self.ledger.forget_keys();
        Ok(())
    }
}
