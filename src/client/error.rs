//! The one error of this crate: what happened, and what to do.

/// Why something failed. The cases are those of `error` in `wit/types.wit`, which says when each happens and
/// whether a repeat helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The configuration is wrong.
    InvalidConfig,
    /// The credentials were refused.
    Unauthenticated,
    /// A permission is missing.
    Forbidden,
    /// The tenant lacks the product or feature.
    NotLicensed,
    /// Nothing under that address. Outside, this is a `protocol` error.
    NotFound,
    /// Asked to slow down, over all repeats.
    Throttled,
    /// Down or unreachable, over all repeats.
    Unavailable,
    /// No answer in time, over all repeats.
    Timeout,
    /// Refused by its status as a request that cannot be served. Outside, this is a `protocol` error.
    Refused,
    /// An answer that the protocol does not allow.
    Protocol,
    /// The checkpoint cannot be used.
    InvalidCheckpoint,
    /// A bound was reached.
    LimitExceeded,
    /// A bug.
    Internal,
}

impl Cause {
    /// The name in log lines and checkpoints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidConfig => "invalid-config",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotLicensed => "not-licensed",
            Self::NotFound => "not-found",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Refused | Self::Protocol => "protocol",
            Self::InvalidCheckpoint => "invalid-checkpoint",
            Self::LimitExceeded => "limit-exceeded",
            Self::Internal => "internal",
        }
    }
}

/// What happened, where, why most likely, what to do, and when a repeat can help. Holds no secrets: its parts are
/// made of our own words, names from the configuration and codes of the service.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}: {message} {remedy}", cause.as_str())]
pub struct SourceError {
    /// The case.
    pub cause: Cause,
    /// What happened and where, one line.
    pub message: String,
    /// What to do, one line.
    pub remedy: String,
    /// Earliest time from now at which a repeat can help.
    pub retry_after_ms: Option<u64>,
    /// Whether the service says so itself, by a code of its own, and not only a status that may be of whatever stands in
    /// between.
    pub is_told: bool,
}

impl SourceError {
    /// An error that a repeat does not cure at any known time.
    #[must_use]
    pub fn new(cause: Cause, message: impl AsRef<str>, remedy: impl AsRef<str>) -> Self {
        Self::build(cause, message.as_ref(), remedy.as_ref())
    }

    #[inline(never)]
    fn build(cause: Cause, message: &str, remedy: &str) -> Self {
        Self { cause, message: message.to_owned(), remedy: remedy.to_owned(), retry_after_ms: None, is_told: false }
    }

    /// The same with the earliest time for a repeat.
    #[must_use]
    pub fn retry_after(mut self, millis: u64) -> Self {
        self.retry_after_ms = Some(millis);
        self
    }
}
