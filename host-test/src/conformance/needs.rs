//! What it takes to judge a promise.

/// What it takes to judge a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The file of the component.
    Imports,
    /// A component that can be called.
    Component,
    /// A configuration too.
    Config,
    /// Recorded traffic too.
    Traffic,
}
