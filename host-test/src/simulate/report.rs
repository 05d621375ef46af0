//! What a simulation came to: of one seed, and of all of them together.

use super::coverage::Coverage;
use super::oracle::Violation;
use super::reached::Reached;
use super::trace::hex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::time::Duration;

/// What one seed came to.
#[derive(Debug, Clone, Default)]
pub struct SeedReport {
    /// The seed.
    pub seed: u64,
    /// Runs that ended with a receipt.
    pub runs: u64,
    /// Runs that were given up: killed before they had a checkpoint, or ended by an error.
    pub unfinished: u64,
    /// Lives of the host.
    pub lives: u64,
    /// How often the host was killed, by place.
    pub kills: BTreeMap<&'static str, u64>,
    /// Errors that the source ended with, by case.
    pub errors: BTreeMap<&'static str, u64>,
    /// Requests.
    pub requests: u64,
    /// Body bytes that were read.
    pub bytes: u64,
    /// Events delivered, repeats included.
    pub events: u64,
    /// Events that came again and were compared with the first time.
    pub replayed: u64,
    /// Assets and relations that had to be there and were looked for.
    pub compared: u64,
    /// Datasets that were read completely.
    pub complete: u64,
    /// Datasets that were not.
    pub incomplete: u64,
    /// Requests that a fault struck, by its name.
    pub faults: BTreeMap<&'static str, u64>,
    /// Answers with 429 because the client asked too often.
    pub throttled_by_quota: u64,
    /// Answers with 429 because a fault said so.
    pub throttled_by_fault: u64,
    /// Waits that the source asked for.
    pub waits: u64,
    /// Their sum.
    pub waited: Duration,
    /// Time that passed on the virtual clock.
    pub virtual_time: Duration,
    /// Most linear memory of the component, in bytes.
    pub peak_memory: u64,
    /// Second hosts that started while another one lived, and were refused.
    pub refused: u64,
    /// Readers of a pipe that died.
    pub readers: u64,
    /// SHA-256 of all events, checkpoints and requests, in hexadecimal: the same on every machine.
    pub hash: String,
    /// Each of them as a line, if they were to be kept: what it is, its own hash, and all of it.
    pub steps: Vec<String>,
    /// What was really reached.
    pub(crate) reached: Reached,
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// How many more there were of properties that were violated often.
    pub more_violations: u64,
}

impl SeedReport {
    /// A report of a seed that could not be simulated at all.
    pub(super) fn unable(seed: u64, error: &std::io::Error) -> Self {
        let violation = Violation {
            property: super::Property::Ends,
            dataset: None,
            key: None,
            detail: format!("cannot start an event queue: {error}"),
            day: 0,
        };
        Self { seed, violations: vec![violation], ..Self::default() }
    }
}

/// What all seeds came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Seeds that were simulated.
    pub seeds: u64,
    /// Seeds with a violation, in order.
    pub failed: Vec<SeedReport>,
    /// Hash over the hashes of all seeds, in their order.
    pub hash: String,
    /// What all seeds together reached.
    pub coverage: Coverage,
    total: SeedReport,
}

impl Report {
    /// Sums up reports, which are in the order of their seeds.
    pub fn of(seeds: Vec<SeedReport>) -> Self {
        use sha2::{Digest, Sha256};
        let mut report = Self { seeds: seeds.len() as u64, ..Self::default() };
        let mut hash = Sha256::new();
        for seed in seeds {
            hash.update(&seed.hash);
            report.add(&seed);
            if !seed.violations.is_empty() {
                report.failed.push(seed);
            }
        }
        report.hash = hex(&hash.finalize());
        report
    }

    fn add(&mut self, seed: &SeedReport) {
        self.coverage.add(&seed.reached);
        let total = &mut self.total;
        total.refused += seed.refused;
        total.readers += seed.readers;
        total.runs += seed.runs;
        total.unfinished += seed.unfinished;
        total.lives += seed.lives;
        total.requests += seed.requests;
        total.bytes += seed.bytes;
        total.events += seed.events;
        total.replayed += seed.replayed;
        total.compared += seed.compared;
        total.complete += seed.complete;
        total.incomplete += seed.incomplete;
        total.throttled_by_quota += seed.throttled_by_quota;
        total.throttled_by_fault += seed.throttled_by_fault;
        total.waits += seed.waits;
        total.waited += seed.waited;
        total.virtual_time += seed.virtual_time;
        total.peak_memory = total.peak_memory.max(seed.peak_memory);
        for (sum, counts) in
            [(&mut total.kills, &seed.kills), (&mut total.errors, &seed.errors), (&mut total.faults, &seed.faults)]
        {
            for (name, count) in counts {
                *sum.entry(name).or_default() += count;
            }
        }
    }

    /// Sums over all seeds.
    pub fn total(&self) -> &SeedReport {
        &self.total
    }

    /// Whether everything held.
    pub fn is_good(&self) -> bool {
        self.failed.is_empty()
    }

