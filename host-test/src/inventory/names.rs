//! Words that repeat, stored once and known by a number.

use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;

/// A table of words, with those that were used lately at hand.
pub(super) struct Names {
    find: &'static str,
    add: &'static str,
    known: HashMap<Box<str>, i64>,
}

/// Words at hand before they are all forgotten. Kinds, relations and datasets are few; a source that makes up more is
/// slower, not wrong.
const MOST: usize = 4096;

impl Names {
    /// Kinds, relations, scopes.
    pub(super) fn words() -> Self {
        Self::of("SELECT id FROM words WHERE text = ?1", "INSERT INTO words (text) VALUES (?1)")
    }

    /// Beginnings of keys.
    pub(super) fn stems() -> Self {
        Self::of("SELECT id FROM stems WHERE text = ?1", "INSERT INTO stems (text) VALUES (?1)")
    }

    /// Datasets.
    pub(super) fn datasets() -> Self {
        Self::of("SELECT id FROM datasets WHERE name = ?1", "INSERT INTO datasets (name) VALUES (?1)")
    }

    fn of(find: &'static str, add: &'static str) -> Self {
        Self { find, add, known: HashMap::new() }
    }

    /// The number of a word; a new one gets a new number.
    pub(super) fn number(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.known.get(text) {
            return Ok(*number);
        }
        let number = match self.look_up(connection, text)? {
            Some(number) => number,
            None => {
                connection.prepare_cached(self.add)?.execute([text])?;
                connection.last_insert_rowid()
            }
        };
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(text.into(), number);
        Ok(number)
    }

    /// The number of a word, if it has one.
    pub(super) fn look_up(&self, connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
        connection.prepare_cached(self.find)?.query_row([text], |row| row.get(0)).optional()
    }

    /// Forgets what is at hand: the transaction that made it was rolled back.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}
