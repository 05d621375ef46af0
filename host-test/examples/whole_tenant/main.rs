//! What a whole tenant costs, by each way to read it: what was planned, and what the runs came to. The built-in component
//! in the usual runner, against the double in the process, on a virtual clock; nothing goes wrong.
//!
//! `cargo run --release -p source-host --example whole_tenant`, with names of configurations to measure only these, and
//! with `--devices N` for a tenant of another size. Prints a table in Markdown for each configuration.

mod table;

use defender_double::model::{Shape, Tenant};
use defender_double::period::Period;
use defender_double::service::Terms;
use serde_json::{Map, Value, json};
use source_host::simulate::Rehearsal;
use std::error::Error;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The tenant: about three million rows of findings.
const SHAPE: Shape = Shape {
    seed: 1,
    devices: 10_000,
    users: 12_000,
    software_per_device: 40,
    findings_per_device: 340,
    recommendations: 1_000,
};

/// A day on which devices have come and gone, early in a period of the service.
const START: Duration = Duration::from_secs(600);
const DAY: u32 = 20;

/// What a line of 200 Mbit/s carries in a second.
const BYTES_PER_SEC: Option<NonZeroU64> = NonZeroU64::new(25_000_000);

/// A way to configure the source, and the runs that are made, a day apart.
struct Case {
    name: &'static str,
    about: &'static str,
    /// `datasets` of the configuration.
    datasets: fn() -> Value,
    runs: u32,
}

/// What is measured. To measure another configuration, add it here.
const CASES: [Case; 3] = [
    Case { name: "defaults", about: "nothing configured", datasets: || json!({}), runs: 3 },
    Case {
        name: "lists",
        about: "recommendations without the devices that they concern",
        datasets: || json!({ "recommendations": { "strategy": "catalogue" } }),
        runs: 3,
    },
    Case {
        name: "per_device",
        about: "one request per device wherever that can be had",
        datasets: || {
            json!({
                "device_users": { "strategy": "per_device", "calls_per_run": 1_000_000 },
                "vulnerabilities": { "strategy": "per_device" },
                "recommendations": { "strategy": "per_device" },
            })
        },
        runs: 1,
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut shape = SHAPE;
    let mut wanted = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--devices" => shape.devices = words.next().ok_or("--devices needs a number")?.parse()?,
            name if CASES.iter().any(|case| case.name == name) => wanted.push(word),
            other => return Err(format!("there is no configuration `{other}`").into()),
        }
    }
    let tenant = Arc::new(Tenant::new(shape));
    for case in CASES.iter().filter(|case| wanted.is_empty() || wanted.iter().any(|name| name == case.name)) {
        measure(case, &tenant)?;
    }
    Ok(())
}

fn measure(case: &Case, tenant: &Arc<Tenant>) -> Result<(), Box<dyn Error>> {
    let terms = Terms { bytes_per_sec: BYTES_PER_SEC, ..Terms::default() };
    let config = Map::from_iter([("datasets".to_owned(), (case.datasets)())]);
    let mut rehearsal = Rehearsal::new(Arc::clone(tenant), terms, Period::of_day(DAY).start() + START, config);
    println!("### {}: {}\n", case.name, case.about);
    for day in 1..=case.runs {
        let plan = rehearsal.plan(day == 1)?;
        let began = Instant::now();
        let run = rehearsal.run()?;
        print!("{}", table::render(day, &plan, &run, began.elapsed()));
        // A run begins a day after the one before began.
        rehearsal.pass(Duration::from_secs(24 * 3600).saturating_sub(run.elapsed));
    }
    Ok(())
}
