//! Checksums. The database notices damage to the structure of its pages; what else is damaged is found by these, and is
//! neither handed out nor believed.
//!
//! | what | its checksum is over | compared |
//! |---|---|---|
//! | a document | the number of its asset, that of its dictionary, its compressed bytes | whenever it is read |
//! | a dictionary | its name and its bytes | whenever a process uses it first |
//! | a receipt, a position | whose it is, and its text | whenever it is read |
//! | all documents of assets that are there | how many they are, and the sum of their checksums | at the end of an export |
//!
//! The last one is what tells that a document is missing, or there twice.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, ffi};
use sha2::{Digest, Sha256};

/// What the messages of damage begin with. An error inside of an SQL function keeps its words and loses its code.
pub(super) const MARK: &str = "damage: ";
/// Under which name the tally is kept.
const NAME: &str = "documents";

/// Damage, as an error of the database. `what` is a sentence without its end.
pub(super) fn damage(what: impl std::fmt::Display) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(format!("{MARK}{what}")))
}

/// The checksum over some parts: 64 bits of a SHA-256, each part behind its length. Part of the file's format.
pub(super) fn sum(parts: &[&[u8]]) -> i64 {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    let mut sum = [0; 8];
    sum.copy_from_slice(&sha.finalize()[..8]);
    i64::from_le_bytes(sum)
}

/// That of a text that belongs to somebody.
pub(super) fn of_text(owner: &str, text: &str) -> i64 {
    sum(&[owner.as_bytes(), text.as_bytes()])
}

/// That of a stored document.
pub(super) fn of_document(asset: i64, dictionary: i64, bytes: &[u8]) -> i64 {
    sum(&[&asset.to_le_bytes(), &dictionary.to_le_bytes(), bytes])
}

/// A text, if it has its checksum.
pub(super) fn checked(owner: &str, text: String, expected: i64) -> rusqlite::Result<String> {
    match of_text(owner, &text) == expected {
        true => Ok(text),
        false => Err(damage(format_args!("what is stored of {owner} has another checksum than it was stored with"))),
    }
}

/// Teaches a connection the function `checked_text(owner, text, checksum)`, which is the text.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("checked_text", 3, flags, |context: &Context<'_>| {
        if context.get_raw(1) == ValueRef::Null {
            return Ok(None);
        }
        checked(&context.get::<String>(0)?, context.get(1)?, context.get(2)?).map(Some)
    })
}

/// How many documents of assets there are that are there, and the sum of their checksums, which wraps around.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) count: i64,
    sum: i64,
}

impl Tally {
    pub(super) fn add(&mut self, sum: i64) {
        *self = Self { count: self.count.wrapping_add(1), sum: self.sum.wrapping_add(sum) };
    }

    pub(super) fn remove(&mut self, sum: i64) {
        *self = Self { count: self.count.wrapping_sub(1), sum: self.sum.wrapping_sub(sum) };
    }

    /// The one that is stored.
    pub(super) fn load(db: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT value FROM meta WHERE name = ?1";
        let text: Option<String> = db.query_row(sql, [NAME], |row| row.get(0)).optional()?;
        let Some(text) = text else { return Ok(Self::default()) };
        let parts = text.split_once(' ').and_then(|(count, sum)| Some((count.parse().ok()?, sum.parse().ok()?)));
        let (count, sum) = parts.ok_or_else(|| damage("the number of all documents cannot be read"))?;
        Ok(Self { count, sum })
    }

    pub(super) fn store(self, db: &Connection) -> rusqlite::Result<()> {
        let text = format!("{} {}", self.count, self.sum);
        db.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?.execute((NAME, text)).map(drop)
    }

    /// Holds what was met to what is stored.
    pub(super) fn compare(self, stored: Self) -> rusqlite::Result<()> {
        match (self == stored, self.count == stored.count) {
            (true, _) => Ok(()),
            (false, true) => Err(damage("some documents are missing, and others are there twice")),
            (false, false) => {
                let (found, expected) = (self.count, stored.count);
                Err(damage(format_args!(
                    "there should be {expected} documents of assets that are there, and {found} are"
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_over_everything_and_never_change() {
        // They are in files.
        assert_eq!(of_text("a", "b"), of_text("a", "b"));
        assert_eq!(sum(&[b"", b""]), -3_054_159_662_337_734_857);
        let one = of_document(1, 2, b"bytes");
        for other in [of_document(2, 1, b"bytes"), of_document(1, 2, b"byteS"), of_document(1, 2, b"byte")] {
            assert_ne!(one, other);
        }
        assert_ne!(of_text("ab", "c"), of_text("a", "bc"));
    }

    #[test]
    fn what_is_missing_or_twice_is_told() {
        let mut all = Tally::default();
        [5, i64::MAX, 7].into_iter().for_each(|sum| all.add(sum));
        let mut met = Tally::default();
        [7, 5, i64::MAX].into_iter().for_each(|sum| met.add(sum));
        assert!(met.compare(all).is_ok(), "in any order");
        met.remove(7);
        let missing = met.compare(all).unwrap_err().to_string();
        assert!(missing.contains("should be 3") && missing.contains("2 are"), "{missing}");
        met.add(5);
        assert!(met.compare(all).unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn a_tally_is_kept() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)").unwrap();
        assert_eq!(Tally::load(&connection).unwrap(), Tally::default());
        let mut tally = Tally::default();
        tally.add(i64::MIN);
        tally.store(&connection).unwrap();
        assert_eq!(Tally::load(&connection).unwrap(), tally);
        connection.execute("UPDATE meta SET value = '7'", []).unwrap();
        assert!(Tally::load(&connection).unwrap_err().to_string().starts_with(MARK));
    }

    #[test]
    fn texts_are_held_to_their_checksums_in_sql_too() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let ask = |sum: i64| connection.query_row("SELECT checked_text('o', 't', ?1)", [sum], |row| row.get(0));
        let text: String = ask(of_text("o", "t")).unwrap();
        assert_eq!(text, "t");
        assert!(ask(7).unwrap_err().to_string().starts_with(MARK));
        let null: Option<String> =
            connection.query_row("SELECT checked_text('o', NULL, 0)", [], |row| row.get(0)).unwrap();
        assert_eq!(null, None);
    }
}
