//! The files form of an export: a list of addresses in blob storage, and the files one after another.
//!
//! The addresses carry their own permission and die after an hour, so they never leave this room: a checkpoint holds
//! the time of the snapshot and the number of the file. Whoever goes on asks for the list again and, if it is of the
//! same snapshot, finds the same file at the same number.
//!
//! A file that cannot be read does not cost the others. One whose address leads out of the storage of the cloud is never
//! asked for, and passed over. Storage shows files late, copies them while they are listed
//! already, and breaks off: such a file is late, the next ones are read first, and it is come back to with growing pauses.

use serde::Deserialize;
use serde_json::Value;

use super::late::{Late, Lateness, Missed};
use super::page_progress::Mark;
use super::wanted::Wanted;
use crate::error::{Cause, SourceError};
use crate::request::Retry;
use crate::wire::{BlobHosts, Origin};

/// How often a list may be asked for without a file having been read in between. The service allows five lists a minute
/// and twenty an hour.
const LISTS_MAX: u32 = 3;
/// How long a list is kept although a file of it was not to be had, in milliseconds: it is more often the file that is
/// late than the address that died.
const LIST_KEPT_MS: u64 = 20_000;
/// Age at which addresses that do not work have died most likely, in milliseconds: they are good for an hour.
const LIST_OLD_MS: u64 = 45 * 60_000;

const ELSEWHERE: &str = "is not in the blob storage of this cloud";
const STORAGE_REMEDY: &str = "Check `cloud`, and `endpoints.blob` if it is set; otherwise please report it.";

/// Whether a list is of the snapshot whose files were being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// It is, or none was being read.
    Same,
    /// It is of another one.
    Other,
    /// It is of the one that an earlier run read.
    Known,
    /// It is of that one, and lacks a file that is to be read.
    Short,
}

/// Which file comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The next one, or the list.
    Next,
    /// The late one that is due.
    Late,
    /// None yet: so many milliseconds have to pass, of a wait that is new or not.
    Wait(u64, bool),
}

/// What is read of a list. Source: "Export software vulnerabilities assessment per device", response of the files form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    export_files: Vec<Value>,
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
    /// How far that file was read already.
    reached: Mark,
    late: Lateness,
    /// Whether the file that is read is the first of the late ones.
    is_late: bool,
    /// Whether a checkpoint said so, and no list yet.
    is_resumed: bool,
    /// The snapshot that needs no reading.
    known: Option<String>,
    /// The addresses; `None` in the place of each that is not followed.
    links: Option<Vec<Option<String>>>,
    lists: u32,
    listed_at_ms: u64,
}

/// Where in a snapshot a walk goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) snapshot: String,
    pub(super) file: u32,
    pub(super) reached: Mark,
    pub(super) late: Vec<Late>,
}

impl Files {
    /// At the first file, or at the file of a snapshot where a checkpoint left it. The snapshot `known` is not read.
    pub(super) fn new(
        origin: &Origin,
        path: String,
        hosts: BlobHosts,
        at: Option<Place>,
        known: Option<String>,
    ) -> Self {
        let is_resumed = at.is_some();
        let Place { snapshot, file, reached, late } = at.unwrap_or_default();
        Self {
            list: format!("{origin}{path}"),
            path,
            hosts,
            snapshot,
            index: file,
            reached,
            late: Lateness::new(late),
            is_late: false,
            is_resumed,
            known,
            links: None,
            lists: 0,
            listed_at_ms: 0,
        }
    }

    /// Whether where it stands is what a checkpoint said, and no list yet.
    pub(super) fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// The path of the list, for messages.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The time of the snapshot; `None` before it is known.
    pub(super) fn snapshot(&self) -> Option<&str> {
        (!self.snapshot.is_empty()).then_some(&self.snapshot)
    }

    /// Where it stands, if the file that is read came so far; `None` before the snapshot is known.
    pub(super) fn place(&self, mark: Mark) -> Option<Place> {
        let mut place = Place {
            snapshot: self.snapshot()?.to_owned(),
            file: self.index,
            reached: self.reached,
            late: self.late.all().map(|late| Late::known(late.file, late.reached)).collect(),
        };
        match place.late.first_mut() {
            Some(late) if self.is_late => late.reached = late.reached.max(mark),
            _ => place.reached = place.reached.max(mark),
        }
        Some(place)
    }

    /// Settles which file comes next, and how far it was read already.
    pub(super) fn turn(&mut self, now_ms: u64) -> (Turn, Mark) {
        let is_next = self.links.is_none() || self.has_next() && !self.late.holds_up();
        self.is_late = false;
        if is_next || self.late.is_empty() {
            return (Turn::Next, self.reached);
        }
        let late = self.late.first_due();
        let (wait_ms, is_new, reached, is_dead) = late.map_or((0, false, Mark::default(), false), |late| {
            let is_new = !std::mem::replace(&mut late.is_announced, true);
            (late.due_ms.saturating_sub(now_ms), is_new, late.reached, late.is_dead)
        });
        if wait_ms > 0 {
            return (Turn::Wait(wait_ms, is_new), reached);
        }
        self.is_late = true;
        if is_dead && self.lists < LISTS_MAX && now_ms.saturating_sub(self.listed_at_ms) >= LIST_KEPT_MS {
            self.links = None;
        }
        (Turn::Late, reached)
    }

