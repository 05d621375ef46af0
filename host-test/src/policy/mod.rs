//! Who may be called: nothing, except what the component publishes.
//!
//! A request passes if a published endpoint has its method, its host and a path pattern that fits, over HTTPS on
//! port 443. A test double or a gateway is reached through an explicit alias: requests to the alias are judged as
//! if they went to the published host, and plain HTTP is possible only where the wire never leaves the machine.

mod address;
mod header;
mod host;
mod path;

use crate::contract::Endpoint;
use http::{Method, Uri};

pub use address::{is_local, is_local_socket};
pub use header::is_forbidden_header;
pub use host::{Aliases, Authority, HostError, is_public_name};
pub use path::Pattern;

/// A request that was refused, in one line without query, and how to allow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused {method} {host}{path}: {reason}")]
pub struct Denial {
    /// Method of the request.
    pub method: Method,
    /// Host and port as the request had them, without user information.
    pub host: String,
    /// Path without query.
    pub path: String,
    /// Why, and what to do about it.
    pub reason: Reason,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No published endpoint and no alias has this host.
    #[error(
        "the component does not publish this host; if it is a gateway or a test double, add it under [sandbox.hosts]"
    )]
    Host,
    /// The host is published, this method and path are not.
    #[error("the component does not publish this method and path; only a component that publishes them may call them")]
    Endpoint,
    /// Plain HTTP to something that is not an aliased loopback address.
    #[error("plain http is only allowed to loopback addresses listed under [sandbox.hosts]; use https")]
    Plain,
    /// HTTPS on another port than 443 without an alias.
    #[error("only port 443 is allowed; add host and port under [sandbox.hosts] to allow it")]
    Port,
    /// User information, a missing host or a scheme that is not HTTP.
    #[error("the address is malformed or carries user information; correct the configured endpoint")]
    Address,
    /// Dot segments, empty segments or encoded separators: they mean different things to different servers.
    #[error("the path has empty, dot or encoded-slash segments; correct the configured endpoint")]
    Path,
}

#[derive(Debug, Clone)]
struct Rule {
    host: String,
    method: Method,
    path: Pattern,
}

/// The allow-list of one component.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    rules: Vec<Rule>,
    aliases: Aliases,
}

impl Policy {
    /// Refuses everything.
    pub fn deny_all() -> Self {
        Self::default()
    }

    /// Allows what a component publishes. An endpoint that cannot be understood allows nothing; nor does one whose
    /// host is an address or a local name: such hosts are the operator's to grant, by an alias.
    pub fn published(endpoints: &[Endpoint], aliases: Aliases) -> Self {
        let rules = endpoints.iter().filter(|endpoint| is_public_name(&endpoint.host)).filter_map(|endpoint| {
            Some(Rule {
                host: endpoint.host.to_ascii_lowercase(),
                method: Method::from_bytes(endpoint.method.as_bytes()).ok()?,
                path: Pattern::parse(&endpoint.path)?,
            })
        });
        Self { rules: rules.collect(), aliases }
    }

    /// The first alias whose target nobody publishes, which is nearly always a slip of the pen.
    pub fn unused_alias(&self) -> Option<(&Authority, &str)> {
        self.aliases.iter().find(|(_, target)| !self.rules.iter().any(|rule| host::stands_for(&rule.host, target)))
    }

    /// Lets a request pass, or says why not.
    pub fn judge(&self, method: &Method, uri: &Uri) -> Result<(), Denial> {
        self.reason(method, uri).map_or(Ok(()), |reason| {
            Err(Denial {
                method: method.clone(),
                host: uri.authority().map(|authority| without_user(authority.as_str())).unwrap_or_default(),
                path: uri.path().to_owned(),
                reason,
            })
        })
    }

