//! One mistake in a configuration.

use super::disclosed::Disclosed;
use crate::nearest::nearest;
use std::fmt;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

impl Place {
    /// Of a byte of a text.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// What is wrong with a configuration, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {file}: {cause}; check the path given to --config")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        cause: String,
    },
    /// The file is not TOML.
    #[error("{file} {place}: not valid TOML, {problem}; correct the line")]
    Syntax {
        /// The file.
        file: String,
        /// Where in it.
        place: Place,
        /// What the parser expected.
        problem: String,
    },
    /// A member is unknown, missing, of the wrong type or out of bounds.
    #[error("{file} {place}: {member}: {problem}")]
    Member {
        /// The file.
        file: String,
        /// Where in it.
        place: Place,
        /// The member, with all its sections.
        member: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A secret cannot be fetched.
    #[error("secret {name}: {problem}")]
    Secret {
        /// Its name.
        name: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// An override from the command line makes no sense.
    #[error("{option}: {problem}")]
    Override {
        /// The option as it was given, without values.
        option: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl ConfigError {
    /// A dataset of `--datasets` that the component cannot read.
    pub(crate) fn unknown_dataset(name: &str, known: &[&str]) -> Self {
        let problem = match nearest(name, known.iter().copied()) {
            Some(near) => format!("there is no dataset `{name}`; did you mean `{near}`?"),
            None => format!("there is no dataset `{name}`; known are {}", known.join(", ")),
        };
        Self::Override { option: "--datasets".into(), problem }
    }

    /// Where in the file it is, if it is about a place in it.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Syntax { place, .. } | Self::Member { place, .. } => Some(*place),
            Self::Unreadable { .. } | Self::Secret { .. } | Self::Override { .. } => None,
        }
    }

    /// A secret that the component has no use for. Its name is told where it is one, or near one.
    pub(crate) fn unknown_secret(name: &str, known: &[String]) -> Self {
        let (name, problem) = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => (name.to_owned(), format!("the component has no use for it; did you mean `{near}`?")),
            None => {
                let problem = format!("the component has no use for it; it knows {}", known.join(", "));
                (Disclosed::member(name).to_string(), problem)
            }
        };
        Self::Secret { name, problem }
    }
}
