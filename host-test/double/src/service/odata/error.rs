//! What is wrong with an option of the query.

/// What is wrong with an option of the query, for the error body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::service) enum ODataError {
    #[error("Syntax error at position {at} in '{text}': {problem}.")]
    Syntax { text: String, at: usize, problem: String },
    #[error("Could not find a property named '{0}' on the rows of this collection.")]
    Property(String),
}
