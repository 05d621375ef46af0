//! Rows of a collection, one after the other, filtered and cut down as the request says.

use super::call::Call;
use super::options::{Kept, Options};
use crate::draw::Draw;
use crate::model::Tenant;
use crate::period::Period;
use crate::service::error::ApiError;
use crate::wire::{Collection, Position, Query, Rows};
use std::sync::Arc;

/// Rows from a position on.
pub(in crate::service) struct Cursor {
    rows: Box<dyn Rows>,
    at: Position,
    options: Options,
    /// Whether whoever writes them down puts them into another order.
    order: Option<Draw>,
}

/// Opens a collection. Without an id in the path there is always something to open.
pub(in crate::service) fn open(
    rows: &Collection,
    tenant: &Arc<Tenant>,
    query: Query<'_>,
) -> Result<Box<dyn Rows>, ApiError> {
    let subject = query.subject;
    match (rows.open)(tenant, query) {
        Some(rows) => Ok(rows),
        None if subject.is_empty() => Ok(Box::new(NoRows)),
        None => Err(ApiError::not_found(format!("Resource '{}' was not found.", subject.escape_default()))),
    }
}

struct NoRows;

impl Rows for NoRows {
    fn next(&mut self, _: &mut Vec<u8>) -> Option<Position> {
        None
    }
}

impl Cursor {
    /// Rows of a call's collection, without any options yet.
    pub(super) fn open(call: &Call<'_>, rows: &Collection, from: Position) -> Result<Self, ApiError> {
        Self::between(call, rows, from, call.period, call.period)
    }

    /// The same for a period of its own, or for the changes since one.
    pub(super) fn between(
        call: &Call<'_>,
        rows: &Collection,
        from: Position,
        since: Period,
        period: Period,
    ) -> Result<Self, ApiError> {
        let query = Query { period, since, subject: &call.id, from };
        Ok(Self {
            rows: open(rows, call.tenant, query)?,
            at: from,
            options: Options::default(),
            order: call.bend.order,
        })
    }

    /// The same rows with options.
    pub(super) fn with(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Appends the next row to `out`; false at the end, where `out` is as it was.
    pub(super) fn next(&mut self, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        loop {
            let Some(behind) = self.rows.next(out) else {
                out.truncate(start);
                return false;
            };
            self.at = behind;
            if self.options.is_empty() {
                return true;
            }
            match self.options.keep(out.get(start..).unwrap_or_default()) {
                Kept::Whole => return true,
                Kept::Part(row) => {
                    out.truncate(start);
                    out.extend_from_slice(&row);
                    return true;
                }
                Kept::Nothing => out.truncate(start),
            }
        }
    }

    /// Walks over rows; false if the end came before.
    pub(super) fn skip(&mut self, rows: u64) -> bool {
        let mut scratch = Vec::new();
        for _ in 0..rows {
            scratch.clear();
            if !self.next(&mut scratch) {
                return false;
            }
        }
        true
    }

    /// The order that the rows are to be given out in, where it is another one.
    pub(super) fn order(&self) -> Option<Draw> {
        self.order
    }

    /// Where the next row stands, or one before it that is filtered out.
    pub(super) fn at(&self) -> Position {
        self.at
    }
}
