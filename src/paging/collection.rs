//! All rows of one collection: page after page, with repeats when an answer fails or breaks off.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::config::Origin;
use crate::datasets::Paging;
use crate::error::{Cause, SourceError};
use crate::event::JsonWriter;
use crate::http::{Answer, Attempt, Call, Client, Family, Wait, transport_error};
use crate::json::Json;
use crate::paging::pager::{Next, Pager};
use crate::paging::reader::{Found, PageError, PageReader};
use crate::receipt::RejectReason;

/// A place within a collection. Part of checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePosition {
    /// The page.
    pub next: Next,
    /// Rows of that page that are done with.
    pub rows: u64,
    /// Fingerprint of those rows.
    pub digest: u64,
}

impl PagePosition {
    /// The start of a collection.
    #[must_use]
    pub fn start() -> Self {
        Self { next: Next::Start, rows: 0, digest: 0 }
    }

    /// Writes the place as members of the open object.
    pub fn write(&self, out: &mut JsonWriter) {
        match &self.next {
            Next::Start => {}
            Next::Skip(skip) => out.raw_member("skip", &skip.to_string()),
            Next::Link(link) => out.text_member("link", link),
            Next::End => out.flag_member("read", true),
        }
        out.raw_member("rows", &self.rows.to_string());
        out.raw_member("digest", &self.digest.to_string());
    }

    /// Reads what [`PagePosition::write`] wrote; `None` if it is something else.
    #[must_use]
    pub fn read(value: Json<'_>) -> Option<Self> {
        let next = match (value.get("skip"), value.get("link"), value.get("read")) {
            (Json::NULL, Json::NULL, Json::NULL) => Next::Start,
            (skip, Json::NULL, Json::NULL) => Next::Skip(skip.count()?),
            (Json::NULL, link, Json::NULL) => Next::Link(link.text()?.into_owned()),
            (Json::NULL, Json::NULL, _) => Next::End,
            _ => return None,
        };
        Some(Self { next, rows: value.get("rows").count()?, digest: value.get("digest").count()? })
    }
}

/// What [`Collection::poll`] came to.
#[derive(Debug)]
pub enum Poll {
    /// An answer began.
    Answered,
    /// A row: take it with [`Collection::row`].
    Row,
    /// A row that was read before, in an attempt that broke off.
    Repeated,
    /// An element that is no usable row.
    Bad(RejectReason),
    /// A page was read to its end.
    PageEnd,
    /// The collection was read to its end.
    End,
    /// Come back later.
    Wait(Wait),
    /// Given up: what follows in this collection is unknown.
    Failed(SourceError),
    /// Given up, and no other request can succeed either.
    Fatal(SourceError),
}

/// What a collection is and how it is asked for.
#[derive(Debug)]
pub struct Source {
    /// Where the service lives.
    pub origin: Origin,
    /// Further hosts of the same service.
    pub aliases: &'static [&'static str],
    /// Path of the collection, ready to send.
    pub path: String,
    /// How rows are handed out.
    pub paging: Paging,
    /// The grant it needs.
    pub permission: &'static str,
    /// Whose budget its requests are on.
    pub family: Family,
    /// Longest row taken, in bytes.
    pub max_row: usize,
}

/// Reads a collection.
pub struct Collection {
    pager: Pager,
    permission: &'static str,
    family: Family,
    max_row: usize,
    call: Option<Call>,
    reader: Option<PageReader>,
    /// When the current answer began, milliseconds since the epoch.
    answered_ms: i64,
    /// Rows of this page read in this attempt, and their fingerprint.
    progress: Mark,
    /// The same before the row that was read last.
    before: Mark,
    /// How far an earlier attempt came.
    reached: Mark,
    /// Body bytes of answers that are done with.
    bytes_read: u64,
    /// Body bytes that were accounted for.
    bytes_taken: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mark {
    rows: u64,
    digest: u64,
}

impl Mark {
    /// Takes a row into account by its length and first bytes, which hold its identifier.
    fn add(self, row: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        (self.digest, row.len(), &row[..row.len().min(64)]).hash(&mut hasher);
        Self { rows: self.rows + 1, digest: hasher.finish() }
    }
}

impl Collection {
    /// A collection at a position.
    ///
    /// # Errors
    /// `invalid-checkpoint` if the position is not one that this collection can be at.
    pub fn new(source: Source, position: PagePosition) -> Result<Self, SourceError> {
        let Source { origin, aliases, path, paging, permission, family, max_row } = source;
        let PagePosition { next, rows, digest } = position;
        Ok(Self {
            pager: Pager::new(origin, aliases, path, paging, next)?,
            permission,
            family,
            max_row,
            call: None,
            reader: None,
            answered_ms: 0,
            progress: Mark::default(),
            before: Mark::default(),
            reached: Mark { rows, digest },
            bytes_read: 0,
            bytes_taken: 0,
        })
    }

    /// Where to go on if everything read so far is done with.
    #[must_use]
    pub fn position(&self) -> PagePosition {
        self.position_at(self.progress)
    }

    /// Where to go on if the row that was read last is not done with.
    #[must_use]
    pub fn position_before_row(&self) -> PagePosition {
        self.position_at(self.before)
    }

