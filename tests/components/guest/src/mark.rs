//! Which behaviour a component has: 64 bytes that tests overwrite in the built file.

use std::hint::black_box;

const PREFIX: &str = "MARK=";

#[used]
static MARK: [u8; 64] = *b"MARK=good.......................................................";

/// The name of the behaviour; `good` as built.
pub fn mark() -> &'static str {
    // Read as if it could be anything, because it can.
    let bytes: &'static [u8; 64] = black_box(&MARK);
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.strip_prefix(PREFIX).unwrap_or_default().trim_end_matches('.')
}

/// Whether the component has a behaviour.
pub fn is(name: &str) -> bool {
    mark() == name
}
