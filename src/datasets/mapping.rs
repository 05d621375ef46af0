//! What turns rows into events works with, and comes to.

use defender_rows::event::EventWriter;
use defender_rows::record::DeviceFacts;
use defender_rows::tally::{RejectReason, Tolerated};

use super::history::History;
use crate::memory::{DeviceFilter, FilterReason, Roster, Seen};

/// What a row is about, beyond what the row says itself.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// The row stands alone.
    Tenant,
    /// The row came from a request about this device.
    Device(DeviceFacts<'a>),
    /// The row came from a request about this recommendation: its record, as JSON text.
    Recommendation(&'a str),
}

/// What a mapper works with besides the row.
#[derive(Debug)]
pub struct MapScope<'a> {
    /// Where events go.
    pub events: &'a mut EventWriter,
    /// Which devices the user wants.
    pub filter: &'a mut DeviceFilter,
    /// Where oddities are counted.
    pub tolerated: &'a mut Tolerated,
    /// What was emitted or received before.
    pub seen: &'a mut Seen,
    /// Where devices are remembered for requests about each of them; `None` if no such request follows.
    pub roster: Option<&'a mut Roster>,
    /// What earlier runs told of the dataset.
    pub history: History,
}

/// Turns one row into events. The row is one JSON object, valid and within the size and depth bounds.
pub type MapFn = fn(row: &str, subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At least one event.
    Emitted,
    /// Left out because the user wanted it so.
    Filtered(FilterReason),
    /// Not usable.
    Rejected(RejectReason),
    /// Received before in this run.
    Duplicate,
}
