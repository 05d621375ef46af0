//! What changes from request to request.

use super::fault::Armed;
use super::lasting::Lasting;
use super::log::Log;
use super::{hunt, quota};
use crate::period::Period;
use std::collections::BTreeSet;

/// What changes from request to request.
#[derive(Default)]
pub(super) struct State {
    pub(super) log: Log,
    pub(super) armed: Vec<Armed>,
    pub(super) window: quota::Window,
    pub(super) budget: hunt::Budget,
    pub(super) lasting: Lasting,
    pub(super) frozen: Option<Period>,
    /// Signatures of links that a fault ended before their time.
    pub(super) expired: BTreeSet<String>,
}
