//! What events do to the inventory, one after the other, inside of one transaction. [`Ledger::enter`] decides;
//! [`Ledger::record`] writes what can wait.

use super::account::Account;
use super::activity::{self, Activity};
use super::documents::{self, Archive};
use super::error::InventoryError;
use super::head::{Head, MERGED_INTO, Marker};
use super::keys::{self, Found, Seen};
use super::names::Names;
use super::numbers;
use super::pending::{Likeness, News, Pending, Sighting};
use super::resting;
use super::rests_on;
use super::scope;
use super::seal::Tally;
use super::state::State;
use super::targets::Targets;
use super::tombstone::{self, Moment};
use crate::contract::{Dataset, DatasetReceipt, Event, Operation};
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Why an event could not be entered: the database, or the event.
#[derive(Debug)]
pub(super) enum Trouble {
    Database(rusqlite::Error),
    Event(InventoryError),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<InventoryError> for Trouble {
    fn from(error: InventoryError) -> Self {
        Self::Event(error)
    }
}

/// Dataset of assets whose kind no dataset publishes.
const UNLISTED: &str = "unlisted";

/// The stretch of the run that events belong to.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    pub(super) id: i64,
    /// Identity of the run, and its row.
    pub(super) run: String,
    pub(super) run_row: i64,
    /// The dataset whose snapshot is open.
    dataset: Option<i64>,
}

/// What is to be told of an event.
#[derive(Debug, Default)]
struct Told {
    is_news: bool,
    /// Whether it closes its asset.
    is_merged: bool,
    /// The document, where the inventory knows better what happened.
    rewritten: Option<String>,
}

/// Enters events.
pub(super) struct Ledger {
    pub(super) words: Names,
    pub(super) stems: Names,
    pub(super) datasets: Names,
    archive: Archive,
    pending: Pending,
    /// All documents of assets that are there.
    pub(super) tally: Tally,
    pub(super) targets: Targets,
    version: String,
    published: Vec<Dataset>,
    config: String,
    /// Scope of each dataset, by its number.
    scopes: HashMap<i64, i64>,
    pub(super) pass: Option<Pass>,
    pub(super) sequence: u64,
    pub(super) account: Account,
}

impl Ledger {
    /// A ledger for a version of a source that publishes these datasets, run with a configuration.
    pub(super) fn new(version: &str, published: &[Dataset], config: &str) -> Self {
        Self {
            words: Names::words(),
            stems: Names::stems(),
            datasets: Names::datasets(),
            archive: Archive::default(),
            pending: Pending::default(),
            tally: Tally::default(),
            targets: Targets::new(published),
            version: version.to_owned(),
            published: published.to_vec(),
            config: config.to_owned(),
            scopes: HashMap::new(),
            pass: None,
            sequence: 0,
            account: Account::default(),
        }
    }

    /// Forgets everything that a transaction that was rolled back may have put at hand.
    pub(super) fn forget(&mut self) {
        for names in [&mut self.words, &mut self.stems, &mut self.datasets] {
            names.forget();
        }
        self.archive.forget();
        self.pending.forget();
        self.forget_keys();
        self.scopes.clear();
        self.pass = None;
    }

    /// Forgets which numbers keys have: some keys were taken out.
    pub(super) fn forget_keys(&mut self) {
        self.targets.forget();
    }

    /// Writes what was decided and could wait.
    pub(super) fn record(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.pending.write(db, &mut self.archive, &mut self.tally)
    }

    /// Enters an event, and adds what is to be delivered because of it to `news`.
    pub(super) fn enter(
        &mut self,
        db: &Connection,
        event: Event,
        now: Duration,
        news: &mut Vec<Event>,
    ) -> Result<(), Trouble> {
        let head = Head::read(&event)?;
        self.sequence = head.sequence;
        self.belong(db, &head.run, now)?;
        match event.operation {
            Operation::SnapshotBegin => self.open(db, Marker::read(&event)?, now)?,
            Operation::SnapshotEnd => self.close(db, Marker::read(&event)?, now)?,
            Operation::Upsert => {
                let Told { is_news, is_merged, rewritten } = self.upsert(db, &event, &head, now)?;
                let moment = Moment { run: &head.run, sequence: numbers::behind(head.sequence), now };
                let tombstone = if is_merged { tombstone::of(&event.document, moment) } else { None };
                if is_news {
                    news.push(match rewritten {
                        Some(document) => Event { document, ..event },
                        None => event,
                    });
                }
                news.extend(tombstone);
            }
            Operation::Delete => {
                if self.delete(db, &event, now)? {
                    news.push(event);
                }
            }
        }
        Ok(())
    }

