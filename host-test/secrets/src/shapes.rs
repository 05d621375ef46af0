//! Where secrets stand: headers, parameters and members of answers that hold nothing else. What is found there is a
//! secret although nobody has said so.
//!
//! By default a text holds none. A name is recognised in any case and any spelling.

use super::layers::{self, Layer};
use super::mark::REDACTED;
use super::search::Known;
use super::shortest::SHORTEST;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::ops::Range;
use std::sync::OnceLock;

/// Headers whose whole value is one.
const HEADERS: [&str; 7] = [
    "authorization",
    "cookie",
    "set-cookie",
    "proxy-authorization",
    "x-ms-authorization-auxiliary",
    "x-api-key",
    "ocp-apim-subscription-key",
];

/// Parameters of addresses and forms, and whether they and members of that name are secret in any other text too.
const NAMES: [(&str, bool); 13] = [
    ("access_token", true),
    ("assertion", false),
    ("client_assertion", true),
    ("client_secret", true),
    ("code", false),
    ("id_token", true),
    ("key", false),
    ("password", false),
    ("refresh_token", true),
    ("secret", false),
    ("sig", true),
    ("signature", false),
    ("token", false),
];

/// Shortest value of a cookie that is looked for elsewhere: shorter ones are flags.
const SHORTEST_COOKIE: usize = 16;

/// What kind of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// An address.
    Url,
    /// A form, or a query.
    Form,
    /// The value of a header.
    Header(&'a str),
    /// Anything else.
    Body,
}

/// Learns the secrets that a text shows by where they stand.
pub fn learn(text: &[u8], place: Place<'_>, what: &'static str, known: &mut Known) {
    if let Place::Header(name) = place
        && is_secret_header(name)
    {
        return learn_header(&name.to_ascii_lowercase(), &String::from_utf8_lossy(text), what, known);
    }
    // Of a text that is escaped too often the outer layers are learnt from; it is never stored.
    let _ = layers::walk(text, |layer| {
        for range in ranges(text, layer, place) {
            let value = String::from_utf8_lossy(&layer.bytes[range]);
            if value.len() >= SHORTEST && !value.contains(REDACTED) {
                known.add(what, &value);
                known.add(what, &String::from_utf8_lossy(&layers::innermost(&value)));
            }
        }
    });
}

fn is_secret_header(name: &str) -> bool {
    HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn learn_header(name: &str, value: &str, what: &'static str, known: &mut Known) {
    let mut add = |value: &str, shortest: usize| {
        if value.len() >= shortest {
            known.add(what, value);
        }
    };
    if name.contains("cookie") {
        let value_of = |pair: &str| pair.split_once('=').map_or(String::new(), |(_, value)| value.trim().to_owned());
        let most = if name == "set-cookie" { 1 } else { usize::MAX };
        value.split(';').take(most).for_each(|pair| add(&value_of(pair), SHORTEST_COOKIE));
        return;
    }
    let (scheme, credentials) = value.trim().split_once(' ').unwrap_or(("", value.trim()));
    add(credentials.trim(), SHORTEST);
    if scheme.eq_ignore_ascii_case("basic")
        && let Ok(pair) = STANDARD.decode(credentials.trim())
    {
        let pair = String::from_utf8_lossy(&pair).into_owned();
        add(pair.split_once(':').map_or(pair.as_str(), |(_, password)| password), SHORTEST);
    }
}

/// Where secrets stand in a layer of a text.
pub(super) fn ranges(text: &[u8], layer: &Layer<'_>, place: Place<'_>) -> Vec<Range<usize>> {
    if layer.is_joined {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Place::Header(name) = place
        && is_secret_header(name)
    {
        found.push(0..layer.bytes.len());
        return found;
    }
    if matches!(place, Place::Url | Place::Header(_)) {
        found.extend(user_information(layer.bytes));
    }
    for name in names().find_iter(layer.bytes) {
        let everywhere = NAMES[name.pattern().as_usize()].1;
        let is_form = matches!(place, Place::Url | Place::Form);
        found.extend(parameter(layer.bytes, name.range(), is_form).filter(|_| everywhere || is_form));
        found.extend(member(text, layer, name.range()).filter(|_| everywhere));
    }
    found.retain(|range| !range.is_empty());
    found
}

fn names() -> &'static AhoCorasick {
    static NAMED: OnceLock<AhoCorasick> = OnceLock::new();
    NAMED.get_or_init(|| {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(NAMES.map(|(name, _)| name))
            .expect("a dozen short names")
    })
}

/// `name:password` in front of a host.
fn user_information(bytes: &[u8]) -> Option<Range<usize>> {
    let start = memchr::memmem::find(bytes, b"://")? + 3;
    let end = bytes[start..].iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(bytes.len() - start);
    let at = bytes[start..start + end].iter().rposition(|byte| *byte == b'@')?;
    Some(start..start + at)
}

/// The value of `name=value`.
fn parameter(bytes: &[u8], name: Range<usize>, is_form: bool) -> Option<Range<usize>> {
    let before = name.start.checked_sub(1).and_then(|at| bytes.get(at));
    let starts = before.is_none_or(|byte| match is_form {
        true => matches!(byte, b'?' | b'&' | b';' | b'#'),
        false => !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-'),
    });
    if !starts || bytes.get(name.end) != Some(&b'=') {
        return None;
    }
    let start = name.end + 1;
    let ends = |byte: &u8| {
        matches!(byte, b'&' | b'"' | b'\'' | b'\\' | b'<' | b'>' | b'#' | b',') || byte.is_ascii_whitespace()
    };
    let length = bytes[start..].iter().position(|byte| if is_form { *byte == b'&' } else { ends(byte) });
    Some(start..start + length.unwrap_or(bytes.len() - start))
}

/// The value of `"name": "value"`. It ends with a quotation mark that is spelled as its first one is.
fn member(text: &[u8], layer: &Layer<'_>, name: Range<usize>) -> Option<Range<usize>> {
    let bytes = layer.bytes;
    let is_quote = |at: usize| bytes.get(at) == Some(&b'"');
    if !is_quote(name.start.checked_sub(1)?) || !is_quote(name.end) {
        return None;
    }
    let skip = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let colon = skip(name.end + 1);
    let quote = skip(colon + usize::from(bytes.get(colon) == Some(&b':')));
    if bytes.get(colon) != Some(&b':') || !is_quote(quote) {
        return None;
    }
    let spelled = |at: usize| &text[layer.source(at..at + 1)];
    let start = quote + 1;
    let (mut end, mut escaped) = (start, false);
    while let Some(byte) = bytes.get(end) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' if spelled(end) == spelled(quote) => break,
            _ => {}
        }
        end += 1;
    }
    Some(start..end)
}