    fn position_at(&self, mark: Mark) -> PagePosition {
        let mark = if mark.rows < self.reached.rows { self.reached } else { mark };
        PagePosition { next: self.pager.next().clone(), rows: mark.rows, digest: mark.digest }
    }

    /// The row that [`Poll::Row`] announced; `None` if it is not UTF-8.
    #[must_use]
    pub fn row(&self) -> Option<&str> {
        self.reader.as_ref()?.row()
    }

    /// When the answer with the current row began, milliseconds since the epoch.
    #[must_use]
    pub fn answered_ms(&self) -> i64 {
        self.answered_ms
    }

    /// Body bytes received since this was last asked.
    pub fn take_bytes(&mut self) -> u64 {
        let total = self.bytes_read + self.reader.as_ref().map_or(0, PageReader::bytes);
        let fresh = total - self.bytes_taken;
        self.bytes_taken = total;
        fresh
    }

    /// Goes on to the next row or event.
    pub fn poll(&mut self, client: &mut Client) -> Poll {
        match self.reader.as_mut().map(PageReader::advance) {
            None => self.ask(client),
            Some(Ok(Found::Row)) => self.found_row(),
            Some(Ok(Found::Bad(reason))) => self.found_bad(reason),
            Some(Ok(Found::End)) => self.page_end(),
            Some(Err(error)) => self.page_broken(client, &error),
        }
    }

    fn ask(&mut self, client: &mut Client) -> Poll {
        let Some(url) = self.pager.url() else { return Poll::End };
        let (path, permission, family) = (self.pager.path(), self.permission, self.family);
        let call = self.call.get_or_insert_with(|| Call::get(url, format!("GET {path}"), permission, family));
        match client.attempt(call) {
            Attempt::Answer(Answer { body, at_ms }) => {
                self.answered_ms = at_ms;
                self.progress = Mark::default();
                self.before = Mark::default();
                self.reader = Some(PageReader::new(body, self.max_row));
                Poll::Answered
            }
            Attempt::Wait(wait) => Poll::Wait(wait),
            Attempt::Failed(error) => Poll::Failed(error),
            Attempt::Fatal(error) => Poll::Fatal(error),
        }
    }

    fn found_row(&mut self) -> Poll {
        let row = self.reader.as_ref().map(PageReader::row_bytes).unwrap_or_default();
        let mark = self.progress.add(row);
        self.moved_to(mark, Poll::Row)
    }

    fn found_bad(&mut self, reason: RejectReason) -> Poll {
        let mark = self.progress.add(reason.as_str().as_bytes());
        self.moved_to(mark, Poll::Bad(reason))
    }

    /// Counts a row, unless an earlier attempt came this far already.
    fn moved_to(&mut self, mark: Mark, found: Poll) -> Poll {
        self.before = self.progress;
        self.progress = mark;
        if mark.rows > self.reached.rows {
            return found;
        }
        if mark.rows == self.reached.rows && mark.digest != self.reached.digest {
            return Poll::Failed(SourceError::new(
                Cause::Protocol,
                format!(
                    "GET {}: the page changed between two attempts to read it, after {} rows.",
                    self.pager.path(),
                    mark.rows
                ),
                "The next run reads it anew.",
            ));
        }
        Poll::Repeated
    }

    fn page_end(&mut self) -> Poll {
        let Mark { rows, digest } = self.progress;
        self.call = None;
        let Some(reader) = self.reader.take() else { return Poll::PageEnd };
        self.bytes_read += reader.bytes();
        if rows < self.reached.rows {
            return Poll::Failed(SourceError::new(
                Cause::Protocol,
                format!("GET {}: the page was shorter when it was read again.", self.pager.path()),
                "The next run reads it anew.",
            ));
        }
        (self.progress, self.before, self.reached) = Default::default();
        match self.pager.advance(reader.into_next_link(), rows, digest) {
            Ok(()) => Poll::PageEnd,
            Err(error) => Poll::Failed(error),
        }
    }

    fn page_broken(&mut self, client: &mut Client, error: &PageError) -> Poll {
        if let Some(reader) = self.reader.take() {
            self.bytes_read += reader.bytes();
        }
        if self.progress.rows > self.reached.rows {
            self.reached = self.progress;
        }
        let Some(call) = &mut self.call else { return Poll::End };
        let place = format!("{} after {} rows", call.place(), self.reached.rows);
        let again = "Try again later.";
        let error = match error {
            PageError::CutShort => {
                SourceError::new(Cause::Unavailable, format!("{place}: the answer was cut short."), again)
            }
            PageError::Transport(error) => transport_error(&place, call.url(), error),
            PageError::NotJson | PageError::NoValue => {
                return Poll::Failed(SourceError::new(
                    Cause::Protocol,
                    format!("{place}: the answer is not a JSON object with a list `value`."),
                    "Check for a proxy on the way that answers itself, and `endpoints.defender` if it is set.",
                ));
            }
            PageError::TooLong(what) => {
                return Poll::Failed(SourceError::new(
                    Cause::LimitExceeded,
                    format!("{place}: {what} is longer than any that Microsoft documents."),
                    "Please report it.",
                ));
            }
        };
        match client.body_failed(call, error) {
            Ok(wait) => Poll::Wait(wait),
            Err(error) => Poll::Failed(error),
        }
    }
}
