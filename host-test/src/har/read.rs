//! Reading recordings: files, zip archives of them, or folders.

use super::absent;
use super::archive::{self, Archive};
use super::attached::Attached;
use super::body::{self, BodyError};
use super::bound::{Budget, EXCHANGE_BYTES, Exhausted, MOST_BYTES, PART_BYTES};
use super::entry::{Content, Entry, MOST_HEADERS, Response};
use super::error::HarError;
use super::refusal::Refusal;
use super::stream::{self, Refused};
use crate::clock;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes that some programs write before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// How a text in UTF-16 begins, in either order of bytes.
const UTF_16: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

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
    /// Why the answer cannot be replayed: the entry, and that its body was left out or is damaged.
    pub omitted: Option<String>,
}

/// Reads files and folders, in the order given; a folder stands for its `.har` files in the order of their names, a zip
/// archive for those in it. All of them together take `most_bytes` of memory at most, see [`MOST_BYTES`].
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
    Recording { name, attached: Attached::Nowhere }.read(bytes, &mut Budget::new(MOST_BYTES), &mut exchanges)?;
    Ok(exchanges)
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

fn read_within(path: &Path, budget: &mut Budget, exchanges: &mut Vec<Exchange>) -> Result<(), HarError> {
    let name = path.display().to_string();
    let unreadable = |cause| HarError::Unreadable { path: name.clone(), cause };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // The size of a file that is a device or a pipe is not known: no more is read than there is room for.
    let room = budget.left().saturating_add(1);
    let size = file.metadata().map_or(0, |about| about.len()).min(room);
    bytes.reserve_exact(usize::try_from(size).unwrap_or_default());
    file.take(room).read_to_end(&mut bytes).map_err(unreadable)?;
    let held = bytes.len() as u64;
    take_file(budget, held, &name)?;
    if archive::is_archive(&bytes) {
        read_archive(bytes, &name, budget, exchanges)?;
    } else {
        let attached = Attached::Folder(path.parent().unwrap_or(Path::new("")));
        Recording { name: &name, attached }.read(&bytes, budget, exchanges)?;
    }
    budget.give_back(held);
    Ok(())
}

fn read_archive(
    bytes: Vec<u8>,
    name: &str,
    budget: &mut Budget,
    exchanges: &mut Vec<Exchange>,
) -> Result<(), HarError> {
    let broken = |problem| HarError::Archive { path: name.to_owned(), problem };
    let listed = archive::list_bytes(&bytes).map_err(broken)?;
    take_file(budget, listed, name)?;
    let mut archive = Archive::open(bytes).map_err(broken)?;
    let members = archive.recordings();
    if members.is_empty() {
        return Err(HarError::EmptyFolder { path: name.to_owned() });
    }
    for member in members {
        let text = archive.read(&member, budget.left()).map_err(|refusal| match refusal {
            Refusal::TooLong => HarError::FileTooLarge { path: name.to_owned(), limit_bytes: budget.limit() },
            Refusal::Unreadable(problem) => broken(problem),
            Refusal::Missing | Refusal::Outside(_) => broken("its list of files is damaged".to_owned()),
        })?;
        let held = text.len() as u64;
        take_file(budget, held, name)?;
        let folder = member.rfind('/').map_or("", |at| &member[..=at]);
        let recording =
            Recording { name: &format!("{name}/{member}"), attached: Attached::Archive(&mut archive, folder) };
        recording.read(&text, budget, exchanges)?;
        budget.give_back(held);
    }
    budget.give_back(listed);
    Ok(())
}

fn take_file(budget: &mut Budget, bytes: u64, name: &str) -> Result<(), HarError> {
    let limit_bytes = budget.limit();
    budget.take(bytes).map_err(|Exhausted| HarError::FileTooLarge { path: name.to_owned(), limit_bytes })
}

/// A recording that is being read.
struct Recording<'a> {
    /// For messages.
    name: &'a str,
    /// Where bodies are that the recording does not hold itself.
    attached: Attached<'a>,
}

/// Why an answer has no body that could be replayed.
enum Unusable {
    /// The whole recording is refused.
    Refused(HarError),
    /// This answer cannot be replayed; others may be.
    Omitted(String),
}

