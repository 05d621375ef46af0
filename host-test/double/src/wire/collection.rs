//! A collection: what is asked of one, and how its rows come.

use super::shard::Shard;
use crate::model::Tenant;
use crate::period::Period;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a row stands in its collection: before `row` of `subject` (a device, or whatever the collection walks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Position {
    /// Number of the subject.
    pub subject: u32,
    /// Number of the row within it.
    pub row: u32,
}

/// What is read of a collection.
#[derive(Debug, Clone, Copy)]
pub struct Query<'q> {
    /// State of the tenant.
    pub period: Period,
    /// Earliest period of a collection of changes; the same as `period` for all others.
    pub since: Period,
    /// Id in the path (a device, a recommendation, a CVE); empty where there is none.
    pub subject: &'q str,
    /// Where to start.
    pub from: Position,
}

/// Rows of a collection, in its order.
pub trait Rows: Send {
    /// Appends the next row to `out` as one JSON object, and says where the row after it stands. Nothing at the end.
    fn next(&mut self, out: &mut Vec<u8>) -> Option<Position>;

    /// Passes over devices outside of a shard where it can, so that their rows are never made: a tenant of a million
    /// devices is read in as many queries as it takes, each of which would make all of them. What comes may still have
    /// rows of others.
    fn narrow(&mut self, _shard: Shard) {}
}

/// A list or a single object that a service gives out.
#[derive(Debug, Clone, Copy)]
pub struct Collection {
    /// Name in `@odata.context`, behind `$metadata#`.
    pub context: &'static str,
    /// Opens it; nothing if there is no such subject.
    pub open: Open,
}

/// Opens a collection.
pub type Open = fn(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>>;
