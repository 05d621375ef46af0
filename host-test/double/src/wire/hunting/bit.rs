//! A boolean, which advanced hunting writes as a number.

use crate::wire::json::Object;

/// Writes 1 if it is true, else 0.
pub(super) fn bit(row: &mut Object<'_>, name: &str, value: bool) {
    row.number(name, u32::from(value));
}
