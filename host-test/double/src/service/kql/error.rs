//! What is wrong with a query, in the words of the service where they are known.

use crate::service::error::ApiError;

/// A query that is wrong, or that the double does not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::service) struct KqlError(String);

/// Words in an order that the double does not understand.
pub(super) fn syntax(problem: impl Into<String>) -> KqlError {
    KqlError(format!(
        "Syntax error: {}. The double knows a part of the language alone, which its documentation lists.",
        problem.into()
    ))
}

/// Words that mean nothing.
pub(super) fn semantic(problem: impl Into<String>) -> KqlError {
    KqlError(format!("{}. Fix semantic errors in your query.", problem.into()))
}

impl From<KqlError> for ApiError {
    fn from(error: KqlError) -> Self {
        Self::bad_request(error.0)
    }
}