impl Recording<'_> {
    fn read(mut self, bytes: &[u8], budget: &mut Budget, exchanges: &mut Vec<Exchange>) -> Result<(), HarError> {
        let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        let path = self.name.to_owned();
        let mut refused = None;
        let each = |index, entry: Entry<'_>| {
            let exchange = self.exchange(entry, index, budget).map_err(|error| refused = Some(error));
            exchanges.push(exchange.map_err(|()| Refused)?);
            Ok(())
        };
        match (stream::entries(text, each), refused) {
            (_, Some(refused)) => Err(refused),
            (Ok(0), None) => Err(HarError::Empty { path }),
            (Ok(_), None) => Ok(()),
            (Err(error), None) => {
                let problem = if UTF_16.iter().any(|mark| text.starts_with(mark)) {
                    "the file is UTF-16, and HAR is UTF-8; convert it".into()
                } else {
                    describe(&error)
                };
                Err(HarError::Malformed { path, line: error.line(), column: error.column(), problem })
            }
        }
    }

    fn exchange(&mut self, entry: Entry<'_>, index: usize, budget: &mut Budget) -> Result<Exchange, HarError> {
        let Entry { started_date_time, request, response } = entry;
        // The address is held twice: the table of a replay has it in parts.
        let url = request.url.to_string();
        let parts = url.bytes().filter(|byte| *byte == b'&').count();
        let head = EXCHANGE_BYTES + 2 * url.len() as u64 + parts as u64 * PART_BYTES + response.headers.bytes;
        self.take(budget, head, index, "address and headers")?;
        let (status, headers) = (response.status, response.headers.map.clone());
        let (body, omitted) = match self.body(response, &request.method, index, budget) {
            Ok(body) => (body, None),
            Err(Unusable::Omitted(why)) => (Bytes::new(), Some(why)),
            Err(Unusable::Refused(error)) => return Err(error),
        };
        let held = body.len() + omitted.as_ref().map_or(0, String::len);
        self.take(budget, held as u64, index, "body")?;
        let started = clock::parse(&started_date_time);
        Ok(Exchange { started, method: request.method, url: request.url, status, headers, body, omitted })
    }

    fn body(
        &mut self,
        response: Response<'_>,
        method: &Method,
        index: usize,
        budget: &mut Budget,
    ) -> Result<Bytes, Unusable> {
        let entry = || format!("{} entry {index}", self.name);
        if response.headers.are_too_many {
            let why = format!("{}: response.headers has more than {MOST_HEADERS} members", entry());
            return Err(Unusable::Omitted(why));
        }
        if let Some(why) = absent::why(&response, method) {
            return Err(Unusable::Omitted(format!("{} {why}", entry())));
        }
        let coding = response.headers.coding.as_deref();
        let Content { file: Some(file), .. } = &response.content else {
            let body = body::decode(response.content, coding, budget.left());
            return body.map_err(|cause| self.undecoded(cause, index, budget));
        };
        let bytes = match self.attached.read(file, budget.left()) {
            Ok(bytes) => bytes,
            Err(refusal) => return Err(self.unattached(refusal, file, index, budget)),
        };
        let held = bytes.len() as u64;
        self.take(budget, held, index, "body").map_err(Unusable::Refused)?;
        let body = body::unpacked(bytes, coding, budget.left());
        budget.give_back(held);
        body.map_err(|cause| self.undecoded(cause, index, budget))
    }

    fn undecoded(&self, cause: BodyError, index: usize, budget: &Budget) -> Unusable {
        match cause {
            BodyError::TooLong { .. } => Unusable::Refused(self.too_large(budget, index, "decoded body")),
            cause => Unusable::Omitted(format!("{} entry {index}: {cause}", self.name)),
        }
    }

    fn unattached(&self, refusal: Refusal, file: &str, index: usize, budget: &Budget) -> Unusable {
        let path = self.name.to_owned();
        let entry = format!("{path} entry {index}");
        let within = self.attached.name();
        match refusal {
            Refusal::TooLong => Unusable::Refused(self.too_large(budget, index, "body")),
            Refusal::Outside(file) => Unusable::Refused(HarError::Outside { path, index, file, within }),
            Refusal::Missing => Unusable::Omitted(format!(
                "{entry} has its body in the file {file:?}, which is not in the {within} of the recording"
            )),
            Refusal::Unreadable(problem) => {
                Unusable::Omitted(format!("{entry} has its body in the file {file:?}, which cannot be read: {problem}"))
            }
        }
    }

    fn take(&self, budget: &mut Budget, bytes: u64, index: usize, what: &'static str) -> Result<(), HarError> {
        budget.take(bytes).map_err(|Exhausted| self.too_large(budget, index, what))
    }

    fn too_large(&self, budget: &Budget, index: usize, what: &'static str) -> HarError {
        HarError::TooLarge { path: self.name.to_owned(), index, what, limit_bytes: budget.limit() }
    }
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
