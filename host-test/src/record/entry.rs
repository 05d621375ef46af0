//! One exchange as it is written down: decoded, and without secrets.
//!
//! By default everything is kept, and what is secret in it is taken out. A body that nobody can look into, because it
//! is damaged or packed in an unknown way, is left out instead, and so is an answer to a sign-in that is none.

use super::exchange::Recorded;
use crate::clock;
use crate::har::{self, BodyError, Content, Entry, Header, PostData, Request, Response, Timings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use known_secrets::{Known, Place, Redacted, Redactor, Searcher};
use serde_json::{Map, Value};
use std::io::Write;

/// How files of packed formats begin that are not looked into.
const PACKED: [(&str, &[u8]); 6] = [
    ("zip", b"PK\x03\x04"),
    ("zstd", &[0x28, 0xb5, 0x2f, 0xfd]),
    ("xz", &[0xfd, b'7', b'z', b'X', b'Z', 0]),
    ("bzip2", b"BZh"),
    ("7z", &[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c]),
    ("lz4", &[0x04, 0x22, 0x4d, 0x18]),
];

/// Most times that gzip is found within gzip.
const DEEPEST: usize = 3;

/// Why a body is left out.
#[derive(Debug, thiserror::Error)]
enum Omitted {
    #[error("it answers a sign-in and is not a JSON object, so that it cannot be said what in it is a token")]
    SignIn,
    #[error("{0}, so that it cannot be looked into for secrets")]
    Coding(BodyError),
    #[error("it is {0}, which is not looked into for secrets")]
    Packed(&'static str),
    #[error("it is escaped or packed too often to be looked into for secrets")]
    Unclear,
}

/// Learns the secrets that an exchange shows.
pub(super) fn learn(recorded: &Recorded, known: &mut Known) {
    let (request, response) = (&recorded.request, &recorded.response);
    let headers = |map: &HeaderMap, what, known: &mut Known| {
        for (name, value) in map {
            known_secrets::learn(value.as_bytes(), Place::Header(name.as_str()), what, known);
        }
    };
    known_secrets::learn(request.uri().to_string().as_bytes(), Place::Url, "a secret parameter", known);
    headers(request.headers(), "a credential", known);
    known_secrets::learn(request.body(), place(request.headers()), "a secret parameter", known);
    headers(response.headers(), "a secret of an answer", known);
    if let Ok(body) = decoded(response) {
        let body = unwrapped(&body);
        known_secrets::learn(&body, place(response.headers()), "a secret of an answer", known);
    }
}

/// An exchange without anything secret, and why something was left out of it. Nothing if none of it can be kept.
pub(super) fn entry(recorded: &Recorded, searcher: &Searcher) -> (Option<Entry>, Option<String>) {
    let redactor = Redactor::new(searcher);
    let (content, omitted) = match content(recorded, redactor) {
        Ok(content) => (content, None),
        Err(omitted) => {
            let omitted = omitted.to_string();
            (Content { omitted: Some(omitted.clone()), ..Content::default() }, Some(omitted))
        }
    };
    let mut entry = build(recorded, content, redactor);
    entry.comment = omitted.as_ref().map(|why| format!("the body of the answer is left out: {why}"));
    if is_clean(&entry, searcher) {
        return (Some(entry), omitted);
    }
    let why = "a secret could not be taken out of it";
    entry.response.content = Content { omitted: Some(why.into()), ..Content::default() };
    entry.comment = Some(format!("the body of the answer is left out: {why}"));
    let kept = is_clean(&entry, searcher);
    (kept.then_some(entry), Some(why.into()))
}

/// What is written is searched once more as it is written.
fn is_clean(entry: &Entry, searcher: &Searcher) -> bool {
    serde_json::to_vec(entry).is_ok_and(|text| searcher.find(&text).is_none())
}

fn build(recorded: &Recorded, content: Content, redactor: Redactor<'_>) -> Entry {
    let (request, response) = (&recorded.request, &recorded.response);
    let url = redactor.text(&request.uri().to_string(), Place::Url);
    let media_type = |map: &HeaderMap| redactor.text(media_type(map), Place::Body);
    let millis = recorded.took.as_secs_f64() * 1000.0;
    Entry {
        started_date_time: clock::format(recorded.started),
        time: millis,
        request: Request {
            method: request.method().to_string(),
            query_string: query(&url),
            url,
            http_version: "HTTP/1.1".into(),
            headers: headers(request.headers(), redactor),
            post_data: (!request.body().is_empty()).then(|| PostData {
                mime_type: media_type(request.headers()),
                text: redactor.text(&String::from_utf8_lossy(request.body()), place(request.headers())),
            }),
            headers_size: -1,
            body_size: i64::try_from(request.body().len()).unwrap_or(-1),
            ..Request::default()
        },
        response: Response {
            status: response.status().as_u16(),
            status_text: response.status().canonical_reason().unwrap_or_default().into(),
            http_version: "HTTP/1.1".into(),
            headers: headers(response.headers(), redactor),
            content: Content { mime_type: media_type(response.headers()), ..content },
            headers_size: -1,
            body_size: -1,
            ..Response::default()
        },
        cache: Default::default(),
        timings: Timings { send: 0.0, wait: millis, receive: 0.0 },
        comment: None,
    }
}

fn content(recorded: &Recorded, redactor: Redactor<'_>) -> Result<Content, Omitted> {
    let body = decoded(&recorded.response).map_err(Omitted::Coding)?;
    let size = i64::try_from(body.len()).unwrap_or(-1);
    // A proxy's page about a sign-in is read by nobody; a token in a damaged answer could be spelled in any way.
    let is_object = || serde_json::from_slice::<Map<String, Value>>(&body).is_ok();
    if is_sign_in(&recorded.request) && !body.is_empty() && !is_object() {
        return Err(Omitted::SignIn);
    }
    let body = scrubbed(body, place(recorded.response.headers()), redactor, DEEPEST)?;
    let (text, encoding) = match String::from_utf8(body) {
        Ok(text) => (text, None),
        Err(bytes) => (STANDARD.encode(bytes.as_bytes()), Some("base64".to_owned())),
    };
    let empty = text.is_empty().then_some(true);
    Ok(Content { size, text: Some(text), encoding, empty, ..Content::default() })
}

fn scrubbed(body: Vec<u8>, place: Place<'_>, redactor: Redactor<'_>, depth: usize) -> Result<Vec<u8>, Omitted> {
    if let Some((name, _)) = PACKED.iter().find(|(_, start)| body.starts_with(start)) {
        return Err(Omitted::Packed(name));
    }
    if is_gzip(&body) {
        let inner = har::unpack(&body, Some("gzip")).map_err(Omitted::Coding)?.unwrap_or_default();
        let depth = depth.checked_sub(1).ok_or(Omitted::Unclear)?;
        let clean = scrubbed(inner.clone(), place, redactor, depth)?;
        return if clean == inner { Ok(body) } else { gzip(&clean).ok_or(Omitted::Unclear) };
    }
    match redactor.bytes(&body, place) {
        Redacted::Clean => Ok(body),
        Redacted::Changed(clean) => Ok(clean),
        Redacted::Unclear => Err(Omitted::Unclear),
    }
}

/// What the body means, as the answer's headers say.
fn decoded(response: &http::Response<bytes::Bytes>) -> Result<Vec<u8>, BodyError> {
    let mut body = response.body().to_vec();
    let codings = response
        .headers()
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let codings: Vec<_> = codings.map(|coding| String::from_utf8_lossy(coding).into_owned()).collect();
    if body.is_empty() {
        return Ok(body);
    }
    // They stand in the order in which they were applied.
    for coding in codings.iter().rev() {
        if let Some(unpacked) = har::unpack(&body, Some(coding))? {
            body = unpacked;
        }
    }
    Ok(body)
}

/// The text in a file that is packed itself, as export files are.
fn unwrapped(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    for _ in 0..DEEPEST {
        match is_gzip(&body).then(|| har::unpack(&body, Some("gzip"))) {
            Some(Ok(Some(inner))) => body = inner,
            _ => break,
        }
    }
    body
}

fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(&[0x1f, 0x8b])
}

fn gzip(text: &[u8]) -> Option<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(text).ok()?;
    packer.finish().ok()
}

