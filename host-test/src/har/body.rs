//! Bodies as recorders store them.
//!
//! Browsers store the decoded text, or base64 of the decoded bytes; Playwright may put the decoded bytes into a file. Polly.js stores the bytes of the wire, as a
//! JSON array of base64 chunks that only together are one compressed stream; its "deflate" is raw DEFLATE. axios-har-tracker stores bytes as a list of numbers,
//! mitmproxy some of them as a text in Latin-1.

use super::bound::read_within;
use super::entry::Content;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::io::Read;

/// Largest body that a recorder decodes to look into it.
const MOST_ANSWER_BYTES: u64 = 1 << 30;

/// How axios-har-tracker begins a body that came as bytes.
const BUFFER: &str = r#"{"type":"Buffer","data":["#;

/// How a gzip file begins, with a character for each byte.
const GZIP: &str = "\u{1f}\u{8b}\u{8}";

/// A body that cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The text is not what `encoding` says.
    #[error("content.text is not valid base64")]
    Base64,
    /// A list of bytes that is none.
    #[error("content.text is not a valid list of bytes")]
    Buffer,
    /// A compressed file that the recorder took for a text in another character set.
    #[error("content.text is a gzip file that was stored as text and lost bytes")]
    Lost,
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
    #[error("the decoded body is longer than {limit_bytes} bytes")]
    TooLong {
        /// The bound.
        limit_bytes: u64,
    },
}

/// Decodes a recorded body; `coding` is its `content-encoding` header. It is at most `most` bytes long, and so is
/// everything that is held on the way there, beside the text itself.
pub(super) fn decode(content: Content<'_>, coding: Option<&str>, most: u64) -> Result<Bytes, BodyError> {
    let text = content.text.unwrap_or_default();
    let too_long = BodyError::TooLong { limit_bytes: most };
    match content.encoding.as_deref() {
        // Two characters at least stand for a byte.
        None | Some("") if text.starts_with(BUFFER) => buffer(&text, most),
        None | Some("") if text.starts_with(GZIP) => latin_1(&text, most),
        None | Some("") if text.len() as u64 > most => Err(too_long),
        None | Some("") => Ok(text.into_owned().into()),
        // What comes of it is three quarters of the text.
        Some("base64") if text.len() as u64 / 4 * 3 > most => Err(too_long),
        Some("base64") if text.trim_start().starts_with('[') => {
            let wire = chunks(&text)?;
            drop(text);
            unpack_within(&wire, coding, most).map(|unpacked| unpacked.unwrap_or(wire).into())
        }
        Some("base64") => {
            let bytes = STANDARD.decode(text.trim_end()).map_err(|_| BodyError::Base64)?;
            drop(text);
            unpacked(bytes, coding, most)
        }
        Some(other) => Err(BodyError::Encoding(other.to_owned())),
    }
}

/// The body in bytes that a recorder stored. Whether it undid the compression is not written anywhere; they tell.
pub(super) fn unpacked(bytes: Vec<u8>, coding: Option<&str>, most: u64) -> Result<Bytes, BodyError> {
    let packed = coding.is_some_and(|coding| coding.contains("gzip")) && bytes.starts_with(&[0x1f, 0x8b]);
    let unpacked = if packed { unpack_within(&bytes, Some("gzip"), most)? } else { None };
    Ok(unpacked.unwrap_or(bytes).into())
}

/// The bytes of a file that a recorder took for Latin-1, as mitmproxy does where few of the first hundred bytes look binary.
fn latin_1(text: &str, most: u64) -> Result<Bytes, BodyError> {
    if text.chars().count() as u64 > most {
        return Err(BodyError::TooLong { limit_bytes: most });
    }
    let bytes = text.chars().map(|character| u8::try_from(u32::from(character)));
    bytes.collect::<Result<Vec<u8>, _>>().map(Bytes::from).map_err(|_| BodyError::Lost)
}

