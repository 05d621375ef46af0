//! The checksum of gzip: CRC-32, RFC 1952 section 8, eight bytes at a time.

/// What a byte does to the checksum when so many bytes follow it in the same turn.
type Tables = [[u32; 256]; 8];

/// A checksum that is being made. Its tables are made with it, in less time than it takes to read them from a network:
/// in the file they would be eight kilobytes.
#[derive(Debug)]
pub struct Crc32 {
    tables: Box<Tables>,
    rest: u32,
}

impl Default for Crc32 {
    fn default() -> Self {
        Self { tables: tables(), rest: u32::MAX }
    }
}

fn tables() -> Box<Tables> {
    let mut tables: Box<Tables> = Box::new([[0; 256]; 8]);
    for byte in 0..=u8::MAX {
        let bits = 0..u8::BITS;
        tables[0][usize::from(byte)] =
            bits.fold(u32::from(byte), |rest, _| if rest & 1 == 1 { 0xEDB8_8320 ^ (rest >> 1) } else { rest >> 1 });
    }
    for following in 1..tables.len() {
        for byte in 0..256 {
            let rest = tables[following - 1][byte];
            tables[following][byte] = tables[0][usize::from(rest as u8)] ^ (rest >> 8);
        }
    }
    tables
}

impl Crc32 {
    /// Starts over.
    pub fn reset(&mut self) {
        self.rest = u32::MAX;
    }

    /// Adds some bytes.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        let tables = &*self.tables;
        let step = |rest: u32, byte: &u8| tables[0][usize::from(rest as u8 ^ byte)] ^ (rest >> 8);
        let (turns, tail) = bytes.as_chunks::<8>();
        let rest = turns.iter().fold(self.rest, |rest, turn| {
            let bytes = (u64::from_le_bytes(*turn) ^ u64::from(rest)).to_le_bytes();
            bytes.iter().zip(tables.iter().rev()).fold(0, |rest, (byte, table)| rest ^ table[usize::from(*byte)])
        });
        self.rest = tail.iter().fold(rest, step);
    }

    /// The checksum of everything added so far.
    #[must_use]
    pub fn value(&self) -> u32 {
        !self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_check_value_is_right() {
        let mut checksum = Crc32::default();
        checksum.update(b"1234");
        checksum.update(b"56789");
        assert_eq!(checksum.value(), 0xCBF4_3926);
        checksum.reset();
        assert_eq!(checksum.value(), 0);
        checksum.update(b"The quick brown fox jumps over the lazy dog");
        assert_eq!(checksum.value(), 0x414F_A339);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_bytes_are_cut(bytes in proptest::collection::vec(any::<u8>(), 0..100), cut in 1_usize..20) {
            let (mut whole, mut bytewise, mut cuts) = (Crc32::default(), Crc32::default(), Crc32::default());
            whole.update(&bytes);
            bytes.iter().for_each(|byte| bytewise.update(&[*byte]));
            bytes.chunks(cut).for_each(|piece| cuts.update(piece));
            prop_assert_eq!(whole.value(), bytewise.value());
            prop_assert_eq!(whole.value(), cuts.value());
        }
    }
}
