//! Sixteen bytes side by side, and what is true of each.
//!
//! WebAssembly has registers of sixteen bytes (`simd128`), which every host of components knows. Elsewhere, in tests and
//! on processors whose registers are of another kind, two words of eight bytes do the same.

#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
pub(crate) use simd::{Mask, Sixteen};
#[cfg(not(all(target_family = "wasm", target_feature = "simd128")))]
pub(crate) use words::{Mask, Sixteen};

#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
mod simd {
    use core::arch::wasm32::{
        i8x16_all_true, i8x16_bitmask, u8x16_eq, u8x16_ge, u8x16_le, u8x16_lt, u8x16_splat, u64x2, v128, v128_and,
        v128_not, v128_or,
    };
    use std::ops::{BitAnd, BitOr, Not};

    /// Sixteen bytes.
    #[derive(Clone, Copy)]
    pub(crate) struct Sixteen(v128);

    /// What is true of each of them: all bits are set, or none.
    #[derive(Clone, Copy)]
    pub(crate) struct Mask(v128);

    impl Sixteen {
        #[inline(always)]
        pub(crate) fn of(bytes: &[u8; 16]) -> Self {
            // SAFETY: both are sixteen bytes, and any sixteen bytes are a vector.
            Self(unsafe { std::mem::transmute::<[u8; 16], v128>(*bytes) })
        }

        #[inline(always)]
        pub(crate) fn of_halves(low: u64, high: u64) -> Self {
            Self(u64x2(low, high))
        }

        /// Which of them lie from `low` to `high`.
        #[inline(always)]
        pub(crate) fn within(self, low: u8, high: u8) -> Mask {
            Mask(v128_and(u8x16_ge(self.0, u8x16_splat(low)), u8x16_le(self.0, u8x16_splat(high))))
        }

        /// Which of them are this byte.
        #[inline(always)]
        pub(crate) fn is(self, byte: u8) -> Mask {
            Mask(u8x16_eq(self.0, u8x16_splat(byte)))
        }

        /// Which of them are below this byte.
        #[inline(always)]
        pub(crate) fn below(self, byte: u8) -> Mask {
            Mask(u8x16_lt(self.0, u8x16_splat(byte)))
        }
    }

    impl Mask {
        /// Whether it is true of all of them.
        #[inline(always)]
        pub(crate) fn all(self) -> bool {
            i8x16_all_true(self.0)
        }

        /// The first of which it is not true; 16 if there is none.
        #[inline(always)]
        pub(crate) fn first_other(self) -> usize {
            // Bits above the sixteenth stand for none.
            (!u32::from(i8x16_bitmask(self.0))).trailing_zeros() as usize
        }
    }

    impl BitAnd for Mask {
        type Output = Self;
        #[inline(always)]
        fn bitand(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }
    }

    impl BitOr for Mask {
        type Output = Self;
        #[inline(always)]
        fn bitor(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }
    }

    impl Not for Mask {
        type Output = Self;
        #[inline(always)]
        fn not(self) -> Self {
            Self(v128_not(self.0))
        }
    }
}

#[cfg(not(all(target_family = "wasm", target_feature = "simd128")))]
mod words {
    use std::ops::{BitAnd, BitOr, Not};

    const ONES: u64 = 0x0101_0101_0101_0101;
    const ANSWERS: u64 = 0x80 * ONES;

    /// Sixteen bytes.
    #[derive(Clone, Copy)]
    pub(crate) struct Sixteen([u64; 2]);

    /// What is true of each of them is in the highest bit of each; the other bits mean nothing. Where it is not true of
    /// one, its neighbours behind it may have lost or gained an answer.
    #[derive(Clone, Copy)]
    pub(crate) struct Mask([u64; 2]);

    impl Sixteen {
        #[inline(always)]
        pub(crate) fn of(bytes: &[u8; 16]) -> Self {
            let words = bytes.as_chunks::<8>().0;
            Self([0, 1].map(|at| words.get(at).map_or(0, |word| u64::from_le_bytes(*word))))
        }

        #[inline(always)]
        pub(crate) fn of_halves(low: u64, high: u64) -> Self {
            Self([low, high])
        }

        /// Which of them lie from `low` to `high`, both ASCII.
        #[inline(always)]
        pub(crate) fn within(self, low: u8, high: u8) -> Mask {
            Mask(self.0.map(|word| {
                // No sum is above 0xFF, so none runs over into its neighbour.
                let sevens = word & !ANSWERS;
                let from_low = sevens + ONES * u64::from(0x80 - low);
                let above_high = sevens + ONES * u64::from(0x7F - high);
                from_low & !above_high & !word
            }))
        }

        /// Which of them are this ASCII byte. One that is may lend its answer to its neighbour.
        #[inline(always)]
        pub(crate) fn is(self, byte: u8) -> Mask {
            Self(self.0.map(|word| word ^ (ONES * u64::from(byte)))).below(1)
        }

        /// Which of them are below this ASCII byte. One that is may lend its answer to its neighbour.
        #[inline(always)]
        pub(crate) fn below(self, byte: u8) -> Mask {
            Mask(self.0.map(|word| word.wrapping_sub(ONES * u64::from(byte)) & !word))
        }
    }

    impl Mask {
        /// Whether it is true of all of them.
        #[inline(always)]
        pub(crate) fn all(self) -> bool {
            let Self([low, high]) = self;
            low & high & ANSWERS == ANSWERS
        }

        /// The first of which it is not true; 16 if there is none.
        #[inline(always)]
        pub(crate) fn first_other(self) -> usize {
            // An answer that was lent comes from a byte before.
            match self.0.map(|word| (!word & ANSWERS).trailing_zeros() as usize / 8) {
                [8, high] => 8 + high,
                [low, _] => low,
            }
        }
    }

    impl BitAnd for Mask {
        type Output = Self;
        #[inline(always)]
        fn bitand(self, other: Self) -> Self {
            Self([self.0[0] & other.0[0], self.0[1] & other.0[1]])
        }
    }

    impl BitOr for Mask {
        type Output = Self;
        #[inline(always)]
        fn bitor(self, other: Self) -> Self {
            Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
        }
    }

    impl Not for Mask {
        type Output = Self;
        #[inline(always)]
        fn not(self) -> Self {
            Self([!self.0[0], !self.0[1]])
        }
    }
}