    /// As JSON. `command` makes the command that simulates one seed again.
    pub fn to_json(&self, command: impl Fn(u64) -> String) -> Value {
        let total = &self.total;
        let violation = |violation: &Violation| {
            json!({
                "property": violation.property.name(),
                "dataset": violation.dataset,
                "key": violation.key,
                "day": violation.day,
                "detail": violation.detail,
            })
        };
        let failed = |seed: &SeedReport| {
            json!({
                "seed": seed.seed,
                "command": command(seed.seed),
                "violations": seed.violations.iter().map(violation).collect::<Vec<_>>(),
                "more_violations": seed.more_violations,
            })
        };
        json!({
            "seeds": self.seeds,
            "runs": total.runs,
            "unfinished_runs": total.unfinished,
            "lives": total.lives,
            "kills": total.kills,
            "second_starts_refused": total.refused,
            "readers_died": total.readers,
            "errors": total.errors,
            "requests": total.requests,
            "bytes": total.bytes,
            "events": total.events,
            "replayed": total.replayed,
            "facts_compared": total.compared,
            "datasets_complete": total.complete,
            "datasets_incomplete": total.incomplete,
            "faults": total.faults,
            "throttled_by_quota": total.throttled_by_quota,
            "throttled_by_fault": total.throttled_by_fault,
            "waits": total.waits,
            "waited_secs": total.waited.as_secs(),
            "virtual_secs": total.virtual_time.as_secs(),
            "peak_memory_bytes": total.peak_memory,
            "hash": self.hash,
            "failed": self.failed.iter().map(failed).collect::<Vec<_>>(),
        })
    }

    /// As text for people. `command` makes the command that simulates one seed again.
    pub fn to_text(&self, command: impl Fn(u64) -> String) -> String {
        let mut out = self.to_string();
        for seed in &self.failed {
            let _ = writeln!(out, "\nseed {} failed; to see it again:\n  {}", seed.seed, command(seed.seed));
            for violation in &seed.violations {
                let _ = writeln!(out, "  {violation}");
            }
            if seed.more_violations > 0 {
                let _ = writeln!(out, "  and {} more of the same", seed.more_violations);
            }
        }
        out
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = &self.total;
        let kills: u64 = total.kills.values().sum();
        let faults: u64 = total.faults.values().sum();
        for (name, value) in [
            ("seeds", self.seeds.to_string()),
            ("runs", format!("{} finished, {} given up", total.runs, total.unfinished)),
            ("restarts", format!("{} lives, killed {kills} times{}", total.lives, list(&total.kills))),
            ("second starts", format!("{} refused", total.refused)),
            ("readers", format!("{} died", total.readers)),
            ("errors", format!("{}{}", total.errors.values().sum::<u64>(), list(&total.errors))),
            ("requests", format!("{}, {} bytes", total.requests, total.bytes)),
            ("events", format!("{}, {} of them compared with an earlier time", total.events, total.replayed)),
            ("facts compared", total.compared.to_string()),
            ("datasets", format!("{} complete, {} not", total.complete, total.incomplete)),
            ("faults", format!("{faults}{}", list(&total.faults))),
            ("429", format!("{} by quota, {} by fault", total.throttled_by_quota, total.throttled_by_fault)),
            ("waits", format!("{} of {} s together", total.waits, total.waited.as_secs())),
            ("virtual time", format!("{:.1} days", total.virtual_time.as_secs_f64() / 86_400.0)),
            ("peak memory", format!("{} bytes", total.peak_memory)),
            ("hash", self.hash.clone()),
            ("violations", self.violations()),
        ] {
            writeln!(f, "{name:<16}{value}")?;
        }
        Ok(())
    }
}

impl Report {
    fn violations(&self) -> String {
        let mut by_property: BTreeMap<&'static str, u64> = BTreeMap::new();
        for violation in self.failed.iter().flat_map(|seed| &seed.violations) {
            *by_property.entry(violation.property.name()).or_default() += 1;
        }
        let more: u64 = self.failed.iter().map(|seed| seed.more_violations).sum();
        let count = by_property.values().sum::<u64>() + more;
        match count {
            0 => "none".to_owned(),
            _ => format!("{count} in {} seeds{}", self.failed.len(), list(&by_property)),
        }
    }
}

/// Names and numbers, most first, in brackets; nothing if there are none.
fn list(counts: &BTreeMap<&'static str, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), **name));
    match counts.as_slice() {
        [] => String::new(),
        counts => {
            let parts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            format!(" ({})", parts.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Property;

    fn seed(seed: u64, violations: usize) -> SeedReport {
        let violation = Violation {
            property: Property::NothingLost,
            dataset: Some("devices"),
            key: Some("mde:t:device:aa".into()),
            detail: "gone".into(),
            day: 1,
        };
        SeedReport {
            seed,
            runs: 2,
            peak_memory: seed,
            faults: [("reset", seed)].into(),
            violations: vec![violation; violations],
            ..SeedReport::default()
        }
    }

    #[test]
    fn reports_add_up_and_name_the_seeds_that_failed() {
        let report = Report::of(vec![seed(1, 0), seed(5, 2), seed(3, 0)]);
        assert!(!report.is_good());
        assert_eq!((report.seeds, report.total().runs, report.total().peak_memory), (3, 6, 5));
        assert_eq!(report.total().faults["reset"], 9);
        let text = report.to_text(|seed| format!("again {seed}"));
        assert!(text.contains("violations      2 in 1 seeds (nothing-lost 2)"), "{text}");
        assert!(text.contains(
            "seed 5 failed; to see it again:\n  again 5\n  nothing-lost · devices · mde:t:device:aa · day 1 · gone"
        ));
        let json = report.to_json(|seed| format!("again {seed}"));
        assert_eq!((&json["failed"][0]["command"], &json["faults"]["reset"]), (&"again 5".into(), &9.into()));
        assert!(Report::of(vec![seed(1, 0)]).to_text(|_| String::new()).contains("violations      none"));
    }
}
