//! Compressed bodies: gzip (RFC 1952) with any number of members, and DEFLATE (RFC 1951), bare or in the zlib wrapper
//! (RFC 1950).
//!
//! flate2 reads them. What is added here: nothing is read of a body before somebody asks for it, servers mean two things by
//! `deflate`, zeros behind the last gzip member are padding and other bytes there are told apart, and whatever else is wrong
//! with the bytes is one error.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::transport::Receive;

/// Compressed bytes asked of the body at once.
const CHUNK: usize = 16 << 10;

/// The byte that a gzip member begins with.
const MEMBER: u8 = 0x1f;

/// What a body is compressed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

/// Reads a body decompressed. A body that is damaged or ends too early reads as [`io::ErrorKind::UnexpectedEof`], one that
/// goes on behind its last gzip member as [`io::ErrorKind::InvalidData`]. Zeros there are padding: page blobs are filled up
/// to 512 bytes, and gzip itself passes over them.
pub(super) struct Inflate {
    /// Until somebody reads.
    packed: Option<(Coding, Body)>,
    open: Option<Box<dyn Read>>,
}

impl Inflate {
    /// A body with the content coding `gzip`.
    pub(super) fn gzip(body: Box<dyn Receive>) -> Self {
        Self { packed: Some((Coding::Gzip, Body { head: Cursor::default(), rest: body })), open: None }
    }

    /// A body with the content coding `deflate`, which servers understand in two ways.
    pub(super) fn deflate(body: Box<dyn Receive>) -> Self {
        Self { packed: Some((Coding::Deflate, Body { head: Cursor::default(), rest: body })), open: None }
    }

    /// The same body with the first bytes of it, which were read already.
    pub(super) fn behind(mut self, head: &[u8]) -> Self {
        if let Some((_, body)) = &mut self.packed {
            body.head = Cursor::new(head.to_owned());
        }
        self
    }
}

impl Read for Inflate {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some((coding, body)) = self.packed.take() {
            self.open = Some(open(coding, body)?);
        }
        let Some(open) = &mut self.open else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        open.read(buffer)
    }
}

fn open(coding: Coding, mut body: Body) -> io::Result<Box<dyn Read>> {
    if coding == Coding::Gzip {
        return Ok(Box::new(Members(Some(GzDecoder::new(BufReader::with_capacity(CHUNK, body))))));
    }
    let mut head = Vec::new();
    body.by_ref().take(2).read_to_end(&mut head)?;
    // The wrapper: two bytes that say "deflate" and are a multiple of 31. Bare data never begins so: it would be a stored
    // block with bits set that have to be zero.
    let is_wrapped = matches!(head[..], [first, second] if first & 0x0f == 8 && u16::from_be_bytes([first, second]).is_multiple_of(31));
    body.head = Cursor::new(head);
    let body = BufReader::with_capacity(CHUNK, body);
    Ok(if is_wrapped { Box::new(Whole(ZlibDecoder::new(body))) } else { Box::new(Whole(DeflateDecoder::new(body))) })
}

/// What a decoder reads, with one error for all that is wrong with the bytes.
struct Whole<R>(R);

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(damaged)
    }
}

fn damaged(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => io::ErrorKind::UnexpectedEof.into(),
        _ => error,
    }
}

/// Gzip members one after another; `None` behind the last. flate2's own reader of several takes padding for a member.
struct Members(Option<GzDecoder<BufReader<Body>>>);

impl Members {
    /// Goes on to the member behind the one that ended.
    fn next(&mut self) -> io::Result<()> {
        let Some(mut rest) = self.0.take().map(GzDecoder::into_inner) else { return Ok(()) };
        loop {
            let bytes = rest.fill_buf()?;
            match bytes.iter().position(|byte| *byte != 0) {
                None if bytes.is_empty() => return Ok(()),
                None => {
                    let zeros = bytes.len();
                    rest.consume(zeros);
                }
                Some(zeros) if bytes[zeros] == MEMBER => {
                    rest.consume(zeros);
                    self.0 = Some(GzDecoder::new(rest));
                    return Ok(());
                }
                Some(_) => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }
}

impl Read for Members {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            match member.read(buffer).map_err(damaged)? {
                0 if !buffer.is_empty() => self.next()?,
                length => return Ok(length),
            }
        }
        Ok(0)
    }
}

/// A body whose first bytes may have been looked at.
struct Body {
    head: Cursor<Vec<u8>>,
    rest: Box<dyn Receive>,
}

impl Read for Body {
    /// Waits for bytes: a decoder that is told to come back would have to remember where it was.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.head.read(buffer)? {
            0 => {}
            length => return Ok(length),
        }
        loop {
            match self.rest.receive(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                received => return received,
            }
        }
    }
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
