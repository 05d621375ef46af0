//! Batches on their way to being durable, in groups.
//!
//! To sync a file takes about as long for one batch as for ten. So batches are taken together: their events are admitted,
//! delivered and made durable as those of one, and the position behind the last of them is stored. A crash in between
//! repeats the group.
//!
//! A group ends when it is large enough, when whoever pulls asks for it, and with a batch that has no events. Such a batch
//! is a position that matters by itself, and the contract wants it stored before any event of a later batch is delivered.

use super::RunError;
use crate::contract::{self, Batch, Event, Origin, Progress, Receipt};
use crate::sink::{Sink, SinkError};
use crate::store::Store;

/// What was delivered for good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) events: u64,
    pub(super) batches: u64,
}

/// Batches that are not durable yet.
#[derive(Default)]
struct Group {
    events: Vec<Event>,
    bytes: usize,
    batches: u64,
    /// Behind the last one.
    end: Option<(String, Progress)>,
}

/// Delivers events and stores positions.
pub(super) struct Committer<'a, S: ?Sized, T: ?Sized> {
    sink: &'a mut S,
    store: &'a mut T,
    origin: Origin,
    group_bytes: usize,
    group: Group,
    tally: Tally,
}

impl<'a, S: Sink + ?Sized, T: Store + ?Sized> Committer<'a, S, T> {
    /// Groups of at least so many bytes of documents.
    pub(super) fn new(sink: &'a mut S, store: &'a mut T, origin: Origin, group_bytes: usize) -> Self {
        Self { sink, store, origin, group_bytes, group: Group::default(), tally: Tally::default() }
    }

    /// What was delivered, once the store remembers all that it was given.
    pub(super) fn end(self) -> Result<Tally, RunError> {
        self.store.settle()?;
        Ok(self.tally)
    }

    /// Whether something is not durable yet.
    pub(super) fn is_behind(&self) -> bool {
        self.group.end.is_some()
    }

    /// Takes a batch. Says how far it is if a group was committed.
    pub(super) fn take(&mut self, batch: Batch) -> Result<Option<Progress>, RunError> {
        if let Err(breach) = contract::inspect(&batch, self.origin) {
            // What came before it is sound.
            self.commit()?;
            return Err(breach.into());
        }
        let Batch { events, checkpoint, progress } = batch;
        let is_position = events.is_empty();
        let group = &mut self.group;
        group.bytes += events.iter().map(|event| event.document.len()).sum::<usize>();
        group.batches += 1;
        group.end = Some((checkpoint, progress));
        match group.events.is_empty() {
            true => group.events = events,
            false => group.events.extend(events),
        }
        if is_position || group.bytes >= self.group_bytes { self.commit() } else { Ok(None) }
    }

    /// Makes everything durable that was taken, and stores the position behind it.
    pub(super) fn commit(&mut self) -> Result<Option<Progress>, RunError> {
        let Group { events, batches, end, .. } = std::mem::take(&mut self.group);
        let Some((checkpoint, progress)) = end else { return Ok(None) };
        let news = self.store.admit(events)?;
        self.deliver(&news)?;
        self.store.save(&checkpoint)?;
        self.tally.batches += batches;
        Ok(Some(progress))
    }

    /// The run is over: delivers what follows from that, and stores where the next one starts.
    pub(super) fn finish(&mut self, receipt: &Receipt) -> Result<Option<Progress>, RunError> {
        let progress = self.commit()?;
        loop {
            let last = self.store.conclude(receipt)?;
            if last.is_empty() {
                break;
            }
            self.deliver(&last)?;
        }
        self.store.finish(&receipt.checkpoint)?;
        Ok(progress)
    }

    /// Delivers some events for good.
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        if !events.is_empty() {
            self.sink.deliver(events)?;
            self.sink.make_durable()?;
        }
        self.tally.events += events.len() as u64;
        Ok(())
    }
}
