//! One run: pages become batches, trouble becomes waits, the end becomes a receipt.

use crate::about::{DATASET, KIND, SCHEMA, STRATEGY};
use crate::config::{Config, hex};
use crate::failure;
use crate::position::Position;
use crate::service::{Page, Service, Trouble};
use serde_json::json;
use std::cell::Cell;
use test_guest::bindings::pipeline::source::types::{
    Batch, Completeness, DatasetReceipt, Error, Event, Limits, Operation, Progress, Receipt, Secret, Step, Tally, Wait,
    WaitReason,
};
use test_guest::{mark, time};
use wasi::random::random::get_random_u64;

pub(crate) struct Session {
    config: Config,
    service: Service,
    position: Position,
    page: Option<Page>,
    until_ms: Option<u64>,
    /// The checkpoint of the last batch.
    checkpoint: String,
    /// Whether the life of the run is in no checkpoint yet.
    is_untold: bool,
    /// Events that this session made.
    made: Cell<u64>,
    /// What hashes start with; only a source that breaks its word has one.
    salt: String,
}

impl Session {
    pub(crate) fn open(config: &str, secrets: &[Secret], checkpoint: Option<&str>) -> Result<Self, Error> {
        let config = Config::parse(config, secrets)?;
        let (run, salt) = (format!("{:016x}", get_random_u64()), get_random_u64());
        let position = match checkpoint {
            Some(checkpoint) => Position::from_checkpoint(checkpoint, &config.fingerprint)?,
            None => None,
        };
        Ok(Self {
            is_untold: position.is_some(),
            made: Cell::new(0),
            service: Service::new(config.secret.clone()),
            config,
            position: position.unwrap_or_else(|| Position::start(run, time::now())),
            page: None,
            until_ms: None,
            checkpoint: String::new(),
            salt: if mark::is("replay") { salt.to_string() } else { String::new() },
        })
    }

    pub(crate) fn next(&mut self, limits: Limits) -> Result<Step, Error> {
        if self.position.ended {
            return Ok(Step::Finished(self.receipt()));
        }
        if std::mem::take(&mut self.is_untold) {
            // A checkpoint before the first event, so that no other session takes the numbers of this one.
            self.checkpoint = self.position.to_checkpoint(&self.config.fingerprint);
            return Ok(Step::Batch(self.hand_over(vec![])));
        }
        if let Some(wait) = self.rest() {
            return Ok(Step::Wait(wait));
        }
        if let Some(number) = self.position.page
            && self.page.is_none()
        {
            match self.load(number) {
                Ok(page) => self.page = Some(page),
                Err(Trouble::Wait(millis)) => return Ok(Step::Wait(self.wait(millis))),
                Err(Trouble::Down) => self.give_up(),
                Err(Trouble::Fatal(error)) => return Err(error),
            }
        }
        if self.position.ended {
            return Ok(Step::Finished(self.receipt()));
        }
        Ok(Step::Batch(self.batch(limits)))
    }

    fn load(&mut self, number: u32) -> Result<Page, Trouble> {
        let (calls, sign_ins) = (self.service.calls, self.service.sign_ins);
        let page = self.service.page(number);
        self.position.calls += self.service.calls - calls;
        self.position.sign_ins += self.service.sign_ins - sign_ins;
        let page = page?;
        if self.position.at == 0 {
            self.position.pages += 1;
            self.position.bytes += page.bytes;
        }
        Ok(page)
    }

    /// Reads no further. What follows from absence stays open.
    fn give_up(&mut self) {
        self.position.partial = true;
        self.position.page = None;
        self.position.ended = !mark::is("snapshots");
    }

    fn wait(&mut self, millis: u64) -> Wait {
        self.until_ms = Some(time::elapsed_ms() + millis);
        self.position.waits += 1;
        self.position.waited_ms += millis;
        waiting(millis)
    }

    fn rest(&mut self) -> Option<Wait> {
        let rest = self.until_ms?.saturating_sub(time::elapsed_ms());
        if rest > 0 && !mark::is("waits") {
            return Some(waiting(rest));
        }
        self.until_ms = None;
        None
    }

    fn batch(&mut self, limits: Limits) -> Batch {
        let mut room = Room::new(limits);
        self.fill(&mut room);
        self.hand_over(room.events)
    }

    fn hand_over(&mut self, events: Vec<Event>) -> Batch {
        if !(events.is_empty() && mark::is("checkpoint-moves")) {
            self.checkpoint = self.position.to_checkpoint(&self.config.fingerprint);
        }
        let progress = Progress {
            dataset: DATASET.into(),
            received: self.position.received,
            events: self.position.events,
            calls: self.position.calls,
            bytes: self.position.bytes,
        };
        Batch { events, checkpoint: self.checkpoint.clone(), progress }
    }

