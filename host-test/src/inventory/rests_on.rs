//! What it means to rest on a device, as a table.

/// Relations by which an asset rests on a device.
const RELATIONS: [&str; 4] = ["affects", "assigned_to", "installed_on", "logged_on"];

/// Whether this is a relation by which an asset rests on a device.
pub(super) fn is_by(relation: &str) -> bool {
    RELATIONS.contains(&relation)
}

/// A statement for the numbers of these relations.
pub(super) fn relations() -> String {
    format!("SELECT id FROM words WHERE text IN ('{}')", RELATIONS.join("', '"))
}
