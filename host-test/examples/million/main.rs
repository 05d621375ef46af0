//! A tenant of a million devices in the memory that a component has by default, by each way that keeps something of each
//! device. The built-in component in the usual runner, against the double in the process, on a virtual clock; nothing goes
//! wrong.
//!
//! `cargo run --release -p source-host --example million`, with names of cases to run only these, and with `--devices N`
//! for a tenant of another size. Prints a line in Markdown for each run, and ends with an error where a run did not come to
//! its end, or a dataset was not read as it should be.

use defender_double::model::{Shape, Tenant};
use defender_double::period::Period;
use defender_double::service::Terms;
use serde_json::{Map, Value, json};
use source_host::contract::completeness_name;
use source_host::simulate::Rehearsal;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The tenant: little of everything but devices and accounts.
const SHAPE: Shape = Shape {
    seed: 1,
    devices: 1_030_000,
    users: 1_000_000,
    software_per_device: 2,
    findings_per_device: 2,
    recommendations: 12,
};

/// A day on which devices have come and gone.
const DAY: u32 = 20;

/// What is read, and the runs that are made, a day apart.
struct Case {
    name: &'static str,
    config: fn() -> Value,
    runs: u32,
    /// Whether a run takes so long that devices are gone by the time they are asked about, which makes it partial.
    is_long: bool,
}

/// The configuration that reads just these datasets.
fn datasets(wanted: Value) -> Value {
    let all = ["devices", "device_users", "software", "vulnerabilities", "cves", "recommendations"];
    let mut datasets: Map<_, _> = all.map(|name| (name.to_owned(), json!({ "enabled": false }))).into_iter().collect();
    if let Value::Object(wanted) = wanted {
        datasets.extend(wanted);
    }
    json!({ "datasets": datasets })
}

/// The same, and which devices are wanted.
fn filtered(wanted: Value, filters: Value) -> Value {
    let mut config = datasets(wanted);
    config["filters"] = filters;
    config
}

/// What is measured.
const CASES: [Case; 9] = [
    Case {
        name: "hunting",
        config: || datasets(json!({ "devices": {}, "device_users": { "strategy": "hunting" } })),
        runs: 1,
        is_long: false,
    },
    Case {
        name: "rounds",
        config: || {
            datasets(json!({ "devices": {}, "device_users": { "strategy": "per_device", "calls_per_run": 1_000 } }))
        },
        runs: 3,
        is_long: false,
    },
    Case {
        name: "findings_per_device",
        config: || {
            let per_device = json!({ "strategy": "per_device" });
            let wanted = json!({ "devices": {}, "vulnerabilities": per_device, "recommendations": per_device });
            filtered(wanted, json!({ "min_risk": "high" }))
        },
        runs: 1,
        is_long: true,
    },
    Case {
        name: "recommendations",
        config: || datasets(json!({ "devices": {}, "recommendations": {} })),
        runs: 1,
        is_long: false,
    },
    Case {
        name: "devices",
        config: || datasets(json!({ "devices": {}, "cves": { "enabled": true } })),
        runs: 1,
        is_long: false,
    },
    Case {
        name: "left_out",
        config: || filtered(json!({ "devices": {}, "software": {} }), json!({ "include_tags": ["nobody has it"] })),
        runs: 1,
        is_long: false,
    },
    Case {
        name: "half_left_out",
        config: || {
            let wanted = json!({ "devices": {}, "software": {}, "device_users": { "strategy": "hunting" } });
            filtered(wanted, json!({ "exclude_platforms": ["Windows10", "Windows11"] }))
        },
        runs: 1,
        is_long: false,
    },
    Case {
        name: "changes",
        config: || {
            datasets(
                json!({ "devices": {}, "vulnerabilities": {}, "recommendations": {}, "cves": { "enabled": true } }),
            )
        },
        runs: 2,
        is_long: false,
    },
    Case { name: "defaults", config: || json!({}), runs: 2, is_long: false },
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut shape = SHAPE;
    let mut wanted = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--devices" => {
                shape.devices = words.next().ok_or("--devices needs a number")?.parse()?;
                shape.users = shape.devices;
            }
            name if CASES.iter().any(|case| case.name == name) => wanted.push(word),
            other => return Err(format!("there is no case `{other}`").into()),
        }
    }
    let devices = shape.devices;
    let tenant = Arc::new(Tenant::new(shape));
    println!(
        "| case | day | datasets: result, rows, left out, calls | linear memory, bytes | a device | s |\n|---|---|---|--:|--:|--:|"
    );
    for case in CASES.iter().filter(|case| wanted.is_empty() || wanted.iter().any(|name| name == case.name)) {
        measure(case, &tenant, devices)?;
    }
    Ok(())
}

fn measure(case: &Case, tenant: &Arc<Tenant>, devices: u32) -> Result<(), Box<dyn Error>> {
    let Value::Object(config) = (case.config)() else { return Err("the configuration is no object".into()) };
    let terms = Terms::default();
    let mut rehearsal = Rehearsal::new(Arc::clone(tenant), terms, Period::of_day(DAY).start(), config);
    for day in 1..=case.runs {
        let began = Instant::now();
        let run = rehearsal.run()?;
        let accounts: Vec<String> = run
            .receipt
            .datasets
            .iter()
            .map(|account| {
                let result = completeness_name(account.completeness);
                let (name, way) = (&account.dataset, &account.strategy);
                let left_out: u64 = account.filtered.iter().map(|tally| tally.count).sum();
                format!("`{name}` by `{way}`: {result}, {}, {left_out}, {}", account.received, account.calls)
            })
            .collect();
        let peak = run.peak_memory_bytes;
        let each = peak / u64::from(devices);
        println!(
            "| {} | {day} | {} | {peak} | {each} | {:.0} |",
            case.name,
            accounts.join("; "),
            began.elapsed().as_secs_f64()
        );
        let failure = run.receipt.datasets.iter().find_map(|account| account.failure.as_ref());
        if let Some(failure) = failure.filter(|_| !case.is_long) {
            return Err(format!("{}: {failure:?}", case.name).into());
        }
        // A run begins a day after the one before began.
        rehearsal.pass(Duration::from_secs(24 * 3600).saturating_sub(run.elapsed));
    }
    Ok(())
}
