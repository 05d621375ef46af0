//! The whole check of a file: what is damaged, and where.
//!
//! | looked at | held to |
//! |---|---|
//! | every page | `PRAGMA integrity_check` |
//! | every word, receipt and position | it can be read; its checksum, if it has one |
//! | every asset | its key is where it is looked for; kind and state are known; if it is there, it has a document |
//! | every document | its checksum; it is JSON, and of this key and kind; its relations are those of the table |
//! | every reference from row to row | what it refers to exists |
//! | all documents together | their number and checksum |

use super::error::InventoryError;
use super::head::Ref;
use super::keys;
use super::query::Reader;
use super::seal::{MARK, Tally};
use super::state::State;
use rusqlite::{Connection, OptionalExtension};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;

/// Problems that are told. What is behind them is counted.
const MOST: usize = 100;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Assets that were looked at, mere targets of relations among them.
    pub assets: u64,
    /// Documents that were looked at.
    pub documents: u64,
    /// Relations that were looked at.
    pub relations: u64,
    /// What is wrong, each in a line.
    pub problems: Vec<String>,
    /// Further problems.
    pub more: u64,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn complain(&mut self, problem: impl Display) {
        let problem = problem.to_string();
        match self.problems.len() {
            MOST.. => self.more += 1,
            _ => self.problems.push(problem.replace(MARK, "")),
        }
    }

    /// Notes what ends one part of the check. The others go on.
    fn part(&mut self, what: &str, look: impl FnOnce(&mut Self) -> rusqlite::Result<()>) {
        if let Err(error) = look(self) {
            self.complain(format_args!("{what}: {error}"));
        }
    }
}

/// The members of a document that are held to the tables.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    key: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    refs: Vec<Ref<'a>>,
}

/// Small tables that are read from one end to the other, and what they hold.
const SMALL: [(&str, &str); 5] = [
    ("words", "SELECT count(*), sum(length(text)) FROM words"),
    ("beginnings of keys", "SELECT count(*), sum(length(text)) FROM stems"),
    ("datasets", "SELECT count(*), sum(length(name)) FROM datasets"),
    ("runs", "SELECT count(*), sum(length(receipt)) FROM runs"),
    ("positions", "SELECT count(*), sum(length(checkpoint)) FROM checkpoints"),
];

/// Rows that refer to what has to be there, counted.
const REFERENCES: [(&str, &str); 6] = [
    ("relations from nowhere", "relation_rows WHERE source NOT IN (SELECT id FROM asset_rows)"),
    ("relations to nowhere", "relation_rows WHERE target NOT IN (SELECT id FROM asset_rows)"),
    ("relations without a name", "relation_rows WHERE rel NOT IN (SELECT id FROM words)"),
    (
        "sightings of nothing",
        "origins WHERE asset NOT IN (SELECT id FROM asset_rows) OR dataset NOT IN (SELECT id FROM datasets)",
    ),
    ("sightings in no run", "origins WHERE seen <> 0 AND seen NOT IN (SELECT id FROM passes)"),
    ("snapshots of no run", "passes WHERE run NOT IN (SELECT id FROM run_rows)"),
];

impl Reader {
    /// Looks at everything. A run may go on beside it: what is looked at is of one moment.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be looked at at all. Damage is no error here, but a [`Verdict`].
    pub fn verify(&self) -> Result<Verdict, InventoryError> {
        self.0.sealed()?;
        let db = &self.0.connection;
        let mut verdict = Verdict::default();
        let moment = self.0.explain(db.unchecked_transaction())?;
        verdict.part("the database", |verdict| pages(db, verdict));
        for (what, sql) in SMALL {
            verdict.part(what, |_| db.query_row(sql, [], |_| Ok(())));
        }
        verdict.part("assets", |verdict| assets(db, verdict));
        let mut met = Tally::default();
        verdict.part("documents", |verdict| documents(db, verdict, &mut met));
        verdict.part("documents", |_| met.compare(Tally::load(db)?));
        verdict.part("relations", |verdict| {
            let count: i64 = db.query_row("SELECT count(*) FROM relation_rows", [], |row| row.get(0))?;
            verdict.relations = u64::try_from(count).unwrap_or_default();
            Ok(())
        });
        for (what, rows) in REFERENCES {
            verdict.part(what, |verdict| {
                let count: i64 = db.query_row(&format!("SELECT count(*) FROM {rows}"), [], |row| row.get(0))?;
                if count > 0 {
                    verdict.complain(format_args!("{what}: {count}"));
                }
                Ok(())
            });
        }
        self.0.still()?;
        drop(moment);
        Ok(verdict)
    }

