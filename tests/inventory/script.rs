//! A made-up source: runs that say exactly what a test wants to be said, batch by batch, and a consumer that believes
//! them.

use crate::support::sound::sound;
use source_host::clock::Clock;
use source_host::contract::{
    Batch, Completeness, Dataset, DatasetReceipt, Descriptor, Event, Failure, Limits, Operation, Progress, Receipt,
    Step, Tally,
};
use source_host::engine::CallError;
use source_host::inventory::{Account, Inventory, Reader, Rules};
use source_host::runner::{self, DEFAULT_LIMITS, RunError, Session, Stop, Surroundings};
use source_host::sink::{Sink, SinkError};
use source_host::store::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One asset in one read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) key: String,
    /// Stands for its content.
    pub(crate) content: u64,
    pub(crate) refs: Vec<(&'static str, String)>,
    pub(crate) operation: Operation,
}

pub(crate) fn key(kind: &str, id: &str) -> String {
    format!("mde:t:{kind}:{id}")
}

fn row(kind: &'static str, id: &str, content: u64, refs: Vec<(&'static str, String)>) -> Row {
    Row { kind, key: key(kind, id), content, refs, operation: Operation::Upsert }
}

pub(crate) fn device(id: &str, content: u64) -> Row {
    row("device", id, content, vec![])
}

pub(crate) fn merged(id: &str, into: &str) -> Row {
    row("device", id, 0, vec![("merged_into", key("device", into))])
}

pub(crate) fn address(device: &str, content: u64) -> Row {
    row("ip_address", &format!("{device}/1"), content, vec![("assigned_to", key("device", device))])
}

pub(crate) fn application(id: &str, content: u64) -> Row {
    row("application", id, content, vec![])
}

pub(crate) fn software(device: &str, product: &str, content: u64) -> Row {
    let refs = vec![("installed_on", key("device", device)), ("part_of", key("application", product))];
    row("software", &format!("{device}/{product}"), content, refs)
}

pub(crate) fn user(id: &str, content: u64) -> Row {
    row("user", id, content, vec![])
}

pub(crate) fn finding(device: &str, cve: &str, content: u64) -> Row {
    row("vulnerability", &format!("{device}/{cve}"), content, vec![("affects", key("device", device))])
}

pub(crate) fn cve(id: &str, content: u64) -> Row {
    row("vulnerability", id, content, vec![])
}

pub(crate) fn gone(row: Row) -> Row {
    Row { operation: Operation::Delete, ..row }
}

/// One dataset in one run.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) dataset: &'static str,
    pub(crate) strategy: &'static str,
    pub(crate) completeness: Completeness,
    pub(crate) rows: Vec<Row>,
    pub(crate) filtered: Vec<(&'static str, u64)>,
    pub(crate) tolerated: Vec<(&'static str, u64)>,
    pub(crate) rejected: u64,
    /// Whether markers surround the rows.
    pub(crate) is_snapshot: bool,
}

pub(crate) fn complete(dataset: &'static str, rows: &[Row]) -> Read {
    Read {
        dataset,
        strategy: "bulk",
        completeness: Completeness::Complete,
        rows: rows.to_vec(),
        filtered: vec![],
        tolerated: vec![],
        rejected: 0,
        is_snapshot: true,
    }
}

impl Read {
    pub(crate) fn but(self, completeness: Completeness) -> Self {
        Self { completeness, ..self }
    }

    pub(crate) fn by(self, strategy: &'static str) -> Self {
        Self { strategy, ..self }
    }

    pub(crate) fn filtered(self, reason: &'static str, count: u64) -> Self {
        Self { filtered: vec![(reason, count)], ..self }
    }

    pub(crate) fn outside(self) -> Self {
        Self { is_snapshot: false, ..self }
    }
}

/// The datasets of the made-up source. Devices are what others are read by.
pub(crate) fn descriptor() -> Descriptor {
    let dataset = |name: &str, kinds: &[&str], needs: &[&str]| Dataset {
        name: name.into(),
        description: String::new(),
        enabled_by_default: true,
        permissions: vec![],
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        strategies: vec![],
        needs: needs.iter().map(|name| (*name).to_owned()).collect(),
    };
    Descriptor {
        name: "made-up".into(),
        version: "1.0.0".into(),
        description: String::new(),
        config_schema: String::new(),
        secrets: vec![],
        datasets: vec![
            dataset("devices", &["device", "ip_address"], &[]),
            dataset("device_users", &["user"], &["devices"]),
            dataset("software", &["application", "software"], &[]),
            dataset("vulnerabilities", &["application", "vulnerability"], &["devices"]),
            dataset("cves", &["vulnerability"], &[]),
        ],
        endpoints: vec![],
        schemas: vec![],
    }
}

/// Everything a run says.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) events: Vec<Event>,
    pub(crate) receipt: Receipt,
    /// Events of one batch.
    pub(crate) batch: usize,
}

