//! One process at a time on a file.
//!
//! A lock is held by an open file and falls with the process that holds it, however that ends: a lock *file* that was
//! left behind is no lock. What a file is, is decided by the system and not by how its path is spelled.
//!
//! | what is locked | where the lock is | why there |
//! |---|---|---|
//! | a file that is written in place: a sink | on the file itself | nothing lies around; every path to it, a hard link too, leads to the same lock |
//! | a file that is replaced, or that another library opens: state and inventory | on `<path>.lock` beside it, the path being the real one | the file behind the path changes, the one beside it does not |
//!
//! | file | job |
//! |---|---|
//! | `identity` | which file a path leads to |
//! | `holder` | which process has it |

mod holder;
mod identity;

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use holder::Holder;
pub use identity::{Identity, real_path, same_file};

/// How often a lock is tried, and the pause between. A program that another thread of this process is starting has a
/// copy of a lock that was just given up, until it runs.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(10);
/// How often a file may be replaced while it is being locked.
const MOST_REPLACEMENTS: u32 = 20;

/// Why a file was not locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{path} is in use by {holder}; wait for that run to end, or stop it, and try again")]
    InUse {
        /// The file.
        path: String,
        /// Who has it.
        holder: Holder,
    },
    /// The file, or the one beside it, cannot be opened or locked.
    #[error(
        "cannot lock {path}: {cause}; check the path, its folder, their permissions, and that the file system knows locks"
    )]
    Unusable {
        /// The file.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
}

/// A file that this process has for itself. Dropping it gives the file up.
#[derive(Debug)]
pub struct Lock {
    /// Closing it is what unlocks.
    _file: File,
}

impl Lock {
    /// Locks a file by the one beside it, which is made if it is not there. The file itself need not exist.
    ///
    /// # Errors
    /// [`LockError::InUse`] if another process has it, [`LockError::Unusable`] if its folder cannot be written.
    pub fn beside(path: &Path) -> Result<Self, LockError> {
        let beside = lock_path(path);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        private(&mut options);
        let locked = lock(&beside, || options.open(&beside));
        let mut file = locked.map_err(|refused| refused.about(path, &beside))?;
        // For the one who comes second. It may as well fail: the lock does not depend on it.
        let _ = holder::sign(&mut file);
        Ok(Self { _file: file })
    }

    /// Opens a file and locks it as it is. `open` must neither shorten nor write it.
    ///
    /// Where a lock keeps others from reading, which is so outside of Unix, the lock is beside the file.
    ///
    /// # Errors
    /// What `open` says, as [`LockError::Unusable`]; [`LockError::InUse`] if another process has it.
    pub fn on(path: &Path, open: impl Fn() -> io::Result<File>) -> Result<(File, Self), LockError> {
        let unusable = |cause| LockError::Unusable { path: path.display().to_string(), cause };
        if !cfg!(unix) {
            let lock = Self::beside(path)?;
            return Ok((open().map_err(unusable)?, lock));
        }
        let file = lock(path, open).map_err(|refused| refused.about(path, path))?;
        let kept = file.try_clone().map_err(unusable)?;
        Ok((file, Self { _file: kept }))
    }
}

/// The file beside a file by which it is locked.
pub fn lock_path(path: &Path) -> PathBuf {
    let mut beside = real_path(path).into_os_string();
    beside.push(".lock");
    beside.into()
}

/// Makes what is created readable by its owner alone. A file that is there keeps its mode.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

enum Refused {
    /// The file that somebody else has locked.
    InUse(File),
    Failed(io::Error),
}

impl Refused {
    fn about(self, path: &Path, locked: &Path) -> LockError {
        let path = path.display().to_string();
        match self {
            Self::InUse(file) => LockError::InUse { path, holder: Holder::of(&file, locked) },
            Self::Failed(cause) => LockError::Unusable { path, cause },
        }
    }
}

/// Opens and locks, until what is locked is what the path leads to.
fn lock(path: &Path, open: impl Fn() -> io::Result<File>) -> Result<File, Refused> {
    for _ in 0..MOST_REPLACEMENTS {
        let file = patiently(open().map_err(Refused::Failed)?)?;
        // Between opening and locking somebody may have removed or replaced the file: then this is the lock of nothing.
        if same_file(&file, path).map_err(Refused::Failed)? {
            return Ok(file);
        }
    }
    Err(Refused::Failed(io::Error::other("it is replaced again and again")))
}

fn patiently(file: File) -> Result<File, Refused> {
    for attempt in 1.. {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(Refused::InUse(file)),
            Err(TryLockError::Error(cause)) => return Err(Refused::Failed(cause)),
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(locked: Result<Lock, LockError>) -> String {
        locked.map(drop).expect_err("somebody has it").to_string()
    }

    #[test]
    fn one_at_a_time_and_the_second_is_told_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let first = Lock::beside(&path).unwrap();
        assert!(!path.exists(), "the file itself is not touched");
        let said = refusal(Lock::beside(&path));
        let process = format!("state.json is in use by process {};", std::process::id());
        assert!(said.contains(&process), "{said}");
        drop(first);
        assert!(lock_path(&path).exists(), "the file beside it stays, and is no lock");
        Lock::beside(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn every_way_to_a_file_leads_to_its_lock() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("real")).unwrap();
        symlink(at("real"), at("folder")).unwrap();
        symlink("real/state.json", at("link")).unwrap();
        symlink(at("link"), at("link to a link")).unwrap();
        for exists in [false, true] {
            if exists {
                std::fs::write(at("real/state.json"), "x").unwrap();
            }
            let held = Lock::beside(&at("real/state.json")).unwrap();
            for path in ["real/./state.json", "real/../real/state.json", "folder/state.json", "link", "link to a link"]
            {
                assert!(refusal(Lock::beside(&at(path))).contains("in use by process"), "{path}");
            }
            drop(held);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_written_in_place_is_its_own_lock() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("sink"), "before").unwrap();
        std::fs::hard_link(at("sink"), at("other name")).unwrap();
        let open = |name: &str| {
            let path = at(name);
            Lock::on(&path, || OpenOptions::new().append(true).open(&path))
        };
        let (file, lock) = open("sink").unwrap();
        let said = open("other name").map(drop).unwrap_err().to_string();
        if cfg!(target_os = "linux") {
            assert!(said.contains(&format!("in use by process {};", std::process::id())), "{said}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing lies around");
        drop((file, lock));
        open("other name").unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_replaced_meanwhile_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sink");
        let opened = std::cell::Cell::new(0);
        let open = || {
            let file = OpenOptions::new().append(true).create(true).open(&path)?;
            opened.set(opened.get() + 1);
            if opened.get() == 1 {
                std::fs::remove_file(&path)?;
            }
            Ok(file)
        };
        let (file, _lock) = Lock::on(&path, open).unwrap();
        assert!(opened.get() == 2 && same_file(&file, &path).unwrap());
    }

    #[test]
    fn a_folder_that_is_not_there_is_said_in_words() {
        let said = refusal(Lock::beside(Path::new("no/such/folder/state.json")));
        assert!(said.starts_with("cannot lock no/such/folder/state.json: "), "{said}");
    }
}
