//! What has to hold, and what it looks like when it does not.

use std::fmt;
use strum::VariantArray;

/// Something that holds for every run, whatever goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Property {
    /// Every asset and relation that existed all the time that a run took is emitted by a dataset that says it is
    /// complete.
    NothingLost,
    /// Every asset and relation that is emitted was true at some time that the run touched.
    NothingInvented,
    /// No asset that was there all the time that a run took gets a tombstone.
    NothingDeleted,
    /// An inventory that is told everything goes on from the same place as the host, and of each dataset of which a run
    /// read everything, or all changes, it holds what was said and is true, and nothing else.
    Inventory,
    /// An event that comes again has the same key, content hash, relations and body.
    StableReplay,
    /// Numbers grow over everything that a run ever delivered, over all lives of the host: none names two events.
    Order,
    /// A snapshot begins before its rows and ends behind them, once each.
    SnapshotOrder,
    /// A snapshot ends only after every page of it was read to its end.
    SnapshotEnd,
    /// The receipt adds up, and says how many events of each kind there were.
    Receipt,
    /// The typed members of an event say what its document says, which is one line of JSON.
    Envelope,
    /// The service never had to refuse a request for its quota.
    Quota,
    /// No secret, token or signature in anything that comes out, and no token to where it does not belong.
    Secret,
    /// The component's memory stays below its bound.
    Memory,
    /// Every error is one of those that the contract lists for trouble outside of the source.
    TypedError,
    /// A checkpoint that was stored can be continued from.
    Resume,
    /// The run ends, within bounds of steps, lives and time.
    Ends,
    /// A run that nothing disturbed reads every dataset completely.
    Progress,
    /// While a host lives, a second one with the same places is refused, and changes nothing before it is.
    OneHost,
}

impl Property {
    /// All of them.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::NothingLost => "nothing-lost",
            Self::NothingInvented => "nothing-invented",
            Self::NothingDeleted => "nothing-deleted",
            Self::Inventory => "inventory",
            Self::StableReplay => "stable-replay",
            Self::Order => "order",
            Self::SnapshotOrder => "snapshot-order",
            Self::SnapshotEnd => "snapshot-end",
            Self::Receipt => "receipt",
            Self::Envelope => "envelope",
            Self::Quota => "quota",
            Self::Secret => "secret",
            Self::Memory => "memory",
            Self::TypedError => "typed-error",
            Self::Resume => "resume",
            Self::Ends => "ends",
            Self::Progress => "progress",
            Self::OneHost => "one-host",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A property that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What should have held.
    pub property: Property,
    /// The dataset that it is about, if it is about one.
    pub dataset: Option<&'static str>,
    /// The key or relation that it is about, if it is about one.
    pub key: Option<String>,
    /// What happened instead.
    pub detail: String,
    /// The virtual day, counted from 0.
    pub day: u32,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.property)?;
        for about in self.dataset.into_iter().chain(self.key.as_deref()) {
            write!(f, " · {about}")?;
        }
        write!(f, " · day {} · {}", self.day, self.detail)
    }
}
