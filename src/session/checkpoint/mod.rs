//! Progress that survives the session, and what survives the run.

mod document;
mod invalid;
mod layout;
mod position;
mod run;
mod soundness;
#[cfg(test)]
mod tests;

pub use document::Checkpoint;
pub use position::Position;
pub use run::{Current, Run};
