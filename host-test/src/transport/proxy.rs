//! The address of a proxy: `SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/]`.
//!
//! | scheme | how it is spoken to | port by default | who looks up the names of services |
//! |---|---|---|---|
//! | `http` | HTTP, `CONNECT` for https | 80 | the proxy |
//! | `https` | the same within TLS | 443 | the proxy |
//! | `socks5` | SOCKS 5, RFC 1928 and RFC 1929 | 1080 | this machine |
//! | `socks5h` | the same | 1080 | the proxy |
//!
//! Anything else is refused. There is no default and no guess: the HTTP client drops a proxy that it does not
//! understand, without a word, and connects directly. Neither user nor password appear in any text.

use super::names::Known;
use crate::nearest::nearest as nearest_name;
use http::uri::Authority;
use std::fmt;

/// Schemes with the port that is meant where none is written.
const SCHEMES: [(&str, u16); 4] = [("http", 80), ("https", 443), ("socks5", 1080), ("socks5h", 1080)];

/// A proxy that every request goes through.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    scheme: &'static str,
    host: String,
    port: u16,
    /// What the client is given, with user and password.
    url: reqwest::Url,
}

/// Why a text is no address of a proxy, without the text: it can hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; write it like \"{example}\"")]
pub struct ProxyError {
    problem: &'static str,
    /// The nearest address that would be right, without user and password.
    example: String,
}

impl Proxy {
    /// Reads an address.
    ///
    /// # Errors
    /// [`ProxyError`] with the nearest address that is right, for anything but the form above.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let refuse = |problem| ProxyError { problem, example: nearest(text) };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| refuse("has no scheme"))?;
        let known = SCHEMES.iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known));
        let (scheme, default_port) = *known.ok_or_else(|| refuse("must begin with http, https, socks5 or socks5h"))?;
        let place = rest.strip_suffix('/').unwrap_or(rest);
        if place.contains(['/', '?', '#', '\\']) {
            return Err(refuse("has a path or query, or a user or password that is not percent-encoded"));
        }
        let authority: Authority = place.parse().map_err(|_| refuse("has no usable host"))?;
        let (host, port) = host_and_port(&authority).ok_or_else(|| refuse("has no usable host or port"))?;
        let url = reqwest::Url::parse(&format!("{scheme}://{place}")).ok();
        // The client reads it once more in its own way: what it would not understand must not come so far.
        let is_understood = |url: &reqwest::Url| {
            let again = url.as_str().parse::<http::Uri>();
            again.is_ok_and(|again| {
                again.scheme_str() == Some(scheme) && again.host().is_some_and(|host| !host.is_empty())
            })
        };
        let url = url.filter(is_understood).ok_or_else(|| refuse("has no usable host"))?;
        Ok(Self { scheme, host, port: port.unwrap_or(default_port), url })
    }

    /// The proxy as the client wants it.
    pub(super) fn for_client(&self) -> reqwest::Result<reqwest::Proxy> {
        reqwest::Proxy::all(self.url.clone())
    }

    /// The address with user and password, for those who have to keep them out of what they write.
    pub(crate) fn expose(&self) -> &str {
        self.url.as_str()
    }

    /// Its name, which the operator vouches for.
    pub(super) fn name(&self) -> Known {
        Known(self.host.clone())
    }
}

/// Without user and password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

/// Without user and password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

/// A host in lower case, and the port if one is written; nothing where either cannot be used.
fn host_and_port(authority: &Authority) -> Option<(String, Option<u16>)> {
    let text = authority.as_str();
    let place = text.rsplit_once('@').map_or(text, |(_, place)| place);
    let host = authority.host();
    let has_port = place.len() > host.len();
    let port = authority.port_u16().filter(|port| *port > 0);
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let is_host = is_bracketed || !host.is_empty() && host.bytes().all(is_name);
    (is_host && has_port == port.is_some()).then(|| (host.to_ascii_lowercase(), port))
}

