//! What came of judging a promise.

use std::fmt;

/// What came of judging a promise, with what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was kept in everything that was tried.
    Kept(String),
    /// It was broken.
    Broken(String),
    /// It is about something that this component does not do.
    NotApplicable(String),
    /// What it takes to judge it is not there.
    NotJudged(String),
}

/// How a check ends: with what it saw if the promise is kept, with the verdict otherwise.
pub(super) type Judged = Result<String, Verdict>;

impl Verdict {
    /// One or two words for a table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Kept(_) => "pass",
            Self::Broken(_) => "FAIL",
            Self::NotApplicable(_) => "n/a",
            Self::NotJudged(_) => "not judged",
        }
    }

    /// What was seen, or what is missing.
    pub fn evidence(&self) -> &str {
        match self {
            Self::Kept(text) | Self::Broken(text) | Self::NotApplicable(text) | Self::NotJudged(text) => text,
        }
    }

    /// Whether a promise is broken.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}

/// A broken promise, as the end of a check.
pub(super) fn broken(text: impl fmt::Display) -> Verdict {
    Verdict::Broken(text.to_string())
}
