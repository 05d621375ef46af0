//! What a run may say about absences.

/// A dataset whose absences mean something in this run.
pub(super) struct Judged {
    pub(super) dataset: i64,
    /// What was seen before this pass was missed by it.
    pub(super) pass: i64,
    /// What it could have contained.
    pub(super) scope: i64,
}