/// Whether a request asks for a token, by its address or by a secret in its form.
fn is_sign_in(request: &http::Request<bytes::Bytes>) -> bool {
    let mut sent = Known::default();
    known_secrets::learn(request.body(), place(request.headers()), "", &mut sent);
    request.uri().path().to_ascii_lowercase().ends_with("/token") || !sent.is_empty()
}

/// Headers as recorded. The coding is gone because the body is stored decoded.
fn headers(map: &HeaderMap, redactor: Redactor<'_>) -> Vec<Header> {
    map.iter()
        .filter(|(name, _)| *name != CONTENT_ENCODING)
        .map(|(name, value)| Header {
            name: redactor.text(name.as_str(), Place::Body),
            value: redactor.text(&String::from_utf8_lossy(value.as_bytes()), Place::Header(name.as_str())),
        })
        .collect()
}

fn media_type(map: &HeaderMap) -> &str {
    map.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn place(map: &HeaderMap) -> Place<'static> {
    let is_form = media_type(map).to_ascii_lowercase().contains("form-urlencoded");
    if is_form { Place::Form } else { Place::Body }
}

fn query(url: &str) -> Vec<Header> {
    let pairs = url.split_once('?').map(|(_, query)| query).unwrap_or_default().split('&');
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Header { name: name.into(), value: value.into() }
        })
        .collect()
}
