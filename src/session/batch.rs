//! Events on their way to the host, within the limits it set.

use defender_rows::event::Event;

/// The most that one batch may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Number of events.
    pub max_events: u32,
    /// Sum of the lengths of their documents, in bytes.
    pub max_bytes: u32,
}

/// A batch that is being filled.
#[derive(Debug)]
pub(super) struct Filling {
    limits: Limits,
    events: Vec<Event>,
    bytes: usize,
}

impl Filling {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, events: Vec::new(), bytes: 0 }
    }

    /// Whether a document of that length still fits. The first always does, so that a long one is not stuck.
    pub(super) fn fits(&self, length: usize) -> bool {
        self.events.is_empty()
            || (self.events.len() < self.limits.max_events as usize
                && self.bytes + length <= self.limits.max_bytes as usize)
    }

    pub(super) fn push(&mut self, event: Event) {
        self.bytes += event.document.len();
        self.events.push(event);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn into_events(self) -> Vec<Event> {
        self.events
    }
}