    /// Makes sure that there is a pass of this run.
    pub(super) fn belong(&mut self, db: &Connection, run: &str, now: Duration) -> rusqlite::Result<()> {
        if self.pass.as_ref().is_some_and(|pass| pass.run == run) {
            return Ok(());
        }
        let known = db.query_row("SELECT id FROM run_rows WHERE run = ?1", [run], |row| row.get(0)).optional()?;
        let run_row: i64 = match known {
            Some(row) => row,
            None => {
                let sql = "INSERT INTO run_rows (run, version, started_ms) VALUES (?1, ?2, ?3)";
                db.execute(sql, (run, &self.version, millis(now)))?;
                db.last_insert_rowid()
            }
        };
        let last = "SELECT id, CASE WHEN ended_ms IS NULL THEN dataset END FROM passes WHERE run = ?1 ORDER BY id DESC";
        let last = db.query_row(last, [run_row], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (id, dataset) = match last {
            // A run that was interrupted goes on in the snapshot that it was in.
            Some((id, Some(dataset))) => (id, Some(dataset)),
            _ => (self.begin(db, run_row, None, now)?, None),
        };
        self.pass = Some(Pass { id, run: run.to_owned(), run_row, dataset });
        Ok(())
    }

    fn begin(&mut self, db: &Connection, run: i64, dataset: Option<i64>, now: Duration) -> rusqlite::Result<i64> {
        let scope = dataset.map(|dataset| self.scope(db, dataset)).transpose()?;
        let sql = "INSERT INTO passes (run, dataset, scope, began_ms) VALUES (?1, ?2, ?3, ?4)";
        db.execute(sql, (run, dataset, scope, millis(now)))?;
        Ok(db.last_insert_rowid())
    }

    /// A snapshot begins; one of the same dataset that did not end is left behind.
    fn open(&mut self, db: &Connection, marker: Marker, now: Duration) -> rusqlite::Result<()> {
        let Some(run_row) = self.pass.as_ref().map(|pass| pass.run_row) else { return Ok(()) };
        let dataset = self.datasets.number(db, &marker.dataset)?;
        let id = self.begin(db, run_row, Some(dataset), now)?;
        if let Some(pass) = &mut self.pass {
            (pass.id, pass.dataset) = (id, Some(dataset));
        }
        Ok(())
    }

    /// A snapshot ends. What comes next, if not another snapshot, is outside of any.
    fn close(&mut self, db: &Connection, marker: Marker, now: Duration) -> rusqlite::Result<()> {
        let dataset = self.datasets.number(db, &marker.dataset)?;
        let Some(pass) = &self.pass else { return Ok(()) };
        if pass.dataset != Some(dataset) {
            return Ok(());
        }
        let (ended, run_row) = (pass.id, pass.run_row);
        db.execute("UPDATE passes SET ended_ms = ?2, count = ?3 WHERE id = ?1", (ended, millis(now), marker.count))?;
        let id = self.begin(db, run_row, None, now)?;
        if let Some(pass) = &mut self.pass {
            (pass.id, pass.dataset) = (id, None);
        }
        Ok(())
    }

    /// The dataset that an event of a kind belongs to: the one that it names; else the one whose snapshot is open, if
    /// it has such assets; else the first one that has.
    fn dataset_of(&mut self, db: &Connection, kind: &str, named: Option<&str>) -> rusqlite::Result<i64> {
        if let Some(named) = named {
            return self.datasets.number(db, named);
        }
        if let Some(open) = self.pass.as_ref().and_then(|pass| pass.dataset) {
            for dataset in &self.published {
                if dataset.kinds.iter().any(|it| it == kind) && self.datasets.number(db, &dataset.name)? == open {
                    return Ok(open);
                }
            }
        }
        let first = self.published.iter().find(|dataset| dataset.kinds.iter().any(|it| it == kind));
        let name = first.map_or(UNLISTED, |dataset| dataset.name.as_str());
        self.datasets.number(db, name)
    }

    /// The scope that a dataset is read with in this run.
    pub(super) fn scope(&mut self, db: &Connection, dataset: i64) -> rusqlite::Result<i64> {
        if let Some(scope) = self.scopes.get(&dataset) {
            return Ok(*scope);
        }
        let name: String = db.query_row("SELECT name FROM datasets WHERE id = ?1", [dataset], |row| row.get(0))?;
        let scope = self.words.number(db, &scope::fingerprint(&self.config, &name))?;
        self.scopes.insert(dataset, scope);
        Ok(scope)
    }

    /// The scope that a dataset was read with in the run that this is the account of. What was seen of it is given that
    /// scope if it is another one than the configuration's: only the account tells.
    pub(super) fn scope_of(
        &mut self,
        db: &Connection,
        dataset: i64,
        account: &DatasetReceipt,
    ) -> rusqlite::Result<i64> {
        let Some(apart) = scope::apart(&self.config, account) else { return self.scope(db, dataset) };
        let scope = self.words.number(db, &apart)?;
        let Some(run) = self.pass.as_ref().map(|pass| pass.run_row) else { return Ok(scope) };
        let bound = (scope, run, dataset);
        let sql = "UPDATE origins SET scope = ?1
                   WHERE dataset = ?3 AND seen >= (SELECT min(id) FROM passes WHERE run = ?2)";
        db.execute(sql, bound)?;
        db.execute("UPDATE passes SET scope = ?1 WHERE run = ?2 AND dataset = ?3", bound)?;
        Ok(scope)
    }

    /// What is to be told of the event.
    fn upsert(&mut self, db: &Connection, event: &Event, head: &Head<'_>, now: Duration) -> rusqlite::Result<Told> {
        let dataset = self.dataset_of(db, &event.kind, head.dataset.as_deref())?;
        let scope = self.scope(db, dataset)?;
        let pass = self.pass.as_ref().map_or(0, |pass| pass.id);
        let likeness = head.likeness(&event.content_hash);
        let (stem, local) = keys::split(&event.key);
        let stem = self.stems.number(db, stem)?;
        let mut met = keys::seen(db, stem, local, dataset)?;
        if let Some(seen) = &met
            && self.pending.is_about(seen.found.id)
        {
            self.record(db)?;
            met = keys::seen(db, stem, local, dataset)?;
        }
        if let Some(Seen { found: Found { id, state: Some(state) }, likeness: own }) = met
            && state != State::Deleted
            && Self::is_known(db, id, own, &likeness)?
        {
            self.pending.saw(Sighting { dataset, asset: id, pass, scope, likeness });
            if state == State::OutOfScope {
                self.set_state(db, id, State::Active)?;
            }
            self.account.unchanged += 1;
            return Ok(Told::default());
        }
        let refs = head.refs();
        let on: Vec<&str> = refs.iter().filter(|it| rests_on::is_by(&it.rel)).map(|it| &*it.key).collect();
        if self.targets.are_gone(db, &mut self.stems, &on)? {
            self.account.withheld += 1;
            return Ok(Told::default());
        }
        let is_merged = refs.iter().any(|it| it.rel == MERGED_INTO);
        let state = if is_merged { State::Merged } else { State::Active };
        let kind = self.words.number(db, &event.kind)?;
        let row = (kind, state.number(), pass, millis(now), is_merged);
        let asset = match &met {
            Some(seen) => {
                let sql = "UPDATE asset_rows SET kind = ?2, state = ?3, first = coalesce(first, ?4),
                             first_ms = coalesce(first_ms, ?5), changed_ms = ?5, gone_ms = CASE WHEN ?6 THEN ?5 END
                           WHERE id = ?1";
                let (kind, state, pass, now, is_merged) = row;
                db.prepare_cached(sql)?.execute((seen.found.id, kind, state, pass, now, is_merged))?;
                seen.found.id
            }
            None => keys::add_asset(db, (stem, local), row)?,
        };
        self.pending.saw(Sighting { dataset, asset, pass, scope, likeness });
        let mut relations = Vec::with_capacity(refs.len());
        for it in &refs {
            relations.push((self.words.number(db, &it.rel)?, self.targets.number(db, &mut self.stems, &it.key)?));
        }
        let before = met.and_then(|seen| seen.found.state);
        let (was_met, was_there) = (before.is_some(), before.is_some_and(State::is_there));
        let was_gone = before.is_some_and(State::is_gone);
        if is_merged != was_gone {
            self.targets.forget_one(&event.key);
        }
        if is_merged && !was_gone && self.targets.is_device(&event.kind, refs.iter().map(|it| &*it.rel)) {
            resting::note(db, asset)?;
        }
        let news = News { asset, relations, was_met, was_there, is_there: state.is_there() };
        let rewritten = activity::rewritten(&head.schema, event, Activity::of(was_there));
        self.pending.tell(news, &head.schema, rewritten.as_ref().unwrap_or(&event.document));
        match (is_merged, was_met) {
            (true, _) => self.account.merged += 1,
            (false, true) => self.account.changed += 1,
            (false, false) => self.account.new += 1,
        }
        Ok(Told { is_news: true, is_merged, rewritten })
    }

    /// Whether an asset looked like this when this dataset saw it last, or does in another dataset. Two datasets may
    /// tell of one asset in different ways; neither then is news each time.
    fn is_known(db: &Connection, asset: i64, own: Option<Likeness>, likeness: &Likeness) -> rusqlite::Result<bool> {
        if let Some(own) = own {
            return Ok(own == *likeness);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM origins WHERE dataset IN (SELECT id FROM datasets) AND asset = ?1
                   AND likeness = ?2)";
        db.prepare_cached(sql)?.query_row((asset, likeness), |row| row.get(0))
    }

    /// The source says that an asset is gone. Whether that is news.
    fn delete(&mut self, db: &Connection, event: &Event, now: Duration) -> rusqlite::Result<bool> {
        self.record(db)?;
        let (stem, local) = keys::split(&event.key);
        let stem = self.stems.number(db, stem)?;
        let found = keys::at(db, stem, local)?;
        if let Some(Found { state: Some(State::Deleted | State::Merged), .. }) = found {
            self.account.unchanged += 1;
            return Ok(false);
        }
        let id = match found {
            Some(found) => found.id,
            None => keys::add(db, stem, local)?,
        };
        let kind = self.words.number(db, &event.kind)?;
        let first = self.pass.as_ref().map(|pass| pass.id);
        let sql = "UPDATE asset_rows SET kind = ?2, first = coalesce(first, ?3), first_ms = coalesce(first_ms, ?4)
                   WHERE id = ?1";
        db.prepare_cached(sql)?.execute((id, kind, first, millis(now)))?;
        self.bury(db, id, now)?;
        self.targets.forget_one(&event.key);
        if self.targets.is_device(&event.kind, std::iter::empty()) {
            resting::note(db, id)?;
        }
        Ok(true)
    }

    /// Makes a tombstone for an asset that is gone; nothing if the source told nothing about it.
    pub(super) fn tombstone(&mut self, db: &Connection, asset: i64, now: Duration) -> rusqlite::Result<Option<Event>> {
        let document = documents::get(db, asset)?;
        self.bury(db, asset, now)?;
        self.targets.forget();
        let (Some(document), Some(pass)) = (document, &self.pass) else { return Ok(None) };
        self.sequence += 1;
        Ok(tombstone::of(&document, Moment { run: &pass.run, sequence: self.sequence, now }))
    }

    /// Marks an asset as gone. No dataset has it, and it relates to nothing.
    fn bury(&mut self, db: &Connection, asset: i64, now: Duration) -> rusqlite::Result<()> {
        // Whoever asks for it knows that it is there, if it ever was.
        if let Some(sum) = documents::sum_of(db, asset)? {
            self.tally.remove(sum);
        }
        let sql = "UPDATE asset_rows SET state = ?2, gone_ms = ?3, last = coalesce((SELECT max(seen) FROM origins
                     WHERE dataset IN (SELECT id FROM datasets) AND asset = ?1), last) WHERE id = ?1";
        db.prepare_cached(sql)?.execute((asset, State::Deleted.number(), millis(now)))?;
        db.prepare_cached("DELETE FROM origins WHERE dataset IN (SELECT id FROM datasets) AND asset = ?1")?
            .execute([asset])?;
        db.prepare_cached("DELETE FROM relation_rows WHERE source = ?1")?.execute([asset])?;
        self.account.deleted += 1;
        Ok(())
    }

    fn set_state(&self, db: &Connection, asset: i64, state: State) -> rusqlite::Result<()> {
        db.prepare_cached("UPDATE asset_rows SET state = ?2 WHERE id = ?1")?.execute((asset, state.number()))?;
        Ok(())
    }

    /// Datasets that others are read by: what is missing from them is in doubt everywhere.
    pub(super) fn roots(&self) -> Vec<String> {
        let needed: BTreeSet<&String> = self.published.iter().flat_map(|dataset| &dataset.needs).collect();
        needed.into_iter().cloned().collect()
    }
}

/// Milliseconds since 1970, as they are stored.
pub(super) fn millis(since_1970: Duration) -> i64 {
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}
