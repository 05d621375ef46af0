//! What can be wrong with an inventory, in one line for the person who has to mend it.

use super::seal::MARK;
use crate::lock::LockError;
use rusqlite::ErrorCode;
use std::path::Path;

/// Why an inventory cannot be opened, read or written. Nothing is lost in any of these cases: a batch that was not
/// recorded is asked for again by the next run.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// There is no file.
    #[error("there is no inventory at {path}; `source-host run` with `inventory = true` in [state] makes one")]
    Missing {
        /// The file.
        path: String,
    },
    /// The file is something else.
    #[error("{path} is not an inventory of this program; name another file in state.path, it was not touched")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The file was written by a newer program.
    #[error(
        "{path} has schema version {found}, this program knows versions up to {known}; use the program that wrote it, \
         or a newer one"
    )]
    Newer {
        /// The file.
        path: String,
        /// Version of the file.
        found: i64,
        /// Newest version that is known.
        known: i64,
    },
    /// The file belongs to another source.
    #[error("{path} is the inventory of the source {found}, not of {wanted}; name another file in state.path")]
    OtherSource {
        /// The file.
        path: String,
        /// The source it was made for.
        found: String,
        /// The source that runs.
        wanted: String,
    },
    /// The file was last written by an older program.
    #[error(
        "{path} has schema version {found}, whose documents have no checksums; the next run of the source with this \
         program gives them to it, then ask again"
    )]
    Older {
        /// The file.
        path: String,
        /// Version of the file.
        found: i64,
    },
    /// The file was written to while it was read without being locked.
    #[error("{path} changed while it was read, so that what was read may not belong together; ask again")]
    Moved {
        /// The file.
        path: String,
    },
    /// Another run has the file, or it cannot be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another program writes to the file.
    #[error("{path} is in use by another process; wait for that run to end, or stop it, and try again")]
    Locked {
        /// The file.
        path: String,
    },
    /// No space is left.
    #[error("no space is left for {path}; make room and run again: the run goes on where it was")]
    Full {
        /// The file.
        path: String,
    },
    /// The file or its folder cannot be written.
    #[error("cannot use {path}: {cause}; check state.path, its folder and their permissions")]
    Unusable {
        /// The file.
        path: String,
        /// What the system said.
        cause: String,
    },
    /// The file is damaged.
    #[error(
        "{path} is damaged ({cause}); `source-host inventory verify` says how far; restore it from a copy, or move it away \
         to start a new inventory: then everything is delivered once more"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What the database said.
        cause: String,
    },
    /// A document without the members of the envelope.
    #[error(
        "the document of event {key} has no envelope with schema, run, seq and refs; this is a bug in the component, \
         please report it"
    )]
    Envelope {
        /// Key of the event.
        key: String,
    },
    /// A statement of the user that does not work.
    #[error("{problem}; the tables are described in docs/inventory.md")]
    Query {
        /// What is wrong with it.
        problem: String,
    },
}

impl InventoryError {
    /// Says what a failure of the database means for the file.
    pub(super) fn of(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.display().to_string();
        let cause = error.to_string();
        if let Some((_, cause)) = cause.split_once(MARK) {
            return Self::Damaged { path, cause: cause.to_owned() };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, cause },
            // The statements and types are ours. They do not fit only where tables or values are not what was written.
            Some(ErrorCode::Unknown | ErrorCode::TypeMismatch | ErrorCode::ConstraintViolation) | None => {
                Self::Damaged { path, cause }
            }
            _ => Self::Unusable { path, cause },
        }
    }

    /// Whether a change of the configuration or of the file is needed before a repeat can help.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::OtherSource { .. }
            | Self::Damaged { .. }
            | Self::Query { .. } => true,
            Self::Lock(_)
            | Self::Locked { .. }
            | Self::Full { .. }
            | Self::Unusable { .. }
            | Self::Moved { .. }
            | Self::Envelope { .. } => false,
        }
    }
}
