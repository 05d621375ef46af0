//! The oracle: holds everything that came out of a run against what was true, and against what was asked and answered.
//! It shares no code with the source. Its file of expectations is written from the documentation of the events.
//!
//! | file | idea |
//! |---|---|
//! | `property` | what has to hold, and a violation |
//! | `spelling`, `expect` | how keys are spelled; what a fact should have said |
//! | `said` | what was said |
//! | `truth` | all that should have been said in a period |
//! | `way` | how a dataset had to be read, where the source chooses |
//! | `gone` | what is listed and not there, of which nothing is to be expected |
//! | `held` | what a receiver has after all runs so far |
//! | `line` | what a line of a sink says, and what is due, for other tests |
//! | `facts`, `replay`, `snapshot`, `stock`, `account`, `leaks` | one check each |

mod account;
mod expect;
mod facts;
mod gone;
mod held;
mod leaks;
mod line;
mod property;
mod replay;
mod said;
mod snapshot;
mod spelling;
mod stock;
mod truth;
mod way;

pub use line::{Line, due};
pub use property::{Property, Violation};
pub(crate) use stock::Stock;

use super::plan::Plan;
use super::reading::{Dataset, Reading};
use super::second::Meeting;
use super::tape::Exchange;
use crate::contract::{self, ErrorLine, Event, Receipt, Secret, SourceError, Wait};
use defender_double::period::Period;
use defender_double::service::{Entry, Terms};
use gone::Subjects;
use held::Held;
use leaks::Leaks;
use replay::Spoken;
use said::Said;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use stock::Shelf;
use truth::Truth;
use way::Grants;

/// Most memory that a component may have, in bytes.
const MEMORY_BYTES: u64 = 16 << 20;
/// Violations of one property that are written down one by one; more of them are counted.
const MOST_DETAILS: usize = 5;

/// One run, from opening without a checkpoint to its receipt, over all lives of the host in between.
#[derive(Debug)]
pub(crate) struct Run {
    /// The virtual day on which it began, counted from 0.
    pub(crate) day: u32,
    /// When it began, as time since 1970.
    pub(crate) started: Duration,
    /// When it ended.
    pub(crate) ended: Duration,
    /// How far the clock of the service may be from the one of the run.
    pub(crate) skew: Duration,
    /// Everything delivered, in order, repeats included.
    pub(crate) events: Vec<Event>,
    /// The receipt; none if the run was given up.
    pub(crate) receipt: Option<Receipt>,
    /// Its requests, and why each was answered as it was.
    pub(crate) exchanges: Vec<(Exchange, Option<Entry>)>,
    /// What an inventory says after it.
    pub(crate) stock: Stock,
    /// Lives of the host in it.
    pub(crate) lives: usize,
    /// Whether the source ended a life of the run with an error.
    pub(crate) failed: bool,
}

impl Run {
    /// The periods that it touched, by the clock of the service.
    pub(crate) fn periods(&self) -> impl Iterator<Item = Period> + use<> {
        let first = Period::containing(self.started.saturating_sub(self.skew));
        let last = Period::containing(self.ended.saturating_add(self.skew));
        (first.0..=last.0).map(Period)
    }

    /// Whether the tenant stayed as it was from beginning to end.
    fn is_within_a_period(&self) -> bool {
        self.periods().count() == 1
    }

    /// Whether anything was made to go wrong, or a quota was exceeded.
    fn was_disturbed(&self) -> bool {
        self.exchanges.iter().any(|(_, entry)| entry.as_ref().is_none_or(is_odd))
    }
}

/// Whether a request was made to go wrong, or exceeded a quota.
fn is_odd(entry: &Entry) -> bool {
    entry.fault.is_some() || entry.throttled.is_some()
}

/// Judges the runs of one seed.
pub(crate) struct Oracle {
    reading: Reading,
    grants: Grants,
    truth: Truth,
    subjects: Subjects,
    spoken: Spoken,
    leaks: Leaks,
    known_secrets: BTreeSet<String>,
    held: BTreeMap<Dataset, Held>,
    strict_quota: bool,
    day: u32,
    shelves: BTreeMap<Dataset, Shelf>,
    /// What did not hold.
    pub(crate) violations: Vec<Violation>,
    /// How many more there were of properties that were violated often.
    pub(crate) more_violations: u64,
    /// Assets and relations that had to be there and were looked for.
    pub(crate) compared: u64,
    /// Events that came more than once and were compared with the first.
    pub(crate) replayed: u64,
}

impl Oracle {
    /// An oracle for a plan, with the terms and the configuration that are in force.
    pub(crate) fn new(plan: &Plan, terms: &Terms, (config, secret): (&str, &Secret), strict_quota: bool) -> Self {
        let mut leaks = Leaks::default();
        leaks.add("the client secret", &secret.value);
        Self {
            reading: plan.reading.clone(),
            grants: Grants::of(terms, config),
            truth: Truth::new(Arc::clone(&plan.tenant), plan.reading.clone()),
            subjects: Subjects::default(),
            spoken: Spoken::default(),
            leaks,
            known_secrets: BTreeSet::new(),
            held: BTreeMap::new(),
            strict_quota,
            day: 0,
            shelves: BTreeMap::new(),
            violations: Vec::new(),
            more_violations: 0,
            compared: 0,
            replayed: 0,
        }
    }

