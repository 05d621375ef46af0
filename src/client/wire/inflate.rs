//! Compressed bodies: gzip (RFC 1952) with any number of members, and DEFLATE (RFC 1951), bare or in the zlib wrapper
//! (RFC 1950).
//!
//! flate2 inflates; the frames around it are read here. Its own gzip reader brings a checksum table of 16 KiB, a
//! thirtieth of the component, where tables that are made when they are needed do as well.

use std::io::{self, Read};

use defender_rows::crc32::Crc32;
use flate2::{Decompress, FlushDecompress, Status};

use super::transport::Receive;

/// Compressed bytes asked of the body at once.
const CHUNK: usize = 16 << 10;

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the frame of a gzip member, or the end of the body.
    Member,
    /// Before DEFLATE data that may have the zlib wrapper.
    Deflate,
    /// Within the compressed data.
    Data,
    /// Behind everything.
    End,
}

/// Reads a body decompressed. A body that is damaged or ends too early reads as [`io::ErrorKind::UnexpectedEof`], one that
/// goes on behind its last gzip member as [`io::ErrorKind::InvalidData`]. Zeros there are padding: page blobs are filled up
/// to 512 bytes, and gzip itself passes over them.
pub(super) struct Inflate {
    body: Box<dyn Receive>,
    /// Compressed bytes not yet used are `input[at..filled]`.
    input: Vec<u8>,
    at: usize,
    filled: usize,
    inflate: Decompress,
    place: Place,
    is_gzip: bool,
    members: u32,
    checksum: Crc32,
    length: u32,
}

impl Inflate {
    /// A body with the content coding `gzip`.
    pub(super) fn gzip(body: Box<dyn Receive>) -> Self {
        Self::new(body, Place::Member)
    }

    /// A body with the content coding `deflate`, which servers understand in two ways.
    pub(super) fn deflate(body: Box<dyn Receive>) -> Self {
        Self::new(body, Place::Deflate)
    }

    fn new(body: Box<dyn Receive>, place: Place) -> Self {
        Self {
            body,
            input: vec![0; CHUNK],
            at: 0,
            filled: 0,
            inflate: Decompress::new(false),
            place,
            is_gzip: place == Place::Member,
            members: 0,
            checksum: Crc32::default(),
            length: 0,
        }
    }

    /// The same body with the first bytes of it, which were read already.
    pub(super) fn behind(mut self, head: &[u8]) -> Self {
        self.input[..head.len()].copy_from_slice(head);
        self.filled = head.len();
        self
    }

