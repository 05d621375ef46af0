//! The mark that a secret leaves.

/// What stands where a secret was.
pub const REDACTED: &str = "[REDACTED]";
