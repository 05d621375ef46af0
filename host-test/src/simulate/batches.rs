//! Batches at the edges of what the host asks for.

use crate::contract::{Batch, Limits};
use std::collections::BTreeMap;
use strum::VariantArray;

/// A batch that is as small or as large as it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub(crate) enum Edge {
    /// A position without an event.
    Empty,
    /// The one event that was asked for.
    Single,
    /// Exactly as many events as were asked for, and more than one.
    Full,
    /// One event that is longer than all of them may be together.
    Long,
    /// More than one event, and room for more of any length.
    Roomy,
}

impl Edge {
    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Single => "single",
            Self::Full => "full",
            Self::Long => "too long alone",
            Self::Roomy => "roomy",
        }
    }
}

/// How many batches were at each edge.
#[derive(Debug, Default)]
pub(crate) struct Batches(pub(crate) BTreeMap<Edge, u64>);

impl Batches {
    /// Counts a batch that was asked for with these limits.
    pub(crate) fn count(&mut self, batch: &Batch, limits: Limits) {
        for edge in edges(batch, limits) {
            *self.0.entry(edge).or_default() += 1;
        }
    }
}

fn edges(batch: &Batch, limits: Limits) -> impl Iterator<Item = Edge> {
    let (events, most) = (batch.events.len() as u64, u64::from(limits.max_events));
    let bytes: u64 = batch.events.iter().map(|event| event.document.len() as u64).sum();
    let longest = batch.events.iter().map(|event| event.document.len() as u64).max().unwrap_or(0);
    let is_at = move |edge: &Edge| match edge {
        Edge::Empty => events == 0,
        Edge::Single => events == 1 && most == 1,
        Edge::Full => events > 1 && events == most,
        Edge::Long => events == 1 && bytes > u64::from(limits.max_bytes),
        Edge::Roomy => events > 1 && events < most && bytes + longest < u64::from(limits.max_bytes),
    };
    Edge::VARIANTS.iter().copied().filter(is_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Event, Operation, Progress};

    fn at(lengths: &[usize], max_events: u32, max_bytes: u32) -> Vec<Edge> {
        let event = |length: &usize| Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: "x".repeat(*length),
        };
        let progress = Progress { dataset: String::new(), received: 0, events: 0, calls: 0, bytes: 0 };
        let batch = Batch { events: lengths.iter().map(event).collect(), checkpoint: String::new(), progress };
        edges(&batch, Limits { max_events, max_bytes }).collect()
    }

    #[test]
    fn batches_are_told_apart() {
        assert_eq!(at(&[], 1, 1), [Edge::Empty]);
        assert_eq!(at(&[9], 1, 100), [Edge::Single]);
        assert_eq!(at(&[9], 1, 8), [Edge::Single, Edge::Long]);
        assert_eq!(at(&[9, 9], 2, 100), [Edge::Full]);
        assert_eq!(at(&[9, 9], 3, 100), [Edge::Roomy]);
        assert_eq!(at(&[9, 9], 3, 20), []);
    }
}
