//! `$select`, and members of a row by their name in any case.

use super::error::ODataError;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::fmt;

/// A member of a row by its name in any case.
pub(super) fn member<'v>(row: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    row.get(name).or_else(|| row.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// A row with the named members and its annotations alone, in the row's order.
pub(in crate::service) fn cut(row: &[u8], names: &[String]) -> Option<Vec<u8>> {
    let Members(members) = serde_json::from_slice(row).ok()?;
    let mut out = vec![b'{'];
    for (name, value) in &members {
        if name.starts_with('@') || names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)) {
            if out.len() > 1 {
                out.push(b',');
            }
            // Into memory, of a text.
            let _ = serde_json::to_writer(&mut out, name);
            out.push(b':');
            out.extend_from_slice(value.get().as_bytes());
        }
    }
    out.push(b'}');
    Some(out)
}

/// Members of an object in their order, each as it is written.
struct Members<'r>(Vec<(String, &'r RawValue)>);

impl<'r> Deserialize<'r> for Members<'r> {
    fn deserialize<D: Deserializer<'r>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'r> Visitor<'r> for InOrder {
            type Value = Members<'r>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'r>>(self, mut map: A) -> Result<Members<'r>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The names of a `$select`, checked against a row.
pub(in crate::service) fn selected(text: &str, row: Option<&Map<String, Value>>) -> Result<Vec<String>, ODataError> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).filter(|n| !n.is_empty()).collect();
    match row.and_then(|row| names.iter().find(|name| member(row, name).is_none())) {
        Some(unknown) => Err(ODataError::Property(unknown.clone())),
        None => Ok(names),
    }
}
