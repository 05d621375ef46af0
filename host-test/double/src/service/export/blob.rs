//! The storage, as Azure Blob Storage answers: who may read, which part, under which conditions.
//!
//! Sources: "Get Blob", "Get Blob Properties", "Status and error codes" and "Specifying conditional headers" of Azure's
//! REST API.

use super::file::File;
use super::link::Keys;
use super::range::{self, Range};
use crate::api::{Route, time};
use crate::draw::Draw;
use crate::model::Tenant;
use crate::period::Period;
use crate::service::error::{ApiError, NOT_SIGNED};
use crate::service::reply::{Chunks, Reply};
use crate::service::request::Request;
use crate::terms::Terms;
use http::{HeaderName, Method, StatusCode, header};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Compressed bytes up to which a file's length is known with its first bytes. A longer one is made once to know it, if
/// a request needs to: for a part of it, or for its properties. Read whole it comes without a length, where Azure says it.
const SMALL: usize = 4 << 20;

/// Files whose length is remembered.
const REMEMBERED: usize = 1024;

const MEDIA_TYPE: &str = "application/octet-stream";

/// What the storage knows.
pub(in crate::service) struct Storage<'s> {
    pub(in crate::service) tenant: &'s Arc<Tenant>,
    pub(in crate::service) terms: &'s Terms,
    pub(in crate::service) routes: &'s [Route],
    pub(in crate::service) keys: &'s Keys,
    pub(in crate::service) lengths: &'s Lengths,
    pub(in crate::service) period: Period,
    /// Whether the lines of the file stand in another order.
    pub(in crate::service) is_shuffled: bool,
}

/// Lengths of long files, by their path.
#[derive(Default)]
pub(in crate::service) struct Lengths(Mutex<BTreeMap<String, u64>>);

/// Answers a request for a file.
pub(in crate::service) fn answer(
    storage: &Storage<'_>,
    request: &Request<'_>,
    now: Duration,
) -> Result<Reply, ApiError> {
    if request.header(header::AUTHORIZATION).is_some() {
        let message = "Authentication information is not given in the correct format. Check the value of Authorization \
                       header: it is not allowed beside a signature in the link.";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "InvalidAuthenticationInfo", message));
    }
    check_signature(storage.keys, request, now)?;
    check_operation(request)?;
    let file = File::find(request, storage.tenant, storage.terms, storage.routes, storage.period);
    let missing = || ApiError::new(StatusCode::NOT_FOUND, "BlobNotFound", "The specified blob does not exist.");
    let file = file.ok_or_else(missing)?;
    let properties = Properties::of(request.uri.path(), &file);
    if let Some(reply) = properties.check(request)? {
        return Ok(reply);
    }
    // A file is never written twice, so its other order is the same each time.
    let order = storage.is_shuffled.then(|| Draw::seed(0).at(request.uri.path()).at("order"));
    let mut body = Source { chunks: file.open(storage.tenant, order)?, start: Vec::new(), is_over: false };
    let range = range::asked(request)?;
    let is_head = request.method == Method::HEAD;
    let path = format!("{}{}", request.uri.path(), if storage.is_shuffled { " in another order" } else { "" });
    let length = match body.length() {
        Some(length) => Some(length),
        None if is_head || range.is_some() => Some(storage.lengths.of(&path, || {
            file.open(storage.tenant, order).map(|chunks| chunks.map(|chunk| chunk.len() as u64).sum())
        })?),
        None => None,
    };
    let reply = match (length, range) {
        // Properties are those of the whole file.
        (Some(length), _) if is_head => {
            Reply { length: Some(length), ..Reply::bytes(StatusCode::OK, MEDIA_TYPE, Vec::new()) }
        }
        (Some(length), Some(range)) => part(body, range, length)?,
        (length, _) => Reply { length, ..Reply::stream(MEDIA_TYPE, Box::new(body)) },
    };
    Ok(properties.describe(reply))
}

fn check_signature(keys: &Keys, request: &Request<'_>, now: Duration) -> Result<(), ApiError> {
    let refused = |detail: String| {
        let error = ApiError::new(StatusCode::FORBIDDEN, "AuthenticationFailed", NOT_SIGNED);
        Err(ApiError { detail: Some(detail), ..error })
    };
    let Some(signature) = request.parameter("sig") else {
        let message = "Public access is not permitted on this storage account.";
        return Err(ApiError::new(StatusCode::CONFLICT, "PublicAccessNotPermitted", message));
    };
    let expiry = request.parameter("se").unwrap_or_default();
    if keys.sign(request.uri.path(), expiry) != signature {
        return refused("Signature did not match.".into());
    }
    if time::read(expiry).is_none_or(|end| end <= now) {
        return refused(expired(request, now));
    }
    Ok(())
}

/// What the storage says of a link that is over.
pub(in crate::service) fn expired(request: &Request<'_>, now: Duration) -> String {
    // As in HTTP headers. A time that nobody can read is none.
    let shown = |name| request.parameter(name).and_then(time::read).map(time::http_date).unwrap_or_default();
    format!(
        "Signature not valid in the specified key time frame: Key start [{}] - Key expiry [{}] - Current [{}]",
        shown("skt"),
        shown("ske"),
        time::http_date(now)
    )
}

