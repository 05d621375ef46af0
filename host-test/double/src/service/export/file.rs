//! The files of an export: gzip of one JSON object in a line, made while they are read.

use super::part::{Part, parts};
use crate::api::{Content, Route, time};
use crate::draw::Draw;
use crate::model::Tenant;
use crate::period::Period;
use crate::service::encoding::Encoding;
use crate::service::error::ApiError;
use crate::service::page::open;
use crate::service::reply::Chunks;
use crate::service::request::Request;
use crate::service::shuffle;
use crate::terms::Terms;
use crate::wire::{Collection, Position, Query, Rows};
use memchr::memmem;
use std::sync::Arc;

/// Bytes that are worth a chunk before they are compressed.
const CHUNK: usize = 64 * 1024;

/// A file that a path names.
pub(super) struct File {
    rows: &'static Collection,
    pub(super) period: Period,
    part: Part,
}

impl File {
    /// The file of a request's path, if it is kept in a period.
    pub(super) fn find(
        request: &Request<'_>,
        tenant: &Tenant,
        terms: &Terms,
        routes: &[Route],
        now: Period,
    ) -> Option<Self> {
        let segments = request.segments();
        let [_, export, day, clock, ..] = segments.as_slice() else { return None };
        let (rows, partition) = routes.iter().find_map(|route| match route.content {
            Content::Files { rows, partition } if route.path.rsplit('/').next()?.eq_ignore_ascii_case(export) => {
                Some((rows, partition))
            }
            _ => None,
        })?;
        let (hour, minute) = clock.split_at_checked(2)?;
        let period = Period::containing(time::read(&format!("{day}T{hour}:{minute}:00Z"))?);
        if period > now || period.0.saturating_add(terms.snapshot_periods) < now.0 {
            return None;
        }
        let number: usize = segments.last()?.strip_prefix("part-")?.get(..5)?.parse().ok()?;
        let part = parts(tenant, terms, partition, period).into_iter().nth(number)?;
        Some(Self { rows, period, part })
    }

    /// Its bytes, with the lines of each chunk in another order where one is drawn.
    pub(super) fn open(&self, tenant: &Arc<Tenant>, order: Option<Draw>) -> Result<Chunks, ApiError> {
        let from = match self.part {
            Part::Devices { first, .. } => Position { subject: first, row: 0 },
            Part::Group(_) => Position::default(),
        };
        let query = Query { period: self.period, since: self.period, subject: "", from };
        let rows = open(self.rows, tenant, query)?;
        let lines = Lines { rows, part: self.part, at: from, done: false };
        let shuffled = move |(nth, chunk): (u64, Vec<u8>)| match order {
            Some(order) => shuffle::lines(&chunk, order.nth(nth)),
            None => chunk,
        };
        Ok(Encoding::Gzip.apply(Box::new((0..).zip(lines).map(shuffled))))
    }
}

/// Rows as lines.
struct Lines {
    rows: Box<dyn Rows>,
    part: Part,
    at: Position,
    done: bool,
}

impl Iterator for Lines {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.done {
            return None;
        }
        let mut out = Vec::with_capacity(CHUNK + CHUNK / 8);
        while out.len() < CHUNK {
            let start = out.len();
            let stands = self.at;
            let Some(behind) = self.rows.next(&mut out) else {
                self.done = true;
                break;
            };
            self.at = behind;
            match self.part {
                // The row may stand behind `stands`, where devices without rows lie in between, so the end counts from
                // the device that the row is of.
                Part::Devices { end: Some(end), .. } if row_subject(stands, behind) >= end => {
                    out.truncate(start);
                    self.done = true;
                    break;
                }
                Part::Group(id) if !is_of_group(out.get(start..).unwrap_or_default(), id) => out.truncate(start),
                _ => out.push(b'\n'),
            }
        }
        Some(out)
    }
}

/// The device of a row that was read from one position up to another.
fn row_subject(_: Position, behind: Position) -> u32 {
    if behind.row == 0 { behind.subject.saturating_sub(1) } else { behind.subject }
}

/// Whether a row says that its device is in a group.
fn is_of_group(row: &[u8], id: u32) -> bool {
    let value = |name: &str| {
        let at = memmem::find(row, name.as_bytes())? + name.len();
        let digits: String = row.get(at..)?.iter().take_while(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect();
        digits.parse::<u32>().ok()
    };
    value("\"rbacGroupId\":").or_else(|| value("\"RbacGroupId\":")).unwrap_or(0) == id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_group_is_of_group_0() {
        assert!(is_of_group(br#"{"deviceId":"a","rbacGroupId":12,"x":1}"#, 12));
        assert!(!is_of_group(br#"{"rbacGroupId":12}"#, 1));
        assert!(is_of_group(br#"{"RbacGroupId":3}"#, 3));
        assert!(is_of_group(br#"{"rbacGroupId":null}"#, 0) && is_of_group(b"{}", 0));
    }
}
