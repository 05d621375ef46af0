//! Too many records that could not be used: what is left of them is no whole.

use defender_client::error::{Cause, SourceError};

use super::stages::{Mode, Shared, Stage, Task};
use crate::catalog::Strategy;

const REMEDY: &str =
    "See the reasons in the account. If it stays, please report it: the service may have changed its records.";

impl Task {
    /// Notes that the dataset is not complete if more of its records than the share that is allowed could not be used.
    pub(super) fn hold_to_share(&mut self, shared: &Shared) {
        let (received, rejected) = (self.receipt.received, self.receipt.rejected.sum());
        let allowed = shared.config.max_rejected_percent;
        // What changed closes no snapshot, and is asked for again where it could not be used.
        if self.reads_changes() || rejected.saturating_mul(100) <= received.saturating_mul(allowed) {
            return;
        }
        let name = self.selection.dataset.name.as_str();
        self.receipt.fail(SourceError::new(
            Cause::Protocol,
            format!(
                "Dataset `{name}`: {rejected} of {received} records could not be used, more than {allowed} % \
                 (`limits.max_rejected_percent`)."
            ),
            REMEDY,
        ));
    }

    /// Why a file that was read to its end is of no use: most of it are no records.
    pub(super) fn unusable_file(&mut self) -> Option<SourceError> {
        let now = (self.receipt.received, self.receipt.rejected.sum());
        let before = std::mem::replace(&mut self.before_page, now);
        let (rows, rejected) = (now.0.saturating_sub(before.0), now.1.saturating_sub(before.1));
        let Stage::Tenant(collection) = &self.stage else { return None };
        if self.selection.strategy.name != Strategy::Files || rejected * 2 <= rows {
            return None;
        }
        let what = format!("{}: {rejected} of its {rows} lines are no records that can be used.", collection.done());
        Some(SourceError::new(Cause::Protocol, what, REMEDY))
    }

    /// Why an export without a file, or without a record in any of its files, says nothing: that nothing was found is not
    /// that there is nothing. One of several files may be empty: whoever writes in parts writes such ones.
    pub(super) fn empty_export(&self, shared: &Shared) -> Option<SourceError> {
        let Stage::Tenant(collection) = &self.stage else { return None };
        let is_empty = self.selection.strategy.name == Strategy::Files && self.receipt.received == 0;
        if self.mode != Mode::Emit || !is_empty || shared.is_without_devices {
            return None;
        }
        let what = if collection.is_without_files() { "list of files is empty" } else { "files hold no record" };
        Some(SourceError::new(
            Cause::Unavailable,
            format!("The {what}, and nothing confirms that the tenant has no records."),
            "Read it by `bulk` or leave the strategy to `auto`. If it stays, check the tenant's Defender plan.",
        ))
    }
}
