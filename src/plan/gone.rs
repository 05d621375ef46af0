//! Subjects that are listed and of which the service has nothing.
//!
//! A device may be in the list for weeks after its data are gone: each request about it ends in 404. The first time that
//! may pass, so the read is not complete. When another run finds the same, the subject is gone for this way of reading:
//! nothing more is to be expected of it, and it must not keep the others from being complete for ever.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Most subjects that are remembered, of all datasets. A checkpoint names each, in 60 bytes. Where there are more, it is not
/// the subjects.
const MOST: usize = 100;

/// What the runs so far found nothing of: for each dataset and subject, the start of the run that did first, milliseconds
/// since the epoch.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Gone(IndexMap<Cow<'static, str>, IndexMap<String, i64>>);

impl Gone {
    /// Takes note that nothing was found. Whether another run found nothing either.
    pub fn missed(&mut self, dataset: &'static str, subject: &str, run_ms: i64) -> bool {
        let is_full = self.0.values().map(IndexMap::len).sum::<usize>() >= MOST;
        let subjects = self.0.entry(dataset.into()).or_default();
        if let Some(first_ms) = subjects.get(subject) {
            return *first_ms != run_ms;
        }
        if !is_full {
            subjects.insert(subject.to_owned(), run_ms);
        }
        false
    }

    /// Takes note that something was found.
    pub fn found(&mut self, dataset: &str, subject: &str) {
        if let Some(subjects) = self.0.get_mut(dataset) {
            subjects.shift_remove(subject);
        }
    }

    /// Forgets the subjects of a dataset that are not listed any more.
    pub fn keep(&mut self, dataset: &str, is_listed: impl Fn(&str) -> bool) {
        if let Some(subjects) = self.0.get_mut(dataset) {
            subjects.retain(|subject, _| is_listed(subject));
        }
        self.0.retain(|_, subjects| !subjects.is_empty());
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(IndexMap::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_make_a_subject_gone_and_one_does_not() {
        let mut gone = Gone::default();
        assert!(!gone.missed("users", "d", 1) && !gone.missed("users", "d", 1), "the same run twice");
        assert!(gone.missed("users", "d", 2) && gone.missed("users", "d", 3), "from then on");
        assert!(!gone.missed("findings", "d", 3), "another way");
        gone.found("users", "d");
        assert!(!gone.missed("users", "d", 4), "it came back in between");
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten_with_the_list() {
        let mut gone = Gone::default();
        for n in 0..2 * MOST {
            gone.missed(if n % 2 == 0 { "a" } else { "b" }, &n.to_string(), 1);
        }
        let text = serde_json::to_string(&gone).unwrap();
        assert!(text.len() < 60 * MOST, "{text}");
        assert_eq!(serde_json::from_str::<Gone>(&text).unwrap(), gone);
        assert!(!gone.missed("a", "198", 2), "one that had no room");
        gone.keep("a", |subject| subject == "0");
        assert!(gone.missed("a", "0", 2) && !gone.missed("a", "2", 2) && gone.missed("b", "1", 2));
    }
}
