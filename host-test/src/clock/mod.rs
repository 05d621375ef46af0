//! Time, real or virtual. What the component reads and what the host waits on is one clock, so that a replay of
//! minutes of throttling takes no time and reads the same timestamps every time.

mod rfc3339;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub use rfc3339::{format, parse};

/// A clock that can be shared; clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    kind: Kind,
    reads: Option<Arc<AtomicU64>>,
}

#[derive(Debug, Clone)]
enum Kind {
    Real { started: Instant },
    Virtual { start: Duration, elapsed_nanos: Arc<AtomicU64> },
}

impl Clock {
    /// The clock of the machine.
    pub fn real() -> Self {
        Self { kind: Kind::Real { started: Instant::now() }, reads: None }
    }

    /// A clock that stands still at `start`, given as time since 1970, except that waits move it on.
    pub fn virtual_at(start: Duration) -> Self {
        Self { kind: Kind::Virtual { start, elapsed_nanos: Arc::default() }, reads: None }
    }

    /// The same clock, for somebody whose reads are counted.
    #[must_use]
    pub fn counted(&self, reads: Arc<AtomicU64>) -> Self {
        Self { kind: self.kind.clone(), reads: Some(reads) }
    }

    fn count(&self) {
        if let Some(reads) = &self.reads {
            reads.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether waits cost nothing.
    pub fn is_virtual(&self) -> bool {
        matches!(self.kind, Kind::Virtual { .. })
    }

    /// Time since 1970.
    pub fn now(&self) -> Duration {
        self.count();
        match &self.kind {
            Kind::Real { .. } => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            Kind::Virtual { start, elapsed_nanos } => {
                start.saturating_add(Duration::from_nanos(elapsed_nanos.load(Ordering::Relaxed)))
            }
        }
    }

    /// Time since the clock was made.
    pub fn elapsed(&self) -> Duration {
        self.count();
        match &self.kind {
            Kind::Real { started } => started.elapsed(),
            Kind::Virtual { elapsed_nanos, .. } => Duration::from_nanos(elapsed_nanos.load(Ordering::Relaxed)),
        }
    }

    /// Waits: really, or by moving the virtual clock on.
    pub async fn sleep(&self, duration: Duration) {
        match &self.kind {
            Kind::Real { .. } => tokio::time::sleep(duration).await,
            Kind::Virtual { .. } => {
                self.advance(duration);
                tokio::task::yield_now().await;
            }
        }
    }

    /// Moves a virtual clock on. A real clock moves by itself.
    pub fn advance(&self, duration: Duration) {
        if let Kind::Virtual { elapsed_nanos, .. } = &self.kind {
            let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
            let add = |elapsed: u64| Some(elapsed.saturating_add(nanos));
            // The update cannot fail: the function never returns `None`.
            let _ = elapsed_nanos.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        }
    }

    /// The time now as RFC 3339 in UTC.
    pub fn timestamp(&self) -> String {
        format(self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn virtual_waits_are_free_and_seen_by_every_clone() {
        let clock = Clock::virtual_at(Duration::from_secs(1_000));
        let other = clock.clone();
        let before = Instant::now();
        clock.sleep(Duration::from_secs(3_600)).await;
        assert!(before.elapsed() < Duration::from_secs(60));
        assert_eq!(other.now(), Duration::from_secs(4_600));
        assert_eq!(other.elapsed(), Duration::from_secs(3_600));
        clock.sleep(Duration::MAX).await;
        assert!(clock.now() > Duration::from_secs(4_600), "saturates");
    }

    #[test]
    fn only_the_reads_of_the_counted_clone_are_counted() {
        let clock = Clock::virtual_at(Duration::ZERO);
        let reads = Arc::new(AtomicU64::new(0));
        let counted = clock.counted(Arc::clone(&reads));
        let _ = (clock.now(), counted.now(), counted.elapsed(), clock.elapsed());
        assert_eq!(reads.load(Ordering::Relaxed), 2);
        counted.advance(Duration::from_secs(1));
        assert_eq!(clock.now(), Duration::from_secs(1), "it is one clock");
    }
}
