//! Bodies as recorders store them.
//!
//! Browsers store the decoded text, or base64 of the decoded bytes. Polly.js stores the bytes of the wire, as a
//! JSON array of base64 chunks that only together are one compressed stream; its "deflate" is raw DEFLATE.

use super::model::Content;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// Largest body that is decoded: a small file must not become a large one without bounds.
const MOST_BYTES: u64 = 1 << 30;

/// A body that cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The text is not what `encoding` says.
    #[error("content.text is not valid base64")]
    Base64,
    /// An encoding that HAR does not know.
    #[error("content.encoding {0:?} is unknown")]
    Encoding(String),
    /// The compressed stream is damaged or cut off.
    #[error("the {0} stream is damaged or cut off")]
    Compression(&'static str),
    /// A compression that cannot be undone here.
    #[error("content-encoding {0:?} is not supported")]
    Coding(String),
    /// The decoded body is too long.
    #[error("the decoded body is longer than {MOST_BYTES} bytes")]
    TooLong,
}

/// Decodes a recorded body; `coding` is its `content-encoding` header.
pub(super) fn decode(content: Content, coding: Option<&str>) -> Result<Bytes, BodyError> {
    let text = content.text.unwrap_or_default();
    match content.encoding.as_deref() {
        None | Some("") => Ok(text.into()),
        Some("base64") if text.trim_start().starts_with('[') => {
            let chunks: Vec<String> = serde_json::from_str(&text).map_err(|_| BodyError::Base64)?;
            let mut wire = Vec::new();
            for chunk in chunks {
                STANDARD.decode_vec(chunk, &mut wire).map_err(|_| BodyError::Base64)?;
            }
            unpack(&wire, coding).map(|unpacked| unpacked.unwrap_or(wire).into())
        }
        Some("base64") => {
            let bytes = STANDARD.decode(text.trim_end()).map_err(|_| BodyError::Base64)?;
            // Whether a recorder undid the compression is not written anywhere; the bytes themselves tell.
            let packed = coding.is_some_and(|coding| coding.contains("gzip")) && bytes.starts_with(&[0x1f, 0x8b]);
            let unpacked = if packed { unpack(&bytes, Some("gzip"))? } else { None };
            Ok(unpacked.unwrap_or(bytes).into())
        }
        Some(other) => Err(BodyError::Encoding(other.to_owned())),
    }
}

/// Undoes a content coding; nothing if there is none.
pub(crate) fn unpack(bytes: &[u8], coding: Option<&str>) -> Result<Option<Vec<u8>>, BodyError> {
    let coding = coding.map(|coding| coding.trim().to_ascii_lowercase());
    match coding.as_deref() {
        None | Some("" | "identity") => Ok(None),
        Some("gzip" | "x-gzip") => drain(MultiGzDecoder::new(bytes), "gzip").map(Some),
        // The standard means zlib, the Defender host sends raw DEFLATE; a raw stream never passes as zlib.
        Some("deflate") => match drain(ZlibDecoder::new(bytes), "deflate") {
            Err(BodyError::Compression(_)) => drain(DeflateDecoder::new(bytes), "deflate").map(Some),
            unpacked => unpacked.map(Some),
        },
        Some(other) => Err(BodyError::Coding(other.to_owned())),
    }
}

fn drain(reader: impl Read, coding: &'static str) -> Result<Vec<u8>, BodyError> {
    let mut out = Vec::new();
    reader.take(MOST_BYTES + 1).read_to_end(&mut out).map_err(|_| BodyError::Compression(coding))?;
    if out.len() as u64 > MOST_BYTES { Err(BodyError::TooLong) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    fn content(encoding: Option<&str>, text: &str) -> Content {
        Content { encoding: encoding.map(Into::into), text: Some(text.into()), ..Default::default() }
    }

    fn polly(bytes: &[u8], at: usize) -> String {
        let chunks: Vec<String> = [&bytes[..at], &bytes[at..]].iter().map(|chunk| STANDARD.encode(chunk)).collect();
        serde_json::to_string(&chunks).unwrap()
    }

    #[test]
    fn every_known_encoding_is_decoded() {
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(b"{\"value\":[]}").unwrap();
        let raw = raw.finish().unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(b"{\"value\":[]}").unwrap();
        let zlib = zlib.finish().unwrap();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(b"{\"value\":[]}").unwrap();
        let gzip = gzip.finish().unwrap();
        for (content, coding) in [
            (content(None, "{\"value\":[]}"), Some("gzip")),
            (content(Some("base64"), &polly(&raw, 3)), Some("deflate")),
            (content(Some("base64"), &polly(&zlib, 1)), Some("deflate")),
            (content(Some("base64"), &polly(&gzip, 10)), Some("gzip")),
            (content(Some("base64"), &polly(b"{\"value\":[]}", 2)), None),
            (content(Some("base64"), &STANDARD.encode(&gzip)), Some("gzip")),
            (content(Some("base64"), &STANDARD.encode(b"{\"value\":[]}")), Some("gzip")),
        ] {
            assert_eq!(decode(content, coding).unwrap(), b"{\"value\":[]}".as_slice());
        }
        assert_eq!(decode(Content::default(), None).unwrap(), b"".as_slice());
    }

    #[test]
    fn damaged_bodies_are_errors() {
        let half = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc";
        for (content, coding, error) in [
            (content(Some("base64"), "[1]"), None, BodyError::Base64),
            (content(Some("base64"), "[\"!\"]"), None, BodyError::Base64),
            (content(Some("base64"), "!"), None, BodyError::Base64),
            (content(Some("hex"), "00"), None, BodyError::Encoding("hex".into())),
            (content(Some("base64"), &polly(half, 2)), Some("gzip"), BodyError::Compression("gzip")),
            (content(Some("base64"), &polly(half, 2)), Some("deflate"), BodyError::Compression("deflate")),
            (content(Some("base64"), &polly(half, 2)), Some("br"), BodyError::Coding("br".into())),
        ] {
            assert_eq!(decode(content, coding), Err(error));
        }
    }
}
