//! How fast the inventory is and how large it gets: findings as the export has them, device by device.
//!
//! `cargo run --release -p source-host --example inventory [FINDINGS [FOLDER]]`; 3,000,000 findings by default, in the
//! system's temporary folder. Time spent on making up events is not counted.

use sha2::{Digest, Sha256};
use source_host::clock::Clock;
use source_host::contract::{Completeness, Dataset, DatasetReceipt, Descriptor, Event, Operation, Receipt};
use source_host::inventory::{Inventory, Reader, Rules};
use source_host::store::Store;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Findings on one device.
const PER_DEVICE: u64 = 300;
/// Events of one batch, as by default.
const BATCH: u64 = 1000;
const TENANT: &str = "11111111-2222-4333-8444-555555555555";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let findings = arguments.next().map_or(Ok(3_000_000), |number| number.parse())?;
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder)?;
    let path = folder.path().join("inventory.db");
    println!("{findings} findings, {} bytes each", event(0, 1, 0).document.len());
    for (run, title) in (1..).zip(["first run", "second run, nothing changed", "third run, one in 100 is gone"]) {
        let measured = enter(&path, run, findings, if run == 3 { 100 } else { u64::MAX })?;
        println!(
            "{title}: opened in {} ms, {:.1} s in the inventory, {:.0} rows/s; {:.1} s of a core, {:.0} rows/s; {} delivered; file {:.0} MiB, \
             peak memory {} MiB",
            measured.opened.as_millis(),
            measured.wall.as_secs_f64(),
            findings as f64 / measured.wall.as_secs_f64(),
            measured.core.as_secs_f64(),
            findings as f64 / measured.core.as_secs_f64(),
            measured.delivered,
            std::fs::metadata(&path)?.len() as f64 / 1024.0 / 1024.0,
            peak_mib().map_or_else(|| "?".to_owned(), |mib| mib.to_string()),
        );
    }
    let started = Instant::now();
    let summary = Reader::open(&path)?.summary()?;
    println!("summary: {:.1} s, {} relations", started.elapsed().as_secs_f64(), summary.relations);
    let started = Instant::now();
    let mut bytes = 0;
    Reader::open(&path)?.export::<source_host::inventory::InventoryError>(|document| {
        bytes += document.len();
        Ok(())
    })?;
    println!("export: {:.1} s, {} MiB", started.elapsed().as_secs_f64(), bytes / 1024 / 1024);
    let started = Instant::now();
    let verdict = Reader::open(&path)?.verify()?;
    println!("verify: {:.1} s, {} problems", started.elapsed().as_secs_f64(), verdict.problems.len());
    Ok(())
}

#[derive(Default)]
struct Measured {
    /// Until the file was open, with the quick check.
    opened: Duration,
    wall: Duration,
    /// Time that the inventory's thread really ran: the same on a machine that has other things to do.
    core: Duration,
    delivered: u64,
}

impl Measured {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let wall = Instant::now();
        let done = work();
        self.wall += wall.elapsed();
        done
    }
}

/// Time that the thread which writes the inventory ran, where the system tells.
fn on_core() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let text = |file: &str, path: &Path| std::fs::read_to_string(path.join(file)).unwrap_or_default();
    let nanos = tasks.filter(|task| text("comm", &task.path()).trim() == "inventory").filter_map(|task| {
        text("schedstat", &task.path()).split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok())
    });
    Duration::from_nanos(nanos.sum())
}

/// A run that sees all findings but one in `gone`.
fn enter(path: &Path, run: u64, findings: u64, gone: u64) -> Result<Measured, Box<dyn Error>> {
    let mut measured = Measured::default();
    let rules = Rules { grace_runs: 0, ..Rules::default() };
    let clock = Clock::real();
    let mut inventory = measured.time(|| Inventory::open(path.to_owned(), rules, &about(), "{}", clock))?;
    measured.opened = measured.wall;
    let mut number = 0;
    while number < findings {
        let upto = findings.min(number + BATCH);
        let mut events = Vec::new();
        events.extend((number == 0).then(|| marker(run, None)));
        events.extend((number..upto).filter(|number| number % gone != gone - 1).map(|it| event(it, run, it + 2)));
        events.extend((upto == findings).then(|| marker(run, Some(findings))));
        number = upto;
        measured.delivered += measured.time(|| inventory.admit(events))?.len() as u64;
        measured.time(|| inventory.save(&number.to_string()))?;
    }
    let receipt = receipt(run, findings);
    loop {
        let tombstones = measured.time(|| inventory.conclude(&receipt))?.len() as u64;
        if tombstones == 0 {
            break;
        }
        measured.delivered += tombstones;
    }
    measured.time(|| inventory.finish("end"))?;
    measured.core = on_core();
    Ok(measured)
}

