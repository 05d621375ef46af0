//! The position in a file: one small file, replaced atomically.

use super::error::StoreError;
use super::position::Store;
use crate::clock::Clock;
use crate::lock::real_path;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Version 1 had no checksum.
const FORMAT: u32 = 2;

#[derive(Debug, Serialize, Deserialize)]
struct State {
    format: u32,
    component: Component,
    checkpoint: String,
    saved_at: String,
    /// SHA-256 of the members before it, in hexadecimal digits.
    #[serde(default)]
    checksum: String,
}

impl State {
    /// Over every member in the order in which they stand, each behind its length.
    fn sum(&self) -> String {
        let format = self.format.to_string();
        let mut sha = Sha256::new();
        for member in [&format, &self.component.name, &self.component.version, &self.checkpoint, &self.saved_at] {
            sha.update((member.len() as u64).to_le_bytes());
            sha.update(member.as_bytes());
        }
        sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether it says what was written.
    fn is_sound(&self) -> bool {
        match self.format {
            1 => self.checksum.is_empty(),
            FORMAT => self.checksum == self.sum(),
            _ => false,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Component {
    name: String,
    version: String,
}

/// A state file. Two processes on one file lose events: [`Lock::beside`](crate::lock::Lock::beside) keeps the second one
/// away.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    component: Component,
    clock: Clock,
}

impl FileStore {
    /// Uses a file for the source of the given name and version. Touches nothing.
    pub fn new(path: PathBuf, name: &str, version: &str, clock: Clock) -> Self {
        Self { path, component: Component { name: name.into(), version: version.into() }, clock }
    }

    /// The position to continue from, if there is one. Whether it fits a newer version of the source is for the
    /// source to say.
    pub fn load(&self) -> Result<Option<String>, StoreError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(StoreError::Read { path: self.shown(), cause }),
        };
        let Some(state) = serde_json::from_slice::<State>(&bytes).ok().filter(|state| state.format <= FORMAT) else {
            return Err(StoreError::Foreign { path: self.shown() });
        };
        if !state.is_sound() {
            return Err(StoreError::Damaged { path: self.shown() });
        }
        if state.component.name != self.component.name {
            let wanted = self.component.name.clone();
            return Err(StoreError::OtherSource { path: self.shown(), found: state.component.name, wanted });
        }
        Ok(Some(state.checkpoint))
    }

    /// Forgets the position.
    pub fn reset(&self) -> Result<(), StoreError> {
        let path = real_path(&self.path);
        // A device or a named pipe was not made here.
        if std::fs::metadata(&path).is_ok_and(|about| !about.is_file()) {
            return Err(StoreError::Foreign { path: self.shown() });
        }
        match std::fs::remove_file(&path) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::Write { path: self.shown(), cause })
            }
            _ => Ok(()),
        }
    }

    fn write(&self, state: &State) -> std::io::Result<()> {
        // Through a link: what it leads to is replaced, and the link stays.
        let path = real_path(&self.path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // For its owner alone, unless there is a file that somebody has given another mode.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        if let Ok(before) = std::fs::metadata(&path) {
            file.as_file().set_permissions(before.permissions())?;
        }
        serde_json::to_writer(&mut file, state)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        // Without this the rename itself can be lost with the power. Not every system can open a folder.
        if let Ok(folder) = std::fs::File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

impl Store for FileStore {
    fn save(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        let mut state = State {
            format: FORMAT,
            component: self.component.clone(),
            checkpoint: checkpoint.into(),
            saved_at: self.clock.timestamp(),
            checksum: String::new(),
        };
        state.checksum = state.sum();
        self.write(&state).map_err(|cause| StoreError::Write { path: self.shown(), cause })
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.save(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(folder: &Path, name: &str) -> FileStore {
        FileStore::new(folder.join("state.json"), name, "1.0.0", Clock::virtual_at(std::time::Duration::ZERO))
    }

    #[test]
    fn positions_survive_the_process_and_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = store(folder.path(), "a");
        assert_eq!(first.load().unwrap(), None);
        first.save("one").unwrap();
        first.save("two").unwrap();
        assert_eq!(store(folder.path(), "a").load().unwrap().as_deref(), Some("two"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
        first.finish("next").unwrap();
        assert_eq!(first.load().unwrap().as_deref(), Some("next"));
        first.reset().unwrap();
        first.reset().unwrap();
        assert_eq!(first.load().unwrap(), None);
    }

    #[test]
    fn foreign_files_are_named_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        store(folder.path(), "a").save("one").unwrap();
        let error = store(folder.path(), "b").load().unwrap_err().to_string();
        assert!(error.contains("belongs to the source a, not b"), "{error}");
        std::fs::write(folder.path().join("state.json"), "{\"format\":1").unwrap();
        let error = store(folder.path(), "a").load().unwrap_err().to_string();
        assert!(error.contains("--reset-state"), "{error}");
    }

    #[test]
    fn damage_that_still_parses_is_no_position() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        store(folder.path(), "a").save("{\"page\":12}").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for (from, to) in [
            ("12}", "13}"),
            ("\"1.0.0\"", "\"1.0.1\""),
            ("1970", "1971"),
            ("\"format\":2", "\"format\":1"),
            ("\"checksum\":\"", "\"checksum\":\"0"),
            (",\"checksum\":", ",\"other\":"),
        ] {
            assert!(text.contains(from), "{from} in {text}");
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
            let error = store(folder.path(), "a").load().unwrap_err().to_string();
            assert!(error.contains("is damaged") && error.contains("--reset-state"), "{from}: {error}");
        }
        let old = r#"{"format":1,"component":{"name":"a","version":"0.9.0"},"checkpoint":"c","saved_at":"t"}"#;
        std::fs::write(&path, old).unwrap();
        assert_eq!(store(folder.path(), "a").load().unwrap().as_deref(), Some("c"), "older files are read");
        std::fs::write(&path, old.replace("\"format\":1", "\"format\":3")).unwrap();
        assert!(store(folder.path(), "a").load().unwrap_err().to_string().contains("not a state file"));
    }

    #[cfg(unix)]
    #[test]
    fn modes_and_links_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real.json");
        symlink("real.json", folder.path().join("state.json")).unwrap();
        let mode = || std::fs::metadata(&real).unwrap().permissions().mode() & 0o777;
        let mut store = store(folder.path(), "a");
        store.save("one").unwrap();
        assert_eq!(mode(), 0o600, "for its owner alone");
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        store.save("two").unwrap();
        assert_eq!(mode(), 0o640, "who changed it had a reason");
        assert!(folder.path().join("state.json").is_symlink());
        assert_eq!(store.load().unwrap().as_deref(), Some("two"));
        store.reset().unwrap();
        assert!(!real.exists() && folder.path().join("state.json").is_symlink());
        std::fs::remove_file(folder.path().join("state.json")).unwrap();
        std::fs::create_dir(folder.path().join("state.json")).unwrap();
        assert!(store.reset().is_err());
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = store(&folder.path().join("missing"), "a").save("one").unwrap_err().to_string();
        assert!(error.starts_with("cannot write the state file"), "{error}");
    }
}
