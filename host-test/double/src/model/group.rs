//! Device groups, which Defender also calls RBAC groups.

use crate::draw::Draw;

/// A device group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its number; 0 means that a device has none.
    pub id: u32,
    /// Its name.
    pub name: &'static str,
}

/// One name needs an escape in JSON, one is not ASCII.
const NAMES: [&str; 8] = [
    "Workstations",
    "Servers",
    "Finance",
    "Labor Süd",
    "Kiosks \"front desk\"",
    "Build farm",
    "Tier 0",
    "Field\\Remote",
];

/// The groups of a tenant, in order of their numbers.
pub(super) fn all(root: Draw) -> Vec<Group> {
    let draw = root.at("groups");
    let count = draw.between(4, NAMES.len() as i64 + 1) as usize;
    let mut id = 0;
    (NAMES.iter().take(count).enumerate())
        .map(|(index, name)| {
            id += 1 + draw.nth(index as u64).below(20) as u32;
            Group { id, name }
        })
        .collect()
}
