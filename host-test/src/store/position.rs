//! What a store does: it remembers a position.

use super::error::StoreError;
use crate::contract::{Event, Receipt};

/// Something that remembers a position, and perhaps what was delivered before it.
///
/// The runner asks in this order: `admit`, delivery of what was admitted, `save`, and so on; at the end `conclude` until
/// it returns nothing, each time with a delivery, then `finish`.
pub trait Store {
    /// Which of these events are news and to be delivered. By default all of them. What is remembered of them is kept
    /// by the `save` that follows, or not at all.
    fn admit(&mut self, events: Vec<Event>) -> Result<Vec<Event>, StoreError> {
        Ok(events)
    }
    /// Remembers a position. Everything before it is durable.
    fn save(&mut self, checkpoint: &str) -> Result<(), StoreError>;
    /// Returns when all that was given to be remembered is remembered, where `save` does not wait for that. Asked when a run
    /// ends before it is over.
    fn settle(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
    /// What is to be delivered because the run is over: events about what was not there. Called until it returns
    /// nothing. What is remembered of them is kept by `finish`, or not at all.
    fn conclude(&mut self, _: &Receipt) -> Result<Vec<Event>, StoreError> {
        Ok(Vec::new())
    }
    /// The run is over; the next one starts from here.
    fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError>;
}

/// Remembers nothing: for runs that are not continued.
impl Store for () {
    fn save(&mut self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn finish(&mut self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}
