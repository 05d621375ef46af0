//! How often an API may be called, as facts: windows of a minute and of an hour, each API with its own.

use std::collections::BTreeMap;
use std::time::Duration;

/// A minute, the short window of the quotas.
pub const MINUTE: Duration = Duration::from_secs(60);

/// An hour, the long window of the quotas.
pub const HOUR: Duration = Duration::from_secs(3600);

/// An API with calls of its own to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family(&'static str);

impl Family {
    /// The API of a name.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name, as in scenarios and in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// Calls that an API allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// In any 60 seconds.
    pub per_minute: u32,
    /// In any 3,600 seconds.
    pub per_hour: u32,
}

/// Quotas that differ from Microsoft's.
#[derive(Debug, Clone, Default)]
pub struct Quotas {
    changed: BTreeMap<Family, Quota>,
}

impl Quotas {
    /// Changes the quota of an API.
    pub fn set(&mut self, family: Family, quota: Quota) {
        self.changed.insert(family, quota);
    }

    /// The quota of an API that is not said otherwise.
    pub(crate) fn get(&self, family: Family, otherwise: Quota) -> Quota {
        self.changed.get(&family).copied().unwrap_or(otherwise)
    }
}
