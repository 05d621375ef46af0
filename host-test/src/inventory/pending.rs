//! What a batch changes besides saying what is news: it can be written while the news is delivered.

use super::documents::{self, Archive};
use super::seal::Tally;
use rusqlite::{CachedStatement, Connection};
use std::collections::{BTreeSet, HashSet};

/// Half of a SHA-256; see `head`.
pub(super) type Likeness = [u8; 16];

/// Bytes of memory for documents that are kept from batch to batch: twice what a batch has by default.
const MOST_KEPT: usize = 2 * 1024 * 1024;

/// A dataset saw an asset.
pub(super) struct Sighting {
    pub(super) dataset: i64,
    pub(super) asset: i64,
    pub(super) pass: i64,
    pub(super) scope: i64,
    pub(super) likeness: Likeness,
}

/// An asset that is news, without its document.
pub(super) struct News {
    pub(super) asset: i64,
    /// Relation and target of each of its relations.
    pub(super) relations: Vec<(i64, i64)>,
    /// Whether it was met before, so that it may have relations.
    pub(super) was_met: bool,
    /// Whether a consumer had it before, and has it now.
    pub(super) was_there: bool,
    pub(super) is_there: bool,
}

/// What is decided and not yet written.
#[derive(Default)]
pub(super) struct Pending {
    sightings: Vec<Sighting>,
    /// Each with the lengths of its schema and its document.
    news: Vec<(News, usize, usize)>,
    /// Schemas and documents of the news, one behind the other. The memory is used again by the next batch.
    texts: String,
    assets: HashSet<i64>,
}

impl Pending {
    /// Whether something is to be written about an asset, so that the tables do not yet say all there is to know of it.
    pub(super) fn is_about(&self, asset: i64) -> bool {
        self.assets.contains(&asset)
    }

    pub(super) fn saw(&mut self, sighting: Sighting) {
        self.assets.insert(sighting.asset);
        self.sightings.push(sighting);
    }

    pub(super) fn tell(&mut self, news: News, schema: &str, document: &str) {
        self.texts.push_str(schema);
        self.texts.push_str(document);
        self.news.push((news, schema.len(), document.len()));
    }

    /// Forgets it: the transaction was rolled back.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Writes it.
    pub(super) fn write(&mut self, db: &Connection, archive: &mut Archive, tally: &mut Tally) -> rusqlite::Result<()> {
        self.assets.clear();
        // One statement for what is new and for what was there. The likeness of what is known is what it was.
        let sql =
            "INSERT INTO origins VALUES (?1, ?2, ?3, ?4, 0, 0, ?5) ON CONFLICT DO UPDATE SET seen = excluded.seen,
                   scope = excluded.scope, misses = 0, lapsed = 0, likeness = excluded.likeness";
        let mut origin = db.prepare_cached(sql)?;
        for Sighting { dataset, asset, pass, scope, likeness } in self.sightings.drain(..) {
            origin.execute((dataset, asset, pass, scope, likeness))?;
        }
        if self.news.is_empty() {
            return Ok(());
        }
        let mut relate = db.prepare_cached("INSERT OR IGNORE INTO relation_rows VALUES (?1, ?2, ?3)")?;
        let mut texts = self.texts.as_str();
        for (news, schema, document) in self.news.drain(..) {
            let News { asset, relations, was_met, was_there, is_there } = news;
            let (schema, rest) = texts.split_at(schema);
            let (document, rest) = rest.split_at(document);
            texts = rest;
            if was_there && let Some(sum) = documents::sum_of(db, asset)? {
                tally.remove(sum);
            }
            let sum = archive.put(db, asset, schema, document)?;
            if is_there {
                tally.add(sum);
            }
            if was_met {
                change(db, &mut relate, asset, &relations)?;
            } else {
                for (rel, target) in relations {
                    relate.execute((asset, rel, target))?;
                }
            }
        }
        self.texts.clear();
        self.texts.shrink_to(MOST_KEPT);
        Ok(())
    }
}

/// The relations of an asset are those of its last document, and no others.
fn change(
    db: &Connection,
    relate: &mut CachedStatement<'_>,
    source: i64,
    relations: &[(i64, i64)],
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("SELECT rel, target FROM relation_rows WHERE source = ?1")?;
    let before = statement.query_map([source], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut before = before.collect::<rusqlite::Result<BTreeSet<(i64, i64)>>>()?;
    for (rel, target) in relations {
        if !before.remove(&(*rel, *target)) {
            relate.execute((source, rel, target))?;
        }
    }
    let mut part = db.prepare_cached("DELETE FROM relation_rows WHERE source = ?1 AND rel = ?2 AND target = ?3")?;
    for (rel, target) in before {
        part.execute((source, rel, target))?;
    }
    Ok(())
}
