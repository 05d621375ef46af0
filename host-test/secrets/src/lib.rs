//! Secrets that are known, found in whatever comes out, in whatever spelling.
//!
//! # The rule
//!
//! A value is found wherever it stands, however it is spelled:
//!
//! | spelling | how it is met |
//! |---|---|
//! | percent (also in part, also twice), `+` for a blank, JSON and JavaScript escapes, HTML entities, any mixture | escapes are undone layer by layer until none is left (`layers`) |
//! | line ends, NULs or backslashes in between (wrapped base64, UTF-16, escapes half undone) | a last layer without them |
//! | another case | case of ASCII letters never matters |
//! | base64 and base64url at any alignment, hex | spelled out for each value (`spelling`) |
//! | any of these within base64, hex or gzip | texts that could be base64 or hex are decoded and searched like any other (`packed`) |
//! | a piece | of at least two thirds, or of 24 characters, whichever is shorter (`search`) |
//!
//! By default everything is searched. Exceptions: a value of fewer than [`SHORTEST`] bytes is found only as a word of
//! its own, without letters or digits beside it; one of fewer than [`SHORTEST_WORD`] bytes not at all, because it
//! stands in every text. What is escaped more often than `layers::MOST` times counts as a secret.
//!
//! Where a secret has to stand (a header, a parameter, a member of a token's answer) is known by `shapes`: what is
//! found there is taken out, and is a known value from then on.

#![cfg(not(target_family = "wasm"))]
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "in a test it says what failed"))]

mod jwt;
mod layers;
mod mark;
mod packed;
mod redact;
mod search;
mod shapes;
mod shortest;
mod spelling;

#[cfg(test)]
mod tests;

pub use mark::REDACTED;
pub use redact::{Redacted, Redactor, redact_url};
pub use search::{Known, Searcher};
pub use shapes::{Place, learn};
pub use shortest::{SHORTEST, SHORTEST_WORD};

/// A text as gzip.
#[cfg(test)]
fn gzip(text: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}
