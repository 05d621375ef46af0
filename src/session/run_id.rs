//! Identity of a run.

/// A ULID: 48 bits of milliseconds since the epoch and 80 random bits, in 26 characters of Crockford's base 32, so
/// that runs sort by their start.
#[must_use]
pub(super) fn ulid(now_ms: i64, random: [u64; 2]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let time = u128::from(now_ms.unsigned_abs() & 0xffff_ffff_ffff);
    let noise = u128::from(random[0] & 0xffff) << 64 | u128::from(random[1]);
    let bits = time << 80 | noise;
    (0..26).rev().map(|digit| char::from(ALPHABET[(bits >> (5 * digit)) as usize & 31])).collect()
}

#[cfg(test)]
mod tests {
    use super::ulid;

    #[test]
    fn runs_sort_by_start() {
        assert_eq!(ulid(0, [0, 0]), "0".repeat(26));
        assert_eq!(ulid(0xffff_ffff_ffff, [u64::MAX, u64::MAX]), format!("7{}", "Z".repeat(25)));
        assert!(ulid(1_700_000_000_000, [9, 9]) < ulid(1_700_000_000_001, [0, 0]));
    }
}
