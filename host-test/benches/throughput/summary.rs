//! The table for the README, from the estimates that the run has just written.

use source_host::engine::EMBEDDED;
use std::path::{Path, PathBuf};

/// What was read.
pub(crate) struct Page {
    pub(crate) bytes: u64,
    pub(crate) records: u64,
    pub(crate) out_bytes: u64,
    pub(crate) peak_memory: u64,
}

/// Prints the table; says so where a benchmark was filtered out.
pub(crate) fn print(page: &Page) {
    println!("\n| what | measured |\n|---|---|");
    let (component, native) = (seconds("page/component"), seconds("page/native"));
    if let (Some(component), Some(native)) = (component, native) {
        for (name, seconds) in [("in the component", component), ("same code, native", native)] {
            let (mb, records) = (page.bytes as f64 / 1e6 / seconds, page.records as f64 / seconds);
            println!("| {name} | {mb:.0} MB/s, {records:.0} records/s |");
        }
        println!("| ratio | {:.2} |", native / component);
    } else {
        println!("| page | not measured in this run |");
    }
    println!(
        "| page read | {:.0} MB in, {:.0} MB of events out |",
        page.bytes as f64 / 1e6,
        page.out_bytes as f64 / 1e6
    );
    for (name, id) in
        [("borrowed structure", "row/serde_json_borrowed"), ("`RawValue` per member", "row/serde_json_raw")]
    {
        match (seconds("row/ours"), seconds(id)) {
            (Some(ours), Some(theirs)) => println!("| a row by `serde_json`, {name}, to ours | {:.2} |", theirs / ours),
            _ => println!("| a row by `serde_json`, {name}, to ours | not measured in this run |"),
        }
    }
    println!("| peak linear memory on that page | {:.1} MiB |", page.peak_memory as f64 / f64::from(1 << 20));
    println!("| component | {:.0} KiB |", EMBEDDED.len() as f64 / 1024.0);
    for (name, id) in [("start from the cache", "start/from_cache"), ("instance", "start/instance")] {
        match seconds(id) {
            Some(seconds) => println!("| {name} | {:.2} ms |", seconds * 1e3),
            None => println!("| {name} | not measured in this run |"),
        }
    }
}

/// The median that criterion estimated, in seconds.
fn seconds(id: &str) -> Option<f64> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(default_target, PathBuf::from);
    let text = std::fs::read_to_string(target.join("criterion").join(id).join("new/estimates.json")).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(estimates["median"]["point_estimate"].as_f64()? / 1e9)
}

fn default_target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}
