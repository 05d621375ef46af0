//! An entry of a recording, as far as a replay needs it.

use super::bound::HEADER_BYTES;
use super::member::{self, Member};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Most headers of one answer. Services send some twenty; the map that holds them has an end.
pub(super) const MOST_HEADERS: usize = 1000;

/// Longest list of values of one header, as JSON.
const MOST_LIST_BYTES: usize = 64 * 1024;

/// What an address may not hold as it is.
const RAW: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// One exchange, as far as it is read.
pub(super) struct Entry<'a> {
    pub(super) started_date_time: Cow<'a, str>,
    pub(super) request: Request,
    pub(super) response: Response<'a>,
}

/// A request.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Uri,
}

/// An answer.
pub(super) struct Response<'a> {
    pub(super) status: StatusCode,
    pub(super) headers: Headers,
    pub(super) content: Content<'a>,
}

/// A body as it was stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Content<'a> {
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) encoding: Option<Cow<'a, str>>,
    /// The file that holds the body instead, as Playwright attaches it.
    pub(super) file: Option<Cow<'a, str>>,
    /// How long the recorder says that the body was; less than nothing where it did not know.
    pub(super) size: Option<f64>,
    /// Why this program left it out when it recorded.
    pub(super) omitted: Option<Cow<'a, str>>,
    /// Whether this program recorded that there was none.
    pub(super) is_empty: bool,
    /// Whether there is a `text` that is none.
    pub(super) is_odd: bool,
}

/// An entry before its members are looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawEntry<'a> {
    #[serde(borrow)]
    started_date_time: Member<'a>,
    #[serde(borrow)]
    request: Member<'a>,
    #[serde(borrow)]
    response: Member<'a>,
}

#[derive(Deserialize)]
struct RawRequest<'a> {
    #[serde(borrow)]
    method: Member<'a>,
    #[serde(borrow)]
    url: Member<'a>,
}

#[derive(Deserialize)]
struct RawResponse<'a> {
    #[serde(borrow)]
    status: Member<'a>,
    #[serde(borrow)]
    headers: Member<'a>,
    #[serde(borrow)]
    content: Member<'a>,
}

#[derive(Default, Deserialize)]
struct RawContent<'a> {
    #[serde(borrow)]
    text: Member<'a>,
    #[serde(borrow)]
    encoding: Member<'a>,
    #[serde(borrow, rename = "_file")]
    file: Member<'a>,
    #[serde(borrow)]
    size: Member<'a>,
    #[serde(borrow, rename = "_omitted")]
    omitted: Member<'a>,
    #[serde(borrow, rename = "_empty")]
    empty: Member<'a>,
}

impl<'a> Entry<'a> {
    /// An entry that a request over HTTP can meet, and that was answered. Browsers also record others: requests that were
    /// blocked or have no answer yet, `data:` and `file:` addresses, web sockets.
    pub(super) fn read(raw: &RawEntry<'a>) -> Option<Self> {
        let request: RawRequest<'a> = member::form(raw.request)?;
        let response: RawResponse<'a> = member::form(raw.response)?;
        Some(Self {
            started_date_time: member::text(raw.started_date_time).unwrap_or_default(),
            request: Request { method: method(&request)?, url: url(&request)? },
            response: Response {
                status: status(&response)?,
                headers: member::form(response.headers).unwrap_or_default(),
                content: content(member::form(response.content).unwrap_or_default()),
            },
        })
    }
}

/// axios-har-tracker writes methods in lower case.
fn method(request: &RawRequest<'_>) -> Option<Method> {
    let name = member::text(request.method)?;
    Method::from_bytes(name.trim().to_ascii_uppercase().as_bytes()).ok()
}

/// An address with a host. What recorders took from a program before it was sent is encoded as it is sent.
fn url(request: &RawRequest<'_>) -> Option<Uri> {
    let text = member::text(request.url)?;
    let url: Uri = utf8_percent_encode(text.trim(), RAW).to_string().parse().ok()?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    (is_http && url.host().is_some_and(|host| !host.is_empty())).then_some(url)
}

fn status(response: &RawResponse<'_>) -> Option<StatusCode> {
    let number = member::number(response.status)?;
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&number);
    // In range and whole, so that nothing is cut off.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    is_whole.then_some(number as u16).and_then(|code| StatusCode::from_u16(code).ok())
}

fn content(raw: RawContent<'_>) -> Content<'_> {
    let text = member::text(raw.text);
    Content {
        is_odd: text.is_none() && raw.text.is_some(),
        text,
        encoding: member::text(raw.encoding),
        file: member::text(raw.file).filter(|name| !name.is_empty()),
        size: member::number(raw.size),
        omitted: member::text(raw.omitted),
        is_empty: member::form(raw.empty).unwrap_or_default(),
    }
}

/// The headers of an answer, without those that describe how it was transferred.
#[derive(Debug, Default)]
pub(super) struct Headers {
    pub(super) map: HeaderMap,
    /// `content-encoding`.
    pub(super) coding: Option<String>,
    /// `content-length`, in bytes.
    pub(super) length: Option<u64>,
    /// Whether there is a `transfer-encoding`.
    pub(super) is_transferred_in_parts: bool,
    /// Whether there are more than [`MOST_HEADERS`].
    pub(super) are_too_many: bool,
    /// What they take, in bytes.
    pub(super) bytes: u64,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    name: Member<'a>,
    #[serde(borrow)]
    value: Member<'a>,
}

impl Headers {
    fn add(&mut self, header: &Header<'_>) {
        let Some(name) = member::text(header.name) else { return };
        // Several values of one name can come as a list.
        let listed = header.value.filter(|value| value.get().len() <= MOST_LIST_BYTES);
        match member::form::<Vec<&RawValue>>(listed) {
            Some(values) => values.into_iter().for_each(|value| self.add_word(&name, Some(value))),
            None => self.add_word(&name, header.value),
        }
    }

    fn add_word(&mut self, name: &str, value: Member<'_>) {
        let Some(text) = member::word(value) else { return };
        // HTTP/2 pseudo headers and values with line breaks occur in recordings of browsers and are no headers.
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&text)) else {
            return;
        };
        match name {
            http::header::CONTENT_ENCODING => self.coding = Some(text.into_owned()),
            http::header::CONTENT_LENGTH => self.length = text.trim().parse().ok(),
            http::header::TRANSFER_ENCODING => self.is_transferred_in_parts = true,
            _ => {
                self.bytes += (name.as_str().len() + text.len()) as u64 + HEADER_BYTES;
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
                while let Some(header) = list.next_element::<&'de RawValue>()? {
                    if let Some(header) = member::form(Some(header)) {
                        headers.add(&header);
                    }
                }
                Ok(headers)
            }
        }
        deserializer.deserialize_seq(Each)
    }
}
