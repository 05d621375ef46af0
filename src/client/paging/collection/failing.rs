//! What becomes of a collection when a request fails, an answer breaks off or is not what it should be.

use super::super::late::Missed;
use super::super::poll::Poll;
use super::super::reader::Reader;
use super::super::reader_outcome::PageError;
use super::super::walk::Walk;
use super::{AGAIN, Collection};
use crate::error::{Cause, SourceError};
use crate::request::{Client, ServiceError, transport_error};

const ANEW: &str = "The next run reads it anew.";

impl Collection {
    /// A file is not to be had now, or broke off.
    pub(super) fn missed(&mut self, client: &mut Client, error: SourceError, asked_ms: Option<u64>) -> Poll {
        let Walk::Files(files) = &mut self.walk else { return Poll::Failed(error) };
        let reached = self.reached.max(self.progress);
        let (now_ms, is_dead) = (client.monotonic_ms(), error.cause == Cause::NotFound);
        let missed = files.missed(reached, is_dead, now_ms, &client.retry(asked_ms));
        self.call = None;
        (self.progress, self.before, self.reached) = Default::default();
        self.missed.clone_from(&error.message);
        match missed {
            Missed::Later => Poll::Late,
            Missed::Lost => Poll::Lost(error),
            Missed::AllLost => Poll::Failed(error),
        }
    }

    /// A request was given up.
    pub(super) fn refused(&mut self, error: SourceError) -> Poll {
        if let (Walk::Shards(shards), Cause::LimitExceeded | Cause::Timeout) = (&mut self.walk, error.cause)
            && shards.refused()
        {
            (self.call, self.reached) = Default::default();
            return Poll::Cut;
        }
        if self.is_resumed_link && matches!(error.cause, Cause::Protocol | Cause::Refused | Cause::NotFound) {
            return Poll::Changed(error);
        }
        Poll::Failed(error)
    }

    /// The result of a query says that there is more of it. No result has a next page, so it is read in halves, as long as
    /// that may help.
    pub(super) fn has_more(&mut self, rows: u64) -> Poll {
        if let Walk::Shards(shards) = &mut self.walk
            && shards.refused()
        {
            return Poll::Cut;
        }
        let path = self.walk.path();
        let message = format!("POST {path}: the service gave {rows} rows, and says that there are more.");
        Poll::Failed(SourceError::new(Cause::Protocol, message, "Try again later; if it stays, please report it."))
    }

    /// What was read and what comes now were never there together. The result of a query is read from its start again;
    /// what was emitted of it comes once more.
    pub(super) fn moved(&mut self, what: &str) -> Poll {
        if let Walk::Shards(shards) = &mut self.walk
            && shards.start_over()
        {
            self.bytes_read += self.reader.take().map_or(0, |reader| reader.bytes());
            self.call = None;
            (self.progress, self.before, self.reached) = Default::default();
            return Poll::Answered;
        }
        let what = format!("{} {}: {what}.", self.walk.method(), self.walk.path());
        Poll::Changed(SourceError::new(Cause::Protocol, what, ANEW))
    }

    /// Why the row that was read last shows that its answer is not what it should be; `None` if it does not.
    #[must_use]
    pub fn damage(&self) -> Option<SourceError> {
        let is_damaged = self.reader.as_ref().is_some_and(Reader::is_damaged);
        let place = self.call.as_ref().filter(|_| is_damaged)?.place();
        Some(self.not_so(&format!("{place}, row {}", self.progress.rows), ""))
    }

    /// The answer is not what it should be.
    fn not_so(&self, place: &str, from: &str) -> SourceError {
        let what = match self.walk {
            Walk::Pages(_) => "the answer is not a JSON object with a list `value` of objects",
            Walk::Shards(_) => "the answer is not a JSON object with a list `results` of objects",
            Walk::Files(_) => "it does not hold one JSON object a line",
        };
        SourceError::new(
            Cause::Protocol,
            format!("{place}: {what}{from}."),
            "Check for a proxy on the way that answers itself, and `endpoints.defender` if it is set.",
        )
    }

    pub(super) fn page_broken(&mut self, client: &mut Client, error: &PageError) -> Poll {
        if let Some(reader) = self.reader.take() {
            self.bytes_read += reader.bytes();
        }
        if self.progress.rows > self.reached.rows {
            self.reached = self.progress;
        }
        let Some(call) = &self.call else { return Poll::End };
        let place = format!("{} after {} rows", call.place(), self.reached.rows);
        let (may_pass, error) = match error {
            PageError::CutShort => {
                (true, SourceError::new(Cause::Unavailable, format!("{place}: the answer was cut short."), AGAIN))
            }
            PageError::Transport(error) => (true, transport_error(&place, call.url(), error)),
            PageError::NotJson { byte } => (false, self.not_so(&place, &format!(" from byte {byte} on"))),
            PageError::Trailing => {
                let message = format!("{place}: bytes that are no gzip member follow the last one.");
                let remedy = "Most likely it was written over a longer one; the service makes it anew every few hours.";
                (false, SourceError::new(Cause::Protocol, message, remedy))
            }
            PageError::NoValue => (false, self.not_so(&place, "")),
            PageError::Refused(service) => {
                let service = service.clone();
                return self.refused_within(client, &service);
            }
            PageError::TooLong(what) => {
                let message = format!("{place}: {what} is longer than any that Microsoft documents.");
                (false, SourceError::new(Cause::LimitExceeded, message, "Please report it."))
            }
        };
        match self.walk {
            // Another file may be in order, and so may this one be when it is asked for again.
            Walk::Files(_) => self.missed(client, error, None),
            _ if may_pass => self.again(client, error),
            _ => Poll::Failed(error),
        }
    }

    /// An answer held an error in the place of its rows, or beside them.
    pub(super) fn refused_within(&mut self, client: &mut Client, service: &ServiceError) -> Poll {
        let (Some(wanted), Some(mut call)) = (self.walk.wanted(), self.call.take()) else { return Poll::End };
        let attempt = client.refused_within(&mut call, service);
        self.call = Some(call);
        self.attempted(client, &wanted, attempt)
    }

    /// The body of an answer broke off: asks for it again after a while.
    pub(super) fn again(&mut self, client: &mut Client, error: SourceError) -> Poll {
        let Some(call) = &mut self.call else { return Poll::End };
        match client.body_failed(call, error) {
            Ok(wait) => self.wait(wait),
            Err(error) => Poll::Failed(error),
        }
    }
}