/// A link allows reading a file, and nothing else.
fn check_operation(request: &Request<'_>) -> Result<(), ApiError> {
    if request.method == Method::GET || request.method == Method::HEAD {
        let wanted = request.parameter("comp").or_else(|| request.parameter("restype"));
        return match wanted {
            None => Ok(()),
            Some(_) => {
                let message = "Value for one of the query parameters specified in the request URI is invalid.";
                Err(ApiError::new(StatusCode::BAD_REQUEST, "InvalidQueryParameterValue", message))
            }
        };
    }
    if [Method::PUT, Method::DELETE, Method::POST].contains(request.method) {
        let message = "This request is not authorized to perform this operation using this permission.";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "AuthorizationPermissionMismatch", message));
    }
    let message = "The resource doesn't support specified Http Verb.";
    Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "UnsupportedHttpVerb", message))
}

/// What a file is known by.
struct Properties {
    etag: String,
    modified: Duration,
}

impl Properties {
    /// The same file has the same ones at any time: it is never written twice.
    fn of(path: &str, file: &File) -> Self {
        let etag = format!("\"0x8D{:013X}\"", Draw::seed(0).at(path).bits() >> 12);
        Self { etag, modified: file.period.start() }
    }

    /// Whether the conditions of a request hold; an answer where there is nothing new.
    fn check(&self, request: &Request<'_>) -> Result<Option<Reply>, ApiError> {
        let matches = |list: &str| list.split(',').any(|tag| tag.trim() == "*" || tag.trim() == self.etag);
        let date = |name| request.header(name).and_then(|text| httpdate::parse_http_date(text).ok());
        let modified = std::time::UNIX_EPOCH + self.modified;
        let is_other = request.header(header::IF_MATCH).is_some_and(|list| !matches(list))
            || date(header::IF_UNMODIFIED_SINCE).is_some_and(|since| modified > since);
        if is_other {
            let message = "The condition specified using HTTP conditional header(s) is not met.";
            return Err(ApiError::new(StatusCode::PRECONDITION_FAILED, "ConditionNotMet", message));
        }
        let is_known = match request.header(header::IF_NONE_MATCH) {
            Some(list) => matches(list),
            None => date(header::IF_MODIFIED_SINCE).is_some_and(|since| modified <= since),
        };
        if !is_known {
            return Ok(None);
        }
        let mut reply = Reply::bytes(StatusCode::NOT_MODIFIED, MEDIA_TYPE, Vec::new());
        reply.length = None;
        Ok(Some(self.describe(reply).with(HeaderName::from_static("x-ms-error-code"), "ConditionNotMet")))
    }

    /// An answer with the headers of the file.
    fn describe(&self, reply: Reply) -> Reply {
        let modified = time::http_date(self.modified);
        let own = |name| HeaderName::from_static(name);
        reply
            .with(header::ETAG, &self.etag)
            .with(header::LAST_MODIFIED, &modified)
            .with(header::ACCEPT_RANGES, "bytes")
            .with(own("x-ms-creation-time"), &modified)
            .with(own("x-ms-blob-type"), "BlockBlob")
            .with(own("x-ms-lease-state"), "available")
            .with(own("x-ms-lease-status"), "unlocked")
            .with(own("x-ms-server-encrypted"), "true")
    }
}

impl Lengths {
    /// The length of a file, found out at the first time.
    fn of(&self, path: &str, find: impl FnOnce() -> Result<u64, ApiError>) -> Result<u64, ApiError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied();
        if let Some(length) = known {
            return Ok(length);
        }
        let length = find()?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(path.to_owned(), length);
        Ok(length)
    }
}

/// A file that is being read, of which some is known.
struct Source {
    chunks: Chunks,
    start: Vec<u8>,
    is_over: bool,
}

impl Source {
    /// Its length, if it is small.
    fn length(&mut self) -> Option<u64> {
        while self.start.len() <= SMALL && !self.is_over {
            match self.chunks.next() {
                Some(chunk) => self.start.extend(chunk),
                None => self.is_over = true,
            }
        }
        self.is_over.then_some(self.start.len() as u64)
    }
}

impl Iterator for Source {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.start.is_empty() { self.chunks.next() } else { Some(std::mem::take(&mut self.start)) }
    }
}

/// A part of a file.
fn part(body: Source, (first, last): Range, length: u64) -> Result<Reply, ApiError> {
    if first >= length {
        let message = "The range specified is invalid for the current size of the resource.";
        let error = ApiError::new(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", message);
        return Err(ApiError { length: Some(length), ..error });
    }
    let last = last.unwrap_or(u64::MAX).min(length - 1);
    let size = last - first + 1;
    let (mut before, mut left) = (first, size);
    let chunks = body.map_while(move |chunk| {
        if left == 0 {
            return None;
        }
        let skipped = before.min(chunk.len() as u64);
        before -= skipped;
        let taken: Vec<u8> = chunk
            .into_iter()
            .skip(usize::try_from(skipped).unwrap_or(usize::MAX))
            .take(usize::try_from(left).unwrap_or(usize::MAX))
            .collect();
        left -= taken.len() as u64;
        Some(taken)
    });
    let reply = Reply {
        status: StatusCode::PARTIAL_CONTENT,
        length: Some(size),
        ..Reply::stream(MEDIA_TYPE, Box::new(chunks))
    };
    Ok(reply.with(header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}")))
}
