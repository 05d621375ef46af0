//! Content coding of answers.

use std::io::{self, Read};

use super::inflate::Inflate;
use super::transport::Receive;

/// The codings asked for. `deflate` is not: Defender answers it as raw DEFLATE, which only some clients read.
pub(crate) const ACCEPT_ENCODING: &str = "gzip";

/// Words that some services send for "as it is": the registered one, and others that are no codings.
const AS_IT_IS: [&str; 6] = ["", "identity", "none", "utf-8", "utf8", "binary"];

/// Most codings on top of each other. Each takes memory, and no service has a reason for two.
const LAYERS_MAX: usize = 2;

/// Wraps a body so that it reads decoded. Reads raw DEFLATE as well as gzip: a service may send what it was not asked
/// for, and Defender's `deflate` has no zlib wrapper. Several codings are undone in the reverse of the order in which
/// they are named, RFC 9110 section 8.4.
///
/// # Errors
/// The name of a coding that cannot be read.
pub(crate) fn decoded(coding: Option<&str>, body: Box<dyn Receive>) -> Result<Box<dyn Receive>, String> {
    let named = coding.unwrap_or_default().to_ascii_lowercase();
    let codings = named.split(',').map(str::trim).filter(|coding| !AS_IT_IS.contains(coding)).rev();
    let mut body = body;
    for (layer, coding) in codings.enumerate() {
        body = match coding {
            "gzip" | "x-gzip" if layer < LAYERS_MAX => Box::new(Inflate::gzip(body)),
            "deflate" if layer < LAYERS_MAX => Box::new(Inflate::deflate(body)),
            _ => return Err(coding.chars().filter(|c| c.is_ascii_graphic()).take(20).collect()),
        };
    }
    Ok(body)
}

/// A file that may be compressed with gzip as it lies in storage: reads it unpacked. An empty one is no file, but an
/// answer that went wrong: it reads as [`io::ErrorKind::UnexpectedEof`].
#[must_use]
pub fn unpacked(body: Box<dyn Receive>) -> Box<dyn Receive> {
    Box::new(Unpacked { body, head: Vec::new(), is_known: false })
}

struct Unpacked {
    body: Box<dyn Receive>,
    /// What was looked at and has to be read yet.
    head: Vec<u8>,
    is_known: bool,
}

impl Unpacked {
    /// Looks whether it is compressed.
    fn recognise(&mut self) -> io::Result<()> {
        let mut byte = [0];
        while self.head.len() < 2 && self.body.receive(&mut byte)? > 0 {
            self.head.extend(byte);
        }
        if self.head.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.head == [0x1f, 0x8b] {
            let packed = std::mem::replace(&mut self.body, Box::new(io::empty()));
            self.body = Box::new(Inflate::gzip(packed).behind(&self.head));
            self.head.clear();
        }
        self.is_known = true;
        Ok(())
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.is_known {
            self.recognise()?;
        }
        if self.head.is_empty() {
            return self.body.receive(buffer);
        }
        let length = buffer.len().min(self.head.len());
        self.head.drain(..length).zip(buffer).for_each(|(from, to)| *to = from);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const TEXT: &[u8] = b"{\"value\":[]} and some more text";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Reads three bytes at a time.
    fn all(mut body: Box<dyn Receive>) -> io::Result<Vec<u8>> {
        let (mut text, mut piece) = (Vec::new(), [0; 3]);
        loop {
            match body.receive(&mut piece)? {
                0 => return Ok(text),
                length => text.extend_from_slice(&piece[..length]),
            }
        }
    }

    fn read(coding: &'static str, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        all(decoded(Some(coding), Box::new(io::Cursor::new(bytes))).unwrap())
    }

    #[test]
    fn gzip_of_several_members_and_raw_deflate_are_read() {
        let twice = [gzip(TEXT), gzip(TEXT)].concat();
        assert_eq!(read("gzip", twice).unwrap(), [TEXT, TEXT].concat());
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(TEXT).unwrap();
        assert_eq!(read("Deflate", encoder.finish().unwrap()).unwrap(), TEXT);
        assert_eq!(read("identity", TEXT.to_vec()).unwrap(), TEXT);
    }

    #[test]
    fn a_cut_member_is_an_early_end() {
        let mut bytes = gzip(TEXT);
        bytes.truncate(bytes.len() - 5);
        assert_eq!(read("gzip", bytes).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn files_are_read_packed_or_not_and_never_empty() {
        let read = |bytes: Vec<u8>| all(unpacked(Box::new(io::Cursor::new(bytes)))).map_err(|error| error.kind());
        assert_eq!(read(gzip(TEXT)).unwrap(), TEXT);
        assert_eq!(read(TEXT.to_vec()).unwrap(), TEXT);
        assert_eq!(read(vec![b'{']).unwrap(), b"{");
        assert_eq!(read(gzip(b"")).unwrap(), b"");
        assert_eq!(read(vec![]), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(read(vec![0x1f, 0x8b]), Err(io::ErrorKind::UnexpectedEof));
    }

    #[test]
    fn an_unknown_coding_is_named() {
        for (coding, named) in [("br", "br"), ("gzip, zstd", "zstd"), ("zstd,gzip", "zstd"), ("gzip,gzip,gzip", "gzip")]
        {
            assert_eq!(decoded(Some(coding), Box::new(io::empty())).err().as_deref(), Some(named), "{coding}");
        }
    }

    #[test]
    fn words_for_as_it_is_are_no_codings() {
        for coding in ["", " ", "identity", "Identity", "none", "UTF-8", "utf8", "identity, none"] {
            assert_eq!(read(coding, TEXT.to_vec()).unwrap(), TEXT, "{coding}");
        }
        assert_eq!(read("identity, gzip", gzip(TEXT)).unwrap(), TEXT);
        assert_eq!(read("gzip, gzip", gzip(&gzip(TEXT))).unwrap(), TEXT);
    }
}
