//! The files form of an export: a list of addresses in blob storage, and the files one after another.
//!
//! The addresses carry their own permission and die after an hour, so they never leave this room: a checkpoint holds
//! the time of the snapshot and the number of the file. Whoever goes on asks for the list again and, if it is of the
//! same snapshot, finds the same file at the same number.

use serde::Deserialize;

use super::wanted::Wanted;
use crate::error::{Cause, SourceError};
use crate::wire::{BlobHosts, Origin};

/// How often a list may be asked for again without a file having been read in between. The service allows twenty lists
/// an hour.
const LISTS_MAX: u32 = 3;

/// Whether a list is of the snapshot whose files were being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// It is, or none was being read.
    Same,
    /// It is of another one.
    Other,
    /// It is of the one that an earlier run read.
    Known,
    /// It is of that one, and lacks the file that comes next.
    Short,
}

/// What is read of a list. Source: "Export software vulnerabilities assessment per device", response of the files form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    export_files: Vec<String>,
    generated_time: String,
}

/// Walks the files of one export.
#[derive(Debug)]
pub(super) struct Files {
    list: String,
    path: String,
    hosts: BlobHosts,
    /// `generatedTime` of the snapshot; empty before it is known.
    snapshot: String,
    /// Number of the file that comes next.
    index: u32,
    /// Whether a checkpoint said so, and no list yet.
    is_resumed: bool,
    /// The snapshot that needs no reading.
    known: Option<String>,
    links: Option<Vec<String>>,
    lists: u32,
}

impl Files {
    /// At the first file, or at the file of a snapshot where a checkpoint left it. The snapshot `known` is not read.
    pub(super) fn new(
        origin: &Origin,
        path: String,
        hosts: BlobHosts,
        at: Option<(String, u32)>,
        known: Option<String>,
    ) -> Self {
        let is_resumed = at.is_some();
        let (snapshot, index) = at.unwrap_or_default();
        let list = format!("{origin}{path}");
        Self { list, path, hosts, snapshot, index, is_resumed, known, links: None, lists: 0 }
    }

    /// Whether where it stands is what a checkpoint said, and no list yet.
    pub(super) fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// The path of the list, for messages.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The snapshot and the number of the file that comes next; `None` before the snapshot is known.
    pub(super) fn at(&self) -> Option<(&str, u32)> {
        (!self.snapshot.is_empty()).then_some((&self.snapshot, self.index))
    }