    fn fill(&mut self, room: &mut Room) {
        if !self.position.begun {
            let event = self.marker(Operation::SnapshotBegin, "snapshot_begin");
            if !room.take(event) {
                return;
            }
            self.position.begun = true;
            self.position.events += 1;
        }
        if let Some(page) = self.page.take() {
            let at = usize::try_from(self.position.at).unwrap_or(usize::MAX);
            for item in page.items.iter().skip(at) {
                let event = self.event(&item.0, &item.1);
                if !room.take(event) {
                    self.page = Some(page);
                    return;
                }
                self.position.at += 1;
                self.position.received += 1;
                self.position.events += 1;
            }
            (self.position.page, self.position.at) = (page.next, 0);
        }
        if self.position.page.is_none() {
            let event = self.marker(Operation::SnapshotEnd, "snapshot_end");
            if room.take(event) {
                self.position.events += 1;
                self.position.ended = true;
            }
        }
    }

    fn event(&self, id: &str, name: &str) -> Event {
        let body = json!({ "id": id, "name": name });
        self.write(KIND, Operation::Upsert, "upsert", &format!("test:item:{id}"), &body)
    }

    fn marker(&self, operation: Operation, word: &str) -> Event {
        self.write("snapshot", operation, word, "test:snapshot:items", &json!({ "dataset": DATASET }))
    }

    fn write(&self, kind: &str, operation: Operation, word: &str, key: &str, body: &serde_json::Value) -> Event {
        let mut hash = hex(format!("{}{word}{body}", self.salt).as_bytes());
        if mark::is("events") {
            hash = hash.to_ascii_uppercase();
        }
        let observed = time::now();
        self.made.set(self.made.get() + 1);
        let sequence = match mark::is("order") {
            true => self.position.events + 1,
            false => self.position.life << 36 | self.made.get(),
        };
        let mut document = json!({
            "schema": SCHEMA, "kind": kind, "op": word, "key": key, "run": self.position.run, "seq": sequence,
            "observed": observed, "hash": hash, "body": body,
        });
        if mark::is("documents") {
            document["key"] = "test:item:other".into();
        }
        if mark::is("no-secrets") {
            document["debug"] = self.config.secret.clone().into();
        }
        Event {
            kind: kind.into(),
            operation,
            key: key.into(),
            observed_at: observed,
            content_hash: hash,
            document: document.to_string(),
        }
    }

    fn receipt(&self) -> Receipt {
        let position = &self.position;
        let tolerated = match mark::is("finishes") {
            true => vec![Tally { name: "oddities".into(), count: get_random_u64() }],
            false => vec![],
        };
        let partial = position.partial && !mark::is("snapshots");
        let extra = u64::from(mark::is("receipt"));
        let account = DatasetReceipt {
            dataset: DATASET.into(),
            strategy: STRATEGY.into(),
            reason: String::new(),
            completeness: if partial { Completeness::Partial } else { Completeness::Complete },
            received: position.received + extra,
            emitted: position.received,
            events: vec![Tally { name: KIND.into(), count: position.received }],
            filtered: vec![],
            rejected: vec![],
            duplicates: 0,
            tolerated,
            pages: position.pages,
            calls: position.calls,
            waits: position.waits,
            waited_ms: position.waited_ms,
            bytes: position.bytes,
            failure: partial.then(|| failure("the service is down", "try later")),
        };
        Receipt {
            run: position.run.clone(),
            started_at: position.started.clone(),
            finished_at: time::now(),
            sign_in_calls: position.sign_ins,
            datasets: vec![account],
            checkpoint: position.to_last_checkpoint(&self.config.fingerprint),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if mark::is("cancel") && !self.position.ended {
            let _ = self.service.page(1);
        }
    }
}

fn waiting(millis: u64) -> Wait {
    Wait { millis, reason: WaitReason::Throttled, message: "the service said to slow down".into() }
}

/// What a batch has room for.
struct Room {
    limits: Limits,
    bytes: u64,
    events: Vec<Event>,
}

impl Room {
    fn new(limits: Limits) -> Self {
        let limits = Limits { max_events: limits.max_events.max(1), max_bytes: limits.max_bytes.max(1) };
        Self { limits, bytes: 0, events: Vec::new() }
    }

    /// Takes an event if it fits.
    fn take(&mut self, event: Event) -> bool {
        let bytes = self.bytes + event.document.len() as u64;
        let is_full = self.events.len() as u64 >= u64::from(self.limits.max_events)
            || bytes > u64::from(self.limits.max_bytes) && !self.events.is_empty();
        if is_full && !mark::is("batch-limits") {
            return false;
        }
        self.bytes = bytes;
        self.events.push(event);
        true
    }
}