/// What some reads say, as the run of that number.
pub(crate) fn script(number: usize, reads: &[Read]) -> Script {
    let run = format!("run-{number}");
    let mut events = Vec::new();
    for read in reads {
        let silent = matches!(read.completeness, Completeness::Unchanged | Completeness::Skipped);
        let marks = read.is_snapshot && !silent && read.completeness != Completeness::Changes;
        let marker = |operation, sequence| marker_event(operation, read.dataset, (read.rows.len(), &run, sequence));
        if marks {
            events.push(marker(Operation::SnapshotBegin, events.len() + 1));
        }
        for row in &read.rows {
            let is_named = read.completeness == Completeness::Changes;
            events.push(event(row, read.dataset, is_named, &run, events.len() + 1));
        }
        if marks && read.completeness == Completeness::Complete {
            events.push(marker(Operation::SnapshotEnd, events.len() + 1));
        }
    }
    let datasets = reads.iter().map(receipt).collect();
    let receipt = Receipt {
        run,
        started_at: String::new(),
        finished_at: String::new(),
        sign_in_calls: 1,
        datasets,
        checkpoint: format!("after {number}"),
    };
    Script { events, receipt, batch: 3 }
}

fn event(row: &Row, dataset: &str, is_named: bool, run: &str, sequence: usize) -> Event {
    let refs: Vec<_> =
        row.refs.iter().map(|(rel, key)| serde_json::json!({ "rel": rel, "key": key }).to_string()).collect();
    let op = if row.operation == Operation::Delete { "delete" } else { "upsert" };
    let Row { kind, key, content, .. } = row;
    let hash = format!("{content:064x}");
    let named = if is_named { format!(r#","dataset":"{dataset}""#) } else { String::new() };
    // Like native documents: each dataset has a schema of its own.
    let document = format!(
        r#"{{"schema":"native/{dataset}","kind":"{kind}","op":"{op}","key":"{key}","run":"{run}"{named},"seq":{sequence},"observed":"o","hash":"{hash}","refs":[{}],"body":{{"content":{content}}}}}"#,
        refs.join(",")
    );
    Event {
        kind: (*kind).into(),
        operation: row.operation,
        key: key.clone(),
        observed_at: "o".into(),
        content_hash: hash,
        document,
    }
}

fn marker_event(operation: Operation, dataset: &str, (count, run, sequence): (usize, &str, usize)) -> Event {
    let (op, count) = match operation {
        Operation::SnapshotEnd => ("snapshot_end", format!(r#","count":{count}"#)),
        _ => ("snapshot_begin", String::new()),
    };
    let key = key("snapshot", dataset);
    let document = format!(
        r#"{{"schema":"source/snapshot/1","kind":"snapshot","op":"{op}","key":"{key}","run":"{run}","seq":{sequence},"observed":"o","hash":"{:064}","refs":[],"body":{{"dataset":"{dataset}"{count}}}}}"#,
        0
    );
    Event {
        kind: "snapshot".into(),
        operation,
        key,
        observed_at: "o".into(),
        content_hash: format!("{:064}", 0),
        document,
    }
}

fn receipt(read: &Read) -> DatasetReceipt {
    let tallies = |tallies: &[(&str, u64)]| -> Vec<Tally> {
        tallies.iter().map(|(name, count)| Tally { name: (*name).into(), count: *count }).collect()
    };
    let emitted = read.rows.len() as u64;
    let rejected = tallies(&[("malformed", read.rejected)]);
    let filtered = tallies(&read.filtered);
    let is_done = source_host::contract::is_satisfied(read.completeness);
    DatasetReceipt {
        dataset: read.dataset.into(),
        strategy: read.strategy.into(),
        reason: String::new(),
        completeness: read.completeness,
        received: emitted + read.rejected + filtered.iter().map(|tally| tally.count).sum::<u64>(),
        emitted,
        events: vec![],
        filtered,
        rejected,
        duplicates: 0,
        tolerated: tallies(&read.tolerated),
        pages: 1,
        calls: 1,
        waits: 0,
        waited_ms: 0,
        bytes: 1,
        failure: (!is_done).then(|| Failure { message: "m".into(), remedy: "r".into(), retry_after_ms: None }),
    }
}

/// The script, from a checkpoint on: the number of batches before it.
struct Playing<'a> {
    script: &'a Script,
    batch: usize,
}

impl Session for Playing<'_> {
    async fn next(&mut self, _: Limits) -> Result<Step, CallError> {
        let Some(events) = self.script.events.chunks(self.script.batch).nth(self.batch) else {
            return Ok(Step::Finished(self.script.receipt.clone()));
        };
        self.batch += 1;
        let progress = Progress { dataset: String::new(), received: 0, events: 0, calls: 0, bytes: 0 };
        let checkpoint = format!("{}#{}", self.script.receipt.run, self.batch);
        Ok(Step::Batch(Batch { events: events.to_vec(), checkpoint, progress }))
    }
}

/// Plays a script into a sink and a store, from the checkpoint that is stored, if it is of this run.
pub(crate) fn play(
    script: &Script,
    checkpoint: Option<&str>,
    sink: &mut dyn Sink,
    store: &mut dyn Store,
) -> Result<(), RunError> {
    let batch = checkpoint.and_then(|checkpoint| checkpoint.strip_prefix(&script.receipt.run)?.strip_prefix('#'));
    let mut session = Playing { script, batch: batch.map_or(0, |batch| batch.parse().expect("a number")) };
    let clock = Clock::virtual_at(Duration::ZERO);
    let around =
        Surroundings { sink, store, clock: &clock, stop: &Stop::never(), observer: &mut (), limits: DEFAULT_LIMITS };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a queue");
    runtime.block_on(runner::run(&mut session, around)).map(drop)
}

/// What a consumer has that applies each event: key to the hash of what is there, nothing for what is gone.
#[derive(Debug, Default)]
pub(crate) struct Consumer {
    pub(crate) has: BTreeMap<String, Option<String>>,
    /// Operation and key of every event, in order.
    pub(crate) log: Vec<(Operation, String)>,
    pub(crate) documents: Vec<String>,
}

impl Consumer {
    /// What is there.
    pub(crate) fn live(&self) -> BTreeMap<String, String> {
        self.has.iter().filter_map(|(key, hash)| Some((key.clone(), hash.clone()?))).collect()
    }
}

impl Sink for Consumer {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        for event in events {
            let hash = (event.operation == Operation::Upsert).then(|| event.content_hash.clone());
            self.has.insert(event.key.clone(), hash);
            self.log.push((event.operation, event.key.clone()));
            self.documents.push(event.document.clone());
        }
        Ok(())
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// A consumer behind an inventory, over runs.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) rules: Rules,
    pub(crate) config: String,
    pub(crate) consumer: Consumer,
    pub(crate) now: Duration,
    runs: usize,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            rules: Rules::default(),
            config: "{}".into(),
            consumer: Consumer::default(),
            now: Duration::from_secs(1_000_000),
            runs: 0,
        }
    }

    /// Number of the last script.
    pub(crate) fn runs(&self) -> usize {
        self.runs
    }

    pub(crate) fn with(rules: Rules) -> Self {
        Self { rules, ..Self::new() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("inventory.db")
    }

    pub(crate) fn open(&self) -> Inventory {
        let clock = Clock::virtual_at(self.now);
        Inventory::open(self.path(), self.rules, &descriptor(), &self.config, clock).expect("it opens")
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.path()).expect("it opens")
    }

    /// The next script, which is not played.
    pub(crate) fn next(&mut self, reads: &[Read]) -> Script {
        self.runs += 1;
        self.now += Duration::from_secs(3600);
        script(self.runs, reads)
    }

    /// Plays a run. Afterwards the consumer has what the inventory says.
    pub(crate) fn run(&mut self, reads: &[Read]) -> Account {
        let script = self.next(reads);
        let mut inventory = self.open();
        let checkpoint = inventory.checkpoint().expect("readable");
        play(&script, checkpoint.as_deref(), &mut self.consumer, &mut inventory).expect("the run ends");
        let account = inventory.account().expect("written");
        drop(inventory);
        self.agree();
        account
    }

    /// The same, and the events that it delivered.
    pub(crate) fn news(&mut self, reads: &[Read]) -> Vec<(Operation, String)> {
        let before = self.consumer.log.len();
        self.run(reads);
        self.consumer.log[before..].to_vec()
    }

    /// State of an asset.
    pub(crate) fn state(&self, kind: &str, id: &str) -> String {
        let found = self.reader().show(&key(kind, id)).expect("readable");
        found.map_or_else(|| "unknown".to_owned(), |found| found.asset.state)
    }

    /// Checks that a consumer has exactly what the inventory says, and that the file is sound.
    pub(crate) fn agree(&self) {
        assert_eq!(self.consumer.live(), live(&self.path()));
        sound(&self.path());
    }
}

/// Key and hash of what is there, by the inventory.
pub(crate) fn live(path: &Path) -> BTreeMap<String, String> {
    let sql = "SELECT a.key, d.document ->> '$.hash' FROM assets AS a JOIN documents AS d ON d.id = a.id
               WHERE a.state IN ('active', 'out_of_scope')";
    let rows = Reader::open(path).expect("it opens").sql(sql).expect("it works").rows;
    rows.into_iter().map(|row| (text(&row[0]), text(&row[1]))).collect()
}

pub(crate) fn text(cell: &source_host::inventory::Cell) -> String {
    match cell {
        source_host::inventory::Cell::Text(text) => text.clone(),
        other => panic!("{other:?} is no text"),
    }
}
