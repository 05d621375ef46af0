//! Walks over a collection: subject by subject, row by row, from any position.

use super::collection::{Position, Query, Rows};
use super::shard::Shard;
use crate::model::Tenant;
use crate::period::Period;
use std::sync::Arc;

/// What is walked. Only one subject is held at a time.
pub(super) trait Listing: Send + 'static {
    /// Makes the rows of a subject ready and says how many there are; nothing behind the last subject.
    fn load(&mut self, subject: u32) -> Option<u32>;

    /// Writes a row of the subject that was loaded last.
    fn write(&mut self, row: u32, out: &mut Vec<u8>);

    /// Has no rows of devices outside of a shard from here on, where its subjects are devices.
    fn narrow(&mut self, _shard: Shard) {}
}

/// A walk.
pub(super) struct Walk<L> {
    listing: L,
    at: Position,
    /// The loaded subject and the number of its rows.
    loaded: Option<(u32, u32)>,
}

impl<L: Listing> Walk<L> {
    /// A walk from where the query wants it.
    pub(super) fn open(listing: L, query: Query<'_>) -> Option<Box<dyn Rows>> {
        Some(Box::new(Self { listing, at: query.from, loaded: None }))
    }
}

impl<L: Listing> Rows for Walk<L> {
    fn narrow(&mut self, shard: Shard) {
        self.listing.narrow(shard);
    }

    fn next(&mut self, out: &mut Vec<u8>) -> Option<Position> {
        loop {
            let rows = match self.loaded {
                Some((subject, rows)) if subject == self.at.subject => rows,
                _ => {
                    let rows = self.listing.load(self.at.subject)?;
                    self.loaded = Some((self.at.subject, rows));
                    rows
                }
            };
            if self.at.row < rows {
                self.listing.write(self.at.row, out);
                self.at.row += 1;
                return Some(self.at);
            }
            self.at = Position { subject: self.at.subject.checked_add(1)?, row: 0 };
        }
    }
}

/// How an element of a list becomes a row.
pub(super) type Write<T> = fn(&Tenant, Period, &T, &mut Vec<u8>);

/// A list that is short enough to be held: what hangs on one device, or a catalogue. It is the only subject.
pub(super) struct Items<T> {
    pub(super) tenant: Arc<Tenant>,
    pub(super) period: Period,
    pub(super) items: Vec<T>,
    pub(super) write: Write<T>,
}

impl<T: Send + 'static> Items<T> {
    /// Walks over a list.
    pub(super) fn open(
        tenant: &Arc<Tenant>,
        query: Query<'_>,
        items: Vec<T>,
        write: Write<T>,
    ) -> Option<Box<dyn Rows>> {
        Walk::open(Self { tenant: Arc::clone(tenant), period: query.period, items, write }, query)
    }
}

impl<T: Send + 'static> Listing for Items<T> {
    fn load(&mut self, subject: u32) -> Option<u32> {
        (subject == 0).then_some(self.items.len() as u32)
    }

    fn write(&mut self, row: u32, out: &mut Vec<u8>) {
        if let Some(item) = self.items.get(row as usize) {
            (self.write)(&self.tenant, self.period, item, out);
        }
    }
}
