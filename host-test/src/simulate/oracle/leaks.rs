//! Looking for secrets in everything that comes out.

use known_secrets::{Known, Searcher};
use std::cell::OnceCell;

/// Texts that must not come out.
#[derive(Debug, Default)]
pub(super) struct Leaks {
    known: Known,
    /// Made when it is needed: secrets are learnt many at a time.
    searcher: OnceCell<Searcher>,
}

impl Leaks {
    /// Looks for a secret from now on; `what` says what it is without saying it.
    pub(super) fn add(&mut self, what: &'static str, secret: &str) {
        self.known.add(what, secret);
        self.searcher.take();
    }

    /// What is found in a text.
    pub(super) fn find(&self, text: &[u8]) -> Option<&'static str> {
        self.searcher.get_or_init(|| self.known.searcher()).find(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_as_soon_as_they_are_known() {
        let mut leaks = Leaks::default();
        assert_eq!(leaks.find(b"x cAnArY~8Q/x+1"), None);
        leaks.add("the secret", "cAnArY~8Q/x+1");
        for text in ["x cAnArY~8Q/x+1", "cAnArY~8Q%2Fx%2B1", "Y0FuQXJZfjhRL3grMQ", "cAnArY~8Q"] {
            assert_eq!(leaks.find(text.as_bytes()), Some("the secret"), "{text}");
        }
        leaks.add("a token", "another-canary");
        assert_eq!(leaks.find(b"another-canary"), Some("a token"));
        assert_eq!(leaks.find(b"a canary"), None);
    }
}
