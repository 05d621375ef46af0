//! How far a page was read, and what was read of it, in a few bytes.

use defender_rows::hash::fingerprint;
use defender_rows::json::ValueScan;

/// How the rows of a collection are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// By the member `id`, wherever it stands: the service writes members in any order.
    Identifier,
    /// By the first bytes of a line: nobody writes a file anew between two readings.
    Line,
    /// By the first bytes of a query's result, which begins with a device and an account as the query says.
    Pair,
}

/// First bytes of a row, which hold its identifier.
const LINE: usize = 64;
/// The same for a row of a query's result.
const PAIR: usize = 192;

/// Rows that were read, and their fingerprint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) rows: u64,
    pub(super) digest: u64,
}

impl Mark {
    /// The one that came further.
    pub(super) fn max(self, other: Self) -> Self {
        if other.rows > self.rows { other } else { self }
    }

    /// Takes a row into account by its name.
    pub(super) fn add(self, name: u64) -> Self {
        let digest = fingerprint(&[&self.digest.to_le_bytes(), &name.to_le_bytes()]);
        Self { rows: self.rows + 1, digest }
    }
}

/// What a row is called.
pub(super) fn name(row: &[u8], naming: Naming) -> u64 {
    let first = match naming {
        Naming::Identifier => match identifier(row) {
            Some(identifier) => return fingerprint(&[identifier]),
            None => LINE,
        },
        Naming::Line => LINE,
        Naming::Pair => PAIR,
    };
    fingerprint(&[&(row.len() as u64).to_le_bytes(), &row[..row.len().min(first)]])
}

/// The value of the member `id` of a row as it stands there. It mostly is the first one, so hardly anything is scanned.
fn identifier(row: &[u8]) -> Option<&[u8]> {
    let mut rest = row.trim_ascii().strip_prefix(b"{")?;
    loop {
        let (name, behind) = value(rest)?;
        let (value, behind) = value(behind.trim_ascii_start().strip_prefix(b":")?)?;
        if name.eq_ignore_ascii_case(b"\"id\"") {
            return Some(value).filter(|value| !matches!(*value, b"null" | b"\"\""));
        }
        rest = behind.trim_ascii_start().strip_prefix(b",")?;
    }
}

/// A value and what follows it.
fn value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_start();
    text.split_at_checked(ValueScan::new().advance(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_apart_by_their_identifier_wherever_it_stands() {
        let name = |row: &str| name(row.as_bytes(), Naming::Identifier);
        let long = "x".repeat(100);
        let expected = name(r#"{"id":"a","b":1}"#);
        for row in [
            r#"{"b":1,"id":"a"}"#.to_owned(),
            r#" { "b" : {"id":"z"} , "c":[1,{"id":"y"}], "Id" : "a" } "#.to_owned(),
            format!(r#"{{"b":"{long}","id":"a"}}"#),
        ] {
            assert_eq!(name(&row), expected, "{row}");
        }
        for row in [r#"{"id":"b","b":1}"#, r#"{"b":1}"#, r#"{"id":null,"b":1}"#, "{", "", r#"{"id"}"#, "malformed"] {
            assert_ne!(name(row), expected, "{row}");
        }
        assert_ne!(name(r#"{"x":1}"#), name(r#"{"x":2}"#), "without one, by what there is");
    }
}
