//! The clock of the machine.

use std::time::Duration;

/// The time, since 1970.
pub(super) fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}
