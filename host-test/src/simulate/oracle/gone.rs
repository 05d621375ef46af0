//! Subjects that are listed and of which the service has nothing. The first run that finds that cannot tell it from
//! trouble that passes. When the next one finds it too, the subject is gone for this way of reading: nothing of it is to be
//! expected, and the others are complete without it.

use super::Run;
use super::snapshot::{is_about_one, was_read};
use crate::simulate::reading::Dataset;
use defender_double::truth::Fact;
use std::collections::{BTreeMap, BTreeSet};

/// A dataset and what it asked about, in lower case.
type Subject = (Dataset, String);

/// What was found of the subjects that runs asked about, one by one.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    /// Nothing in an earlier run, and nothing since. Whether that was the run before, which was finished: a source must
    /// remember it then.
    missed: BTreeMap<Subject, bool>,
    /// Nothing in this run and in an earlier one: a dataset may be complete without them.
    gone: BTreeSet<Subject>,
    /// Nothing in this run and in the one before: a dataset must not be partial because of them.
    settled: BTreeSet<Subject>,
    /// How many of each dataset this run found something of.
    answered: BTreeMap<Dataset, usize>,
}

impl Subjects {
    /// Takes note of a run that is about to be judged.
    pub(super) fn note(&mut self, run: &Run) {
        // What came of the last request about each: found, missed, or neither.
        let mut last: BTreeMap<Subject, Option<bool>> = BTreeMap::new();
        for (exchange, entry) in &run.exchanges {
            if let Some(subject) = subject(exchange.dataset, &exchange.url) {
                let is_found = was_read(exchange, entry.as_ref()).then_some(true);
                last.insert(subject, is_found.or_else(|| (exchange.status == Some(404)).then_some(false)));
            }
        }
        let of = |outcome| last.iter().filter(move |(_, found)| **found == outcome).map(|(subject, _)| subject);
        self.gone = of(Some(false)).filter(|subject| self.missed.contains_key(*subject)).cloned().collect();
        self.settled = of(Some(false)).filter(|subject| self.missed.get(*subject) == Some(&true)).cloned().collect();
        self.answered = BTreeMap::new();
        for (dataset, _) in of(Some(true)) {
            *self.answered.entry(*dataset).or_default() += 1;
        }
        let is_finished = run.receipt.is_some();
        self.missed.retain(|subject, _| last.get(subject) != Some(&Some(true)));
        self.missed.values_mut().for_each(|was_last| *was_last = false);
        self.missed.extend(of(Some(false)).cloned().map(|subject| (subject, is_finished)));
    }

    /// Whether nobody is gone.
    pub(super) fn is_empty(&self) -> bool {
        self.gone.is_empty()
    }

    /// Whether an address is below a subject that is gone for a dataset.
    pub(super) fn is_gone(&self, dataset: Option<Dataset>, url: &str) -> bool {
        subject(dataset, url).is_some_and(|subject| self.gone.contains(&subject))
    }

    /// Whether an address is below a subject that a source has to know to be gone. Where more are gone than there, it
    /// need not believe it.
    pub(super) fn is_settled(&self, dataset: Option<Dataset>, url: &str) -> bool {
        let Some(subject) = subject(dataset, url) else { return false };
        let gone = self.gone.iter().filter(|(of, _)| *of == subject.0).count();
        self.settled.contains(&subject) && gone <= self.answered.get(&subject.0).copied().unwrap_or(0)
    }

    /// Whether a dataset cannot say a fact, as what it is about is gone for it. Accounts are said of each device that
    /// they were seen on.
    pub(super) fn hide(&self, dataset: Dataset, fact: &Fact) -> bool {
        let is_gone = |id: &str| self.gone.contains(&(dataset, id.to_ascii_lowercase()));
        match fact {
            Fact::LoggedOn { device, .. } | Fact::Finding { device, .. } => is_gone(device),
            Fact::Recommended { device, id } => is_gone(device) || is_gone(id),
            Fact::User { .. } => self.gone.iter().any(|(of, _)| *of == dataset),
            _ => false,
        }
    }
}

/// The subject of an address below one.
fn subject(dataset: Option<Dataset>, url: &str) -> Option<Subject> {
    let dataset = dataset.filter(|_| is_about_one(url))?;
    let id = url.rsplit('/').nth(1)?;
    Some((dataset, id.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Receipt;
    use crate::simulate::oracle::Stock;
    use crate::simulate::tape::Tape;
    use std::sync::Arc;
    use std::time::Duration;

    const USERS: Option<Dataset> = Some(Dataset::DeviceUsers);

    fn url(id: &str) -> String {
        format!("https://h/api/machines/{id}/logonusers")
    }

    /// A run that asked about devices; its receipt is there if it was finished.
    fn run(asked: &[(&str, u16)], is_finished: bool) -> Run {
        let tape = Arc::new(Tape::default());
        for (id, status) in asked {
            let track = tape.begin(&url(id).parse().unwrap(), None, Duration::ZERO);
            track.status(*status);
            track.ended();
        }
        let receipt = Receipt {
            run: "r".into(),
            started_at: String::new(),
            finished_at: String::new(),
            sign_in_calls: 1,
            datasets: Vec::new(),
            checkpoint: String::new(),
        };
        Run {
            day: 0,
            started: Duration::ZERO,
            ended: Duration::ZERO,
            skew: Duration::ZERO,
            events: Vec::new(),
            receipt: is_finished.then_some(receipt),
            exchanges: tape.since(0).into_iter().map(|exchange| (exchange, None)).collect(),
            stock: Stock::default(),
            lives: 1,
            failed: false,
        }
    }

    #[test]
    fn two_runs_without_it_make_a_subject_gone() {
        let mut subjects = Subjects::default();
        let fact =
            |device: &str| Fact::LoggedOn { device: device.into(), sid: None, account: "a".into(), is_own: false };
        subjects.note(&run(&[("aa", 404), ("bb", 200)], true));
        assert!(!subjects.is_gone(USERS, &url("aa")) && subjects.is_empty());
        subjects.note(&run(&[("AA", 404), ("bb", 200)], true));
        assert!(subjects.is_gone(USERS, &url("aa")) && subjects.is_settled(USERS, &url("aa")));
        assert!(subjects.hide(Dataset::DeviceUsers, &fact("aa")) && !subjects.hide(Dataset::DeviceUsers, &fact("bb")));
        assert!(!subjects.is_gone(Some(Dataset::Recommendations), &url("aa")), "another way");
        subjects.note(&run(&[("aa", 200)], true));
        subjects.note(&run(&[("aa", 404)], true));
        assert!(!subjects.is_gone(USERS, &url("aa")), "it came back in between");
    }

    #[test]
    fn a_source_need_not_know_what_it_could_not_keep() {
        let mut subjects = Subjects::default();
        subjects.note(&run(&[("aa", 404), ("bb", 200)], false));
        subjects.note(&run(&[("aa", 404), ("bb", 200)], true));
        assert!(subjects.is_gone(USERS, &url("aa")) && !subjects.is_settled(USERS, &url("aa")));
        let mut subjects = Subjects::default();
        for _ in 0..2 {
            subjects.note(&run(&[("aa", 404), ("bb", 404), ("cc", 200)], true));
        }
        assert!(subjects.is_gone(USERS, &url("aa")) && !subjects.is_settled(USERS, &url("aa")), "most are gone");
    }
}