/// The bytes of a body that a recorder wrote as Node writes a `Buffer` as JSON.
fn buffer(text: &str, most: u64) -> Result<Bytes, BodyError> {
    struct Bounded(u64);
    impl<'de> Visitor<'de> for Bounded {
        type Value = Option<Vec<u8>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of bytes")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Vec<u8>>, A::Error> {
            let mut bytes = Vec::new();
            while let Some(byte) = list.next_element()? {
                if bytes.len() as u64 == self.0 {
                    return Ok(None);
                }
                bytes.push(byte);
            }
            Ok(Some(bytes))
        }
    }
    // What follows the list is the bracket that ends the object.
    let list = text[BUFFER.len() - 1..].trim_end().strip_suffix('}').ok_or(BodyError::Buffer)?;
    let mut json = serde_json::Deserializer::from_str(list);
    match json.deserialize_seq(Bounded(most)) {
        Ok(Some(bytes)) => json.end().map(|()| bytes.into()).map_err(|_| BodyError::Buffer),
        // The rest of the list was not read, which the parser takes for an error too.
        Ok(None) => Err(BodyError::TooLong { limit_bytes: most }),
        Err(_) => Err(BodyError::Buffer),
    }
}

/// Joins the chunks of a JSON array. There can be very many that hold nothing, so no list of them is made.
fn chunks(text: &str) -> Result<Vec<u8>, BodyError> {
    struct Joined(Vec<u8>);
    impl<'de> Visitor<'de> for Joined {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("chunks of base64")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Vec<u8>, A::Error> {
            while let Some(chunk) = list.next_element::<Cow<'de, str>>()? {
                STANDARD.decode_vec(chunk.as_bytes(), &mut self.0).map_err(A::Error::custom)?;
            }
            Ok(self.0)
        }
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let wire = json.deserialize_seq(Joined(Vec::with_capacity(text.len() / 4 * 3))).map_err(|_| BodyError::Base64)?;
    json.end().map_err(|_| BodyError::Base64)?;
    Ok(wire)
}

/// Undoes a content coding of an answer that is recorded; nothing if there is none.
pub(crate) fn unpack(bytes: &[u8], coding: Option<&str>) -> Result<Option<Vec<u8>>, BodyError> {
    unpack_within(bytes, coding, MOST_ANSWER_BYTES)
}

fn unpack_within(bytes: &[u8], coding: Option<&str>, most: u64) -> Result<Option<Vec<u8>>, BodyError> {
    let coding = coding.map(|coding| coding.trim().to_ascii_lowercase());
    match coding.as_deref() {
        None | Some("" | "identity") => Ok(None),
        Some("gzip" | "x-gzip") => drain(MultiGzDecoder::new(bytes), "gzip", most).map(Some),
        // The standard means zlib, the Defender host sends raw DEFLATE; a raw stream never passes as zlib.
        Some("deflate") => match drain(ZlibDecoder::new(bytes), "deflate", most) {
            Err(BodyError::Compression(_)) => drain(DeflateDecoder::new(bytes), "deflate", most).map(Some),
            unpacked => unpacked.map(Some),
        },
        Some(other) => Err(BodyError::Coding(other.to_owned())),
    }
}

fn drain(reader: impl Read, coding: &'static str, most: u64) -> Result<Vec<u8>, BodyError> {
    let bytes = read_within(reader, most).map_err(|_| BodyError::Compression(coding))?;
    bytes.ok_or(BodyError::TooLong { limit_bytes: most })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    const ROOM: u64 = 1024 * 1024;

    fn content<'a>(encoding: Option<&'a str>, text: &'a str) -> Content<'a> {
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
            assert_eq!(decode(content, coding, ROOM).unwrap(), b"{\"value\":[]}".as_slice());
        }
        assert_eq!(decode(Content::default(), None, ROOM).unwrap(), b"".as_slice());
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
            assert_eq!(decode(content, coding, ROOM), Err(error));
        }
    }
    #[test]
    fn every_way_to_inflate_has_the_bound() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&vec![b' '; 100_000]).unwrap();
        let gzip = gzip.finish().unwrap();
        let plain = " ".repeat(100_000);
        for (content, coding) in [
            (content(None, &plain), None),
            (content(Some("base64"), &STANDARD.encode(&plain)), None),
            (content(Some("base64"), &STANDARD.encode(&gzip)), Some("gzip")),
            (content(Some("base64"), &polly(&gzip, 10)), Some("gzip")),
            (content(Some("base64"), &polly(plain.as_bytes(), 10)), None),
        ] {
            let again = content.clone();
            assert_eq!(decode(content, coding, 70_000), Err(BodyError::TooLong { limit_bytes: 70_000 }));
            assert_eq!(decode(again, coding, 110_000).unwrap(), plain.as_bytes());
        }
        let fits = drain(plain.as_bytes(), "gzip", 100_000).unwrap();
        assert_eq!((fits.len(), fits.capacity()), (100_000, 100_000));
    }
}
