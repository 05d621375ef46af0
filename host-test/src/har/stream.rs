//! The entries of a recording, one at a time: nothing is held of an entry once it was looked at, and nothing of the
//! members that a replay does not need.

use super::bound::HEADER_BYTES;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Most headers of one answer. Services send some twenty; the map that holds them has an end.
pub(super) const MOST_HEADERS: usize = 1000;

/// One exchange, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(default, borrow)]
    pub(super) started_date_time: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) request: Request<'a>,
    #[serde(borrow)]
    pub(super) response: Response<'a>,
}

/// A request.
#[derive(Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    pub(super) method: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) url: Cow<'a, str>,
}

/// An answer.
#[derive(Deserialize)]
pub(super) struct Response<'a> {
    pub(super) status: u16,
    #[serde(default)]
    pub(super) headers: Headers,
    #[serde(borrow)]
    pub(super) content: Content<'a>,
}

/// A body as it was stored.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Content<'a> {
    pub(super) text: Option<String>,
    #[serde(default, borrow)]
    pub(super) encoding: Option<Cow<'a, str>>,
    #[serde(default, rename = "_omitted")]
    pub(super) omitted: Option<String>,
}

/// The headers of an answer, without those that describe how it was transferred.
#[derive(Debug, Default)]
pub(super) struct Headers {
    pub(super) map: HeaderMap,
    /// `content-encoding`.
    pub(super) coding: Option<String>,
    /// Whether there are more than [`MOST_HEADERS`].
    pub(super) are_too_many: bool,
    /// What they take, in bytes.
    pub(super) bytes: u64,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default, borrow)]
    value: Cow<'a, str>,
}

impl Headers {
    fn add(&mut self, header: &Header<'_>) {
        // HTTP/2 pseudo headers and values with line breaks occur in recordings of browsers and are no headers.
        let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(header.name.as_bytes()), HeaderValue::from_str(&header.value))
        else {
            return;
        };
        match name {
            http::header::CONTENT_ENCODING => self.coding = Some(header.value.clone().into_owned()),
            http::header::CONTENT_LENGTH | http::header::TRANSFER_ENCODING => {}
            _ => {
                self.bytes += (header.name.len() + header.value.len()) as u64 + HEADER_BYTES;
                self.are_too_many |= self.map.len() >= MOST_HEADERS || self.map.try_append(name, value).is_err();
            }
        }
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of headers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Headers, A::Error> {
                let mut headers = Headers::default();
                while let Some(header) = list.next_element::<Header<'de>>()? {
                    headers.add(&header);
                }
                Ok(headers)
            }
        }
        deserializer.deserialize_seq(Each)
    }
}

/// Hands the entries of a file to `each`, with their numbers, and counts them. A refusal ends the reading; why is
/// known to who refused.
pub(super) fn entries<'de>(
    text: &'de [u8],
    each: impl FnMut(usize, Entry<'de>) -> Result<(), Refused>,
) -> Result<usize, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let log = Member { name: "entries", inner: List(each) };
    let count = Member { name: "log", inner: log }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(count)
}

/// An entry is not taken.
pub(super) struct Refused;

/// An object of which a single member matters.
struct Member<S> {
    name: &'static str,
    inner: S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Member<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Member<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with {}", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<S::Value, A::Error> {
        let (mut inner, mut found) = (Some(self.inner), None);
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name != self.name {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let seed = inner.take().ok_or_else(|| A::Error::duplicate_field(self.name))?;
            found = Some(map.next_value_seed(seed)?);
        }
        found.ok_or_else(|| A::Error::missing_field(self.name))
    }
}

/// A list whose elements are handed on.
struct List<F>(F);

impl<'de, F: FnMut(usize, Entry<'de>) -> Result<(), Refused>> DeserializeSeed<'de> for List<F> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(usize, Entry<'de>) -> Result<(), Refused>> Visitor<'de> for List<F> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while let Some(entry) = list.next_element()? {
            (self.0)(count, entry).map_err(|Refused| A::Error::custom("refused"))?;
            count += 1;
        }
        Ok(count)
    }
}
