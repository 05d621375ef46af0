//! Writing recordings, one file at a time.

use super::model::{Creator, Entry, Har, Log};
use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes a file, completely or not at all. Nobody but the user can read it.
pub fn write_file(path: &Path, entries: Vec<Entry>) -> std::io::Result<()> {
    let creator = Creator { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() };
    let har = Har { log: Log { version: "1.2".into(), creator, entries } };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
    serde_json::to_writer_pretty(&mut file, &har)?;
    file.write_all(b"\n")?;
    let file = file.into_inner().map_err(|error| error.into_error())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
