//! Bodies that are files beside a recording.
//!
//! Grammar: `content._file` is a relative path, with `/` between its parts. It is looked for in the folder of the recording
//! or, where that is in an archive, in the same folder of the archive. What leads out of there is refused, whatever it
//! names: a recording of somebody else must not read this machine's files. By default, as where a recording has no place,
//! nothing is found.

use super::archive::Archive;
use super::refusal::{self, Refusal};
use std::fs;
use std::path::Path;

/// Where attached files are.
pub(super) enum Attached<'a> {
    /// The recording has no place.
    Nowhere,
    /// In a folder.
    Folder(&'a Path),
    /// In an archive, in its folder of this name, which is empty or ends in `/`.
    Archive(&'a mut Archive, &'a str),
}

impl Attached<'_> {
    /// Reads a file of at most so many bytes.
    pub(super) fn read(&mut self, file: &str, most: u64) -> Result<Vec<u8>, Refusal> {
        if leads_out(file) {
            return Err(Refusal::Outside(file.to_owned()));
        }
        match self {
            Self::Nowhere => Err(Refusal::Missing),
            Self::Folder(folder) => read_file(folder, file, most),
            Self::Archive(archive, folder) => archive.read(&format!("{folder}{file}"), most),
        }
    }

    /// What it is, for messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Archive(..) => "archive",
            Self::Nowhere | Self::Folder(_) => "folder",
        }
    }
}

/// Whether a path is absolute or goes up, on any system.
fn leads_out(file: &str) -> bool {
    let has_drive = file.as_bytes().get(1) == Some(&b':');
    file.starts_with(['/', '\\']) || has_drive || file.split(['/', '\\']).any(|part| part == "..")
}

fn read_file(folder: &Path, file: &str, most: u64) -> Result<Vec<u8>, Refusal> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let real = |path: &Path| match fs::canonicalize(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Refusal::Missing),
        real => real.map_err(|error| Refusal::Unreadable(error.to_string())),
    };
    let path = real(&folder.join(file))?;
    // A link may lead anywhere.
    if !path.starts_with(real(folder)?) {
        return Err(Refusal::Outside(file.to_owned()));
    }
    let unreadable = |error: std::io::Error| Refusal::Unreadable(error.to_string());
    // A pipe would be waited for.
    if !fs::metadata(&path).map_err(unreadable)?.is_file() {
        return Err(Refusal::Unreadable("it is no regular file".into()));
    }
    refusal::read(fs::File::open(&path).map_err(unreadable)?, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_out_is_refused_whether_it_is_there_or_not() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("in");
        fs::create_dir_all(folder.join("deep")).unwrap();
        fs::write(outer.path().join("out.json"), "out").unwrap();
        fs::write(folder.join("deep/a.json"), "in").unwrap();
        let mut attached = Attached::Folder(&folder);
        assert_eq!(attached.read("deep/a.json", 2).unwrap(), b"in");
        assert_eq!(attached.read("./deep/a.json", 1), Err(Refusal::TooLong));
        assert_eq!(attached.read("b.json", 9), Err(Refusal::Missing));
        assert!(matches!(attached.read("deep", 9), Err(Refusal::Unreadable(_))));
        let whole = outer.path().join("out.json").display().to_string();
        for file in ["../out.json", "deep/../a.json", "../none", "/none", "C:none", "C:\\none", "..\\none", &whole] {
            assert_eq!(attached.read(file, 9), Err(Refusal::Outside(file.to_owned())), "{file}");
            assert_eq!(Attached::Nowhere.read(file, 9), Err(Refusal::Outside(file.to_owned())), "{file}");
        }
        assert_eq!(Attached::Nowhere.read("deep/a.json", 9), Err(Refusal::Missing));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_out_is_refused() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("in");
        fs::create_dir(&folder).unwrap();
        fs::write(outer.path().join("out.json"), "out").unwrap();
        fs::write(folder.join("a.json"), "in").unwrap();
        std::os::unix::fs::symlink("../out.json", folder.join("out.json")).unwrap();
        std::os::unix::fs::symlink("a.json", folder.join("b.json")).unwrap();
        let mut attached = Attached::Folder(&folder);
        assert_eq!(attached.read("out.json", 9), Err(Refusal::Outside("out.json".to_owned())));
        assert_eq!(attached.read("b.json", 9).unwrap(), b"in");
    }
}
