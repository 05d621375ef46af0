//! The script of a test: on what terms the tenant is served, and what goes wrong when.

mod fault;
mod fault_section;
mod nearest;
mod script;

pub use fault::{Fault, FaultKind, RetryAfter, What, When};
pub use script::ScenarioError;

use crate::terms::Terms;
use std::path::Path;

/// A script.
#[derive(Debug, Clone, Default)]
pub struct Scenario {
    /// What goes wrong.
    pub faults: Vec<Fault>,
    script: script::Script,
}

impl Scenario {
    /// A script of faults alone.
    #[must_use]
    pub fn of(faults: Vec<Fault>) -> Self {
        Self { faults, script: script::Script::default() }
    }

    /// Reads a script from TOML. `path` is named in errors, and what the script points to is relative to it.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ScenarioError> {
        let (script, faults) = script::read(path, text)?;
        Ok(Self { faults, script })
    }

    /// Reads a script from a file.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path).map_err(|error| ScenarioError::Unreadable {
            file: path.display().to_string(),
            cause: error.to_string(),
        })?;
        Self::parse(path, &text)
    }

    /// Changes the terms as the script says.
    pub fn apply(&self, terms: &mut Terms) {
        self.script.apply(terms);
    }
}
