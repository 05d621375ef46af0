//! What can be asked.

use super::terms::Resource;
use std::collections::{BTreeMap, BTreeSet};

/// Every application permission that a route asks for.
pub(super) fn all_roles() -> BTreeMap<Resource, BTreeSet<String>> {
    BTreeMap::new()
}