    /// What comes next; `None` when every file was read.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        self.wanted_after(0)
    }

    /// What comes after so many files more.
    pub(super) fn wanted_after(&self, more: usize) -> Option<Wanted> {
        let Some(links) = &self.links else { return Some(Wanted::List(self.list.clone())) };
        let index = usize::try_from(self.index).unwrap_or(usize::MAX).saturating_add(more);
        let words = || format!("file {} of {} of {}", index + 1, links.len(), self.path);
        links.get(index).map(|link| Wanted::File(link.clone(), words()))
    }

    /// Takes the list.
    ///
    /// # Errors
    /// `protocol` if it is no list of files, or if one of them is where none should be.
    pub(super) fn listed(&mut self, body: &[u8]) -> Result<Listed, SourceError> {
        let refuse = |what: &str, remedy: &str| {
            Err(SourceError::new(Cause::Protocol, format!("GET {}: {what}.", self.path), remedy))
        };
        let list = serde_json::from_slice::<List>(body).ok().filter(|list| !list.generated_time.is_empty());
        let Some(List { export_files: links, generated_time: snapshot }) = list else {
            return refuse(
                "the answer is no list `exportFiles` with a `generatedTime`",
                "Check for a proxy on the way that answers itself, and `endpoints.defender` if it is set.",
            );
        };
        let links: Option<Vec<_>> = links.iter().map(|link| self.hosts.trusted(link)).collect();
        let Some(links) = links else {
            return refuse(
                "a file is not in the blob storage of this cloud, so it was not asked for",
                "Check `cloud`, and `endpoints.blob` if it is set; otherwise please report it.",
            );
        };
        if self.snapshot.is_empty() && self.known.as_deref() == Some(&snapshot) {
            return Ok(Listed::Known);
        }
        let is_other = !self.snapshot.is_empty() && self.snapshot != snapshot;
        if is_other {
            self.index = 0;
        }
        // Behind the last file nothing is asked for, so there is one to come.
        let index = usize::try_from(self.index).unwrap_or(usize::MAX);
        if !self.snapshot.is_empty() && !is_other && index >= links.len() {
            return Ok(Listed::Short);
        }
        self.snapshot = snapshot;
        self.links = Some(links);
        self.is_resumed = false;
        Ok(if is_other { Listed::Other } else { Listed::Same })
    }

    /// A file was read to its end.
    pub(super) fn advance(&mut self) {
        self.index += 1;
        self.lists = 0;
    }

    /// The addresses are of no use any more: asks for the list again. `false` if that did not help before.
    pub(super) fn list_again(&mut self) -> bool {
        self.links = None;
        self.lists += 1;
        self.lists < LISTS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUFFIX: BlobHosts = BlobHosts::Below("*.blob.core.windows.net");

    fn files(at: Option<(String, u32)>) -> Files {
        Files::new(&Origin::https("api.security.microsoft.com"), "/api/x".into(), SUFFIX, at, None)
    }

    fn list(snapshot: &str, files: u32) -> Vec<u8> {
        let links: Vec<_> =
            (0..files).map(|n| format!(r#""https://a.blob.core.windows.net/{n}.json.gz?sig=s""#)).collect();
        format!(r#"{{"exportFiles":[{}],"generatedTime":"{snapshot}"}}"#, links.join(",")).into_bytes()
    }

    #[test]
    fn files_follow_the_list() {
        let mut files = files(None);
        assert_eq!(files.wanted(), Some(Wanted::List("https://api.security.microsoft.com/api/x".into())));
        assert_eq!(files.at(), None);
        assert_eq!(files.listed(&list("t", 2)), Ok(Listed::Same));
        assert!(
            matches!(files.wanted(), Some(Wanted::File(link, words)) if link.contains("/0.json") && words == "file 1 of 2 of /api/x")
        );
        files.advance();
        assert!(matches!(files.wanted(), Some(Wanted::File(link, _)) if link.contains("/1.json")));
        assert_eq!(files.at(), Some(("t", 1)));
        files.advance();
        assert_eq!(files.wanted(), None);
    }

    #[test]
    fn the_same_snapshot_goes_on_and_another_one_starts_over() {
        let mut same = files(Some(("t".into(), 1)));
        assert_eq!(same.listed(&list("t", 2)), Ok(Listed::Same));
        assert_eq!(same.at(), Some(("t", 1)));
        let mut other = files(Some(("t".into(), 1)));
        assert_eq!(other.listed(&list("u", 2)), Ok(Listed::Other));
        assert_eq!(other.at(), Some(("u", 0)));
    }

    #[test]
    fn a_list_that_lacks_the_next_file_is_told_apart() {
        for index in [2, 3, u32::MAX] {
            let mut behind = files(Some(("t".into(), index)));
            assert_eq!(behind.listed(&list("t", 2)), Ok(Listed::Short), "{index}");
            assert!(behind.is_resumed());
        }
        let mut shrunk = files(None);
        shrunk.listed(&list("t", 2)).unwrap();
        shrunk.advance();
        assert!(shrunk.list_again());
        assert_eq!(shrunk.listed(&list("t", 1)), Ok(Listed::Short));
        assert!(!shrunk.is_resumed());
        assert_eq!(files(None).listed(&list("t", 0)), Ok(Listed::Same), "an export without a file");
    }

    #[test]
    fn lists_are_not_asked_for_for_ever() {
        let mut files = files(None);
        files.listed(&list("t", 2)).unwrap();
        assert!(files.list_again() && files.list_again() && !files.list_again());
        files.advance();
        assert!(files.list_again(), "a file was read in between");
    }

    #[test]
    fn files_elsewhere_are_refused() {
        for link in [
            "http://a.blob.core.windows.net/f",
            "https://a.blob.core.windows.net:8443/f",
            "https://blob.core.windows.net/f",
            "https://a.b.blob.core.windows.net/f",
            "https://a.blob.core.windows.net@evil.example/f",
            "https://a.blob.core.windows.net.evil.example/f",
            "https://api.security.microsoft.com/f",
            "/f",
            "",
        ] {
            let body = format!(r#"{{"exportFiles":["{link}"],"generatedTime":"t"}}"#);
            let error = files(None).listed(body.as_bytes()).unwrap_err();
            assert_eq!(error.cause, Cause::Protocol, "{link}");
            assert!(!error.message.contains("evil"), "no text of the service in messages");
        }
        let at = BlobHosts::At(Origin::parse("http://127.0.0.1:8081").unwrap());
        assert!(
            at.trusted("http://127.0.0.1:8081/f?sig=s").is_some() && at.trusted("http://127.0.0.1:8080/f").is_none()
        );
    }

    #[test]
    fn another_spelling_of_a_storage_host_is_the_same_host() {
        for link in [
            "https://A.blob.core.windows.net/f?sig=s",
            "https://a.blob.core.windows.net:443/f?sig=s",
            "https://a.blob.core.windows.net./f?sig=s",
        ] {
            assert_eq!(SUFFIX.trusted(link).as_deref(), Some("https://a.blob.core.windows.net/f?sig=s"), "{link}");
        }
        let blank = SUFFIX.trusted("https://a.blob.core.windows.net/my file.gz?sig=s");
        assert_eq!(blank.as_deref(), Some("https://a.blob.core.windows.net/my%20file.gz?sig=s"));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for body in ["", "{}", "[]", r#"{"exportFiles":[]}"#, r#"{"exportFiles":[1],"generatedTime":"t"}"#, "<html>"] {
            assert_eq!(files(None).listed(body.as_bytes()).unwrap_err().cause, Cause::Protocol, "{body}");
        }
        assert_eq!(files(None).listed(br#"{"exportFiles":[],"generatedTime":"t"}"#), Ok(Listed::Same));
    }
}
