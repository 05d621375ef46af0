//! Recordings in zip archives, as Playwright writes them: a `.har` file, and files with the bodies.

use super::refusal::{self, Refusal};
use std::io::Cursor;
use zip::ZipArchive;
use zip::result::ZipError;

/// How an archive begins: with a file, or, where it holds none, with its end.
const STARTS: [&[u8]; 2] = [b"PK\x03\x04", END];
/// The record that ends an archive.
const END: &[u8] = b"PK\x05\x06";
/// Where in that record the number of files stands, in two bytes.
const END_COUNT: usize = 10;
/// The record right before it in the format for more files than that.
const LARGE_END: &[u8] = b"PK\x06\x07";
/// How long that is.
const LARGE_END_BYTES: usize = 20;

/// What a file takes in the list of an archive, beside its texts.
const LISTED_BYTES: u64 = 1024;

/// An archive that is held in memory.
pub(super) struct Archive(ZipArchive<Cursor<Vec<u8>>>);

/// Whether a file is an archive; its name does not matter.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    STARTS.iter().any(|start| bytes.starts_with(start))
}

/// What the list of its files can take in memory at most, in bytes: it is made at once, as long as the archive claims.
pub(super) fn list_bytes(archive: &[u8]) -> Result<u64, String> {
    let mut most = 0;
    for at in memchr::memmem::find_iter(archive, END) {
        if at.checked_sub(LARGE_END_BYTES).is_some_and(|start| archive[start..].starts_with(LARGE_END)) {
            return Err("it is in the format for more than 65535 files (ZIP64)".into());
        }
        let count = archive.get(at + END_COUNT..at + END_COUNT + 2).and_then(|count| count.try_into().ok());
        most = most.max(count.map_or(0, u16::from_le_bytes));
    }
    Ok(u64::from(most) * LISTED_BYTES + archive.len() as u64)
}

impl Archive {
    /// Reads the list of files; see [`list_bytes`] for what that takes.
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, String> {
        ZipArchive::new(Cursor::new(bytes)).map(Self).map_err(|error| describe(&error))
    }

    /// The names of the recordings in it, in the order of the alphabet.
    pub(super) fn recordings(&self) -> Vec<String> {
        let names = self.0.file_names().filter_map(Result::ok);
        let is_har = |name: &str| name.len() > 4 && name.to_ascii_lowercase().ends_with(".har");
        let mut names: Vec<String> = names.filter(|name| is_har(name)).map(|name| name.into_owned()).collect();
        names.sort();
        names
    }

    /// Reads a file of at most so many bytes.
    pub(super) fn read(&mut self, name: &str, most: u64) -> Result<Vec<u8>, Refusal> {
        let name = name.strip_prefix("./").unwrap_or(name);
        match self.0.by_name(name) {
            Ok(file) => refusal::read(file, most),
            Err(ZipError::FileNotFound) => Err(Refusal::Missing),
            Err(error) => Err(Refusal::Unreadable(describe(&error))),
        }
    }
}

/// What is wrong, without words from the archive.
fn describe(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(what) => format!("it needs what is not supported ({what})"),
        ZipError::CompressionMethodNotSupported(_) => "it is packed in another way than deflate".into(),
        ZipError::InvalidPassword => "it is encrypted".into(),
        _ => "it is damaged or cut off".into(),
    }
}
