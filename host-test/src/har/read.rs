//! Reading recordings: files, or folders of them.

use super::body::{self, BodyError};
use super::model::{Entry, Har};
use crate::clock;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One recorded request and its answer, with the body as the server meant it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// When it was recorded, as time since 1970.
    pub started: Option<Duration>,
    /// Method of the request.
    pub method: Method,
    /// Absolute address of the request.
    pub url: Uri,
    /// Status of the answer.
    pub status: StatusCode,
    /// Headers of the answer, without those that describe how it was transferred.
    pub headers: HeaderMap,
    /// Decoded body of the answer.
    pub body: Bytes,
    /// Why there is none, where the recorder left it out.
    pub omitted: Option<String>,
}

/// A recording that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HarError {
    /// A path that cannot be read.
    #[error("cannot read the recording {path}: {cause}; check the path")]
    Unreadable {
        /// The path.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A folder without recordings.
    #[error("{path} holds no .har file; name a HAR file or a folder with some")]
    EmptyFolder {
        /// The folder.
        path: String,
    },
    /// Not JSON, or cut off.
    #[error("{path} line {line} column {column}: {problem}; record it again or fetch an undamaged copy")]
    Malformed {
        /// The file.
        path: String,
        /// Where reading stopped.
        line: usize,
        /// Where reading stopped.
        column: usize,
        /// What was found there.
        problem: String,
    },
    /// A recording of nothing.
    #[error("{path} holds no exchanges; record it again")]
    Empty {
        /// The file.
        path: String,
    },
    /// An exchange whose members make no sense.
    #[error("{path} entry {index}: {member} is not valid; record it again or remove the entry")]
    Entry {
        /// The file.
        path: String,
        /// Which entry, counted from 0 as in `log.entries[0]`.
        index: usize,
        /// Which member.
        member: &'static str,
    },
    /// An exchange whose body cannot be decoded.
    #[error("{path} entry {index}: {cause}; record it again or fetch an undamaged copy")]
    Body {
        /// The file.
        path: String,
        /// Which entry, counted from 0.
        index: usize,
        /// What is wrong.
        cause: BodyError,
    },
}

/// Reads files and folders, in the order given; a folder stands for its `.har` files in the order of their names.
pub fn read_paths<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<Exchange>, HarError> {
    let mut exchanges = Vec::new();
    for path in paths {
        for file in files(path.as_ref())? {
            exchanges.extend(read_file(&file)?);
        }
    }
    Ok(exchanges)
}

/// Reads one file.
pub fn read_file(path: &Path) -> Result<Vec<Exchange>, HarError> {
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => parse(&bytes, &name),
        Err(cause) => Err(HarError::Unreadable { path: name, cause }),
    }
}

/// Reads a recording from memory; `name` is for messages.
pub fn parse(bytes: &[u8], name: &str) -> Result<Vec<Exchange>, HarError> {
    let path = || name.to_owned();
    let har: Har = serde_json::from_slice(bytes).map_err(|error| HarError::Malformed {
        path: path(),
        line: error.line(),
        column: error.column(),
        problem: describe(&error),
    })?;
    if har.log.entries.is_empty() {
        return Err(HarError::Empty { path: path() });
    }
    let entries = har.log.entries.into_iter().enumerate();
    entries.filter(|(_, entry)| is_answered(entry)).map(|(index, entry)| exchange(entry, index, name)).collect()
}

/// Browsers also record requests that got no answer, and addresses that need none.
fn is_answered(entry: &Entry) -> bool {
    let url = entry.request.url.as_bytes();
    let scheme = ["data:", "blob:", "chrome-extension:", "ws:", "wss:"];
    let other = scheme.iter().any(|scheme| url.get(..scheme.len()).is_some_and(|it| it == scheme.as_bytes()));
    entry.response.status != 0 && !other
}

/// The parser's message, without the values it quotes: a recording of somebody else can hold a token.
fn describe(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    match error.classify() {
        Category::Eof => "the file is cut off".into(),
        Category::Data => {
            let text = error.to_string();
            match text.find("missing field").map(|at| &text[at..]) {
                Some(missing) => format!("not HAR, {}", missing.split(" at line").next().unwrap_or_default()),
                None => "not HAR, a member has the wrong type".into(),
            }
        }
        Category::Syntax | Category::Io => "not JSON".into(),
    }
}

fn files(path: &Path) -> Result<Vec<PathBuf>, HarError> {
    let name = || path.display().to_string();
    let unreadable = |cause| HarError::Unreadable { path: name(), cause };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("har")) && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() { Err(HarError::EmptyFolder { path: name() }) } else { Ok(files) }
}

