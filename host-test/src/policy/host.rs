//! Hosts with ports, and the table of aliases for published hosts.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host in lower case and a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Authority {
    host: String,
    port: u16,
}

/// An alias that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Not a host with an optional port.
    #[error("{0:?} is not a host or host:port; write it like \"127.0.0.1:8080\"")]
    Malformed(String),
    /// The target has a port, a path or a scheme.
    #[error("{0:?} is not a plain host name; write the published host, like \"api.example.com\"")]
    Target(String),
}

impl Authority {
    /// Reads `host` or `host:port`.
    pub fn parse(text: &str, default_port: u16) -> Result<Self, HostError> {
        let malformed = || HostError::Malformed(text.to_owned());
        let authority: http::uri::Authority = text.parse().map_err(|_| malformed())?;
        Self::of(&authority, default_port)
    }

    pub(super) fn of(authority: &http::uri::Authority, default_port: u16) -> Result<Self, HostError> {
        let malformed = || HostError::Malformed(authority.host().to_owned());
        let text = authority.as_str();
        if text.contains('@') || authority.host().is_empty() {
            return Err(malformed());
        }
        // A colon without a usable number behind it is not the default port.
        let has_port = text.len() > authority.host().len();
        let port = match authority.port_u16() {
            Some(0) => return Err(malformed()),
            Some(port) => port,
            None if has_port => return Err(malformed()),
            None => default_port,
        };
        Ok(Self { host: authority.host().to_ascii_lowercase(), port })
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether packets to it stay on this machine.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.is_loopback() && address != Ipv4Addr::UNSPECIFIED,
            Ok(IpAddr::V6(address)) => address == Ipv6Addr::LOCALHOST,
            Err(_) => bare == "localhost",
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Which authority stands for which published hosts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliases(BTreeMap<Authority, Vec<String>>);

impl Aliases {
    /// Reads pairs of `host:port` and published host; without a port, 443 is meant. One authority may stand for several
    /// hosts: a pair for each.
    pub fn parse(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, HostError> {
        let mut aliases = Self::default();
        for (from, to) in pairs {
            let from = Authority::parse(&from, 443)?;
            let host = to.to_ascii_lowercase();
            if !Authority::parse(&to, 443).is_ok_and(|authority| authority.host == host) {
                return Err(HostError::Target(to));
            }
            aliases.0.entry(from).or_default().push(host);
        }
        Ok(aliases)
    }

    /// The published hosts that an authority stands for.
    pub fn resolve(&self, authority: &Authority) -> Option<&[String]> {
        self.0.get(authority).map(Vec::as_slice)
    }

    /// All aliases, once for each host that they stand for.
    pub fn iter(&self) -> impl Iterator<Item = (&Authority, &str)> {
        self.0.iter().flat_map(|(from, hosts)| hosts.iter().map(move |to| (from, to.as_str())))
    }
}

/// Whether a host is a name that can be somebody's on the internet: more than one label, and the last one no number.
/// Published hosts have to be; a `*.` in front counts for the name it stands for.
pub fn is_public_name(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let labels: Vec<&str> = name.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    labels.len() > 1
        && labels.iter().all(is_label)
        && labels.last().is_some_and(|top| *top != "localhost" && top.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// Whether a published host stands for a host: the same name, or one name in place of `*`.
pub(super) fn stands_for(published: &str, host: &str) -> bool {
    match published.strip_prefix('*') {
        Some(suffix) if suffix.starts_with('.') => {
            host.strip_suffix(suffix).is_some_and(|name| !name.is_empty() && !name.contains('.'))
        }
        _ => published == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_read_strictly() {
        assert_eq!(Authority::parse("LocalHost:80", 443).unwrap().to_string(), "localhost:80");
        assert_eq!(Authority::parse("a.example", 443).unwrap().port(), 443);
        for text in ["", "a:0", "a:99999", "a:", "u@a:1", "http://a", "a/b"] {
            assert!(Authority::parse(text, 443).is_err(), "{text}");
        }
    }

    #[test]
    fn loopback_is_only_loopback() {
        let loopback = |text: &str| Authority::parse(text, 80).unwrap().is_loopback();
        assert!(loopback("127.0.0.1:1") && loopback("127.9.9.9") && loopback("[::1]:1") && loopback("localhost"));
        assert!(!loopback("0.0.0.0") && !loopback("10.0.0.1") && !loopback("localhost.example") && !loopback("[::]"));
    }

    #[test]
    fn published_names_have_two_labels_and_are_no_addresses() {
        for name in ["api.example", "*.blob.core.windows.net", "a-b.example.com", "x1.1x"] {
            assert!(is_public_name(name), "{name}");
        }
        for name in
            ["", "localhost", "a.localhost", "metadata", "1.2.3.4", "[::1]", "*", "*.", "*.com", "a..b", "0x7f.1"]
        {
            assert!(!is_public_name(name), "{name}");
        }
    }

    #[test]
    fn a_star_is_exactly_one_name() {
        let fits = |host: &str| stands_for("*.blob.example", host);
        assert!(fits("a.blob.example"));
        assert!(!fits("blob.example") && !fits(".blob.example") && !fits("a.b.blob.example"));
        assert!(!fits("a.blob.example.evil.test") && !fits("*.blob.example.test"));
        assert!(!stands_for("*blob.example", "xblob.example"), "a star stands alone");
        assert!(stands_for("api.example", "api.example") && !stands_for("api.example", "a.api.example"));
    }

    #[test]
    fn alias_targets_are_bare_hosts() {
        let parse = |to: &str| Aliases::parse([("127.0.0.1:1".to_owned(), to.to_owned())]);
        assert!(parse("api.example").is_ok());
        assert!(matches!(parse("https://api.example"), Err(HostError::Target(_))));
        assert!(matches!(parse("api.example:8443"), Err(HostError::Target(_))));
    }
}
