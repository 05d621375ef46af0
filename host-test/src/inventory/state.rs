//! What the inventory says of an asset.

/// State of an asset. The numbers are those in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is there, as far as is known.
    Active = 0,
    /// Its record was merged into another, which goes on in its place.
    Merged = 1,
    /// Nobody looks any more: the configuration, or a filter, leaves it out. It may well be there.
    OutOfScope = 2,
    /// It is gone, and a tombstone said so.
    Deleted = 3,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Merged, Self::OutOfScope, Self::Deleted];

    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Merged => "merged",
            Self::OutOfScope => "out_of_scope",
            Self::Deleted => "deleted",
        }
    }

    /// Whether a consumer has it, and an export.
    pub(super) fn is_there(self) -> bool {
        matches!(self, Self::Active | Self::OutOfScope)
    }

    /// Whether it was there and is no more.
    pub(super) fn is_gone(self) -> bool {
        !self.is_there()
    }

    pub(super) fn number(self) -> i64 {
        self as i64
    }

    pub(super) fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}