fn exchange(entry: Entry, index: usize, name: &str) -> Result<Exchange, HarError> {
    let invalid = |member| HarError::Entry { path: name.to_owned(), index, member };
    let method = Method::from_bytes(entry.request.method.as_bytes()).map_err(|_| invalid("request.method"))?;
    let url: Uri = entry.request.url.parse().map_err(|_| invalid("request.url"))?;
    if url.host().is_none() {
        return Err(invalid("request.url"));
    }
    let status = StatusCode::from_u16(entry.response.status).map_err(|_| invalid("response.status"))?;
    let mut headers = HeaderMap::new();
    let mut coding = None;
    for header in entry.response.headers {
        // HTTP/2 pseudo headers and values with line breaks occur in recordings of browsers and are no headers.
        let (Ok(header_name), Ok(value)) =
            (HeaderName::from_bytes(header.name.as_bytes()), HeaderValue::from_str(&header.value))
        else {
            continue;
        };
        match header_name {
            http::header::CONTENT_ENCODING => coding = Some(header.value),
            http::header::CONTENT_LENGTH | http::header::TRANSFER_ENCODING => {}
            other => {
                headers.append(other, value);
            }
        }
    }
    let omitted = entry.response.content.omitted.clone();
    let body = body::decode(entry.response.content, coding.as_deref()).map_err(|cause| HarError::Body {
        path: name.to_owned(),
        index,
        cause,
    })?;
    Ok(Exchange { started: clock::parse(&entry.started_date_time), method, url, status, headers, body, omitted })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"log":{"version":"1.2","entries":[{"startedDateTime":"2024-03-05T18:21:25.317Z",
        "request":{"method":"GET","url":"https://a.example/x?y=1"},
        "response":{"status":200,"headers":[{"name":":status","value":"200"},{"name":"content-length","value":"9"},
        {"name":"ETag","value":"e"}],"content":{"mimeType":"application/json","text":"{}"}}}]}}"#;

    #[test]
    fn an_exchange_is_read_without_transfer_headers() {
        let exchanges = parse(ONE.as_bytes(), "x.har").unwrap();
        let exchange = &exchanges[0];
        assert_eq!((exchange.method.as_str(), exchange.url.path()), ("GET", "/x"));
        assert_eq!(exchange.started, Some(Duration::from_millis(1_709_662_885_317)));
        assert_eq!(exchange.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["etag"]);
        assert_eq!(exchange.body, "{}");
    }

    #[test]
    fn damage_is_named_with_place_and_cure() {
        let error = |text: &str| parse(text.as_bytes(), "x.har").unwrap_err().to_string();
        assert_eq!(
            error(&ONE[..200]),
            "x.har line 3 column 50: the file is cut off; record it again or fetch an undamaged copy"
        );
        assert!(error("{\"log\":{}}").contains("not HAR, missing field `entries`"));
        assert!(error("<html>").contains("x.har line 1 column 1: not JSON"));
        assert!(error("{\"log\":\"hush\"}").contains("not HAR, a member has the wrong type"));
        assert!(!error("{\"log\":\"hush\"}").contains("hush"));
        assert!(error("{\"log\":{\"entries\":[]}}").contains("x.har holds no exchanges"));
        assert!(error(&ONE.replace("https://a.example", "")).contains("entry 0: request.url is not valid"));
        assert!(error(&ONE.replace("\"status\":200", "\"status\":42")).contains("response.status is not valid"));
        assert!(parse(ONE.replace("\"status\":200", "\"status\":0").as_bytes(), "x.har").unwrap().is_empty());
        assert!(error(&ONE.replace("\"text\":\"{}\"", "\"text\":\"?\",\"encoding\":\"base64\"")).contains("base64"));
    }

    #[test]
    fn folders_are_read_in_the_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read_paths(&[folder.path()]), Err(HarError::EmptyFolder { .. })));
        std::fs::write(folder.path().join("b.har"), ONE.replace("/x?", "/b?")).unwrap();
        std::fs::write(folder.path().join("a.HAR"), ONE.replace("/x?", "/a?")).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no").unwrap();
        let paths: Vec<String> =
            read_paths(&[folder.path()]).unwrap().iter().map(|exchange| exchange.url.path().to_owned()).collect();
        assert_eq!(paths, ["/a", "/b"]);
        assert!(matches!(read_paths(&["no/such.har"]), Err(HarError::Unreadable { .. })));
    }
}
