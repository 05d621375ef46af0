//! What relations lead to, with those that were met lately at hand.

use super::keys;
use super::names::Names;
use super::rests_on;
use super::state::State;
use crate::contract::Dataset;
use rusqlite::Connection;
use std::collections::{BTreeSet, HashMap};

/// Targets at hand before they are all forgotten. Many rows in a row are about one device, its products and the same CVEs.
const MOST: usize = 16_384;

/// The target of a relation.
#[derive(Debug, Clone, Copy)]
struct Target {
    id: i64,
    /// Whether it is a device that is gone.
    is_gone: bool,
}

/// Targets of relations, by their keys.
pub(super) struct Targets {
    known: HashMap<Box<str>, Target>,
    /// Kinds of devices.
    kinds: BTreeSet<String>,
}

impl Targets {
    /// None yet, for a source that publishes these datasets.
    pub(super) fn new(published: &[Dataset]) -> Self {
        let needed: BTreeSet<&String> = published.iter().flat_map(|dataset| &dataset.needs).collect();
        let roots = published.iter().filter(|dataset| needed.contains(&dataset.name));
        Self { known: HashMap::new(), kinds: roots.flat_map(|root| root.kinds.iter().cloned()).collect() }
    }

    /// The kinds of assets that others may rest on, as a JSON array.
    pub(super) fn kinds(&self) -> String {
        serde_json::Value::from_iter(self.kinds.iter().cloned()).to_string()
    }

    /// Whether an asset of this kind with these relations is one that others may rest on.
    pub(super) fn is_device<'a>(&self, kind: &str, mut relations: impl Iterator<Item = &'a str>) -> bool {
        self.kinds.contains(kind) && !relations.any(rests_on::is_by)
    }

    /// The number of the target of a relation, which need not be an asset.
    pub(super) fn number(&mut self, db: &Connection, stems: &mut Names, key: &str) -> rusqlite::Result<i64> {
        if let Some(target) = self.find(db, stems, key)? {
            return Ok(target.id);
        }
        let (stem, local) = keys::split(key);
        let id = keys::add(db, stems.number(db, stem)?, local)?;
        self.keep(key, Target { id, is_gone: false });
        Ok(id)
    }

    /// Whether something that rests on these rests on a device that is gone, and on none that is there.
    pub(super) fn are_gone(&mut self, db: &Connection, stems: &mut Names, keys: &[&str]) -> rusqlite::Result<bool> {
        let (mut gone, mut there) = (Vec::new(), Vec::new());
        for key in keys {
            let is_gone = self.find(db, stems, key)?.is_some_and(|target| target.is_gone);
            if is_gone { &mut gone } else { &mut there }.push(keys::split(key).0);
        }
        Ok(gone.iter().any(|stem| !there.contains(stem)))
    }

    /// Forgets all: some keys were taken out, or are gone.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// Forgets one whose state changed.
    pub(super) fn forget_one(&mut self, key: &str) {
        self.known.remove(key);
    }

    fn find(&mut self, db: &Connection, stems: &mut Names, key: &str) -> rusqlite::Result<Option<Target>> {
        if let Some(target) = self.known.get(key) {
            return Ok(Some(*target));
        }
        let (stem, local) = keys::split(key);
        let Some(found) = keys::at(db, stems.number(db, stem)?, local)? else { return Ok(None) };
        let is_gone = found.state.is_some_and(State::is_gone) && self.kinds.contains(&keys::kind(db, found.id)?);
        let target = Target { id: found.id, is_gone };
        self.keep(key, target);
        Ok(Some(target))
    }

    fn keep(&mut self, key: &str, target: Target) {
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(key.into(), target);
    }
}
