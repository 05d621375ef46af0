//! Maps in the order in which their members came.

use std::hash::{BuildHasherDefault, DefaultHasher};

use indexmap::IndexMap;

/// A map that keeps the order in which its members came, in memory and in texts. Its hash has no seed: there are a few dozen
/// names in it at most, and a seed would be one more thing that the host has to give.
pub type OrderedMap<K, V> = IndexMap<K, V, BuildHasherDefault<DefaultHasher>>;
