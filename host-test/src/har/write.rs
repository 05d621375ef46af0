//! Writing recordings: redacted, decoded, and one file at a time.

use super::body::unpack;
use super::model::{Content, Creator, Entry, Har, Header, Log, PostData, Request, Response, Timings};
use super::redact::{redact_body, redact_form, redact_headers, redact_url};
use crate::clock;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

/// One exchange as it went over the wire.
#[derive(Debug)]
pub struct Recorded {
    /// When the request was sent, as time since 1970.
    pub started: Duration,
    /// How long it took until the last byte.
    pub took: Duration,
    /// The request.
    pub request: http::Request<Bytes>,
    /// The answer.
    pub response: http::Response<Bytes>,
}

/// An exchange without anything secret.
pub fn entry(recorded: &Recorded) -> Entry {
    let (request, response) = (&recorded.request, &recorded.response);
    let coding = response.headers().get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    // A body that cannot be unpacked is kept as it is: that is what the component saw.
    let body = unpack(response.body(), coding).ok().flatten().map_or_else(|| response.body().clone(), Bytes::from);
    let size = i64::try_from(body.len()).unwrap_or(-1);
    let (text, encoding) = match std::str::from_utf8(&body) {
        Ok(text) => (redact_body(text), None),
        Err(_) => (STANDARD.encode(&body), Some("base64".to_owned())),
    };
    let url = redact_url(&request.uri().to_string());
    let millis = recorded.took.as_secs_f64() * 1000.0;
    Entry {
        started_date_time: clock::format(recorded.started),
        time: millis,
        request: Request {
            method: request.method().to_string(),
            query_string: query(&url),
            url,
            http_version: "HTTP/1.1".into(),
            headers: headers(request.headers()),
            post_data: (!request.body().is_empty()).then(|| PostData {
                mime_type: media_type(request.headers()),
                text: redact_body(&redact_form(&String::from_utf8_lossy(request.body()))),
            }),
            headers_size: -1,
            body_size: i64::try_from(request.body().len()).unwrap_or(-1),
            ..Request::default()
        },
        response: Response {
            status: response.status().as_u16(),
            status_text: response.status().canonical_reason().unwrap_or_default().into(),
            http_version: "HTTP/1.1".into(),
            headers: headers(response.headers()),
            content: Content { size, mime_type: media_type(response.headers()), text: Some(text), encoding },
            headers_size: -1,
            body_size: -1,
            ..Response::default()
        },
        cache: Default::default(),
        timings: Timings { send: 0.0, wait: millis, receive: 0.0 },
    }
}

/// Writes a file, completely or not at all.
pub fn write_file(path: &Path, entries: Vec<Entry>) -> std::io::Result<()> {
    let creator = Creator { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() };
    let har = Har { log: Log { version: "1.2".into(), creator, entries } };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
    serde_json::to_writer_pretty(&mut file, &har)?;
    file.write_all(b"\n")?;
    let file = file.into_inner().map_err(|error| error.into_error())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Headers as recorded. The coding is gone because the body is stored decoded.
fn headers(map: &HeaderMap) -> Vec<Header> {
    let mut headers: Vec<Header> = map
        .iter()
        .filter(|(name, _)| *name != CONTENT_ENCODING)
        .map(|(name, value)| Header {
            name: name.to_string(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        })
        .collect();
    redact_headers(&mut headers);
    headers
}

fn media_type(map: &HeaderMap) -> String {
    map.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded() -> Recorded {
        let request = http::Request::post("https://login.example/t/token?x=1&sig=hush")
            .header("authorization", "Bearer hush")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from_static(b"client_id=c&client_secret=hush"))
            .unwrap();
        let response = http::Response::builder()
            .status(200)
            .header("content-type", "application/json")
            .header("set-cookie", "hush")
            .body(Bytes::from_static(b"{\"access_token\":\"hush\",\"next\":\"https://s/x?sig=hush\"}"))
            .unwrap();
        Recorded { started: Duration::from_secs(1), took: Duration::from_millis(5), request, response }
    }

    #[test]
    fn what_is_written_can_be_read_and_holds_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.har");
        write_file(&path, vec![entry(&recorded())]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("hush"), "{text}");
        let exchanges = super::super::read_file(&path).unwrap();
        assert_eq!(exchanges[0].url.path(), "/t/token");
        assert_eq!(exchanges[0].started, Some(Duration::from_secs(1)));
        assert!(exchanges[0].body.starts_with(b"{\"access_token\":\"[REDACTED]\""));
    }

    #[test]
    fn bytes_that_are_no_text_survive() {
        let mut recorded = recorded();
        *recorded.response.body_mut() = Bytes::from_static(&[0xff, 0, 1]);
        let entry = entry(&recorded);
        assert_eq!(entry.response.content.encoding.as_deref(), Some("base64"));
        let text = serde_json::to_vec(&Har {
            log: Log { version: String::new(), creator: Creator::default(), entries: vec![entry] },
        })
        .unwrap();
        assert_eq!(super::super::parse(&text, "x").unwrap()[0].body, [0xff, 0, 1].as_slice());
    }
}
