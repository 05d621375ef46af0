//! Reading recordings: files, or folders of them.

use super::body::{self, BodyError};
use super::bound::{Budget, EXCHANGE_BYTES, Exhausted, MOST_BYTES, PART_BYTES};
use super::stream::{self, Entry, MOST_HEADERS, Refused};
use crate::clock;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use std::io::Read;
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
    /// An answer with more headers than any service sends.
    #[error("{path} entry {index}: response.headers has more than {MOST_HEADERS} members; remove the entry")]
    Headers {
        /// The file.
        path: String,
        /// Which entry, counted from 0.
        index: usize,
    },
    /// A file that does not fit into what recordings may take.
    #[error(
        "{path} does not fit into the {limit_bytes} bytes of memory that all recordings together may take; name fewer \
         recordings, or raise --max-recording-bytes if this machine has the memory"
    )]
    FileTooLarge {
        /// The file.
        path: String,
        /// The bound.
        limit_bytes: u64,
    },
    /// An exchange with which the recordings would take more than they may.
    #[error(
        "{path} entry {index}: its {what} would make the recordings take more than {limit_bytes} bytes of memory all \
         together; if you trust the file and this machine has the memory, raise --max-recording-bytes, otherwise name \
         fewer recordings or remove the entry"
    )]
    TooLarge {
        /// The file.
        path: String,
        /// Which entry, counted from 0.
        index: usize,
        /// What of it is too much.
        what: &'static str,
        /// The bound.
        limit_bytes: u64,
    },
}

/// Reads files and folders, in the order given; a folder stands for its `.har` files in the order of their names. All
/// of them together take `most_bytes` of memory at most, see [`MOST_BYTES`].
pub fn read_paths<P: AsRef<Path>>(paths: &[P], most_bytes: u64) -> Result<Vec<Exchange>, HarError> {
    let (mut exchanges, mut budget) = (Vec::new(), Budget::new(most_bytes));
    for path in paths {
        for file in files(path.as_ref())? {
            read_within(&file, &mut budget, &mut exchanges)?;
        }
    }
    Ok(exchanges)
}

/// Reads one file, within [`MOST_BYTES`].
pub fn read_file(path: &Path) -> Result<Vec<Exchange>, HarError> {
    let mut exchanges = Vec::new();
    read_within(path, &mut Budget::new(MOST_BYTES), &mut exchanges)?;
    Ok(exchanges)
}

/// Reads a recording from memory, within [`MOST_BYTES`] beside itself; `name` is for messages.
pub fn parse(bytes: &[u8], name: &str) -> Result<Vec<Exchange>, HarError> {
    let mut exchanges = Vec::new();
    parse_within(bytes, name, &mut Budget::new(MOST_BYTES), &mut exchanges)?;
    Ok(exchanges)
}

fn read_within(path: &Path, budget: &mut Budget, exchanges: &mut Vec<Exchange>) -> Result<(), HarError> {
    let name = || path.display().to_string();
    let unreadable = |cause| HarError::Unreadable { path: name(), cause };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // The size of a file that is a device or a pipe is not known: no more is read than there is room for.
    let room = budget.left().saturating_add(1);
    let size = file.metadata().map_or(0, |about| about.len()).min(room);
    bytes.reserve_exact(usize::try_from(size).unwrap_or_default());
    file.take(room).read_to_end(&mut bytes).map_err(unreadable)?;
    let held = bytes.len() as u64;
    budget.take(held).map_err(|Exhausted| HarError::FileTooLarge { path: name(), limit_bytes: budget.limit() })?;
    parse_within(&bytes, &name(), budget, exchanges)?;
    budget.give_back(held);
    Ok(())
}

fn parse_within(bytes: &[u8], name: &str, budget: &mut Budget, exchanges: &mut Vec<Exchange>) -> Result<(), HarError> {
    let mut refused = None;
    let each = |index, entry: Entry<'_>| {
        if is_answered(&entry) {
            let exchange = exchange(entry, index, name, budget).map_err(|error| refused = Some(error));
            exchanges.push(exchange.map_err(|()| Refused)?);
        }
        Ok(())
    };
    let path = || name.to_owned();
    match (stream::entries(bytes, each), refused) {
        (_, Some(refused)) => Err(refused),
        (Ok(0), None) => Err(HarError::Empty { path: path() }),
        (Ok(_), None) => Ok(()),
        (Err(error), None) => Err(HarError::Malformed {
            path: path(),
            line: error.line(),
            column: error.column(),
            problem: describe(&error),
        }),
    }
}

