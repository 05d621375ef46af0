//! What may go wrong, and when.

use std::time::Duration;
use strum::VariantArray;

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// When it does.
    pub when: When,
    /// What it is.
    pub what: What,
}

/// Which requests a fault strikes. All conditions have to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    /// Method; none: any.
    pub method: Option<String>,
    /// Path without the query, in any case; `*` stands for any text. None: any.
    pub path: Option<String>,
    /// Number of the first request it strikes among those that method and path select, counted from 1.
    pub from: u64,
    /// Probability that it strikes, 0 to 1, drawn from the seed.
    pub probability: f64,
    /// How often it strikes; none: always.
    pub times: Option<u64>,
}

impl Default for When {
    fn default() -> Self {
        Self { method: None, path: None, from: 1, probability: 1.0, times: Some(1) }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// 429, whatever the quotas say.
    Throttle(RetryAfter),
    /// Another status, with the error body of the service.
    Status(u16),
    /// 401: the token is not accepted any more.
    Unauthorized,
    /// 403: the permission is gone.
    Forbidden,
    /// 404 for something that exists.
    NotFound,
    /// Nobody listens.
    Refuse,
    /// The connection is reset before the answer.
    Reset,
    /// The body pauses every so many bytes.
    Slow {
        /// Length of a pause.
        pause: Duration,
        /// Bytes between two pauses.
        every: u64,
    },
    /// The connection is closed in the body.
    Truncate {
        /// Bytes of the body before.
        at: u64,
    },
    /// The connection is reset in the body.
    ResetBody {
        /// Bytes of the body before.
        at: u64,
    },
    /// The body is gzip and ends well inside the member.
    CutGzip {
        /// Bytes of the member before.
        at: u64,
    },
    /// 200 with no body.
    Empty,
    /// 200 with a page of HTML, as of a proxy.
    Html,
    /// The body ends well, but is no whole JSON.
    Malformed {
        /// Bytes of the body before.
        at: u64,
    },
    /// The page before this one again: the client sees its rows twice.
    Duplicate,
    /// `$skip` has moved: rows vanished before the page (positive) or came (negative). Strikes pages that have rows before
    /// them alone.
    Shift {
        /// By how many rows.
        rows: i64,
    },
    /// The next link leads to the page it stands on.
    Loop,
    /// The next link leads to a host of somebody else.
    ForeignLink,
    /// A page without rows whose next link leads to the rows that it should have.
    EmptyPage,
    /// Fewer rows on a page than were asked for; what is behind them is there all the same.
    ShortPage {
        /// Rows that the page has at most.
        rows: u64,
    },
    /// The rows of an answer in another order, those of a page each time in another one. Of long answers each thousand
    /// changes places.
    Shuffle,
    /// A device that is listed and whose data are gone: from then on every request about it ends in 404. Strikes requests
    /// about one device each, and each device once.
    Ghost,
    /// A file that is listed before the storage has it: 404 for so long. Strikes each file once.
    LateFile {
        /// Seconds from the first request for it.
        secs: u64,
    },
    /// A file that is still being copied: 200, empty, `x-ms-copy-status: pending`.
    PendingCopy,
    /// The link to a file expires while it is read: the connection is reset, and from then on it answers 403.
    SasExpired {
        /// Bytes of the body before.
        at: u64,
    },
    /// The clock of the service is ahead (positive) or behind (negative).
    ClockSkew {
        /// By how many seconds.
        secs: i64,
    },
}

/// How a 429 says when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// In seconds.
    Seconds(u64),
    /// As a date, so many seconds from now.
    Date(u64),
    /// Not at all.
    None,
}

/// The kinds of [`What`], without their settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
#[allow(missing_docs, reason = "the cases of `What` say what they are")]
pub enum FaultKind {
    Throttle,
    Status,
    Unauthorized,
    Forbidden,
    NotFound,
    Refuse,
    Reset,
    Slow,
    Truncate,
    ResetBody,
    CutGzip,
    Empty,
    Html,
    Malformed,
    Duplicate,
    Shift,
    Loop,
    ForeignLink,
    EmptyPage,
    ShortPage,
    Shuffle,
    Ghost,
    LateFile,
    PendingCopy,
    SasExpired,
    ClockSkew,
}

impl FaultKind {
    /// All of them.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// Name in scenarios and in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Status => "status",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Refuse => "refuse",
            Self::Reset => "reset",
            Self::Slow => "slow",
            Self::Truncate => "truncate",
            Self::ResetBody => "reset-body",
            Self::CutGzip => "cut-gzip",
            Self::Empty => "empty",
            Self::Html => "html",
            Self::Malformed => "malformed",
            Self::Duplicate => "duplicate",
            Self::Shift => "shift",
            Self::Loop => "loop",
            Self::ForeignLink => "foreign-link",
            Self::EmptyPage => "empty-page",
            Self::ShortPage => "short-page",
            Self::Shuffle => "shuffle",
            Self::Ghost => "ghost",
            Self::LateFile => "late-file",
            Self::PendingCopy => "pending-copy",
            Self::SasExpired => "sas-expired",
            Self::ClockSkew => "clock-skew",
        }
    }
}

impl What {
    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Throttle(_) => FaultKind::Throttle,
            Self::Status(_) => FaultKind::Status,
            Self::Unauthorized => FaultKind::Unauthorized,
            Self::Forbidden => FaultKind::Forbidden,
            Self::NotFound => FaultKind::NotFound,
            Self::Refuse => FaultKind::Refuse,
            Self::Reset => FaultKind::Reset,
            Self::Slow { .. } => FaultKind::Slow,
            Self::Truncate { .. } => FaultKind::Truncate,
            Self::ResetBody { .. } => FaultKind::ResetBody,
            Self::CutGzip { .. } => FaultKind::CutGzip,
            Self::Empty => FaultKind::Empty,
            Self::Html => FaultKind::Html,
            Self::Malformed { .. } => FaultKind::Malformed,
            Self::Duplicate => FaultKind::Duplicate,
            Self::Shift { .. } => FaultKind::Shift,
            Self::Loop => FaultKind::Loop,
            Self::ForeignLink => FaultKind::ForeignLink,
            Self::EmptyPage => FaultKind::EmptyPage,
            Self::ShortPage { .. } => FaultKind::ShortPage,
            Self::Shuffle => FaultKind::Shuffle,
            Self::Ghost => FaultKind::Ghost,
            Self::LateFile { .. } => FaultKind::LateFile,
            Self::PendingCopy => FaultKind::PendingCopy,
            Self::SasExpired { .. } => FaultKind::SasExpired,
            Self::ClockSkew { .. } => FaultKind::ClockSkew,
        }
    }

    /// Name in scenarios and in the log.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }
}