    /// Whether the list names no file.
    pub(super) fn is_empty(&self) -> bool {
        self.links.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether every file was read.
    pub(super) fn is_over(&self) -> bool {
        self.links.is_some() && !self.has_next() && self.late.is_empty()
    }

    fn has_next(&self) -> bool {
        self.links.as_ref().is_some_and(|links| (self.index as usize) < links.len())
    }

    /// What is asked for now; `None` when every file was read.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        let Some(links) = &self.links else { return Some(Wanted::List(self.list.clone())) };
        let file = self.current()?;
        Some(Wanted::File(links.get(file as usize)?.clone()?, self.words(links.len(), file)))
    }

    /// The number of the file whose turn it is.
    fn current(&self) -> Option<u32> {
        if self.is_late { self.late.first().map(|late| late.file) } else { Some(self.index) }
    }

    /// Passes over the file whose turn it is if its address is not followed, and says so; `None` if it is.
    pub(super) fn pass_over(&mut self) -> Option<SourceError> {
        let (links, file) = (self.links.as_ref()?, self.current()?);
        if links.get(file as usize)?.is_some() {
            return None;
        }
        let words = self.words(links.len(), file);
        if self.is_late {
            self.late.read();
        } else {
            (self.index, self.reached) = (self.index + 1, Mark::default());
        }
        self.is_late = false;
        Some(SourceError::new(
            Cause::Protocol,
            format!("GET {words}: it {ELSEWHERE}, so it was not asked for."),
            STORAGE_REMEDY,
        ))
    }

    /// What comes after the next file, so many files more.
    pub(super) fn wanted_after(&self, more: u32) -> Option<Wanted> {
        let links = self.links.as_ref().filter(|_| !self.is_late && !self.late.holds_up())?;
        let file = self.index.saturating_add(more);
        Some(Wanted::File(links.get(file as usize)?.clone()?, self.words(links.len(), file)))
    }

    fn words(&self, files: usize, file: u32) -> String {
        format!("file {} of {files} of {}", u64::from(file) + 1, self.path)
    }

    /// Takes the list.
    ///
    /// # Errors
    /// `protocol` if it is no list of files, or if none of them is where they should be.
    pub(super) fn listed(&mut self, body: &[u8], now_ms: u64) -> Result<Listed, SourceError> {
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
        let links: Vec<_> = links.iter().map(|link| self.hosts.trusted(link.as_str()?)).collect();
        if !links.is_empty() && links.iter().all(Option::is_none) {
            return refuse(&format!("each file {ELSEWHERE}, so none was asked for"), STORAGE_REMEDY);
        }
        if self.snapshot.is_empty() && self.known.as_deref() == Some(&snapshot) {
            return Ok(Listed::Known);
        }
        let is_other = !self.snapshot.is_empty() && self.snapshot != snapshot;
        if is_other {
            (self.index, self.reached, self.is_late) = (0, Mark::default(), false);
            self.late = Lateness::default();
        }
        // Nothing is asked for behind the last file, so there is one to come, here or among the late ones.
        let behind = (self.index as usize).saturating_add(usize::from(self.late.is_empty()));
        let needed = self.late.all().map(|late| late.file as usize + 1).fold(behind, usize::max);
        if !self.snapshot.is_empty() && !is_other && needed > links.len() {
            return Ok(Listed::Short);
        }
        self.snapshot = snapshot;
        self.links = Some(links);
        self.is_resumed = false;
        (self.lists, self.listed_at_ms) = (self.lists + 1, now_ms);
        Ok(if is_other { Listed::Other } else { Listed::Same })
    }

    /// A file was read to its end.
    pub(super) fn advance(&mut self) {
        if self.is_late {
            self.late.read();
        } else {
            (self.index, self.reached) = (self.index + 1, Mark::default());
        }
        self.late.went_well();
        (self.is_late, self.lists) = (false, 1);
    }

    /// The file could not be read further than this. `is_dead` if its address does not work.
    pub(super) fn missed(&mut self, reached: Mark, is_dead: bool, now_ms: u64, retry: &Retry) -> Missed {
        if is_dead && now_ms.saturating_sub(self.listed_at_ms) >= LIST_OLD_MS && self.lists < LISTS_MAX {
            // Not the file: the addresses are too old.
            self.links = None;
            if self.is_late {
                self.late.again(reached, now_ms);
            } else {
                self.reached = reached;
            }
            self.is_late = false;
            return Missed::Later;
        }
        if !self.is_late {
            self.late.add(self.index);
            (self.index, self.reached) = (self.index + 1, Mark::default());
        }
        let missed = self.late.missed(reached, is_dead, now_ms, retry);
        self.is_late = false;
        missed
    }
}

#[cfg(test)]
mod tests;