    /// Receives compressed bytes if none is left; `false` at the end of the body.
    fn fill(&mut self) -> io::Result<bool> {
        while self.at == self.filled {
            match self.body.receive(&mut self.input) {
                Ok(0) => return Ok(false),
                Ok(length) => (self.at, self.filled) = (0, length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn byte(&mut self) -> io::Result<u8> {
        if !self.fill()? {
            return Err(damaged());
        }
        self.at += 1;
        Ok(self.input[self.at - 1])
    }

    fn number(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, bytes: usize) -> io::Result<()> {
        (0..bytes).try_for_each(|_| self.byte().map(drop))
    }

    /// The head of a gzip member, RFC 1952 section 2.3.
    fn member(&mut self) -> io::Result<()> {
        const FHCRC: u8 = 2;
        const FEXTRA: u8 = 4;
        const FNAME: u8 = 8;
        const FCOMMENT: u8 = 16;
        if [self.byte()?, self.byte()?, self.byte()?] != [0x1f, 0x8b, 8] {
            return Err(damaged());
        }
        let flags = self.byte()?;
        self.skip(6)?;
        if flags & FEXTRA != 0 {
            let length = u16::from_le_bytes([self.byte()?, self.byte()?]);
            self.skip(usize::from(length))?;
        }
        for text in [FNAME, FCOMMENT] {
            while flags & text != 0 && self.byte()? != 0 {}
        }
        if flags & FHCRC != 0 {
            self.skip(2)?;
        }
        self.inflate.reset(false);
        self.checksum.reset();
        self.length = 0;
        self.members += 1;
        Ok(())
    }

    /// Whether no member follows the one that ended.
    fn is_over(&mut self) -> io::Result<bool> {
        while self.fill()? {
            match self.input[self.at] {
                0 => self.at += 1,
                0x1f => return Ok(false),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        Ok(true)
    }

    /// Passes over the zlib wrapper, if there is one: two bytes that say "deflate" and are a multiple of 31. Bare
    /// data never begins so: it would be a stored block with bits set that have to be zero.
    fn wrapper(&mut self) -> io::Result<()> {
        let first = self.byte()?;
        let is_wrapper =
            self.fill()? && first & 0x0f == 8 && u16::from_be_bytes([first, self.input[self.at]]).is_multiple_of(31);
        if !is_wrapper {
            self.input.insert(self.at, first);
            self.filled += 1;
            return Ok(());
        }
        self.skip(1)
    }

    /// The tail of a gzip member: checksum and length of what was compressed.
    fn tail(&mut self) -> io::Result<()> {
        let whole = self.number()? == self.checksum.value() && self.number()? == self.length;
        if whole { Ok(()) } else { Err(damaged()) }
    }

    /// Inflates into the buffer; `None` when more of the body is needed or a member ended.
    fn data(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        // Even without further bytes there may be something left to hand out.
        let more = self.fill()?;
        let (used, made) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(&self.input[self.at..self.filled], buffer, FlushDecompress::None)
            .map_err(|_| damaged())?;
        // Neither can exceed the length of a slice.
        self.at += (self.inflate.total_in() - used) as usize;
        let made = (self.inflate.total_out() - made) as usize;
        if self.is_gzip {
            self.checksum.update(&buffer[..made]);
            self.length = self.length.wrapping_add(made as u32);
        }
        if status == Status::StreamEnd {
            self.place = Place::End;
            if self.is_gzip {
                self.tail()?;
                self.place = Place::Member;
            }
        } else if !more && made == 0 {
            return Err(damaged());
        }
        Ok(Some(made).filter(|made| *made > 0))
    }
}

impl Read for Inflate {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.place {
                Place::Member => {
                    if self.members > 0 && self.is_over()? {
                        self.place = Place::End;
                        return Ok(0);
                    }
                    self.member()?;
                    self.place = Place::Data;
                }
                Place::Deflate => {
                    self.wrapper()?;
                    self.place = Place::Data;
                }
                Place::Data => {
                    if let Some(made) = self.data(buffer)? {
                        return Ok(made);
                    }
                }
                // The wrapper's checksum is left alone; JSON that ends is whole.
                Place::End => return Ok(0),
            }
        }
    }
}

fn damaged() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::GzBuilder::new().filename("a").comment("b").extra([1, 2, 3]).write(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Hands out bytes in pieces of one size.
    struct Pieces(Vec<u8>, usize);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(self.1).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0.drain(..length);
            Ok(length)
        }
    }

    fn read(mut reader: Inflate) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        reader.read_to_end(&mut text).map(|_| text)
    }

    proptest! {
        #[test]
        fn what_was_compressed_is_read(text in proptest::collection::vec(0u8..4, 0..50_000), piece in 1usize..20_000, twice: bool) {
            let mut bytes = gzip(&text);
            let mut expected = text.clone();
            if twice {
                bytes.extend(gzip(&text));
                expected.extend(&text);
            }
            prop_assert_eq!(read(Inflate::gzip(Box::new(Pieces(bytes, piece)))).unwrap(), expected);

            let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
            bare.write_all(&text).unwrap();
            prop_assert_eq!(&read(Inflate::deflate(Box::new(Pieces(bare.finish().unwrap(), piece)))).unwrap(), &text);
            let mut wrapped = ZlibEncoder::new(Vec::new(), Compression::default());
            wrapped.write_all(&text).unwrap();
            prop_assert_eq!(&read(Inflate::deflate(Box::new(Pieces(wrapped.finish().unwrap(), piece)))).unwrap(), &text);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(Inflate::gzip(Box::new(Pieces(bytes.clone(), 7))));
            let _ = read(Inflate::deflate(Box::new(Pieces(bytes, 7))));
        }
    }

    #[test]
    fn zeros_behind_the_last_member_are_padding_and_other_bytes_are_not() {
        let padded = |behind: &[u8], piece| {
            let read = read(Inflate::gzip(Box::new(Pieces([&gzip(b"text"), behind].concat(), piece))));
            read.map_err(|error| error.kind())
        };
        for piece in [1, 7, 20_000] {
            for zeros in [1, 512, 70_000] {
                assert_eq!(padded(&vec![0; zeros], piece).unwrap(), b"text", "{zeros} zeros in pieces of {piece}");
            }
            assert_eq!(padded(&[vec![0; 9], gzip(b" more")].concat(), piece).unwrap(), b"text more");
            assert_eq!(padded(b"\0\0x", piece), Err(io::ErrorKind::InvalidData));
            assert_eq!(padded(b"{}", piece), Err(io::ErrorKind::InvalidData));
            assert_eq!(padded(&[0x1f, 0x8b], piece), Err(io::ErrorKind::UnexpectedEof), "a member that is cut");
        }
    }

    #[test]
    fn every_cut_and_every_damage_is_noticed() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"some text that is compressed").unwrap();
        let bytes = encoder.finish().unwrap();
        for end in 0..bytes.len() {
            let error = read(Inflate::gzip(Box::new(Pieces(bytes[..end].to_vec(), 5)))).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "cut at {end}");
        }
        for at in bytes.len() - 8..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            assert!(read(Inflate::gzip(Box::new(Pieces(bytes, 100)))).is_err(), "damaged at {at}");
        }
    }
}
