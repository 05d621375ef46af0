//! All rows of one collection: page after page or file after file, with repeats when an answer fails or breaks off.

mod failing;

use std::collections::VecDeque;

use super::files::{Files, Listed, Place, Turn};
use super::page_progress::{Mark, Naming, name};
use super::pager::{PageRead, Pager, invalid_checkpoint};
use super::poll::Poll;
use super::position::{Next, PagePosition, Seam};
use super::reader::Reader;
use super::reader_outcome::Found;
use super::route::Paging;
use super::shards::{Extent, Shards};
use super::walk::Walk;
use super::wanted::Wanted;
use serde_json::Value;

use crate::error::{Cause, SourceError};
use crate::request::{Answer, Attempt, Call, Client, Family, ServiceError, Wait, WaitReason};
use crate::sign_in::Permission;
use crate::wire::{BlobHosts, Origin, Receive, read_bounded, unpacked};

/// What a collection is and how it is asked for.
#[derive(Debug)]
pub struct Source {
    /// Where the service lives.
    pub origin: Origin,
    /// The hosts of the service, `origin` among them or not: a link may lead from any of them to any other.
    pub hosts: Vec<&'static str>,
    /// Path of the collection, ready to send.
    pub path: String,
    /// Parameters of the first request beside those of paging.
    pub query: String,
    /// How rows are handed out.
    pub paging: Paging,
    /// The grant it needs.
    pub permission: Permission,
    /// Whose budget its requests are on.
    pub family: Family,
    /// Where its files may be, if it has any.
    pub blobs: BlobHosts,
    /// The snapshot that needs no reading.
    pub known_snapshot: Option<String>,
    /// How much there may be in the result of a query, if it is read by queries.
    pub extent: Extent,
    /// Longest row taken, in bytes.
    pub max_row: usize,
}

const MOVED: &str = "the rows moved while the list was read";
const AGAIN: &str = "Try again later.";

/// Longest list of files, in bytes: ten thousand of them.
const MAX_LIST: usize = 8 << 20;

/// Reads a collection.
pub struct Collection {
    walk: Walk,
    /// Whether the first address to ask is one that a checkpoint held.
    is_resumed_link: bool,
    permission: Permission,
    family: Family,
    max_row: usize,
    call: Option<Call>,
    /// The files behind the current one that were asked for already, in order.
    ahead: VecDeque<Call>,
    reader: Option<Reader>,
    /// When the current answer began, milliseconds since the epoch.
    answered_ms: i64,
    /// Rows of this page read in this attempt, and their fingerprint.
    progress: Mark,
    /// The same before the row that was read last.
    before: Mark,
    /// How far an earlier attempt came.
    reached: Mark,
    /// The rows that the page has to begin with, and how many of them have come; see [`Pager::seam`].
    seam: Option<(Seam, u64)>,
    /// The name of the row that was read last.
    last: Option<u64>,
    /// What the last page or file is called that was read to its end.
    done: String,
    /// Why the last file that was not to be had was not.
    missed: String,
    /// Body bytes of answers that are done with.
    bytes_read: u64,
    /// Body bytes that were accounted for.
    bytes_taken: u64,
}

