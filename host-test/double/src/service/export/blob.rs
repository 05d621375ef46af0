//! The storage: gzip files of one JSON object in a line, made while they are read.

use super::link::Keys;
use super::part::{Part, parts};
use crate::api::{Content, Route, time};
use crate::model::Tenant;
use crate::period::Period;
use crate::service::encoding::Encoding;
use crate::service::error::ApiError;
use crate::service::page::open;
use crate::service::reply::{Chunks, Reply};
use crate::service::request::Request;
use crate::terms::Terms;
use crate::wire::{Collection, Position, Query, Rows};
use http::{Method, StatusCode, header};
use memchr::memmem;
use std::sync::Arc;
use std::time::Duration;

/// Compressed bytes up to which a file's length is announced and parts of it can be asked for. Azure does so for every
/// file; here a longer one is not known before it is made.
const SMALL: usize = 4 << 20;

/// Bytes that are worth a chunk before they are compressed.
const CHUNK: usize = 64 * 1024;

/// What the storage knows.
pub(in crate::service) struct Storage<'s> {
    pub(in crate::service) tenant: &'s Arc<Tenant>,
    pub(in crate::service) terms: &'s Terms,
    pub(in crate::service) routes: &'s [Route],
    pub(in crate::service) keys: &'s Keys,
    pub(in crate::service) period: Period,
}

/// Answers a request for a file.
pub(in crate::service) fn answer(
    storage: &Storage<'_>,
    request: &Request<'_>,
    now: Duration,
) -> Result<Reply, ApiError> {
    if request.method != Method::GET {
        return Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "UnsupportedHttpVerb", "Only GET is possible here."));
    }
    if request.header(header::AUTHORIZATION).is_some() {
        let message = "The Authorization header is not allowed beside a signature in the link.";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "InvalidAuthenticationInfo", message));
    }
    check_signature(storage.keys, request, now)?;
    let (rows, period, part) = find(storage, request)
        .ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, "BlobNotFound", "The specified blob does not exist."))?;
    let mut file = file(storage.tenant, rows, period, part)?;
    let mut start: Vec<Vec<u8>> = Vec::new();
    let mut length = 0;
    while length <= SMALL {
        match file.next() {
            Some(chunk) => {
                length += chunk.len();
                start.push(chunk);
            }
            None => return Ok(small(request, start.concat())),
        }
    }
    Ok(described(Reply::stream("application/octet-stream", Box::new(start.into_iter().chain(file)))))
}

fn check_signature(keys: &Keys, request: &Request<'_>, now: Duration) -> Result<(), ApiError> {
    let refused = |detail: &str| {
        let message = format!("Server failed to authenticate the request. {detail}");
        Err(ApiError::new(StatusCode::FORBIDDEN, "AuthenticationFailed", message))
    };
    let (Some(signature), Some(expiry)) = (request.parameter("sig"), request.parameter("se")) else {
        return refused("The signature is missing.");
    };
    if keys.sign(request.uri.path(), expiry) != signature {
        return refused("Signature did not match.");
    }
    if time::read(expiry).is_none_or(|end| end <= now) {
        return refused("Signature not valid in the specified time frame.");
    }
    Ok(())
}

/// The rows, period and part of a path.
fn find(storage: &Storage<'_>, request: &Request<'_>) -> Option<(&'static Collection, Period, Part)> {
    let segments = request.segments();
    let [_, export, day, clock, ..] = segments.as_slice() else { return None };
    let (rows, partition) = storage.routes.iter().find_map(|route| match route.content {
        Content::Files { rows, partition } if route.path.rsplit('/').next()?.eq_ignore_ascii_case(export) => {
            Some((rows, partition))
        }
        _ => None,
    })?;
    let (hour, minute) = clock.split_at_checked(2)?;
    let period = Period::containing(time::read(&format!("{day}T{hour}:{minute}:00Z"))?);
    if period > storage.period || period.0.saturating_add(storage.terms.snapshot_periods) < storage.period.0 {
        return None;
    }
    let number: usize = segments.last()?.strip_prefix("part-")?.get(..5)?.parse().ok()?;
    let part = parts(storage.tenant, storage.terms, partition, period).into_iter().nth(number)?;
    Some((rows, period, part))
}

/// The bytes of a file.
fn file(tenant: &Arc<Tenant>, rows: &Collection, period: Period, part: Part) -> Result<Chunks, ApiError> {
    let from = match part {
        Part::Devices { first, .. } => Position { subject: first, row: 0 },
        Part::Group(_) => Position::default(),
    };
    let rows = open(rows, tenant, Query { period, since: period, subject: "", from })?;
    Ok(Encoding::Gzip.apply(Box::new(Lines { rows, part, at: from, done: false })))
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

/// A file that is known whole: with its length, and in part if asked so.
fn small(request: &Request<'_>, file: Vec<u8>) -> Reply {
    let range = request.header(header::RANGE).and_then(|range| read_range(range, file.len()));
    match range {
        Some((first, last)) => {
            let shown = format!("bytes {first}-{last}/{}", file.len());
            let part = file.get(first..=last).unwrap_or_default().to_vec();
            let reply = Reply::bytes(StatusCode::PARTIAL_CONTENT, "application/octet-stream", part);
            described(reply).with(header::CONTENT_RANGE, shown).with(header::ACCEPT_RANGES, "bytes")
        }
        None => {
            let reply = Reply::bytes(StatusCode::OK, "application/octet-stream", file);
            described(reply).with(header::ACCEPT_RANGES, "bytes")
        }
    }
}

fn described(reply: Reply) -> Reply {
    reply.with(http::HeaderName::from_static("x-ms-blob-type"), "BlockBlob")
}

/// First and last byte of `bytes=a-b` or `bytes=a-`, if the file has them.
fn read_range(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let last =
        if last.is_empty() { length.checked_sub(1)? } else { last.parse::<usize>().ok()?.min(length.checked_sub(1)?) };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_lie_within_the_file() {
        assert_eq!(read_range("bytes=0-3", 10), Some((0, 3)));
        assert_eq!(read_range("bytes=4-", 10), Some((4, 9)));
        assert_eq!(read_range("bytes=4-99", 10), Some((4, 9)));
        for range in ["bytes=10-", "bytes=3-2", "bytes=-5", "lines=1-2", "bytes=a-b"] {
            assert_eq!(read_range(range, 10), None, "{range}");
        }
        assert_eq!(read_range("bytes=0-", 0), None);
    }

    #[test]
    fn a_row_without_a_group_is_of_group_0() {
        assert!(is_of_group(br#"{"deviceId":"a","rbacGroupId":12,"x":1}"#, 12));
        assert!(!is_of_group(br#"{"rbacGroupId":12}"#, 1));
        assert!(is_of_group(br#"{"RbacGroupId":3}"#, 3));
        assert!(is_of_group(br#"{"rbacGroupId":null}"#, 0) && is_of_group(b"{}", 0));
    }
}