    fn reason(&self, method: &Method, uri: &Uri) -> Option<Reason> {
        let Some(authority) = uri.authority() else { return Some(Reason::Address) };
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Some(Reason::Address);
        }
        let plain = match uri.scheme_str() {
            Some("https") => false,
            Some("http") => true,
            _ => return Some(Reason::Address),
        };
        let Ok(target) = Authority::of(authority, if plain { 80 } else { 443 }) else { return Some(Reason::Address) };
        let own = [target.host().to_owned()];
        let hosts = match self.aliases.resolve(&target) {
            Some(published) => {
                if plain && !target.is_loopback() {
                    return Some(Reason::Plain);
                }
                published
            }
            None if plain => return Some(Reason::Plain),
            None if target.port() != 443 => return Some(Reason::Port),
            None => &own,
        };
        let is_plain = path::is_plain(uri.path());
        let mut known_host = false;
        let is_meant = |rule: &&Rule| hosts.iter().any(|host| host::stands_for(&rule.host, host));
        for rule in self.rules.iter().filter(is_meant) {
            known_host = true;
            if rule.method == *method && rule.path.fits(uri.path()) {
                return None;
            }
        }
        Some(match known_host {
            _ if !is_plain => Reason::Path,
            true => Reason::Endpoint,
            false => Reason::Host,
        })
    }
}