    /// What comes now belongs to a day.
    pub(crate) fn on_day(&mut self, day: u32) {
        self.day = day;
    }

    /// Looks for further secrets from now on.
    pub(crate) fn learn_secrets(&mut self, secrets: BTreeSet<String>) {
        for secret in secrets {
            if self.known_secrets.insert(secret.clone()) {
                self.leaks.add("a token or signature", &secret);
            }
        }
    }

    /// Looks for secrets in something that came out. `what` says what it is.
    pub(crate) fn scan(&mut self, what: &str, text: &str) {
        if let Some(secret) = self.leaks.find(text.as_bytes()) {
            let detail = format!("{secret} is in {what}");
            self.violated(Property::Secret, None, None, detail);
        }
    }

    /// Judges what the source gave as its reason to stop.
    pub(crate) fn error(&mut self, error: &SourceError) {
        self.scan("an error", &ErrorLine(error).to_string());
        let property = match error {
            SourceError::InvalidCheckpoint(_) => Property::Resume,
            SourceError::InvalidConfig(_) | SourceError::Internal(_) => Property::TypedError,
            _ => return,
        };
        self.violated(property, None, None, ErrorLine(error).to_string());
    }

    /// Judges a source that stopped without a reason that the contract knows.
    pub(crate) fn broken(&mut self, message: &str) {
        self.scan("an error", message);
        let property = if message.contains("does not add up") { Property::Receipt } else { Property::TypedError };
        self.violated(property, None, None, message.to_owned());
    }

    /// Judges a run that does not end.
    pub(crate) fn endless(&mut self, message: &str) {
        self.violated(Property::Ends, None, None, format!("the run did not end within {message}"));
    }

    /// Judges the memory that the component had.
    pub(crate) fn memory(&mut self, peak_bytes: u64) {
        if peak_bytes > MEMORY_BYTES {
            let detail = format!("the component had {peak_bytes} bytes, {MEMORY_BYTES} are the bound");
            self.violated(Property::Memory, None, None, detail);
        }
    }

    /// Judges the reasons of waits.
    pub(crate) fn waits(&mut self, waits: &[Wait]) {
        for wait in waits {
            self.scan("the reason of a wait", &wait.message);
        }
    }

    /// Judges the starts of second hosts.
    pub(crate) fn meetings(&mut self, meetings: &[Meeting]) {
        for meeting in meetings {
            if let Some(trouble) = meeting.trouble {
                let detail = format!("at the place \"{}\": {trouble}", meeting.site.name());
                self.violated(Property::OneHost, None, None, detail);
            }
        }
    }

    /// Judges checkpoints.
    pub(crate) fn checkpoints(&mut self, checkpoints: &[String]) {
        for checkpoint in checkpoints {
            self.scan("a checkpoint", checkpoint);
            if checkpoint.len() > contract::MAX_CHECKPOINT_BYTES {
                let detail = format!("a checkpoint of {} bytes", checkpoint.len());
                self.violated(Property::Resume, None, None, detail);
            }
        }
    }

    /// Judges a run.
    pub(crate) fn run(&mut self, run: &Run) {
        let today = std::mem::replace(&mut self.day, run.day);
        let tenant = self.truth.tenant();
        let mut said = Vec::with_capacity(run.events.len());
        for event in &run.events {
            self.scan("an event", &event.document);
            match Said::read(event, &tenant) {
                Ok(read) => said.push(read),
                Err(detail) => self.violated(Property::Envelope, None, Some(event.key.clone()), detail),
            }
        }
        if let Some(receipt) = &run.receipt {
            self.scan("a receipt", &format!("{receipt:?}"));
        }
        self.subjects.note(run);
        self.same_run(run, &said);
        self.numbers(&said);
        self.replays(run, &said);
        self.steady(run, &said);
        self.snapshots(run, &said);
        self.accounts(run, &said);
        self.ways(run);
        self.facts(run, &said);
        self.deletions(run, &said);
        self.receiver(run, &said);
        self.stock(run, &said);
        self.requests(run);
        self.day = today;
    }

    /// Judges what was asked of the service.
    fn requests(&mut self, run: &Run) {
        for entry in run.exchanges.iter().filter_map(|(_, entry)| entry.as_ref()) {
            if let Some(offence) = entry.offence {
                let detail = format!("{} {}: {offence}", entry.method, entry.target);
                self.violated(Property::Secret, None, None, detail);
            }
            if self.strict_quota && entry.throttled == Some(defender_double::service::Throttled::Quota) {
                let detail = format!("{} {} was refused for the quota", entry.method, entry.target);
                self.violated(Property::Quota, None, None, detail);
            }
        }
    }

    fn violated(&mut self, property: Property, dataset: Option<&'static str>, key: Option<String>, detail: String) {
        if self.violations.iter().filter(|violation| violation.property == property).count() >= MOST_DETAILS {
            self.more_violations += 1;
            return;
        }
        self.violations.push(Violation { property, dataset, key, detail, day: self.day });
    }
}