/// The nearest address that is right, as far as host and port can be told from what may be a password.
fn nearest(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let known = SCHEMES.iter().map(|(known, _)| *known);
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "socks" | "socks4" | "socks4a" => "socks5",
        scheme => nearest_name(scheme, known).unwrap_or("http"),
    };
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = place.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let found = place.parse().ok().and_then(|authority| host_and_port(&authority));
    match found {
        // Without a port it could be anything that was forgotten to be marked as a password.
        Some((host, Some(port))) => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://proxy.example:3128"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, shown) in [
            ("http://proxy.example:3128", "http://proxy.example:3128"),
            ("HTTP://Proxy.Example:3128/", "http://proxy.example:3128"),
            ("http://proxy.example", "http://proxy.example:80"),
            ("https://proxy.example", "https://proxy.example:443"),
            ("http://10.0.0.1:8080", "http://10.0.0.1:8080"),
            ("http://[fd12::1]:8080", "http://[fd12::1]:8080"),
            ("http://user:hu%40sh@proxy.example:3128", "http://proxy.example:3128"),
            ("http://hush@proxy.example:3128", "http://proxy.example:3128"),
            ("socks5://127.0.0.1", "socks5://127.0.0.1:1080"),
            ("socks5h://hush:hush@proxy.example:1081", "socks5h://proxy.example:1081"),
        ] {
            let proxy = Proxy::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((proxy.to_string(), format!("{proxy:?}")), (shown.to_owned(), format!("Proxy({shown})")));
        }
    }

    #[test]
    fn slips_are_refused_with_the_nearest_address() {
        for (text, near) in [
            ("htp://proxy.example:3128", "http://proxy.example:3128"),
            ("htps://proxy.example:3128", "https://proxy.example:3128"),
            ("ftp://proxy.example:3128", "//proxy.example:3128"),
            ("socks://proxy.example:1080", "socks5://proxy.example:1080"),
            ("socks4://proxy.example:1080", "socks5://proxy.example:1080"),
            ("proxy.example:3128", "http://proxy.example:3128"),
            ("proxy:3128", "http://proxy:3128"),
            ("10.0.0.1:3128", "http://10.0.0.1:3128"),
            ("http:proxy.example:3128", "http://proxy.example:3128"),
            ("http:/proxy.example:3128", "http://proxy.example:3128"),
            ("http//proxy.example:3128", "http://proxy.example:3128"),
            ("http://", "http://proxy.example:3128"),
            ("http://:3128", "http://proxy.example:3128"),
            ("http:///proxy.example:3128", "http://proxy.example:3128"),
            ("http://proxy.example:", "http://proxy.example:3128"),
            ("http://proxy.example:0", "http://proxy.example:3128"),
            ("http://proxy.example:99999", "http://proxy.example:3128"),
            ("http://proxy.example:port", "http://proxy.example:3128"),
            ("http://proxy.example:8080/path", "http://proxy.example:8080"),
            ("http://proxy.example:8080?a=b", "http://proxy.example:8080"),
            ("http://proxy.example:8080#a", "http://proxy.example:8080"),
            ("http://proxy example:8080", "http://proxy.example:3128"),
            ("http://pröxy.example:8080", "http://proxy.example:3128"),
            (" http://proxy.example:8080", "http://proxy.example:8080"),
            ("direct", "http://proxy.example:3128"),
            ("", "http://proxy.example:3128"),
        ] {
            let error = Proxy::parse(text).expect_err(text).to_string();
            assert!(error.contains(near), "{text}: {error}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        for text in [
            "htp://user:hush@proxy.example:1",
            "user:hush@proxy.example:1",
            "http://user:hu/hush@proxy.example:1",
            "http://user:hush@hush@proxy.example:1",
            "http://user:hush#hush@proxy.example:1",
            "http://user:hush@",
            "http://hush",
            "hush",
            "::hush::",
            "http://user:hush@proxy.example:hush",
        ] {
            match Proxy::parse(text) {
                // Without an `@` the host is the host. The client encodes the first of two.
                Ok(proxy) => {
                    assert!(text == "http://hush" || !format!("{proxy} {proxy:?}").contains("hush"), "{proxy}")
                }
                Err(error) => assert!(!format!("{error} {error:?}").contains("hush"), "{error}"),
            }
        }
    }
}