fn without_user(authority: &str) -> String {
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(aliases: &[(&str, &str)]) -> Policy {
        let endpoint = |host: &str, method: &str, path: &str| Endpoint {
            host: host.into(),
            method: method.into(),
            path: path.into(),
            purpose: String::new(),
        };
        let aliases = aliases.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
        Policy::published(
            &[
                endpoint("api.security.microsoft.com", "GET", "/api/machines"),
                endpoint("api.security.microsoft.com", "GET", "/api/machines/{id}/vulnerabilities"),
                endpoint("login.microsoftonline.com", "POST", "/{tenant}/oauth2/v2.0/token"),
            ],
            Aliases::parse(aliases).unwrap(),
        )
    }

    fn judge(policy: &Policy, method: &str, uri: &str) -> Option<Reason> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        policy.judge(&method, &uri.parse().unwrap()).err().map(|denial| denial.reason)
    }

    #[test]
    fn published_requests_pass() {
        let policy = policy(&[]);
        for (method, uri) in [
            ("GET", "https://api.security.microsoft.com/api/machines"),
            ("GET", "https://api.security.microsoft.com/api/machines?$top=10&$skip=0"),
            ("GET", "https://api.security.microsoft.com:443/api/machines"),
            ("GET", "https://API.Security.Microsoft.com/api/machines"),
            ("GET", "https://api.security.microsoft.com/api/machines/1e5b%20c/vulnerabilities"),
            ("GET", "https://api.security.microsoft.com/api/machines/a%2Fb/vulnerabilities"),
            ("POST", "https://login.microsoftonline.com/t/oauth2/v2.0/token"),
        ] {
            assert_eq!(judge(&policy, method, uri), None, "{uri}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let policy = policy(&[]);
        let api = "https://api.security.microsoft.com";
        for (method, uri, reason) in [
            ("POST", format!("{api}/api/machines"), Reason::Endpoint),
            ("GET", format!("{api}/api/Machines"), Reason::Endpoint),
            ("GET", format!("{api}/api/machines/"), Reason::Path),
            ("GET", format!("{api}/api//machines"), Reason::Path),
            ("GET", format!("{api}/api/machines/../machines"), Reason::Path),
            ("GET", format!("{api}/api/machines/%2e%2e/vulnerabilities"), Reason::Path),
            ("GET", format!("{api}/api/machines%2Fa/vulnerabilities"), Reason::Path),
            ("GET", format!("{api}/api/machines/..%2Fb/vulnerabilities"), Reason::Path),
            ("GET", format!("{api}/api/machines/a%5c../vulnerabilities"), Reason::Path),
            ("GET", format!("{api}/api/machines/a/b/vulnerabilities"), Reason::Endpoint),
            ("GET", format!("{api}/api/machines//vulnerabilities"), Reason::Path),
            ("GET", format!("{api}/"), Reason::Endpoint),
            ("GET", api.to_owned(), Reason::Endpoint),
            ("GET", "http://api.security.microsoft.com/api/machines".to_owned(), Reason::Plain),
            ("GET", "https://api.security.microsoft.com:8443/api/machines".to_owned(), Reason::Port),
            ("GET", "https://api.security.microsoft.com./api/machines".to_owned(), Reason::Host),
            ("GET", "https://evil.example/api/machines".to_owned(), Reason::Host),
            ("GET", "https://api.security.microsoft.com.evil.example/api/machines".to_owned(), Reason::Host),
            ("GET", "https://u:p@api.security.microsoft.com/api/machines".to_owned(), Reason::Address),
            ("GET", "https://evil.example@api.security.microsoft.com/api/machines".to_owned(), Reason::Address),
            ("GET", "ftp://api.security.microsoft.com/api/machines".to_owned(), Reason::Address),
            ("GET", "/api/machines".to_owned(), Reason::Address),
        ] {
            assert_eq!(judge(&policy, method, &uri), Some(reason), "{uri}");
        }
        assert_eq!(judge(&Policy::deny_all(), "GET", &format!("{api}/api/machines")), Some(Reason::Host));
    }

    #[test]
    fn published_addresses_and_local_names_allow_nothing() {
        for host in
            ["169.254.169.254", "127.0.0.1", "[::1]", "localhost", "metadata", "2852039166", "db.localhost", "*"]
        {
            let endpoint =
                Endpoint { host: host.into(), method: "GET".into(), path: "/{rest...}".into(), purpose: String::new() };
            let policy = Policy::published(&[endpoint], Aliases::default());
            assert_eq!(judge(&policy, "GET", &format!("https://{host}/latest")), Some(Reason::Host), "{host}");
        }
    }

    #[test]
    fn aliases_stand_for_a_published_host() {
        let unused = policy(&[("127.0.0.1:1", "api.example")]);
        assert_eq!(unused.unused_alias().map(|(_, target)| target), Some("api.example"));
        let policy = policy(&[
            ("127.0.0.1:8080", "api.security.microsoft.com"),
            ("gateway.example:8443", "api.security.microsoft.com"),
            ("[::1]:80", "login.microsoftonline.com"),
        ]);
        assert_eq!(judge(&policy, "GET", "http://127.0.0.1:8080/api/machines"), None);
        assert_eq!(judge(&policy, "GET", "https://gateway.example:8443/api/machines"), None);
        assert_eq!(judge(&policy, "POST", "http://[::1]/t/oauth2/v2.0/token"), None);
        assert_eq!(judge(&policy, "GET", "http://127.0.0.1:8081/api/machines"), Some(Reason::Plain));
        assert_eq!(judge(&policy, "GET", "http://gateway.example:8443/api/machines"), Some(Reason::Plain));
        assert_eq!(judge(&policy, "GET", "http://127.0.0.1:8080/t/oauth2/v2.0/token"), Some(Reason::Endpoint));
        assert_eq!(policy.unused_alias(), None);
    }

    #[test]
    fn an_alias_may_stand_for_several_hosts() {
        let aliases = [("127.0.0.1:1", "api.security.microsoft.com"), ("127.0.0.1:1", "login.microsoftonline.com")];
        let both = policy(&aliases);
        assert_eq!(judge(&both, "GET", "http://127.0.0.1:1/api/machines"), None);
        assert_eq!(judge(&both, "POST", "http://127.0.0.1:1/t/oauth2/v2.0/token"), None);
        assert_eq!(judge(&both, "POST", "http://127.0.0.1:1/api/machines"), Some(Reason::Endpoint));
        let slip = policy(&[aliases[0], ("127.0.0.1:1", "login.example")]);
        assert_eq!(slip.unused_alias().map(|(_, target)| target), Some("login.example"));
    }

    #[test]
    fn a_denial_is_one_line_without_query_and_user() {
        let uri = "https://user:hush@evil.example/api?sig=abc".parse().unwrap();
        let line = policy(&[]).judge(&Method::GET, &uri).unwrap_err().to_string();
        assert!(line.starts_with("refused GET evil.example/api: "), "{line}");
        assert!(!line.contains("hush") && !line.contains("abc"), "{line}");
    }
}
