//! What was delivered over all lives, against the truth. It believes nothing but what really arrived.

use source_host::contract::Operation;
use source_host::simulate::Line;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// What must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// True, and the consumer does not have it.
    Lost,
    /// The consumer has it, and it is not true; or it was told that something is gone which is there.
    Invented,
    /// A line that is no event, in the middle of others or at the end of a life that ended well.
    Corrupt,
    /// What was whole in a file is not there any more.
    Shortened,
    /// A number of a run that names two events, or comes out of its order.
    Number,
    /// The inventory has something else than the consumer.
    Inventory,
    /// Something is delivered again although nothing is lost and nothing is news.
    Repeated,
    /// A start beside a running one is not refused, or touches something.
    Second,
    /// A life ends in another way than it may.
    Ending,
}

/// One thing that happened and must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) kind: Kind,
    detail: String,
}

impl Finding {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.detail)
    }
}

/// An event that was delivered: operation, key and hash in one text.
type Event = String;

/// A consumer that believes every event, and who knows what is true.
#[derive(Default)]
pub(crate) struct Judge {
    tenant: String,
    due: BTreeSet<String>,
    /// What was true once and may be kept, though nobody tells it any more.
    lasting: BTreeSet<String>,
    /// Hash and claims of what is there, by key.
    has: BTreeMap<String, (String, Vec<String>)>,
    ever: BTreeSet<String>,
    numbers: HashMap<(String, u64), Event>,
    last: HashMap<String, u64>,
    delivered: HashMap<(String, Event), u64>,
    lines: u64,
    latest: Event,
    pub(crate) findings: Vec<Finding>,
}

impl Judge {
    /// One for the tenant of this directory id.
    pub(crate) fn new(tenant: String) -> Self {
        Self { tenant, ..Self::default() }
    }

    /// From now on this is true, and nothing else. `lasting` is the part of it that may be kept when it is not due any
    /// more, because that is no sign that it is gone.
    pub(crate) fn expect(&mut self, due: BTreeSet<String>, lasting: BTreeSet<String>) {
        self.due = due;
        self.lasting.extend(lasting);
    }

    /// Lines that arrived so far.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// The line that arrived last.
    pub(crate) fn latest(&self) -> &str {
        &self.latest
    }

    /// Something is wrong.
    pub(crate) fn finds(&mut self, kind: Kind, detail: impl Into<String>) {
        self.findings.push(Finding::new(kind, detail));
    }

