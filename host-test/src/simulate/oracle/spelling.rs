//! How keys are spelled, as the format of events documents it. Written for the oracle alone: a mistake in the source's
//! own speller must not be repeated here.
//!
//! `mde:<tenant>:<kind>:<part>/<part>…`. In a part everything but letters, digits, `-`, `.`, `_` and `~` is
//! percent-encoded byte by byte. Parts whose source ignores case are in lower case, CVE ids in upper case, versions as
//! they are.

use std::fmt::Write;

/// A part of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    /// In lower case.
    Lower(&'a str),
    /// In upper case.
    Upper(&'a str),
    /// As it is.
    AsIs(&'a str),
}

/// The key of a kind of asset.
pub(super) fn key(tenant: &str, kind: &str, parts: &[Part<'_>]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| encode(*part)).collect();
    format!("mde:{}:{kind}:{}", tenant.to_ascii_lowercase(), parts.join("/"))
}

fn encode(part: Part<'_>) -> String {
    let text = match part {
        Part::Lower(text) => text.to_ascii_lowercase(),
        Part::Upper(text) => text.to_ascii_uppercase(),
        Part::AsIs(text) => text.to_owned(),
    };
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            // Writing to a text cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Part::{AsIs, Lower, Upper};
    use super::*;

    #[test]
    fn keys_are_spelled_as_documented() {
        assert_eq!(key("T.Example", "user", &[Lower("CONTOSO\\Jürgen")]), "mde:t.example:user:contoso%5Cj%C3%BCrgen");
        assert_eq!(
            key("t", "vulnerability", &[Lower("AB"), Lower(""), Lower("b/c"), AsIs("1.0-RC1"), Upper("cve-1")]),
            "mde:t:vulnerability:ab//b%2Fc/1.0-RC1/CVE-1"
        );
    }
}
