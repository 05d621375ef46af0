//! Objects of the directory, and which of them changed: a change is a difference of two rows.

use crate::model::{Standing, Tenant};
use crate::period::Period;
use crate::wire::collection::{Query, Rows};
use crate::wire::json::nested;
use crate::wire::walk::{Listing, Walk};
use std::sync::Arc;

/// A kind of object.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// How many have been made by a period.
    pub(super) count: fn(&Tenant, Period) -> u32,
    /// Whether one of them is there.
    pub(super) standing: fn(&Tenant, u32, Period) -> Standing,
    /// Its id.
    pub(super) id: fn(&Tenant, u32) -> String,
    /// Writes what changes of it are looked for in.
    pub(super) write: fn(&Tenant, u32, Period, &mut Vec<u8>),
}

/// The state before the span of a query; none before the origin.
pub(super) fn before(query: Query<'_>) -> Option<Period> {
    query.since.0.checked_sub(1).map(Period)
}

/// What became of an object between two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is there. Whether it changed is another question.
    Here,
    /// It is not there, and nothing has to be said of that.
    Silence,
    /// It was removed; for good or not.
    Removed { for_good: bool },
}

impl Kind {
    /// What became of an object.
    pub(super) fn fate(&self, tenant: &Tenant, index: u32, was: Option<Period>, is: Period) -> Fate {
        let was = was.map_or(Standing::NotYet, |was| (self.standing)(tenant, index, was));
        match (was, (self.standing)(tenant, index, is)) {
            (_, Standing::Here) => Fate::Here,
            (Standing::Here, Standing::Gone { for_good }) => Fate::Removed { for_good },
            // What could come back until now cannot any longer.
            (Standing::Gone { for_good: false }, Standing::Gone { for_good: true }) => Fate::Removed { for_good: true },
            _ => Fate::Silence,
        }
    }

    /// Walks over the objects that changed.
    pub(super) fn changes(self, tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
        let changes = Changes {
            kind: self,
            count: (self.count)(tenant, query.period),
            tenant: Arc::clone(tenant),
            was: before(query),
            is: query.period,
            row: Vec::new(),
        };
        Walk::open(changes, query)
    }
}

/// The row of an object that is no longer there.
pub(super) fn write_removed(id: &str, for_good: bool, out: &mut Vec<u8>) {
    nested(out, |row| {
        row.text("id", id);
        row.object("@removed", |removed| removed.text("reason", if for_good { "deleted" } else { "changed" }));
    });
}

struct Changes {
    kind: Kind,
    tenant: Arc<Tenant>,
    count: u32,
    was: Option<Period>,
    is: Period,
    row: Vec<u8>,
}

impl Listing for Changes {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        self.row.clear();
        match self.kind.fate(&self.tenant, subject, self.was, self.is) {
            Fate::Silence => return Some(0),
            Fate::Removed { for_good } => {
                write_removed(&(self.kind.id)(&self.tenant, subject), for_good, &mut self.row);
            }
            Fate::Here => {
                (self.kind.write)(&self.tenant, subject, self.is, &mut self.row);
                let mut old = Vec::new();
                if let Some(was) = self.was {
                    (self.kind.write)(&self.tenant, subject, was, &mut old);
                }
                if old == self.row {
                    return Some(0);
                }
            }
        }
        Some(1)
    }

    fn write(&mut self, _row: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.row);
    }
}
