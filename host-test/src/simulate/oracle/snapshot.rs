//! A snapshot begins before its rows, and ends behind them if everything was read.

use super::held::Held;
use super::said::Said;
use super::{Oracle, Property, Run};
use crate::contract::{Completeness, Operation};
use crate::simulate::reading::Dataset;
use crate::simulate::tape::Exchange;
use defender_double::service::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Faults that leave an answer that looks whole on the wire and yet is no page, or leads nowhere.
/// A page whose link leads to itself is not among them: its rows are there, and what is missing behind it is lost.
const SPOILED: [&str; 5] = ["cut-gzip", "empty", "html", "malformed", "foreign-link"];

/// What the marks of a dataset are.
#[derive(Default)]
struct Marks {
    begun: bool,
    begins: BTreeSet<u64>,
    /// When it began last, as time since 1970.
    began: Option<Duration>,
    ends: BTreeSet<u64>,
    /// When it first ended, as time since 1970.
    ended: Option<Duration>,
    /// Places in the order of delivery.
    last_begin: usize,
    last_end: usize,
    last_row: usize,
}

impl Marks {
    /// Whether a later life began before the last end, whose checkpoint was not stored: it tells of the dataset again.
    /// The end stays true if that life fails, and its rows are behind it.
    fn was_begun_again(&self, said: &[Said<'_>]) -> bool {
        let Some((end, behind)) = said.get(self.last_end..).and_then(<[_]>::split_first) else { return false };
        !self.ends.is_empty() && behind.iter().any(|event| event.dataset == end.dataset && life(event) > life(end))
    }
}

/// The life of the run that an event is of: the upper bits of its number.
fn life(event: &Said<'_>) -> u64 {
    event.sequence >> 36
}

impl Oracle {
    pub(super) fn snapshots(&mut self, run: &Run, said: &[Said<'_>]) {
        let mut all: BTreeMap<Dataset, Marks> = BTreeMap::new();
        for (place, event) in said.iter().enumerate() {
            let Some(dataset) = event.dataset else { continue };
            let marks = all.entry(dataset).or_default();
            match event.operation {
                Operation::SnapshotBegin => {
                    marks.begun = true;
                    marks.begins.insert(event.sequence);
                    marks.began = Some(event.observed);
                    marks.last_begin = place;
                }
                Operation::SnapshotEnd => {
                    marks.ends.insert(event.sequence);
                    marks.ended.get_or_insert(event.observed);
                    marks.last_end = place;
                }
                Operation::Upsert | Operation::Delete => {
                    marks.last_row = place;
                    // Changes of what was read before need no marks.
                    let is_change = self.reads_changes(dataset) && self.held.get(&dataset).is_some_and(Held::is_whole);
                    if !is_change && !std::mem::replace(&mut marks.begun, true) {
                        let detail = format!("event {} comes before the snapshot begins", event.sequence);
                        self.violated(
                            Property::SnapshotOrder,
                            Some(dataset.name()),
                            Some(event.key.to_owned()),
                            detail,
                        );
                    }
                }
            }
        }
        for (dataset, marks) in &all {
            self.order(run, *dataset, marks, marks.was_begun_again(said) && !is_complete(run, *dataset));
            if let (Some(began), Some(ended)) = (marks.began, marks.ended) {
                self.unread_page(run, *dataset, began, ended);
            }
        }
        for account in run.receipt.iter().flat_map(|receipt| &receipt.datasets) {
            let Some(dataset) = Dataset::named(&account.dataset) else { continue };
            if self.reading.strategy(dataset).is_none() {
                continue;
            }
            let ends = all.get(&dataset).is_some_and(|marks| !marks.ends.is_empty());
            let is_complete = account.completeness == Completeness::Complete;
            let was_begun_again = all.get(&dataset).is_some_and(|marks| marks.was_begun_again(said));
            if is_complete != ends && !(ends && was_begun_again) {
                let detail = match is_complete {
                    true => "the receipt says complete, and the snapshot has no end",
                    false => "the snapshot ends, and the receipt says that it is not complete",
                };
                self.violated(Property::SnapshotEnd, Some(dataset.name()), None, detail.into());
            }
        }
    }

    fn order(&mut self, run: &Run, dataset: Dataset, marks: &Marks, was_begun_again: bool) {
        let mut wrong = |detail: String| self.violated(Property::SnapshotOrder, Some(dataset.name()), None, detail);
        // A source that starts a dataset over says so by another beginning: after a restart, or because the service
        // changed what was being read, which each life of the source puts up with three times.
        if marks.begins.len() > run.lives * 4 {
            wrong(format!("the snapshot begins {} times", marks.begins.len()));
        }
        // The same for an end whose checkpoint was not stored, if the tenant has changed since.
        if marks.ends.len() > run.lives {
            wrong(format!("the snapshot ends {} times", marks.ends.len()));
        }
        let ends_last = marks.last_begin <= marks.last_end;
        if !marks.ends.is_empty() && ends_last && marks.last_end < marks.last_row && !was_begun_again {
            wrong("a row is delivered behind the end of the snapshot".into());
        }
    }

    /// Finds a page of a dataset that was asked for before its snapshot ended and never read to its end.
    fn unread_page(&mut self, run: &Run, dataset: Dataset, began: Duration, ended: Duration) {
        let mut pages: BTreeMap<&str, (bool, String)> = BTreeMap::new();
        // What a request was about can be gone when it is due again.
        let may_be_gone = |exchange: &Exchange| {
            !run.is_within_a_period() && is_about_one(&exchange.url)
                || self.subjects.is_gone(exchange.dataset, &exchange.url)
        };
        let before =
            |exchange: &Exchange| exchange.dataset == Some(dataset) && exchange.at <= ended && !may_be_gone(exchange);
        let first = last_reading(run, dataset, began, ended);
        for (exchange, entry) in run.exchanges[first..].iter().filter(|(exchange, _)| before(exchange)) {
            let fault = entry.as_ref().and_then(|entry: &Entry| entry.fault);
            let is_read = was_read(exchange, entry.as_ref());
            let page = pages.entry(&exchange.url).or_default();
            page.0 |= is_read;
            if !is_read {
                let status =
                    exchange.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
                let fault = fault.map_or_else(String::new, |fault| format!(", fault {fault}"));
                let cut = if exchange.ended { "" } else { ", not read to its end" };
                page.1 = format!("{status}{fault}{cut}");
            }
        }
        for (url, (is_read, why)) in pages {
            if !is_read {
                let detail = format!("its snapshot ends, but GET {url} was never answered well: {why}");
                self.violated(Property::SnapshotEnd, Some(dataset.name()), None, detail);
            }
        }
    }
}

fn is_complete(run: &Run, dataset: Dataset) -> bool {
    let mut accounts = run.receipt.iter().flat_map(|receipt| &receipt.datasets);
    accounts.any(|account| account.dataset == dataset.name() && account.completeness == Completeness::Complete)
}

/// Where the reading begins that the end belongs to: pages of one that was started over, or given up for another way of
/// reading, are of no use any more. The request that the beginning follows belongs to it, whatever came of it. Pages of an
/// export also start over without another beginning: after a restart in the first of them, in a newer export.
fn last_reading(run: &Run, dataset: Dataset, began: Duration, ended: Duration) -> usize {
    let is_start = |exchange: &Exchange| {
        let is_first_page = exchange.url.contains("?pageSize=");
        let is_in_time = exchange.at <= began || is_first_page && exchange.at <= ended;
        exchange.dataset == Some(dataset) && is_in_time && !continues_a_reading(&exchange.url)
    };
    run.exchanges.iter().rposition(|(exchange, _)| is_start(exchange)).unwrap_or_default()
}

/// Whether an address is one that only an answer before it leads to.
fn continues_a_reading(url: &str) -> bool {
    url.contains("$skip") || url.starts_with("/tvm-export/")
}

/// Whether an answer was good, and read to its end.
pub(super) fn was_read(exchange: &Exchange, entry: Option<&Entry>) -> bool {
    let is_spoiled = entry.and_then(|entry| entry.fault).is_some_and(|fault| SPOILED.contains(&fault));
    exchange.status == Some(200) && exchange.ended && !is_spoiled
}

/// Whether an address is below one device or one recommendation.
pub(super) fn is_about_one(url: &str) -> bool {
    ["/logonusers", "/vulnerabilities", "/recommendations", "/machineReferences"]
        .iter()
        .any(|end| url.ends_with(end) && !url.ends_with("/api/recommendations"))
}