/// Browsers also record requests that got no answer, and addresses that need none.
fn is_answered(entry: &Entry<'_>) -> bool {
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

fn exchange(entry: Entry<'_>, index: usize, name: &str, budget: &mut Budget) -> Result<Exchange, HarError> {
    let path = || name.to_owned();
    let invalid = |member| HarError::Entry { path: path(), index, member };
    let limit_bytes = budget.limit();
    let too_large = |what| HarError::TooLarge { path: path(), index, what, limit_bytes };
    let method = Method::from_bytes(entry.request.method.as_bytes()).map_err(|_| invalid("request.method"))?;
    let url: Uri = entry.request.url.parse().map_err(|_| invalid("request.url"))?;
    if url.host().is_none() {
        return Err(invalid("request.url"));
    }
    let status = StatusCode::from_u16(entry.response.status).map_err(|_| invalid("response.status"))?;
    let headers = entry.response.headers;
    if headers.are_too_many {
        return Err(HarError::Headers { path: path(), index });
    }
    let omitted = entry.response.content.omitted.clone();
    // The address is held twice: the table of a replay has it in parts.
    let parts = entry.request.url.bytes().filter(|byte| *byte == b'&').count();
    let texts = 2 * entry.request.url.len() + omitted.as_ref().map_or(0, String::len);
    let head = EXCHANGE_BYTES + texts as u64 + parts as u64 * PART_BYTES + headers.bytes;
    budget.take(head).map_err(|Exhausted| too_large("address and headers"))?;
    let body = body::decode(entry.response.content, headers.coding.as_deref(), budget.left());
    let body = body.map_err(|cause| match cause {
        BodyError::TooLong { .. } => too_large("decoded body"),
        cause => HarError::Body { path: path(), index, cause },
    })?;
    budget.take(body.len() as u64).map_err(|Exhausted| too_large("body"))?;
    let started = clock::parse(&entry.started_date_time);
    Ok(Exchange { started, method, url, status, headers: headers.map, body, omitted })
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
        assert!(matches!(read_paths(&[folder.path()], MOST_BYTES), Err(HarError::EmptyFolder { .. })));
        std::fs::write(folder.path().join("b.har"), ONE.replace("/x?", "/b?")).unwrap();
        std::fs::write(folder.path().join("a.HAR"), ONE.replace("/x?", "/a?")).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no").unwrap();
        let paths: Vec<String> = read_paths(&[folder.path()], MOST_BYTES)
            .unwrap()
            .iter()
            .map(|exchange| exchange.url.path().to_owned())
            .collect();
        assert_eq!(paths, ["/a", "/b"]);
        assert!(matches!(read_paths(&["no/such.har"], MOST_BYTES), Err(HarError::Unreadable { .. })));
    }
    /// So many entries with a body.
    fn recording(entries: usize, body: &str) -> String {
        let body = serde_json::to_string(body).unwrap();
        let entry = format!(
            r#"{{"request":{{"method":"GET","url":"https://a.example/"}},"response":{{"status":200,"content":{{"text":{body}}}}}}}"#
        );
        format!(r#"{{"log":{{"entries":[{}]}}}}"#, vec![entry; entries].join(","))
    }

    #[test]
    fn everything_that_is_held_counts() {
        let fits = |text: &str, most| parse_within(text.as_bytes(), "x.har", &mut Budget::new(most), &mut Vec::new());
        let error = |text: &str, most| fits(text, most).unwrap_err().to_string();
        let many = error(&recording(1000, ""), 100 * 1024);
        assert!(many.starts_with("x.har entry 96: its address and headers would make"), "{many}");
        assert!(many.contains(" 102400 bytes ") && many.contains("--max-recording-bytes"), "{many}");
        let long = error(&recording(3, &" ".repeat(40_000)), 100 * 1024);
        assert!(long.starts_with("x.har entry 2: its decoded body would make"), "{long}");
        assert!(fits(&recording(3, &" ".repeat(40_000)), 130 * 1024).is_ok());
        let query =
            recording(10, "").replace("https://a.example/", &format!("https://a.example/?{}", "&".repeat(1000)));
        assert!(error(&query, 100 * 1024).contains("entry 0: its address and headers"), "parts of an address");
        let headers = vec![r#"{"name":"x","value":""}"#; 900].join(",");
        let headed = ONE.replace("{\"name\":\"ETag\"", &format!("{headers},{{\"name\":\"ETag\""));
        assert!(error(&headed, 100 * 1024).contains("entry 0: its address and headers"), "900 headers");
        let headed = headed.replace(&headers, &vec![headers.as_str(); 40].join(","));
        assert!(error(&headed, u64::MAX).contains("entry 0: response.headers has more than 1000"), "36000 headers");
    }

    #[test]
    fn the_bound_is_one_for_all_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.har", "b.har", "c.har"] {
            std::fs::write(folder.path().join(name), recording(1, &" ".repeat(30_000))).unwrap();
        }
        assert_eq!(read_paths(&[folder.path()], 150_000).unwrap().len(), 3, "a file counts while it is read");
        let error = read_paths(&[folder.path()], 100_000).unwrap_err();
        assert!(matches!(error, HarError::TooLarge { index: 0, .. }) && error.to_string().contains("c.har"), "{error}");
        let error = read_paths(&[folder.path()], 10_000).unwrap_err();
        assert!(matches!(error, HarError::FileTooLarge { limit_bytes: 10_000, .. }), "{error}");
    }
}
