//! One mistake in a configuration.

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
    #[error("{file} line {line}: not valid TOML, {problem}; correct the line")]
    Syntax {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What the parser expected.
        problem: String,
    },
    /// A member is unknown, missing, of the wrong type or out of bounds.
    #[error("{file} line {line}: {member}: {problem}")]
    Member {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
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
