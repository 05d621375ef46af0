//! The script of a test: on what terms the tenant is served, and what goes wrong when.

mod fault;

pub use fault::{Fault, RetryAfter, What, When};

use crate::service::Terms;

/// A script.
#[derive(Debug, Clone, Default)]
pub struct Scenario {
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// What it says about the terms.
    changes: Changes,
}

impl Scenario {
    /// A script of faults alone.
    #[must_use]
    pub fn of(faults: Vec<Fault>) -> Self {
        Self { faults, changes: Changes::default() }
    }

    /// Changes the terms as the script says.
    pub fn apply(&self, terms: &mut Terms) {
        self.changes.apply(terms);
    }
}

#[derive(Debug, Clone, Default)]
struct Changes {}

impl Changes {
    fn apply(&self, _: &mut Terms) {}
}