    /// What a verdict of damage comes to.
    pub fn damaged(&self, verdict: &Verdict) -> InventoryError {
        let count = verdict.problems.len() as u64 + verdict.more;
        let cause = if count == 1 { "one problem".to_owned() } else { format!("{count} problems") };
        InventoryError::Damaged { path: self.0.shown(), cause }
    }
}

fn pages(db: &Connection, verdict: &mut Verdict) -> rusqlite::Result<()> {
    let mut statement = db.prepare(&format!("PRAGMA integrity_check({MOST})"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        // One row may have several lines.
        for line in text.lines().filter(|line| *line != "ok") {
            verdict.complain(format_args!("the database: {line}"));
        }
    }
    Ok(())
}

fn assets(db: &Connection, verdict: &mut Verdict) -> rusqlite::Result<()> {
    let sql = "SELECT a.id, a.spot, a.stem, a.local, a.state, s.text IS NULL, k.text IS NULL,
                 EXISTS (SELECT 1 FROM document_rows WHERE asset = a.id)
               FROM asset_rows AS a LEFT JOIN stems AS s ON s.id = a.stem LEFT JOIN words AS k ON k.id = a.kind";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        verdict.assets += 1;
        let (asset, state): (i64, Option<i64>) = (row.get(0)?, row.get(4)?);
        let mut wrong = |what: &str| verdict.complain(format_args!("asset {asset} {what}"));
        if row.get::<_, bool>(5)? || keys::spot(row.get(2)?, row.get_ref(3)?.as_str()?) != row.get::<_, i64>(1)? {
            wrong("has another key than it is found by");
        }
        let Some(state) = state else { continue };
        let state = State::of(state);
        if state.is_none() || row.get(6)? {
            wrong("has no kind, or a state that does not exist");
        }
        if state.is_some_and(State::is_there) && !row.get::<_, bool>(7)? {
            wrong("is there and has no document");
        }
    }
    Ok(())
}

/// Each by a statement of its own: damage ends a statement, and the next document may be sound.
fn documents(db: &Connection, verdict: &mut Verdict, met: &mut Tally) -> rusqlite::Result<()> {
    let sql = "SELECT r.asset, r.sum, s.text || a.local, k.text, a.state FROM document_rows AS r
               LEFT JOIN asset_rows AS a ON a.id = r.asset LEFT JOIN stems AS s ON s.id = a.stem
               LEFT JOIN words AS k ON k.id = a.kind";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut text = db.prepare("SELECT document FROM documents WHERE id = ?1")?;
    while let Some(row) = rows.next()? {
        verdict.documents += 1;
        let asset: i64 = row.get(0)?;
        let state = row.get::<_, Option<i64>>(4)?.and_then(State::of);
        if state.is_some_and(State::is_there) {
            met.add(row.get(1)?);
        }
        let (key, kind): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
        let Some(key) = key else {
            verdict.complain(format_args!("the document of asset {asset} belongs to nothing"));
            continue;
        };
        let read = text.query_row([asset], |row| row.get::<_, String>(0)).optional();
        let problem = match &read {
            Err(error) => Some(error.to_string()),
            Ok(None) => Some("it cannot be found by its number".to_owned()),
            Ok(Some(text)) => disagreement(db, text, asset, (&key, kind.as_deref()), state)?.map(str::to_owned),
        };
        if let Some(problem) = problem {
            verdict.complain(format_args!("document of {key}: {problem}"));
        }
    }
    Ok(())
}

/// In what a document and the tables do not agree.
fn disagreement(
    db: &Connection,
    text: &str,
    asset: i64,
    (key, kind): (&str, Option<&str>),
    state: Option<State>,
) -> rusqlite::Result<Option<&'static str>> {
    let Ok(members) = serde_json::from_str::<Members<'_>>(text) else {
        return Ok(Some("it is no JSON, or no envelope"));
    };
    if members.key.is_some_and(|it| it != key) {
        return Ok(Some("it is of another asset"));
    }
    if members.kind.is_some_and(|it| kind.is_some_and(|kind| it != kind)) {
        return Ok(Some("its kind is another one than that of the asset"));
    }
    // What is gone relates to nothing any more.
    if state == Some(State::Deleted) {
        return Ok(None);
    }
    let mut statement = db.prepare_cached("SELECT rel, target FROM relations WHERE source_id = ?1")?;
    let rows = statement.query_map([asset], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let stored = rows.collect::<rusqlite::Result<BTreeSet<(String, String)>>>()?;
    let told: BTreeSet<_> = members.refs.iter().map(|it| (it.rel.to_string(), it.key.to_string())).collect();
    Ok((stored != told).then_some("its relations are not those of the table"))
}
