//! Where pages ended, so that the next `$skip` need not walk the rows before it again. Marks make reading faster and
//! change no answer.

use crate::wire::Position;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Lists that are remembered at a time.
const LISTS: usize = 64;

/// Marks of all lists. Clones share them.
#[derive(Clone, Default)]
pub(in crate::service) struct Marks(Arc<Mutex<BTreeMap<String, BTreeMap<u64, Position>>>>);

impl Marks {
    /// The last mark at or before a row: its number and its place.
    pub(super) fn before(&self, list: &str, row: u64) -> (u64, Position) {
        let marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = marks.get(list).and_then(|marks| marks.range(..=row).next_back());
        found.map_or((0, Position::default()), |(row, position)| (*row, *position))
    }

    /// Remembers where a row stands.
    pub(super) fn set(&self, list: &str, row: u64, position: Position) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if marks.len() >= LISTS && !marks.contains_key(list) {
            marks.clear();
        }
        marks.entry(list.to_owned()).or_default().insert(row, position);
    }
}
