//! Numbers from a seed. A draw belongs to a place, not to a moment: the same seed and path give the same number
//! whatever was asked before, so any row can be made without the rows before it.

/// A place in the tenant from which numbers are drawn. Copies draw the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw(u64);

impl Draw {
    /// The root of a tenant.
    #[must_use]
    pub fn seed(seed: u64) -> Self {
        Self(mix(seed ^ 0x6465_6665_6e64_6572))
    }

    /// A place below this one, by its name.
    #[must_use]
    pub fn at(self, name: &str) -> Self {
        // FNV-1a, finished by the mixer.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(mix(self.0 ^ hash))
    }

    /// A place below this one, by its number.
    #[must_use]
    pub fn nth(self, index: u64) -> Self {
        Self(mix(self.0.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))))
    }

    /// 64 bits.
    #[must_use]
    pub fn bits(self) -> u64 {
        mix(self.0)
    }

    /// A number from 0 up to and without `end`; 0 if `end` is 0.
    #[must_use]
    pub fn below(self, end: u64) -> u64 {
        // Multiply and shift: no bias that a test tenant could notice, and no loop.
        let wide = u128::from(self.bits()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Whether it is one of `per_mille` in a thousand.
    #[must_use]
    pub fn chance(self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A number from `low` up to and without `high`; `low` if there is none.
    #[must_use]
    pub fn between(self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        low + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// One of an array, which the compiler has seen to be not empty.
    #[must_use]
    pub fn one<T: Copy, const N: usize>(self, from: &[T; N]) -> T {
        const { assert!(N > 0, "nothing to draw from") };
        from[usize::try_from(self.below(N as u64)).unwrap_or(0)]
    }

    /// A GUID, of version 4 by its looks.
    #[must_use]
    pub fn guid(self) -> String {
        let (high, low) = (self.nth(0).bits(), self.nth(1).bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 50),
            low & 0xffff_ffff_ffff
        )
    }

    /// One of several.
    #[must_use]
    pub fn pick<T>(self, from: &[T]) -> Option<&T> {
        usize::try_from(self.below(from.len() as u64)).ok().and_then(|index| from.get(index))
    }
}

/// The finisher of SplitMix64.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_draws_the_same_number_whatever_was_asked_before() {
        let root = Draw::seed(1);
        let before = root.at("device").nth(7).bits();
        let _ = root.at("device").nth(6).bits();
        assert_eq!(root.at("device").nth(7).bits(), before);
        assert_ne!(root.at("device").nth(8).bits(), before);
        assert_ne!(root.at("user").nth(7).bits(), before);
        assert_ne!(Draw::seed(2).at("device").nth(7).bits(), before);
    }

    #[test]
    fn numbers_are_in_range_and_spread() {
        let root = Draw::seed(3);
        let mut seen = [0_u32; 10];
        for index in 0..10_000 {
            seen[usize::try_from(root.nth(index).below(10)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (800..1200).contains(count)), "{seen:?}");
        assert_eq!(root.below(0), 0);
        assert!((0..1000).all(|index| (-5..7).contains(&root.nth(index).between(-5, 7))));
        assert_eq!(root.between(9, 2), 9);
        let guid = root.guid();
        assert_eq!((guid.len(), guid.as_bytes()[14]), (36, b'4'));
        assert!((0..100).all(|index| matches!(root.nth(index).guid().as_bytes()[19], b'8' | b'9' | b'a' | b'b')));
        assert!((0..50).any(|index| root.nth(index).one(&['a', 'b']) == 'b'));
        assert!(root.pick::<u8>(&[]).is_none());
        let hits = (0..10_000).filter(|index| root.nth(*index).chance(100)).count();
        assert!((850..1150).contains(&hits), "{hits}");
    }
}
