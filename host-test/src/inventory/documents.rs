//! Documents, compressed. Each schema has a dictionary: its first document. What documents of one schema share, which
//! is most of them, then costs next to nothing.

use super::seal::{self, damage};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

/// The fast end: what the documents of a schema share is in its dictionary, and a run must not wait for the rest. Findings
/// take an eighth more room than by level 1, and a third less time.
const LEVEL: i32 = -1;
/// Longest document: more than the engine hands over in one batch.
const LONGEST: usize = 64 * 1024 * 1024;

/// The expression for the text of a document, in a statement that joins `document_rows AS r` and `dictionaries AS d`. The
/// asset is named for messages, and for its checksum.
pub(super) fn text_of(asset: &str) -> String {
    format!("document_text({asset}, r.dictionary, r.bytes, r.sum, d.name, d.bytes, d.sum)")
}

/// Compresses documents into the file.
#[derive(Default)]
pub(super) struct Archive {
    by_schema: HashMap<Box<str>, (i64, Compressor<'static>)>,
}

impl Archive {
    /// Stores the document of an asset in place of the one it had. Returns its checksum.
    pub(super) fn put(
        &mut self,
        connection: &Connection,
        asset: i64,
        schema: &str,
        document: &str,
    ) -> rusqlite::Result<i64> {
        if !self.by_schema.contains_key(schema) {
            let entry = dictionary(connection, schema, document)?;
            self.by_schema.insert(schema.into(), entry);
        }
        let Some((number, compressor)) = self.by_schema.get_mut(schema) else { return Ok(0) };
        let bytes = compressor.compress(document.as_bytes()).map_err(failed)?;
        let sum = seal::of_document(asset, *number, &bytes);
        let sql = "INSERT OR REPLACE INTO document_rows (asset, dictionary, bytes, sum) VALUES (?1, ?2, ?3, ?4)";
        connection.prepare_cached(sql)?.execute((asset, *number, bytes, sum))?;
        Ok(sum)
    }

    /// Forgets what is at hand: the transaction that made it was rolled back.
    pub(super) fn forget(&mut self) {
        self.by_schema.clear();
    }
}

/// The dictionary of a schema. The first document becomes one.
fn dictionary(connection: &Connection, schema: &str, document: &str) -> rusqlite::Result<(i64, Compressor<'static>)> {
    let find = "SELECT id, bytes, sum FROM dictionaries WHERE name = ?1";
    let known = connection.query_row(find, [schema], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?)));
    let (number, bytes) = match known.optional()? {
        Some((number, bytes, sum)) => {
            check_dictionary(schema, &bytes, sum)?;
            (number, bytes)
        }
        None => {
            let bytes = document.as_bytes();
            let sql = "INSERT INTO dictionaries (name, bytes, sum) VALUES (?1, ?2, ?3)";
            connection.execute(sql, (schema, bytes, sum_of_dictionary(schema, bytes)))?;
            (connection.last_insert_rowid(), bytes.to_vec())
        }
    };
    Ok((number, Compressor::with_dictionary(LEVEL, &bytes).map_err(failed)?))
}

pub(super) fn sum_of_dictionary(name: &str, bytes: &[u8]) -> i64 {
    seal::sum(&[name.as_bytes(), bytes])
}

pub(super) fn check_dictionary(name: &str, bytes: &[u8], sum: i64) -> rusqlite::Result<()> {
    match sum_of_dictionary(name, bytes) == sum {
        true => Ok(()),
        false => Err(damage("a dictionary has another checksum than it was stored with, and its documents are lost")),
    }
}

/// Checksum of the document that is stored for an asset, if there is one.
pub(super) fn sum_of(connection: &Connection, asset: i64) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT sum FROM document_rows WHERE asset = ?1")?;
    statement.query_row([asset], |row| row.get(0)).optional()
}

/// The document of an asset, if it has one.
pub(super) fn get(connection: &Connection, asset: i64) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT document FROM documents WHERE id = ?1")?
        .query_row([asset], |row| row.get(0))
        .optional()
}

/// Takes the text out of its compressed bytes.
pub(super) fn unpack(decompressor: &mut Decompressor<'_>, asset: i64, bytes: &[u8]) -> rusqlite::Result<String> {
    let broken = || damage(format_args!("the document of asset {asset} cannot be decompressed"));
    let length = get_frame_content_size(bytes).ok().flatten().and_then(|length| usize::try_from(length).ok());
    let length = length.filter(|length| *length <= LONGEST).ok_or_else(broken)?;
    let text = decompressor.decompress(bytes, length).map_err(|_| broken())?;
    String::from_utf8(text).map_err(|_| broken())
}