impl Collection {
    /// A collection at a position.
    ///
    /// # Errors
    /// `invalid-checkpoint` if the position is not one that this collection can be at.
    pub fn new(source: Source, position: PagePosition) -> Result<Self, SourceError> {
        let Source { origin, hosts, path, query, paging, permission, family, blobs, known_snapshot, extent, max_row } =
            source;
        let PagePosition { next, rows, digest } = position;
        let is_resumed_link = matches!(next, Next::Link(..));
        let walk = match (paging, next) {
            (Paging::Files, Next::File(snapshot, file, late)) => {
                let place = Place { snapshot, file, reached: Mark { rows, digest }, late };
                Walk::Files(Files::new(&origin, path, blobs, Some(place), None))
            }
            (Paging::Files, Next::Start) => Walk::Files(Files::new(&origin, path, blobs, None, known_snapshot)),
            (Paging::Shards { query, by }, Next::Start) => {
                Walk::Shards(Shards::new(&origin, path, query, by, extent, None)?)
            }
            (Paging::Shards { query, by }, Next::Shard(of, at)) => {
                Walk::Shards(Shards::new(&origin, path, query, by, extent, Some((of, at)))?)
            }
            // Behind the end all are alike.
            (_, next) => Walk::Pages(Pager::new(origin, hosts, path, paging, next)?.with(query)),
        };
        Ok(Self {
            walk,
            is_resumed_link,
            permission,
            family,
            max_row,
            call: None,
            ahead: VecDeque::new(),
            reader: None,
            answered_ms: 0,
            progress: Mark::default(),
            before: Mark::default(),
            reached: Mark { rows, digest },
            seam: None,
            last: None,
            done: String::new(),
            missed: String::new(),
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
        let mark = self.reached.max(mark);
        if let Walk::Files(files) = &self.walk
            && let Some(place) = files.place(mark).filter(|_| !files.is_over())
        {
            let Place { snapshot, file, reached: Mark { rows, digest }, late } = place;
            return PagePosition { next: Next::File(snapshot, file, late), rows, digest };
        }
        PagePosition { next: self.walk.next(), rows: mark.rows, digest: mark.digest }
    }

    /// The snapshot that is read, once it is known.
    #[must_use]
    pub fn snapshot(&self) -> Option<&str> {
        match &self.walk {
            Walk::Files(files) => files.snapshot(),
            Walk::Pages(_) | Walk::Shards(_) => None,
        }
    }

    /// Whether no row that was read comes again in another result.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(&self.walk, Walk::Shards(shards) if shards.is_settled())
    }

    /// Whether it is an export whose list names no file.
    #[must_use]
    pub fn is_without_files(&self) -> bool {
        matches!(&self.walk, Walk::Files(files) if files.is_empty())
    }

    /// The page or file that was read to its end last, for messages.
    #[must_use]
    pub fn done(&self) -> &str {
        &self.done
    }

    /// The row that [`Poll::Row`] announced; `None` if it is not UTF-8.
    #[must_use]
    pub fn row(&self) -> Option<&str> {
        self.reader.as_ref()?.row()
    }

    /// The bytes of that row, whatever they are.
    #[must_use]
    pub fn row_bytes(&self) -> &[u8] {
        self.reader.as_ref().map_or(&[], Reader::row_bytes)
    }

    /// When the answer with the current row began, milliseconds since the epoch.
    #[must_use]
    pub fn answered_ms(&self) -> i64 {
        self.answered_ms
    }

    /// Body bytes received since this was last asked.
    pub fn take_bytes(&mut self) -> u64 {
        let total = self.bytes_read + self.reader.as_ref().map_or(0, Reader::bytes);
        let fresh = total - self.bytes_taken;
        self.bytes_taken = total;
        fresh
    }

    /// Goes on to the next row or event.
    pub fn poll(&mut self, client: &mut Client) -> Poll {
        loop {
            let found = match self.reader.as_mut().map(Reader::advance) {
                None => return self.ask(client),
                Some(Ok(Found::Row)) => self.found(Poll::Row),
                Some(Ok(Found::Bad(reason))) => self.found(Poll::Bad(reason)),
                Some(Ok(Found::End)) => return self.page_end(),
                Some(Err(error)) => return self.page_broken(client, &error),
            };
            if let Some(found) = found {
                return found;
            }
        }
    }

    /// Sends the first request before its turn. Whether it was sent.
    pub fn send_ahead(&mut self, client: &mut Client) -> bool {
        let Some(wanted) = self.walk.wanted() else { return false };
        let mut call = self.call_for(&wanted);
        let sent = client.send_ahead(&mut call);
        self.call = Some(call);
        sent
    }

    fn call_for(&self, wanted: &Wanted) -> Call {
        let (path, permission, family) = (self.walk.path(), self.permission, self.family);
        match wanted {
            Wanted::File(link, words) => Call::download(link.clone(), words.clone()),
            Wanted::Page(url) | Wanted::List(url) => Call::get(url.clone(), format!("GET {path}"), permission, family),
            Wanted::Result(url, body) => {
                Call::query(url.clone(), format!("POST {path}"), permission, family, body.clone())
            }
        }
    }

    fn ask(&mut self, client: &mut Client) -> Poll {
        let mut may_be_ahead = true;
        if let (Walk::Files(files), None) = (&mut self.walk, &self.call) {
            let (turn, reached) = files.turn(client.monotonic_ms());
            if let Turn::Wait(millis, is_new) = turn {
                let message = format!("{} It is asked for again.", self.missed);
                return self.wait(Wait { millis, reason: WaitReason::Retry, message, is_new });
            }
            if let Some(error) = files.pass_over() {
                return Poll::Lost(error);
            }
            self.reached = reached;
            may_be_ahead = turn == Turn::Next;
        }
        let Some(wanted) = self.walk.wanted() else { return Poll::End };
        let call = self.call.take().or_else(|| self.ahead.pop_front().filter(|_| may_be_ahead));
        let mut call = call.unwrap_or_else(|| self.call_for(&wanted));
        let attempt = client.attempt(&mut call);
        self.call = Some(call);
        self.attempted(client, &wanted, attempt)
    }

    fn attempted(&mut self, client: &mut Client, wanted: &Wanted, attempt: Attempt) -> Poll {
        match attempt {
            Attempt::Answer(answer) => self.answered(client, wanted, answer),
            Attempt::Wait(wait) => self.wait(wait),
            Attempt::Missed(error, asked_ms) => self.missed(client, error, asked_ms),
            Attempt::Failed(error) => self.refused(error),
            Attempt::Fatal(error) => Poll::Fatal(error),
        }
    }

    fn answered(&mut self, client: &mut Client, wanted: &Wanted, answer: Answer) -> Poll {
        let Answer { body, at_ms } = answer;
        self.is_resumed_link = false;
        let reader = match wanted {
            Wanted::List(_) => return self.listed(client, body),
            Wanted::File(..) => Reader::lines(unpacked(body), self.max_row),
            Wanted::Page(_) => Reader::page(body, "value", self.max_row),
            Wanted::Result(..) => Reader::page(body, "results", self.max_row),
        };
        self.answered_ms = at_ms;
        self.progress = Mark::default();
        self.before = Mark::default();
        self.seam = match &self.walk {
            Walk::Pages(pager) => pager.seam().map(|seam| (seam, 0)),
            Walk::Files(_) | Walk::Shards(_) => None,
        };
        self.reader = Some(reader);
        self.send_files_ahead(client);
        Poll::Answered
    }

    /// Asks for the files behind the one whose answer is being read.
    fn send_files_ahead(&mut self, client: &mut Client) {
        let Walk::Files(files) = &self.walk else { return };
        while self.ahead.len() + 1 < client.max_in_flight() {
            let more = u32::try_from(self.ahead.len() + 1).unwrap_or(u32::MAX);
            let Some(wanted) = files.wanted_after(more) else { break };
            let mut call = self.call_for(&wanted);
            client.send_ahead(&mut call);
            self.ahead.push_back(call);
        }
    }

    /// A service that lets one request wait is not kept busy with others.
    fn wait(&mut self, wait: Wait) -> Poll {
        self.ahead.clear();
        Poll::Wait(wait)
    }

    fn listed(&mut self, client: &mut Client, body: Box<dyn Receive>) -> Poll {
        let Walk::Files(files) = &mut self.walk else { return Poll::End };
        let Some(text) = read_bounded(body, MAX_LIST) else {
            let place = format!("GET {}", files.path());
            let error = SourceError::new(Cause::Unavailable, format!("{place}: the answer was cut short."), AGAIN);
            return self.again(client, error);
        };
        let answer: Value = serde_json::from_slice(&text).unwrap_or_default();
        if let Some(error) = ServiceError::within(&answer) {
            return self.refused_within(client, &error);
        }
        self.call = None;
        match files.listed(&text, client.monotonic_ms()) {
            Ok(Listed::Same) => Poll::Answered,
            Ok(Listed::Known) => Poll::Unchanged,
            Ok(Listed::Other) => {
                let message = format!("GET {}: another snapshot was made before this one was read.", files.path());
                Poll::Changed(SourceError::new(Cause::Unavailable, message, AGAIN))
            }
            Ok(Listed::Short) if files.is_resumed() => Poll::Fatal(invalid_checkpoint("a file that its export lacks")),
            Ok(Listed::Short) => {
                let message = format!("GET {}: the list lost files while they were read.", files.path());
                Poll::Changed(SourceError::new(Cause::Protocol, message, AGAIN))
            }
            Err(error) => Poll::Failed(error),
        }
    }

    /// What becomes of a row; `None` of one of the seam.
    fn found(&mut self, found: Poll) -> Option<Poll> {
        let row = match (&found, &self.reader) {
            (Poll::Bad(reason), _) => reason.as_str().as_bytes(),
            (_, Some(reader)) => reader.row_bytes(),
            (_, None) => &[],
        };
        let naming = match self.walk {
            Walk::Pages(_) => Naming::Identifier,
            Walk::Files(_) => Naming::Line,
            Walk::Shards(_) => Naming::Pair,
        };
        let name = name(row, naming);
        let mark = self.progress.add(name);
        if let Some((seam, come)) = self.seam.take() {
            if come == 0 && name != seam.first || come == seam.more && name != seam.last {
                return Some(self.moved(MOVED));
            }
            self.seam = Some((seam, come + 1)).filter(|_| come < seam.more);
            return None;
        }
        if mark.rows == 1 && self.is_in_front(name) {
            return Some(self.moved(MOVED));
        }
        self.last = Some(name);
        Some(self.count(mark, found))
    }

    /// Whether the page should begin behind this row.
    fn is_in_front(&self, name: u64) -> bool {
        matches!(&self.walk, Walk::Pages(pager) if pager.row_in_front() == Some(name))
    }

    /// Counts a row, unless an earlier attempt came this far already.
    fn count(&mut self, mark: Mark, found: Poll) -> Poll {
        self.before = self.progress;
        self.progress = mark;
        if mark.rows > self.reached.rows {
            return found;
        }
        if mark.rows == self.reached.rows && mark.digest != self.reached.digest {
            return self.moved("the page changed between two attempts to read it");
        }
        Poll::Repeated
    }

    fn page_end(&mut self) -> Poll {
        let Mark { rows, digest } = self.progress;
        self.done = self.call.take().map(|call| call.place().to_owned()).unwrap_or_default();
        let Some(reader) = self.reader.take() else { return Poll::PageEnd };
        let count = reader.count();
        self.bytes_read += reader.bytes();
        if self.seam.take().is_some_and(|(_, come)| come == 0) {
            return self.moved("rows went while the list was read");
        }
        if rows < self.reached.rows {
            return self.moved("the page was shorter when it was read again");
        }
        (self.progress, self.before, self.reached) = Default::default();
        if let Walk::Shards(shards) = &mut self.walk {
            let link = reader.into_next_link().is_some_and(|link| !link.trim().is_empty());
            if link || count.is_some_and(|count| count > rows) {
                return self.has_more(rows);
            }
            return match shards.advance(rows) {
                Ok(true) => Poll::PageEnd,
                Ok(false) => Poll::Cut,
                Err(error) => Poll::Failed(error),
            };
        }
        let advanced = match &mut self.walk {
            Walk::Pages(pager) => {
                let link = reader.into_next_link();
                pager.advance(PageRead { link, rows, digest, last: self.last.unwrap_or_default(), count })
            }
            Walk::Files(files) => {
                files.advance();
                Ok(())
            }
            Walk::Shards(_) => Ok(()),
        };
        advanced.map_or_else(Poll::Failed, |()| Poll::PageEnd)
    }
}
