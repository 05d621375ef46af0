//! How fast rows are made, on one core: `cargo bench -p defender-double --bench rows`.
//!
//! Prints a line for each collection: rows, bytes, megabytes a second; the last line is the most memory held. Behind
//! `--`, `--devices N` walks a larger tenant and `--only NAME` one collection.

#[cfg(not(target_family = "wasm"))]
fn main() {
    rows::main();
}

#[cfg(target_family = "wasm")]
fn main() {}

#[cfg(not(target_family = "wasm"))]
mod rows {
    use defender_double::model::{Shape, Tenant};
    use defender_double::period::Period;
    use defender_double::wire::{
        Collection, MACHINES, MACHINES_VULNERABILITIES, NON_CPE_SOFTWARE, Position, Query, RECOMMENDATION_MACHINES,
        RECOMMENDATIONS, SECURE_CONFIGURATION, SOFTWARE_INVENTORY, VULNERABILITIES, VULNERABILITY_CHANGES,
        VULNERABILITY_EXPORT,
    };
    use std::hint::black_box;
    use std::sync::Arc;
    use std::time::Instant;

    /// Names on the command line, collections, what they are below, and the periods that they look back.
    const MEASURED: [(&str, Collection, &str, u32); 11] = [
        ("machines", MACHINES, "", 0),
        ("inventory", SOFTWARE_INVENTORY, "", 0),
        ("findings", VULNERABILITY_EXPORT, "", 0),
        ("changes of a day", VULNERABILITY_CHANGES, "", 4),
        ("changes of 14 days", VULNERABILITY_CHANGES, "", 56),
        ("pairs", MACHINES_VULNERABILITIES, "", 0),
        ("configuration", SECURE_CONFIGURATION, "", 0),
        ("plain", NON_CPE_SOFTWARE, "", 0),
        ("recommendations", RECOMMENDATIONS, "", 0),
        ("references", RECOMMENDATION_MACHINES, "va-_-google-_-chrome", 0),
        ("vulnerabilities", VULNERABILITIES, "", 0),
    ];

    /// Bytes that a server would take from the rows at a time.
    const CHUNK: usize = 64 * 1024;

    pub(super) fn main() {
        let options: Vec<String> = std::env::args().skip(1).collect();
        let option = |name: &str| options.iter().position(|word| word == name).and_then(|at| options.get(at + 1));
        let devices = option("--devices").and_then(|number| number.parse().ok()).unwrap_or(5_000);
        let only = option("--only");
        let shape = Shape {
            seed: 1,
            devices,
            users: devices,
            software_per_device: 40,
            findings_per_device: 115,
            recommendations: 400,
        };
        let start = Instant::now();
        let tenant = Arc::new(Tenant::new(shape));
        println!("{devices} devices, made in {:.2} s", start.elapsed().as_secs_f64());
        let period = Period(60);
        for (name, collection, subject, back) in MEASURED {
            if only.is_none_or(|only| only == name) {
                let query = Query { period, since: Period(period.0 - back), subject, from: Position::default() };
                measure(&tenant, name, collection, query);
            }
        }
        println!("peak memory {} MiB", peak_mebibytes().map_or_else(|| "unknown".into(), |size| size.to_string()));
    }

    fn measure(tenant: &Arc<Tenant>, name: &str, collection: Collection, query: Query<'_>) {
        let start = Instant::now();
        let Some(mut rows) = (collection.open)(tenant, query) else {
            return;
        };
        let mut out = Vec::with_capacity(2 * CHUNK);
        let (mut count, mut bytes) = (0_u64, 0_usize);
        while rows.next(&mut out).is_some() {
            count += 1;
            if out.len() > CHUNK {
                bytes += black_box(&out).len();
                out.clear();
            }
        }
        bytes += out.len();
        let seconds = start.elapsed().as_secs_f64();
        let rate = bytes as f64 / 1e6 / seconds;
        println!("{name:>20}: {count:>9} rows, {bytes:>11} bytes, {seconds:>7.3} s, {rate:>7.1} MB/s");
    }

    /// The most memory that the process has held, as Linux tells it.
    fn peak_mebibytes() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kibibytes| kibibytes / 1024)
    }
}
