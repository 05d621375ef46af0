//! Where a service lives.

use std::fmt;
use std::net::IpAddr;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Scheme, host and port of a service, without a path. Plain HTTP only for a loopback host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: &'static str,
    authority: String,
}

impl Origin {
    /// The HTTPS origin of a host from a table.
    #[must_use]
    pub fn https(host: &str) -> Self {
        Self { scheme: "https", authority: host.to_owned() }
    }

    /// Reads `https://host[:port]`, or `http://` for a loopback host, with at most a slash behind it.
    ///
    /// # Errors
    /// A sentence about what is wrong, fit to follow the name of the member.
    #[inline(never)]
    pub fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = match text.split_once("://") {
            Some(("https", rest)) => ("https", rest),
            Some(("http", rest)) => ("http", rest),
            _ => return Err("does not start with `https://`".into()),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let parsed: http::uri::Authority =
            authority.parse().map_err(|_| "is not an origin: expected only a host and perhaps a port".to_owned())?;
        if parsed.as_str().contains('@') || parsed.host().is_empty() {
            return Err("must hold a host and no user name".into());
        }
        if scheme == "http" && !is_loopback(parsed.host()) {
            return Err("uses plain `http`, which is allowed for a loopback host only".into());
        }
        let authority = canonical_authority(scheme, authority);
        Ok(Self { scheme, authority: authority.ok_or("is not an origin: its port is not a number of one")? })
    }

    /// An origin whose parts are known to be in order.
    pub(super) fn of(scheme: &'static str, authority: String) -> Self {
        Self { scheme, authority }
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Host in lower case, without the dot of the root, and the port, unless it is that of the scheme.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// The one spelling of a host and its port; `None` if it is none, or with a user name.
pub(super) fn canonical_authority(scheme: &str, text: &str) -> Option<String> {
    let parsed: http::uri::Authority = text.parse().ok()?;
    let host = parsed.host().to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    if host.is_empty() || text.contains('@') {
        return None;
    }
    let of_scheme = if scheme == "https" { 443 } else { 80 };
    match parsed.port_u16() {
        Some(port) if port != of_scheme => Some(format!("{host}:{port}")),
        None if text.len() > parsed.host().len() => None,
        _ => Some(host.to_owned()),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_and_others_refused() {
        assert_eq!(
            Origin::parse("https://EU.api.security.microsoft.com/").unwrap().to_string(),
            "https://eu.api.security.microsoft.com"
        );
        assert_eq!(Origin::parse("http://127.0.0.1:8080").unwrap().authority(), "127.0.0.1:8080");
        assert_eq!(Origin::parse("https://API.example.com.:443").unwrap().to_string(), "https://api.example.com");
        assert!(Origin::parse("http://[::1]:8080").is_ok());
        for bad in [
            "",
            "api.security.microsoft.com",
            "ftp://x",
            "http://example.com",
            "https://a@b",
            "https://x/y",
            "https://",
            "http://127.0.0.1.example.com",
            "https://x:99999",
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }
}
