//! How much memory the component may have, and how much it had.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use wasmtime::ResourceLimiter;

/// Most elements of all tables together. Each costs the host a pointer.
pub(super) const MOST_TABLE_ELEMENTS: usize = 1_000_000;
/// Most linear memories, and most tables. A component of one module has one memory and a few small tables.
pub(super) const MOST_PARTS: usize = 64;

/// What the limiter has seen; shared with whoever asks.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    peak: AtomicU64,
    refused: AtomicBool,
}

impl Gauge {
    /// Largest sum of all linear memories.
    pub(super) fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Whether memory was asked for and refused since the last call of [`Gauge::forgive`].
    pub(super) fn refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// A new call starts: what it ends with has nothing to do with what earlier ones were refused.
    pub(super) fn forgive(&self) {
        self.refused.store(false, Ordering::Relaxed);
    }
}

/// Caps the sums of all linear memories and of all tables of one store.
pub(super) struct MemoryLimit {
    limit: u64,
    total: u64,
    elements: usize,
    gauge: Arc<Gauge>,
}

impl MemoryLimit {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, total: 0, elements: 0, gauge: Arc::default() }
    }

    pub(super) fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.total.saturating_add((desired.saturating_sub(current)) as u64);
        if total > self.limit {
            self.gauge.refused.store(true, Ordering::Relaxed);
            return Ok(false);
        }
        self.total = total;
        self.gauge.peak.fetch_max(total, Ordering::Relaxed);
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let elements = self.elements.saturating_add(desired.saturating_sub(current));
        if elements > MOST_TABLE_ELEMENTS {
            return Ok(false);
        }
        self.elements = elements;
        Ok(true)
    }

    fn memories(&self) -> usize {
        MOST_PARTS
    }

    fn tables(&self) -> usize {
        MOST_PARTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_summed_and_capped() {
        let mut limit = MemoryLimit::new(100);
        let gauge = limit.gauge();
        assert!(limit.memory_growing(0, 60, None).unwrap());
        assert!(limit.memory_growing(0, 30, None).unwrap(), "a second memory");
        assert!(!gauge.refused());
        assert!(!limit.memory_growing(60, 71, None).unwrap());
        assert!(limit.memory_growing(60, 70, None).unwrap(), "a refused growth is not counted");
        assert_eq!((gauge.peak(), gauge.refused()), (100, true));
        gauge.forgive();
        assert!(!gauge.refused());
    }

    #[test]
    fn tables_are_summed_and_capped() {
        let mut limit = MemoryLimit::new(0);
        assert!(limit.table_growing(0, MOST_TABLE_ELEMENTS / 2, None).unwrap());
        assert!(limit.table_growing(0, MOST_TABLE_ELEMENTS / 2, None).unwrap(), "a second table");
        assert!(!limit.table_growing(0, 1, None).unwrap(), "many small tables are one large one");
    }
}
