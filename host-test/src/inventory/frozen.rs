//! Files that are read in a folder that cannot be written: on a read-only disk, in a copy that is kept, of another user.
//!
//! The database needs files beside one in write-ahead mode, and takes a file as it is only if it is told that nobody
//! writes to it. That is proved: before, there is nothing beside it that belongs to it; afterwards, it is the same file.

use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file as it was.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frozen {
    path: PathBuf,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Frozen {
    /// The file, if it has to be read as it is: its folder cannot be written, and no run has left or has open what belongs
    /// to it.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        if may_write(path.parent()?) || beside(&path, "-wal").exists() {
            return None;
        }
        let about = path.metadata().ok()?;
        Some(Self { bytes: about.len(), modified: about.modified().ok(), path })
    }

    /// Where the database finds it, and that it does not change. See <https://www.sqlite.org/uri.html>.
    pub(super) fn uri(&self) -> String {
        let mut uri = "file:".to_owned();
        for byte in self.path.as_os_str().as_encoded_bytes() {
            match byte {
                b'/' | b'.' | b'_' | b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => uri.push(char::from(*byte)),
                other => uri.push_str(&format!("%{other:02x}")),
            }
        }
        uri + "?immutable=1"
    }

    /// Whether somebody has begun to write to it.
    pub(super) fn has_changed(&self, path: &Path) -> bool {
        Self::of(path).as_ref() != Some(self)
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(end);
    path.into()
}

/// Whether files can be made in a folder. The superuser can make them anywhere, and does not where nobody may.
fn may_write(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|about| !is_sealed(&about)) && is_writable(folder)
}

fn is_sealed(about: &Metadata) -> bool {
    about.permissions().readonly()
}

#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(_: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_is_a_uri() {
        let at = |path: &str| Frozen { path: path.into(), bytes: 0, modified: None }.uri();
        assert_eq!(at("/a/b-c_1.db"), "file:/a/b-c_1.db?immutable=1");
        assert_eq!(at("/a b/?x=1#é%"), "file:/a%20b/%3fx%3d1%23%c3%a9%25?immutable=1");
    }

    #[cfg(unix)]
    #[test]
    fn only_what_cannot_change_is_frozen() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        std::fs::write(&path, "one").unwrap();
        assert_eq!(Frozen::of(&path), None, "its folder can be written");
        let set = |mode| std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o555);
        let frozen = Frozen::of(&path).unwrap();
        assert!(!frozen.has_changed(&path));
        std::fs::write(&path, "three").unwrap();
        assert!(frozen.has_changed(&path));
        set(0o755);
        std::fs::write(folder.path().join("x.db-wal"), "").unwrap();
        set(0o555);
        assert_eq!(Frozen::of(&path), None, "a run may be at work");
        set(0o755);
    }
}
