//! Everything that a component says in any experiment, searched at once and then forgotten.

use crate::contract::{self, Secret, SourceError};
use crate::engine::{CallError, Observed};
use known_secrets::{Known, Searcher};
use std::collections::BTreeSet;
use std::fmt::Debug;

/// What was heard.
#[derive(Debug, Default)]
pub(super) struct Ear {
    searcher: Searcher,
    /// Where secrets were.
    pub(super) leaks: BTreeSet<String>,
    /// Every failure with the call that it came from.
    pub(super) errors: Vec<(&'static str, SourceError)>,
    /// Calls that ended without the component saying why.
    pub(super) crashes: BTreeSet<String>,
    /// Requests that were refused.
    pub(super) denials: BTreeSet<String>,
    /// Requests that neither read nor sign in.
    pub(super) writes: BTreeSet<String>,
    /// Number of requests.
    pub(super) requests: usize,
    /// Number of things that were searched.
    pub(super) outputs: usize,
}

impl Ear {
    /// Listens for the values of some secrets, in every spelling.
    pub(super) fn new(secrets: &[Secret], token: &str) -> Self {
        let mut known = Known::default();
        secrets.iter().for_each(|secret| {
            known.add("a secret", &secret.value);
        });
        known.add("the token", token);
        Self { searcher: known.searcher(), ..Self::default() }
    }

    /// Searches something that came from the component.
    pub(super) fn hear(&mut self, place: &str, output: &impl Debug) {
        self.search(place, &format!("{output:?}"));
    }

    /// Searches a text.
    pub(super) fn search(&mut self, place: &str, text: &str) {
        self.outputs += 1;
        if self.searcher.find(text.as_bytes()).is_some() {
            self.leaks.insert(place.to_owned());
        }
    }

    /// Remembers why a call failed.
    pub(super) fn failed(&mut self, call: &'static str, error: &CallError) {
        match error {
            CallError::Source(error) => {
                self.hear(&format!("the error {} of {call}", contract::error_case(error)), error);
                self.errors.push((call, error.clone()));
            }
            // The recordings have no answer: that is the kit's trouble.
            CallError::Transport(_) => {}
            other => drop(self.crashes.insert(other.to_string())),
        }
    }

    /// What the host saw in one experiment.
    pub(super) fn observed(&mut self, observed: &Observed) {
        self.denials.extend(observed.denials.iter().map(ToString::to_string));
        if observed.log_leaks > 0 {
            self.leaks.insert("its log".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_every_dress() {
        let secret = Secret { name: "s".into(), value: "hush hush~1\nab\nsecond line".into() };
        for text in ["x hush hush~1 y", "aHVzaCBodXNofjE", "hush%20hush~1", "second line", "token-1"] {
            let mut ear = Ear::new(std::slice::from_ref(&secret), "token-1");
            ear.search("here", text);
            assert_eq!(ear.leaks.len(), 1, "{text}");
        }
        let mut ear = Ear::new(&[secret], "token-1");
        ear.search("here", "ab hush");
        assert!(ear.leaks.is_empty() && ear.outputs == 1);
    }
}
