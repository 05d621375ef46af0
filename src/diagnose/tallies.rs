//! Tallies as objects of counts by name.

use std::fmt;

use defender_client::wire::Count;
use defender_rows::tally::Tallies;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(tallies: &Tallies, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(tallies.iter())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tallies, D::Error> {
    struct Object;

    impl<'de> Visitor<'de> for Object {
        type Value = Tallies;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("counts by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tallies, A::Error> {
            let mut tallies = Tallies::default();
            while let Some((name, Count(count))) = map.next_entry()? {
                if !tallies.put(name, count) {
                    return Err(A::Error::custom("one name has two counts"));
                }
            }
            Ok(tallies)
        }
    }

    deserializer.deserialize_map(Object)
}
