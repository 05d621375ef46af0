//! Looking for secrets in everything that comes out, in each spelling in which they could.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use memchr::memmem::Finder;
use std::collections::BTreeMap;

/// Texts that must not come out.
#[derive(Debug, Default)]
pub(super) struct Leaks {
    needles: BTreeMap<String, (&'static str, Finder<'static>)>,
}

impl Leaks {
    /// Looks for a secret from now on; `what` says what it is without saying it.
    pub(super) fn add(&mut self, what: &'static str, secret: &str) {
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let form: String = secret
            .bytes()
            .map(|byte| match byte {
                b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        // A piece of it is a leak as well.
        let piece = secret.chars().take(secret.chars().count() * 2 / 3).collect();
        let encoded = [STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret)];
        for spelling in [secret.to_owned(), piece, percent, form].into_iter().chain(encoded) {
            self.needles.entry(spelling).or_insert_with_key(|text| (what, Finder::new(text.as_bytes()).into_owned()));
        }
    }

    /// What is found in a text.
    pub(super) fn find(&self, text: &[u8]) -> Option<&'static str> {
        self.needles.values().find(|(_, finder)| finder.find(text).is_some()).map(|(what, _)| *what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_every_spelling() {
        let mut leaks = Leaks::default();
        leaks.add("the secret", "cAnArY~8Q/x+1");
        for text in [
            "x cAnArY~8Q/x+1",
            "%63%41%6E%41%72%59%7E%38%51%2F%78%2B%31",
            "cAnArY~8Q%2Fx%2B1",
            "Y0FuQXJZfjhRL3grMQ",
            "cAnArY~8",
        ] {
            assert_eq!(leaks.find(text.as_bytes()), Some("the secret"), "{text}");
        }
        assert_eq!(leaks.find(b"a canary"), None);
    }
}
