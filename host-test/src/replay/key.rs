//! What a request is recognised by.

use super::page::Window;
use http::{Method, Uri};

/// Hosts that are the same service: what was recorded at one answers for the other.
const SAME_HOST: [(&str, &str); 1] = [("api.securitycenter.microsoft.com", "api.security.microsoft.com")];

/// Method, host with port, and path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    method: Method,
    host: String,
    path: String,
}

impl Key {
    pub(super) fn of(method: &Method, url: &Uri) -> Self {
        let host = url.host().unwrap_or_default().to_ascii_lowercase();
        let same = SAME_HOST.iter().find(|(alias, _)| *alias == host);
        let mut host = same.map_or(host, |(_, name)| (*name).to_owned());
        let usual = if url.scheme_str() == Some("http") { 80 } else { 443 };
        if let Some(port) = url.port_u16().filter(|port| *port != usual) {
            host = format!("{host}:{port}");
        }
        Self { method: method.clone(), host, path: decode(url.path()) }
    }
}

/// Names and values, decoded, in the order of the alphabet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(url: &Uri) -> Self {
        let pairs = url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let mut pairs: Vec<(String, String)> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
            })
            .collect();
        pairs.sort();
        Self(pairs)
    }

    /// The same without the place in the collection at which the page begins.
    pub(super) fn without_place(&self) -> Self {
        Self(self.0.iter().filter(|(name, _)| name != "$skip").cloned().collect())
    }

    /// Which part of a collection is asked for; nothing if all of it is.
    pub(super) fn window(&self) -> Option<Window> {
        let number = |name: &str| self.0.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok());
        match (number("$top"), number("$skip")) {
            (None, None | Some(0)) => None,
            (top, skip) => Some(Window { skip: skip.unwrap_or(0), top }),
        }
    }
}

/// Undoes percent-encoding, except of slashes: an encoded slash does not separate segments.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match (bytes[at], code.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) if byte != b'/' => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        let query = |query: &str| Query::of(&format!("https://a/?{query}").parse().unwrap());
        assert_eq!(query("a=1&$filter=x%20eq%20'y'"), query("%24filter=x+eq+'y'&a=1"));
        assert_ne!(query("a=1"), query("a=2"));
        assert_ne!(query("a=1"), query("a=1&a=1"));
        assert_eq!(query("a"), query("a=&"));
        assert_eq!(decode("/a%2Fb/%41%zz%4"), "/a%2Fb/A%zz%4");
    }

    #[test]
    fn windows_are_read() {
        let window = |query: &str| Query::of(&format!("https://a/?{query}").parse().unwrap()).window();
        assert_eq!(window(""), None);
        assert_eq!(window("$skip=0"), None);
        assert_eq!(window("$top=5"), Some(Window { skip: 0, top: Some(5) }));
        assert_eq!(window("$skip=3"), Some(Window { skip: 3, top: None }));
        assert_eq!(window("$top=x"), None);
    }
}
