//! SHA-256, compiled once: its routines would otherwise be copied to each place that feeds it.

use sha2::Digest as _;

/// A hash that is being fed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sha256(sha2::Sha256);

impl Sha256 {
    /// Feeds some bytes.
    #[inline(never)]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of everything fed so far.
    #[inline(never)]
    #[must_use]
    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// Lower-case hexadecimal digits of some bytes.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
