//! A promise, and the check that judges it.

use super::lab::Lab;
use super::needs::Needs;
use super::verdict::Judged;
use futures_util::future::LocalBoxFuture;
use std::fmt;

/// Something that the contract promises in the name of every source.
pub struct Promise {
    /// Its name, in lower case with hyphens.
    pub name: &'static str,
    /// Where in `wit/` it is written.
    pub item: &'static str,
    /// What is promised.
    pub text: &'static str,
    /// What it takes to judge it.
    pub needs: Needs,
    pub(super) judge: for<'a> fn(&'a Lab) -> LocalBoxFuture<'a, Judged>,
}

impl fmt::Debug for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").field("name", &self.name).finish_non_exhaustive()
    }
}
