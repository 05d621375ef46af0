//! The checksum of gzip: CRC-32, RFC 1952 section 8.

static TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { 0xEDB8_8320 ^ (rest >> 1) } else { rest >> 1 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
};

/// A checksum that is being made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crc32(u32);

impl Crc32 {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let step = |rest: u32, byte: &u8| TABLE[usize::from(rest as u8 ^ byte)] ^ (rest >> 8);
        self.0 = !bytes.iter().fold(!self.0, step);
    }

    pub(super) fn value(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_is_right() {
        let mut checksum = Crc32::default();
        checksum.update(b"1234");
        checksum.update(b"56789");
        assert_eq!(checksum.value(), 0xCBF4_3926);
    }
}
