//! What survives when the host is killed: what the consumer has, and where to go on.

use super::warehouse::Warehouse;
use crate::contract::Event;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everything that is kept.
#[derive(Default)]
pub(crate) struct Journal {
    /// Events of the run that is going on that the consumer has, in the order of delivery, repeats included.
    pub(crate) events: Vec<Event>,
    /// Checkpoints of it, in the order of storing.
    pub(crate) checkpoints: Vec<String>,
    /// The checkpoint to go on from.
    pub(crate) checkpoint: Option<String>,
    /// Whether that is in the middle of a run, rather than where the next one starts.
    pub(crate) is_within_run: bool,
    /// An inventory that is told the same.
    pub(crate) warehouse: Warehouse,
    /// The last line of the file, as long as it is no whole one.
    tail: String,
}

/// How far it is, as far as somebody else could change it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    events: usize,
    tail: String,
    checkpoints: usize,
    checkpoint: Option<String>,
    openings: u64,
}

impl Journal {
    /// Forgets where to go on.
    pub(crate) fn forget(&mut self) {
        self.checkpoint = None;
        self.is_within_run = false;
        self.warehouse.forget();
    }

    /// Remembers where to go on.
    pub(crate) fn keep(&mut self, checkpoint: &str, is_within_run: bool) {
        self.checkpoint = Some(checkpoint.to_owned());
        self.checkpoints.push(checkpoint.to_owned());
        self.is_within_run = is_within_run;
    }

    /// Adds a part of a line to the file.
    pub(crate) fn write(&mut self, part: &str) {
        self.tail.push_str(part);
    }

    /// Ends the line, and with it an event. What is in the file is what the consumer reads.
    pub(crate) fn end_line(&mut self, event: Event) {
        let document = std::mem::take(&mut self.tail);
        self.events.push(Event { document, ..event });
    }

    /// Cuts off half a line at the end of the file.
    pub(crate) fn cut(&mut self) {
        self.tail.clear();
    }

    /// How far it is.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            events: self.events.len(),
            tail: self.tail.clone(),
            checkpoints: self.checkpoints.len(),
            checkpoint: self.checkpoint.clone(),
            openings: self.warehouse.openings(),
        }
    }
}

/// A journal that several hosts come by; clones are one.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Journal>>);

impl Shared {
    /// The journal, for the rest of a statement: whoever holds it on keeps everybody else waiting.
    pub(crate) fn get(&self) -> MutexGuard<'_, Journal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Operation;

    fn end(journal: &mut Journal, document: &str) -> String {
        let event = Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: document.into(),
        };
        journal.end_line(event);
        journal.events.last().unwrap().document.clone()
    }

    #[test]
    fn a_line_is_what_was_written_of_it() {
        let mut journal = Journal::default();
        journal.write("{\"a\":");
        let before = journal.mark();
        journal.write("1}");
        assert_ne!(journal.mark(), before);
        assert_eq!(end(&mut journal, "{\"a\":1}"), "{\"a\":1}");
        journal.write("{\"b\"");
        journal.cut();
        journal.write(":1}");
        assert_eq!(end(&mut journal, "{\"b\":1}"), ":1}", "somebody cut it in between");
        journal.write("{\"c\"");
        journal.write("{}");
        assert_eq!(end(&mut journal, "{}"), "{\"c\"{}", "nobody cut what the one before left");
    }
}
