//! From a reply to an answer: encoded, with what a fault does to its body.

use super::answer::{Answer, Response};
use super::encoding::Encoding;
use super::fault::{self, End};
use super::reply::Reply;
use super::request::Request;
use crate::api::{Site, time};
use crate::scenario::What;
use http::{HeaderValue, Method, header};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The answer of a reply: encoded, with what a fault does to its body.
pub(super) fn finish(
    mut reply: Reply,
    request: &Request<'_>,
    what: Option<What>,
    now: Duration,
    after: Duration,
    sent: Arc<AtomicU64>,
) -> Answer {
    let mut encoding = Encoding::accepted(request.site, request.header(header::ACCEPT_ENCODING));
    let mut end = End::Well;
    let mut pace = None;
    let (mut plain_cut, mut wire_cut) = (None, None);
    match what {
        Some(What::CutGzip { at }) => {
            if request.site != Site::Blob {
                encoding = Encoding::Gzip;
            }
            wire_cut = Some(at);
            reply.length = None;
        }
        Some(What::Malformed { at }) => {
            plain_cut = Some(at);
            reply.length = None;
        }
        Some(What::Truncate { at }) => (wire_cut, end) = (Some(at), End::Closed),
        Some(What::ResetBody { at } | What::SasExpired { at }) => (wire_cut, end) = (Some(at), End::Reset),
        Some(What::Slow { pause, every }) => pace = Some((pause, every)),
        _ => {}
    }
    let mut body = reply.body;
    if let Some(at) = plain_cut {
        body = fault::cut(body, at);
    }
    if let Some(name) = encoding.name() {
        reply.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        reply.length = None;
    }
    body = encoding.apply(body);
    if let Some(at) = wire_cut {
        body = fault::cut(body, at);
    }
    if let Some(length) = reply.length {
        reply.headers.insert(header::CONTENT_LENGTH, length.into());
    }
    if let Ok(date) = HeaderValue::from_str(&time::http_date(now)) {
        reply.headers.insert(header::DATE, date);
    }
    if request.method == Method::HEAD {
        // Headers tell of the body that a GET would have.
        body = Box::new(std::iter::empty());
    }
    let counted = body.inspect(move |chunk| {
        sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
    });
    let mut body = fault::pieces(Box::new(counted), end);
    if let Some((pause, every)) = pace {
        body = fault::slow(body, pause, every);
    }
    Answer::Http(Response { after, status: reply.status, headers: reply.headers, body })
}
