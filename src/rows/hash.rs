//! SHA-256, compiled once: its routines would otherwise be copied to each place that feeds it. And fingerprints, for what
//! nobody attacks.

use std::hash::Hasher as _;

use sha2::Digest as _;
use siphasher::sip::SipHasher13;

/// A hash that is being fed.
#[derive(Clone, Debug, Default)]
pub struct Sha256(sha2::Sha256);

impl Sha256 {
    /// Feeds some bytes.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of everything fed so far.
    #[inline(never)]
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// A number that stands for some parts: SipHash-1-3 with the key zero of each with its length before it. Checkpoints hold
/// such numbers, so they do not depend on the compiler as those of [`std::hash::DefaultHasher`] may.
#[must_use]
pub fn fingerprint(parts: &[&[u8]]) -> u64 {
    let mut hasher = SipHasher13::new();
    for part in parts {
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part);
    }
    hasher.finish()
}

/// Lower-case hexadecimal digits of some bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|half| DIGITS[usize::from(half)]);
    // Bytes first: to append characters one by one costs as much as to hash.
    let digits: Vec<[u8; 2]> = bytes.iter().map(digits).collect();
    String::from_utf8(digits.into_flattened()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They stand in checkpoints: another compiler or target must come to the same.
    #[test]
    fn fingerprints_stay_what_they_are() {
        assert_eq!(fingerprint(&[]), 0xd1fb_a762_150c_532c);
        assert_eq!(fingerprint(&[b"a", b"bc"]), 18_139_956_459_179_832_509);
        assert_ne!(fingerprint(&[b"ab", b"c"]), fingerprint(&[b"a", b"bc"]));
    }
}
