//! What a run delivers and stores, kept in memory.

use crate::contract::Event;
use crate::sink::{Sink, SinkError};
use crate::store::{Store, StoreError};

/// A sink that keeps everything, or only counts.
#[derive(Debug, Default)]
pub struct Collected {
    /// The events, unless they are discarded.
    pub events: Vec<Event>,
    /// Number of events.
    pub count: u64,
    /// Sum of the lengths of their documents.
    pub bytes: u64,
    /// Count only.
    pub discard: bool,
    /// Fail like a closed pipe.
    pub fail: bool,
}

impl Sink for Collected {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        if self.fail {
            return Err(SinkError::Closed);
        }
        self.count += events.len() as u64;
        self.bytes += events.iter().map(|event| event.document.len() as u64).sum::<u64>();
        if !self.discard {
            self.events.extend_from_slice(events);
        }
        Ok(())
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// A store that keeps every checkpoint.
#[derive(Debug, Default)]
pub struct Positions {
    /// The checkpoints, in order.
    pub saved: Vec<String>,
    /// Whether the run is over.
    pub finished: bool,
}

impl Store for Positions {
    fn save(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.saved.push(checkpoint.to_owned());
        Ok(())
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.saved.push(checkpoint.to_owned());
        self.finished = true;
        Ok(())
    }
}
