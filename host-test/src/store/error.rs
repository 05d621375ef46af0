//! Why a position could not be kept or found.

use crate::inventory::InventoryError;

/// Why a position could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading failed.
    #[error("cannot read the state file {path}: {cause}; check state.path")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Writing failed.
    #[error("cannot write the state file {path}: {cause}; check state.path, its permissions and the free space")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not one of ours.
    #[error("{path} is not a state file of this program; check state.path, or start over with `--reset-state`")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The file does not say what was written to it.
    #[error(
        "the state file {path} is damaged: its checksum is another one; restore it from a copy, or start over with \
         `--reset-state`"
    )]
    Damaged {
        /// The file.
        path: String,
    },
    /// The file belongs to another source.
    #[error("{path} belongs to the source {found}, not {wanted}; check state.path, or start over with `--reset-state`")]
    OtherSource {
        /// The file.
        path: String,
        /// The source it was written for.
        found: String,
        /// The source that runs.
        wanted: String,
    },
    /// The inventory cannot be read or written.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
}