    /// What arrived of one life. The last line of a life that did not end well may be cut off: it does not count.
    pub(crate) fn hear(&mut self, bytes: &[u8], ended_well: bool) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(line) = line.strip_suffix(b"\n") else {
                if ended_well {
                    self.finds(Kind::Corrupt, format!("the last line is cut off: {}", start(line)));
                }
                continue;
            };
            let read = std::str::from_utf8(line).map_err(|error| error.to_string());
            match read.and_then(|text| Line::read(text, &self.tenant)) {
                Ok(line) => self.line(line),
                Err(why) => self.finds(Kind::Corrupt, format!("{why}: {}", start(line))),
            }
        }
    }

    fn line(&mut self, line: Line) {
        self.lines += 1;
        let Line { run, sequence, operation, key, hash, claims } = line;
        let event = format!("{operation:?} {key} {hash}");
        let number = (run.clone(), sequence);
        if let Some(before) = self.numbers.insert(number, event.clone()).filter(|before| *before != event) {
            self.finds(Kind::Number, format!("{run} {sequence} names {before} and {event}"));
        }
        if let Some(before) = self.last.insert(run.clone(), sequence).filter(|before| *before >= sequence) {
            self.finds(Kind::Number, format!("{run} {sequence} comes behind {before}"));
        }
        self.latest = format!("{run} {sequence} {event}");
        *self.delivered.entry((run, event)).or_default() += 1;
        match operation {
            Operation::Upsert => {
                let wrong: Vec<_> = claims.iter().filter(|claim| !self.due.contains(*claim)).cloned().collect();
                for claim in wrong {
                    self.finds(Kind::Invented, format!("said and not true: {claim}"));
                }
                self.ever.extend(claims.iter().cloned());
                self.has.insert(key, (hash, claims));
            }
            Operation::Delete => {
                let is_there = self.due.contains(&key) && !self.merged().contains(key.as_str());
                if is_there || self.lasting.contains(&key) {
                    self.finds(Kind::Invented, format!("deleted, and it is there: {key}"));
                }
                self.has.remove(&key);
            }
            Operation::SnapshotBegin | Operation::SnapshotEnd => {}
        }
    }

    /// A run that nobody disturbed is over: the consumer has what is true, and nothing else.
    pub(crate) fn settle(&mut self) {
        let merged: BTreeSet<String> = self.merged().into_iter().map(str::to_owned).collect();
        let about = |claim: &str| claim.split(' ').next().unwrap_or_default().to_owned();
        let has: BTreeSet<&String> = self.has.values().flat_map(|(_, claims)| claims).collect();
        // What was merged into something else is gone as soon as it was told.
        let is_told = |claim: &String| merged.contains(&about(claim)) && self.ever.contains(claim);
        let lost = self.due.iter().filter(|claim| !has.contains(claim) && !is_told(claim));
        let lost: Vec<String> = lost.cloned().collect();
        let may_stay = |claim: &String| self.due.contains(claim) || self.lasting.contains(claim);
        let more: Vec<String> = has.into_iter().filter(|claim| !may_stay(claim)).cloned().collect();
        for claim in lost {
            self.finds(Kind::Lost, claim);
        }
        for claim in more {
            self.finds(Kind::Invented, format!("still there, and not true any more: {claim}"));
        }
    }

    /// Compares what the inventory says is there, as it exports it, with what the consumer has.
    pub(crate) fn compare(&mut self, exported: &str) {
        let mut there = BTreeMap::new();
        for line in exported.lines() {
            match Line::read(line, &self.tenant) {
                Ok(line) => drop(there.insert(line.key, line.hash)),
                Err(why) => self.finds(Kind::Inventory, format!("{why}: {}", start(line.as_bytes()))),
            }
        }
        let has: BTreeMap<String, String> =
            self.has.iter().map(|(key, (hash, _))| (key.clone(), hash.clone())).collect();
        let keys: BTreeSet<&String> = has.keys().chain(there.keys()).collect();
        let differ: Vec<_> = keys.into_iter().filter(|key| has.get(*key) != there.get(*key)).collect();
        for key in differ {
            let (has, there) = (has.get(key), there.get(key));
            let detail = format!("{key}: the consumer has {has:?}, the inventory {there:?}");
            self.findings.push(Finding::new(Kind::Inventory, detail));
        }
    }

    /// Nothing was lost on the way: each event came once in its run. A session that goes on may tell some things again, as
    /// only the one before knew that it had told them; and the beginning of a row whose events were in two batches, of
    /// which it got one. An inventory knows what was told, so with one there is no `cut`: rows that may have been.
    pub(crate) fn once_each(&mut self, cut: Option<usize>) {
        let often = self.delivered.iter().filter(|(_, count)| **count > 1);
        let often: Vec<_> = often.filter(|((_, event), _)| cut.is_none() || !may_come_again(event)).collect();
        let rows: BTreeSet<_> = often.iter().map(|((run, event), _)| (run, row_of_several(event))).collect();
        if rows.iter().all(|(_, row)| row.is_some()) && rows.len() <= cut.unwrap_or(0) {
            return;
        }
        let often: Vec<_> =
            often.iter().map(|((run, event), count)| format!("{count} times in {run}: {event}")).collect();
        for detail in often {
            self.finds(Kind::Repeated, detail);
        }
    }

    /// Keys of what lives on as something else.
    fn merged(&self) -> BTreeSet<&str> {
        self.due.iter().filter_map(|claim| Some(claim.split_once(" merged_into ")?.0)).collect()
    }
}

/// What a session that goes on may tell again: accounts and products, which rows about many devices have in common; and
/// the catalogue of recommendations, which starts over if a session stops in it.
const AGAIN: [&str; 4] = [":user:", ":application:", ":recommendation:", ":snapshot:recommendations"];

fn may_come_again(event: &str) -> bool {
    event.split(' ').nth(1).is_some_and(|key| AGAIN.iter().any(|part| key.contains(part)))
}

/// The device of an event that is one of several of a row: devices come with their addresses.
fn row_of_several(event: &str) -> Option<&str> {
    let mut parts = event.split(' ').nth(1)?.split(':').skip(2);
    let kind = parts.next()?;
    ["device", "ip_address"].contains(&kind).then(|| parts.next()?.split('/').next())?
}

fn start(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(&line[..line.len().min(120)]).into_owned();
    format!("{} bytes {text:?}", line.len())
}
