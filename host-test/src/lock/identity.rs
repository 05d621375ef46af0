//! Which file a path leads to, however it is spelled.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Symbolic links that are followed at the end of a path. Linux follows as many.
const MOST_LINKS: u32 = 40;

/// What a path leads to: the file itself if there is one, else the place where it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    real: PathBuf,
    number: Option<(u64, u64)>,
}

impl Identity {
    /// Of what a path leads to. It need not exist.
    pub fn of(path: &Path) -> Self {
        Self { real: real_path(path), number: std::fs::metadata(path).ok().as_ref().and_then(number) }
    }

    /// Of an open file whose path is not known.
    ///
    /// # Errors
    /// What the system says if the file cannot be asked.
    pub fn of_open(file: &File) -> io::Result<Self> {
        Ok(Self { real: PathBuf::new(), number: number(&file.metadata()?) })
    }

    /// Whether both are one file: through links of both kinds and by any spelling.
    pub fn is(&self, other: &Self) -> bool {
        match (self.number, other.number) {
            (Some(one), Some(two)) => one == two,
            _ => self.real == other.real && !self.real.as_os_str().is_empty(),
        }
    }
}

/// The path without links and dots, as far as it leads: the folder in its real place, and behind it the name. Links at
/// the end are followed even if they lead to nothing, since that is where a file would be made.
pub fn real_path(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Ok(real) = path.canonicalize() {
            return real;
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (Ok(folder), Some(name)) = (folder.canonicalize(), path.file_name()) else { break };
        let real = folder.join(name);
        match std::fs::read_link(&real) {
            // A target that is not absolute is relative to the folder of the link.
            Ok(target) => path = folder.join(target),
            Err(_) => return real,
        }
    }
    path
}

/// Whether an open file is what a path leads to now. Where the system does not number files, it is believed.
///
/// # Errors
/// What the system says if either cannot be asked; a path that leads to nothing is no error.
pub fn same_file(file: &File, path: &Path) -> io::Result<bool> {
    match std::fs::metadata(path) {
        Ok(there) => Ok(number(&there) == number(&file.metadata()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Device and number of a file, which no two files have at the same time.
#[cfg(unix)]
pub(super) fn number(about: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((about.dev(), about.ino()))
}

#[cfg(not(unix))]
pub(super) fn number(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_what_is_not_there_yet_are_one() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| Identity::of(&folder.path().join(name));
        assert!(at("x").is(&at("./x")) && !at("x").is(&at("y")));
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        assert!(at("x").is(&at("sub/../x")));
        assert!(Identity::of(Path::new("x")).is(&Identity::of(Path::new("./x"))), "relative to the working folder");
        assert_eq!(real_path(Path::new("no/such/x")), Path::new("no/such/x"), "it cannot be known");
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink("target", path("link")).unwrap();
        assert!(Identity::of(&path("link")).is(&Identity::of(&path("target"))), "before there is a target");
        std::fs::write(path("target"), "").unwrap();
        std::fs::hard_link(path("target"), path("hard")).unwrap();
        let open = Identity::of_open(&File::open(path("hard")).unwrap()).unwrap();
        for name in ["link", "target", "hard"] {
            assert!(Identity::of(&path(name)).is(&open), "{name}");
        }
        std::os::unix::fs::symlink("round", path("round")).unwrap();
        assert!(real_path(&path("round")).ends_with("round"), "a link to itself ends");
        std::fs::remove_file(path("hard")).unwrap();
        assert!(!same_file(&File::open(path("target")).unwrap(), &path("hard")).unwrap());
    }
}
