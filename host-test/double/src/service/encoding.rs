//! Content encodings, as each service chooses them.

use super::reply::Chunks;
use crate::api::Site;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::Write;

/// Compressed bytes that are worth a chunk.
const CHUNK: usize = 32 * 1024;

/// A content encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    /// Raw DEFLATE: the Defender API leaves out the zlib wrapper that RFC 9110 asks for.
    Deflate,
}

impl Encoding {
    /// What a service answers to `Accept-Encoding`. Recorded: the Defender API prefers `deflate`, Graph gzip.
    pub(super) fn accepted(site: Site, accept: Option<&str>) -> Self {
        let takes = |wanted: &str| {
            accept.unwrap_or_default().split(',').any(|coding| {
                let mut parts = coding.split(';').map(str::trim);
                let name = parts.next().unwrap_or_default();
                let refused = parts.any(|part| part.replace(' ', "").trim_end_matches(['0', '.']) == "q=");
                name.eq_ignore_ascii_case(wanted) && !refused
            })
        };
        match site {
            Site::Defender if takes("deflate") => Self::Deflate,
            Site::Defender | Site::Graph if takes("gzip") => Self::Gzip,
            _ => Self::Identity,
        }
    }

    /// Value of `Content-Encoding`.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Deflate => Some("deflate"),
        }
    }

    /// Encodes a body.
    pub(super) fn apply(self, body: Chunks) -> Chunks {
        match self {
            Self::Identity => body,
            Self::Gzip => Box::new(Encoded { body, encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())) }),
            Self::Deflate => {
                Box::new(Encoded { body, encoder: Some(DeflateEncoder::new(Vec::new(), Compression::fast())) })
            }
        }
    }
}

/// A body on its way through an encoder.
struct Encoded<E> {
    body: Chunks,
    encoder: Option<E>,
}

/// An encoder into memory.
trait Encoder: Write {
    fn output(&mut self) -> &mut Vec<u8>;
    fn end(self) -> std::io::Result<Vec<u8>>;
}

impl Encoder for GzEncoder<Vec<u8>> {
    fn output(&mut self) -> &mut Vec<u8> {
        self.get_mut()
    }

    fn end(self) -> std::io::Result<Vec<u8>> {
        self.finish()
    }
}

impl Encoder for DeflateEncoder<Vec<u8>> {
    fn output(&mut self) -> &mut Vec<u8> {
        self.get_mut()
    }

    fn end(self) -> std::io::Result<Vec<u8>> {
        self.finish()
    }
}

impl<E: Encoder> Iterator for Encoded<E> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let encoder = self.encoder.as_mut()?;
            match self.body.next() {
                Some(chunk) => {
                    // Memory takes everything.
                    let _ = encoder.write_all(&chunk);
                    if encoder.output().len() >= CHUNK {
                        return Some(std::mem::take(encoder.output()));
                    }
                }
                None => return self.encoder.take()?.end().ok(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::{DeflateDecoder, GzDecoder};
    use std::io::Read;

    #[test]
    fn each_service_chooses_as_recorded() {
        let accepted = |site, accept| Encoding::accepted(site, Some(accept));
        assert_eq!(accepted(Site::Defender, "gzip,deflate"), Encoding::Deflate);
        assert_eq!(accepted(Site::Defender, "gzip"), Encoding::Gzip);
        assert_eq!(accepted(Site::Defender, "deflate;q=0, gzip;q=0.5"), Encoding::Gzip);
        assert_eq!(accepted(Site::Graph, "gzip,deflate"), Encoding::Gzip);
        assert_eq!(accepted(Site::Login, "gzip"), Encoding::Identity);
        assert_eq!(Encoding::accepted(Site::Graph, None), Encoding::Identity);
    }

    #[test]
    fn what_is_encoded_can_be_read_again() {
        let chunks = || Box::new((0..3000_u32).map(|n| format!("row {n} of many;").into_bytes())) as Chunks;
        let plain: Vec<u8> = chunks().flatten().collect();
        let (mut gzip, mut deflate) = (Vec::new(), Vec::new());
        let packed: Vec<u8> = Encoding::Gzip.apply(chunks()).flatten().collect();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut gzip).unwrap();
        let packed: Vec<u8> = Encoding::Deflate.apply(chunks()).flatten().collect();
        DeflateDecoder::new(packed.as_slice()).read_to_end(&mut deflate).unwrap();
        assert!(gzip == plain && deflate == plain);
    }
}
