//! `$select`, and members of a row by their name in any case.

use super::error::ODataError;
use serde_json::{Map, Value};

/// A member of a row by its name in any case.
pub(super) fn member<'v>(row: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    row.get(name).or_else(|| row.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Keeps the named members of a row, in the row's order, and its annotations.
pub(in crate::service) fn select(row: &mut Map<String, Value>, names: &[String]) {
    row.retain(|key, _| key.starts_with('@') || names.iter().any(|name| name.eq_ignore_ascii_case(key)));
}

/// The names of a `$select`, checked against a row.
pub(in crate::service) fn selected(text: &str, row: Option<&Map<String, Value>>) -> Result<Vec<String>, ODataError> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).filter(|n| !n.is_empty()).collect();
    match row.and_then(|row| names.iter().find(|name| member(row, name).is_none())) {
        Some(unknown) => Err(ODataError::Property(unknown.clone())),
        None => Ok(names),
    }
}
