//! Why a checkpoint is refused.

use defender_client::error::{Cause, SourceError};

/// A checkpoint that no session can go on from.
pub(super) fn invalid(message: &str) -> SourceError {
    let remedy =
        "Start over without the checkpoint; with the bundled host, `--reset-state`. The next run reads everything.";
    SourceError::new(Cause::InvalidCheckpoint, message, remedy)
}

/// One that is not as it was written.
pub(super) fn damaged(how: &str) -> SourceError {
    invalid(&format!("The checkpoint is damaged: {how}."))
}