fn hex(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A finding as the component writes it, with the members that differ from row to row.
fn event(number: u64, run: u64, sequence: u64) -> Event {
    let device = &hex(&format!("device {}", number / PER_DEVICE))[..40];
    let (product, cve) = (number % 37, 10_000 + number % PER_DEVICE * 7);
    let version = format!("{}.{}.{}", number % 7, number % 11, number % 13);
    let local = format!("{device}/vendor{}/product{product}/{version}/CVE-2025-{cve}", product % 9);
    let key = format!("mde:{TENANT}:vulnerability:{local}");
    let hash = hex(&key);
    let document = include_str!("finding.json")
        .trim_end()
        .replace("{tenant}", TENANT)
        .replace("{device}", device)
        .replace("{host}", &format!("host-{}.contoso.example", number / PER_DEVICE))
        .replace("{vendor}", &format!("vendor{}", product % 9))
        .replace("{product}", &format!("product{product}"))
        .replace("{version}", &version)
        .replace("{cve}", &format!("CVE-2025-{cve}"))
        .replace("{key}", &key)
        .replace("{hash}", &hash)
        .replace("{uid}", &hash[..32])
        .replace("{seen}", &(1_768_400_000_000 + number * 7919 % 86_400_000).to_string())
        .replace("{seq}", &sequence.to_string())
        .replace("{run}", &format!("01KF03THR00R3GG28A1C60T3G{run}"));
    Event {
        kind: "vulnerability".into(),
        operation: Operation::Upsert,
        key,
        observed_at: "2026-01-15T06:00:00.000Z".into(),
        content_hash: hash,
        document,
    }
}

fn marker(run: u64, count: Option<u64>) -> Event {
    let (operation, op) = match count {
        None => (Operation::SnapshotBegin, "snapshot_begin"),
        Some(_) => (Operation::SnapshotEnd, "snapshot_end"),
    };
    let key = format!("mde:{TENANT}:snapshot:vulnerabilities");
    let document = format!(
        r#"{{"schema":"source/snapshot/1","kind":"snapshot","op":"{op}","key":"{key}","run":"01KF03THR00R3GG28A1C60T3G{run}","seq":1,"hash":"","refs":[],"body":{{"dataset":"vulnerabilities","count":{}}}}}"#,
        count.unwrap_or_default()
    );
    Event { kind: "snapshot".into(), operation, key, observed_at: String::new(), content_hash: String::new(), document }
}

fn about() -> Descriptor {
    Descriptor {
        name: "made-up".into(),
        version: "1.0.0".into(),
        description: String::new(),
        config_schema: String::new(),
        secrets: vec![],
        datasets: vec![Dataset {
            name: "vulnerabilities".into(),
            description: String::new(),
            enabled_by_default: true,
            permissions: vec![],
            kinds: vec!["vulnerability".into()],
            strategies: vec![],
            needs: vec![],
        }],
        endpoints: vec![],
        schemas: vec![],
    }
}

fn receipt(run: u64, findings: u64) -> Receipt {
    Receipt {
        run: format!("01KF03THR00R3GG28A1C60T3G{run}"),
        started_at: String::new(),
        finished_at: String::new(),
        sign_in_calls: 0,
        datasets: vec![DatasetReceipt {
            dataset: "vulnerabilities".into(),
            strategy: "bulk".into(),
            reason: String::new(),
            completeness: Completeness::Complete,
            received: findings,
            emitted: findings,
            events: vec![],
            filtered: vec![],
            rejected: vec![],
            duplicates: 0,
            tolerated: vec![],
            pages: 1,
            calls: 1,
            waits: 0,
            waited_ms: 0,
            bytes: 0,
            failure: None,
        }],
        checkpoint: String::new(),
    }
}

/// Most memory that the process had, where the system tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib / 1024)
}
