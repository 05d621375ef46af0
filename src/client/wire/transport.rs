//! What a request and an answer are, and what has to be supplied from outside.

use std::fmt;
use std::io::{self, Read};

use http::{Method, StatusCode, Uri};

/// A request: GET, or the POST for a token or of a query.
#[derive(Debug)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// To what.
    pub uri: Uri,
    /// Header fields, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Empty for a GET.
    pub body: Vec<u8>,
}

/// The bytes of a body, as they arrive.
///
/// Everything that reads does this. `dyn Read` itself would bring ten more methods per reader along, nine kilobytes of
/// component that nobody calls.
pub trait Receive {
    /// Waits for some bytes and says how many came; none at the end.
    ///
    /// # Errors
    /// The body broke off; of kind [`io::ErrorKind::Interrupted`] if it did not.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

impl<R: Read> Receive for R {
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read(buffer)
    }
}

/// The head of an answer, as far as anything here looks at it, and its body as it arrives.
pub struct Response {
    /// How it went.
    pub status: StatusCode,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// `x-ms-copy-status`, by which the storage service says how far a file was copied to where it lies.
    pub copy_status: Option<String>,
    /// The body, coded as it came.
    pub body: Box<dyn Receive>,
}

/// Sends requests. Does not follow redirects, does not decode bodies, does not repeat.
pub trait Transport {
    /// Sends one request, without waiting for its answer.
    fn send(&mut self, request: Request) -> InFlight;
}

/// A request that was sent. Dropped, it is given up.
pub struct InFlight(Box<dyn FnOnce() -> Result<Response, TransportError>>);

impl InFlight {
    /// A request whose answer is what `wait` returns.
    pub fn new(wait: impl FnOnce() -> Result<Response, TransportError> + 'static) -> Self {
        Self(Box::new(wait))
    }

    /// Waits for the head of the answer.
    ///
    /// # Errors
    /// When no head arrived. Trouble while the body arrives is an [`std::io::Error`] that wraps a
    /// [`TransportError`].
    pub fn wait(self) -> Result<Response, TransportError> {
        (self.0)()
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InFlight")
    }
}

/// Why no answer arrived.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum TransportError {
    /// The host that runs the source does not let it make this request.
    #[error("the pipeline host does not allow the request")]
    Denied,
    /// The host cannot send it as it is configured: a proxy that refuses, most likely.
    #[error("the pipeline host is not let out the way it is configured")]
    Misconfigured,
    /// The name of the server has no address.
    #[error("the host name could not be resolved")]
    NameNotResolved,
    /// No connection.
    #[error("no connection could be made")]
    ConnectionFailed,
    /// The connection is not trusted.
    #[error("the TLS certificate was not accepted")]
    TlsFailed,
    /// No answer, or no further part of it, in time.
    #[error("no answer came in time")]
    TimedOut,
    /// The connection broke.
    #[error("the connection was lost")]
    ConnectionLost,
    /// The header of the answer is larger than the host takes.
    #[error("the header of the answer is larger than the pipeline host takes")]
    HeaderTooLarge,
    /// Anything else, in the host's words.
    #[error("{0}")]
    Other(String),
}

impl TransportError {
    /// Whether the same request can succeed later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::Denied | Self::Misconfigured | Self::TlsFailed | Self::HeaderTooLarge)
    }
}

/// The time. Two clocks, because a wall clock can be set back.
pub trait Clock {
    /// Milliseconds since the epoch, for what people see.
    fn wall_ms(&self) -> i64;
    /// Milliseconds since some moment, never going back, for waits and token lives.
    fn monotonic_ms(&self) -> u64;
}

/// Numbers that nobody can foresee, for identifiers and jitter.
pub trait Entropy {
    /// The next number.
    fn next(&mut self) -> u64;
}