/// Teaches a connection the function `document_text(asset, number of the dictionary, bytes, checksum, name of the
/// dictionary, its bytes, its checksum)`: the document, or damage.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let by_number: Mutex<HashMap<i64, Decompressor<'static>>> = Mutex::default();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("document_text", 7, flags, move |context| {
        let asset: i64 = context.get(0)?;
        let missing = |what: &str| damage(format_args!("{what} of asset {asset} is missing"));
        let ValueRef::Blob(bytes) = context.get_raw(2) else { return Err(missing("the document")) };
        let number = context.get(1)?;
        if seal::of_document(asset, number, bytes) != context.get::<i64>(3)? {
            let other = format_args!("the document of asset {asset} has another checksum than it was stored with");
            return Err(damage(other));
        }
        let mut by_number = by_number.lock().unwrap_or_else(PoisonError::into_inner);
        let decompressor = match by_number.entry(number) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let dictionary = dictionary_at(context).ok_or_else(|| missing("the dictionary for the document"))?;
                let (name, bytes, sum) = dictionary;
                check_dictionary(name, bytes, sum)?;
                entry.insert(Decompressor::with_dictionary(bytes).map_err(failed)?)
            }
        };
        unpack(decompressor, asset, bytes)
    })
}

/// Name, bytes and checksum of the dictionary among the arguments.
fn dictionary_at<'a>(context: &'a Context<'_>) -> Option<(&'a str, &'a [u8], i64)> {
    let (name, bytes) = (context.get_raw(4).as_str().ok()?, context.get_raw(5).as_blob().ok()?);
    Some((name, bytes, context.get_raw(6).as_i64().ok()?))
}

pub(super) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::super::schema::{MIGRATIONS, migrate};
    use super::*;

    #[test]
    fn documents_come_back_as_they_were() {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection, MIGRATIONS).unwrap();
        register(&connection).unwrap();
        let mut archive = Archive::default();
        let documents = ["{}", "", "{\"a\":\"é\"}", &"x".repeat(100_000), "{\"a\":\"è\"}"];
        for (number, document) in (1..).zip(documents) {
            archive.put(&connection, number, if number % 2 == 0 { "even" } else { "odd" }, document).unwrap();
            // A dictionary is found again by another process.
            if number == 3 {
                archive.forget();
            }
        }
        for (number, document) in (1..).zip(documents) {
            assert_eq!(get(&connection, number).unwrap().as_deref(), Some(document));
        }
        archive.put(&connection, 1, "odd", "{\"new\":1}").unwrap();
        assert_eq!(get(&connection, 1).unwrap().as_deref(), Some("{\"new\":1}"));
        assert_eq!(get(&connection, 99).unwrap(), None);
    }

    #[test]
    fn what_is_not_as_it_was_stored_is_damage() {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection, MIGRATIONS).unwrap();
        register(&connection).unwrap();
        let mut archive = Archive::default();
        for number in 1..4 {
            archive.put(&connection, number, "s", &format!("{{\"a\":{number}}}")).unwrap();
        }
        let damaged = |sql: &str, words: &str| {
            connection.execute_batch(&format!("SAVEPOINT whole; {sql}")).unwrap();
            // What was read before is not believed for ever.
            register(&connection).unwrap();
            let error = get(&connection, 1).unwrap_err().to_string();
            assert!(error.starts_with(seal::MARK) && error.contains(words), "{sql}: {error}");
            connection.execute_batch("ROLLBACK TO whole; RELEASE whole").unwrap();
        };
        let bytes = "(SELECT bytes FROM document_rows WHERE asset = 2)";
        damaged(
            &format!("UPDATE document_rows SET bytes = {bytes} WHERE asset = 1"),
            "document of asset 1 has another",
        );
        let row = "(SELECT bytes, sum FROM document_rows WHERE asset = 2)";
        damaged(
            &format!("UPDATE document_rows SET (bytes, sum) = {row} WHERE asset = 1"),
            "document of asset 1 has another",
        );
        damaged("UPDATE document_rows SET bytes = x'' WHERE asset = 1", "document of asset 1 has another");
        damaged("UPDATE document_rows SET dictionary = 9 WHERE asset = 1", "document of asset 1 has another");
        damaged("UPDATE dictionaries SET bytes = x'7b7d'", "a dictionary has another");
        damaged("DELETE FROM dictionaries", "dictionary for the document of asset 1 is missing");
        archive.forget();
        connection.execute_batch("UPDATE dictionaries SET name = 's', bytes = x'7b7d'").unwrap();
        let error = archive.put(&connection, 4, "s", "{}").unwrap_err().to_string();
        assert!(error.contains("a dictionary has another"), "nothing is written with it: {error}");
    }
}
