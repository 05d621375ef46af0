//! What was asked and answered.

use crate::api::{Family, HOUR, MINUTE};
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Every request so far, in the order of arrival.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// The requests.
    pub entries: Vec<Entry>,
}

/// A request and what became of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Arrival, as time since 1970.
    pub at: Duration,
    /// API it counts for; none if no API was reached.
    pub family: Option<Family>,
    /// Method.
    pub method: String,
    /// Host, path and query, without the signature of a link.
    pub target: String,
    /// Status; none if the connection was lost before.
    pub status: Option<u16>,
    /// Why the status is 429.
    pub throttled: Option<Throttled>,
    /// Name of the fault that was injected.
    pub fault: Option<&'static str>,
    /// What a client must never do, if it did.
    pub offence: Option<&'static str>,
    pub(super) sent: Arc<AtomicU64>,
}

impl Entry {
    /// Bytes of the body that were fetched so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// Why a request was answered with 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Throttled {
    /// The client asked more often than the API allows.
    Quota,
    /// The scenario says so.
    Injected,
}

impl Log {
    /// Answers with 429 for a reason.
    #[must_use]
    pub fn throttled(&self, cause: Throttled) -> usize {
        self.entries.iter().filter(|entry| entry.throttled == Some(cause)).count()
    }

    /// What the client did and must not do.
    pub fn offences(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.offence.is_some())
    }

    /// The most requests to an API in any rolling window of a length.
    #[must_use]
    pub fn busiest(&self, family: Family, window: Duration) -> usize {
        let times: Vec<Duration> =
            self.entries.iter().filter(|entry| entry.family == Some(family)).map(|entry| entry.at).collect();
        let mut first = 0;
        let mut most = 0;
        for (index, time) in times.iter().enumerate() {
            while times.get(first).is_some_and(|start| *start + window <= *time) {
                first += 1;
            }
            most = most.max(index + 1 - first);
        }
        most
    }

    /// Requests to each API, in each window of a length counted from 1970.
    #[must_use]
    pub fn per_window(&self, window: Duration) -> BTreeMap<(Family, u64), usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.entries {
            if let Some(family) = entry.family {
                *counts.entry((family, entry.at.as_secs() / window.as_secs().max(1))).or_default() += 1;
            }
        }
        counts
    }
}

impl Display for Log {
    /// A table with a line for each API.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut families: BTreeMap<Family, (usize, usize, u64)> = BTreeMap::new();
        for entry in &self.entries {
            if let Some(family) = entry.family {
                let (calls, throttled, bytes) = families.entry(family).or_default();
                *calls += 1;
                *throttled += usize::from(entry.throttled.is_some());
                *bytes += entry.bytes();
            }
        }
        writeln!(f, "{:<34} {:>7} {:>10} {:>10} {:>5} {:>13}", "api", "calls", "max/min", "max/h", "429", "bytes")?;
        for (family, (calls, throttled, bytes)) in families {
            let (minute, hour) = (self.busiest(family, MINUTE), self.busiest(family, HOUR));
            writeln!(f, "{:<34} {calls:>7} {minute:>10} {hour:>10} {throttled:>5} {bytes:>13}", family.name())?;
        }
        for entry in self.offences() {
            writeln!(f, "offence: {} {}: {}", entry.method, entry.target, entry.offence.unwrap_or_default())?;
        }
        write!(
            f,
            "{} requests, {} over a quota, {} faults",
            self.entries.len(),
            self.throttled(Throttled::Quota),
            self.entries.iter().filter(|entry| entry.fault.is_some()).count()
        )
    }
}
