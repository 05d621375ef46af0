//! Documents, compressed. Each schema has a dictionary: its first document. What documents of one schema share, which
//! is most of them, then costs next to nothing.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};
use zstd::bulk::{Compressor, Decompressor};

/// The fast end: what the documents of a schema share is in its dictionary, and a run must not wait for the rest.
const LEVEL: i32 = 1;
/// Longest document: more than the engine hands over in one batch.
const LONGEST: usize = 64 * 1024 * 1024;

/// Compresses documents into the file.
#[derive(Default)]
pub(super) struct Archive {
    by_schema: HashMap<Box<str>, (i64, Compressor<'static>)>,
}

impl Archive {
    /// Stores the document of an asset in place of the one it had.
    pub(super) fn put(
        &mut self,
        connection: &Connection,
        asset: i64,
        schema: &str,
        document: &str,
    ) -> rusqlite::Result<()> {
        if !self.by_schema.contains_key(schema) {
            let entry = dictionary(connection, schema, document)?;
            self.by_schema.insert(schema.into(), entry);
        }
        let Some((number, compressor)) = self.by_schema.get_mut(schema) else { return Ok(()) };
        let bytes = compressor.compress(document.as_bytes()).map_err(failed)?;
        let sql = "INSERT OR REPLACE INTO document_rows (asset, dictionary, bytes) VALUES (?1, ?2, ?3)";
        connection.prepare_cached(sql)?.execute((asset, *number, bytes))?;
        Ok(())
    }

    /// Forgets what is at hand: the transaction that made it was rolled back.
    pub(super) fn forget(&mut self) {
        self.by_schema.clear();
    }
}

/// The dictionary of a schema. The first document becomes one.
fn dictionary(connection: &Connection, schema: &str, document: &str) -> rusqlite::Result<(i64, Compressor<'static>)> {
    let find = "SELECT id, bytes FROM dictionaries WHERE name = ?1";
    let known = connection.query_row(find, [schema], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?))).optional()?;
    let (number, bytes) = match known {
        Some(known) => known,
        None => {
            let bytes = document.as_bytes();
            connection.execute("INSERT INTO dictionaries (name, bytes) VALUES (?1, ?2)", (schema, bytes))?;
            (connection.last_insert_rowid(), bytes.to_vec())
        }
    };
    Ok((number, Compressor::with_dictionary(LEVEL, &bytes).map_err(failed)?))
}

/// The document of an asset, if it has one.
pub(super) fn get(connection: &Connection, asset: i64) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT document FROM documents WHERE id = ?1")?
        .query_row([asset], |row| row.get(0))
        .optional()
}

/// Teaches a connection the function `document_text(number of the dictionary, dictionary, bytes)`.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let by_number: Mutex<HashMap<i64, Decompressor<'static>>> = Mutex::default();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("document_text", 3, flags, move |context| {
        let mut by_number = by_number.lock().unwrap_or_else(PoisonError::into_inner);
        let decompressor = match by_number.entry(context.get(0)?) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let dictionary = context.get_raw(1).as_blob()?;
                entry.insert(Decompressor::with_dictionary(dictionary).map_err(failed)?)
            }
        };
        let text = decompressor.decompress(context.get_raw(2).as_blob()?, LONGEST).map_err(failed)?;
        String::from_utf8(text).map_err(failed)
    })
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
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
}
