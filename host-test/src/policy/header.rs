//! Headers that would make a server, or something on the way to it, take a request for another one than the policy
//! judged.

use http::HeaderName;

/// Each with what it would change. Connection management, `host` and proxy headers are refused by the engine already.
const FORBIDDEN: [(&str, &str); 14] = [
    // The method: a GET would be treated as a DELETE.
    ("x-http-method", "method"),
    ("x-http-method-override", "method"),
    ("x-method-override", "method"),
    // The path.
    ("x-original-url", "path"),
    ("x-rewrite-url", "path"),
    // The host, the scheme or the client.
    ("forwarded", "host"),
    ("x-forwarded-for", "client"),
    ("x-forwarded-host", "host"),
    ("x-forwarded-port", "host"),
    ("x-forwarded-proto", "host"),
    ("x-host", "host"),
    // Where the message ends, or which protocol follows it.
    ("expect", "framing"),
    ("te", "framing"),
    ("trailer", "framing"),
];

/// Whether a component may not set a header.
pub fn is_forbidden_header(name: &HeaderName) -> bool {
    FORBIDDEN.iter().any(|(forbidden, _)| name.as_str() == *forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_meaning_of_a_request_is_forbidden() {
        let forbidden = |name: &str| is_forbidden_header(&HeaderName::from_bytes(name.as_bytes()).unwrap());
        for (name, _) in FORBIDDEN {
            assert!(forbidden(name) && forbidden(&name.to_ascii_uppercase()), "{name}");
        }
        for name in ["authorization", "accept", "content-length", "content-type", "prefer", "consistencylevel"] {
            assert!(!forbidden(name), "{name}");
        }
    }
}
