//! The part of OData that the services understand: `$filter` and `$select` over rows as they go over the wire.

mod filter;
mod lexer;

pub(super) use filter::Filter;

use serde_json::{Map, Value};

/// What is wrong with an option of the query, for the error body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ODataError {
    #[error("Syntax error at position {at} in '{text}': {problem}.")]
    Syntax { text: String, at: usize, problem: String },
    #[error("Could not find a property named '{0}' on the rows of this collection.")]
    Property(String),
}

/// A member of a row by its name in any case.
fn member<'v>(row: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    row.get(name).or_else(|| row.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Keeps the named members of a row, in the row's order, and its annotations.
pub(super) fn select(row: &mut Map<String, Value>, names: &[String]) {
    row.retain(|key, _| key.starts_with('@') || names.iter().any(|name| name.eq_ignore_ascii_case(key)));
}

/// The names of a `$select`, checked against a row.
pub(super) fn selected(text: &str, row: Option<&Map<String, Value>>) -> Result<Vec<String>, ODataError> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).filter(|n| !n.is_empty()).collect();
    match row.and_then(|row| names.iter().find(|name| member(row, name).is_none())) {
        Some(unknown) => Err(ODataError::Property(unknown.clone())),
        None => Ok(names),
    }
}
