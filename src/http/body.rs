//! Content coding of answers.

use std::io::{self, Read};

use super::inflate::Inflate;

/// The codings asked for. `deflate` is not: Defender answers it as raw DEFLATE, which only some clients read.
pub(super) const ACCEPT_ENCODING: &str = "gzip";

/// Wraps a body so that it reads decoded. Reads raw DEFLATE as well as gzip: a service may send what it was not asked
/// for, and Defender's `deflate` has no zlib wrapper.
///
/// # Errors
/// The name of a coding that cannot be read.
pub(super) fn decoded(coding: Option<&str>, body: Box<dyn Read>) -> Result<Box<dyn Read>, String> {
    let coding = coding.unwrap_or_default().trim().to_ascii_lowercase();
    match coding.as_str() {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => Ok(Box::new(Inflate::gzip(body))),
        "deflate" => Ok(Box::new(Inflate::deflate(body))),
        _ => Err(coding.chars().filter(|c| c.is_ascii_graphic()).take(20).collect()),
    }
}

/// A file that may be compressed with gzip as it lies in storage: reads it unpacked. An empty one is no file, but an
/// answer that went wrong: it reads as [`io::ErrorKind::UnexpectedEof`].
#[must_use]
pub fn unpacked(body: Box<dyn Read>) -> Box<dyn Read> {
    Box::new(Unpacked::Untouched(body))
}

enum Unpacked {
    Untouched(Box<dyn Read>),
    Known(Box<dyn Read>),
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Self::Untouched(body) = self {
            let mut head = Vec::new();
            body.by_ref().take(2).read_to_end(&mut head)?;
            if head.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let is_gzip = head == [0x1f, 0x8b];
            let rest = std::mem::replace(body, Box::new(io::empty()));
            let whole = Box::new(io::Cursor::new(head).chain(rest));
            *self = Self::Known(if is_gzip { Box::new(Inflate::gzip(whole)) } else { whole });
        }
        match self {
            Self::Known(body) | Self::Untouched(body) => body.read(buffer),
        }
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

    fn read(coding: &'static str, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        decoded(Some(coding), Box::new(io::Cursor::new(bytes))).unwrap().read_to_end(&mut text).map(|_| text)
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
        let read = |bytes: Vec<u8>| {
            let mut text = Vec::new();
            unpacked(Box::new(io::Cursor::new(bytes)))
                .read_to_end(&mut text)
                .map(|_| text)
                .map_err(|error| error.kind())
        };
        assert_eq!(read(gzip(TEXT)).unwrap(), TEXT);
        assert_eq!(read(TEXT.to_vec()).unwrap(), TEXT);
        assert_eq!(read(vec![b'{']).unwrap(), b"{");
        assert_eq!(read(gzip(b"")).unwrap(), b"");
        assert_eq!(read(vec![]), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(read(vec![0x1f, 0x8b]), Err(io::ErrorKind::UnexpectedEof));
    }

    #[test]
    fn an_unknown_coding_is_named() {
        assert_eq!(decoded(Some("br"), Box::new(io::empty())).err().unwrap(), "br");
    }
}
