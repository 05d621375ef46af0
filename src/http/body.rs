//! Content coding of answers.

use std::io::Read;

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, Write};

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
    fn an_unknown_coding_is_named() {
        assert_eq!(decoded(Some("br"), Box::new(io::empty())).err().unwrap(), "br");
    }
}
