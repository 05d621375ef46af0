//! What became of a run or a test, for people and programs: accounts that reconcile, findings with their cures.

mod receipt;
mod report;
mod secret_id;
mod tallies;

pub use receipt::{Completeness, DatasetReceipt, Failure, ROSTER, Receipt};
pub use report::{Finding, Report, Severity};
pub use secret_id::{looks_like_an_id, warn_of_secret_id};
