//! The account of a run as a table for people.

use super::page::table;
use crate::contract::{DatasetReceipt, Receipt, Tally, completeness_name, is_satisfied, one_line, total};
use indicatif::HumanBytes;
use std::fmt::Write;

/// The receipt, with a line for every reason and every failure.
pub(super) fn render(receipt: &Receipt) -> String {
    let mut rows = vec![
        [
            "dataset",
            "result",
            "received",
            "emitted",
            "filtered",
            "rejected",
            "duplicates",
            "pages",
            "calls",
            "waits",
            "bytes",
        ]
        .map(str::to_owned),
    ];
    rows.extend(receipt.datasets.iter().map(row));
    let mut out = table(&rows, 2);
    for dataset in &receipt.datasets {
        details(&mut out, dataset);
    }
    out
}

fn row(dataset: &DatasetReceipt) -> [String; 11] {
    [
        one_line(&dataset.dataset),
        completeness_name(dataset.completeness).to_owned(),
        dataset.received.to_string(),
        dataset.emitted.to_string(),
        total(&dataset.filtered).to_string(),
        total(&dataset.rejected).to_string(),
        dataset.duplicates.to_string(),
        dataset.pages.to_string(),
        dataset.calls.to_string(),
        dataset.waits.to_string(),
        HumanBytes(dataset.bytes).to_string(),
    ]
}

fn details(out: &mut String, dataset: &DatasetReceipt) {
    let name = one_line(&dataset.dataset);
    if !dataset.reason.is_empty() {
        let _ = writeln!(out, "{name}: read by {}: {}", one_line(&dataset.strategy), one_line(&dataset.reason));
    }
    let lists = [
        ("events", &dataset.events),
        ("filtered", &dataset.filtered),
        ("rejected", &dataset.rejected),
        ("tolerated", &dataset.tolerated),
    ];
    for (what, tallies) in lists {
        if !tallies.is_empty() {
            let _ = writeln!(out, "{name}: {what}: {}", list(tallies));
        }
    }
    if let Some(failure) = &dataset.failure {
        let _ = write!(out, "{name}: {}: {}", completeness_name(dataset.completeness), one_line(&failure.message));
        let _ = match failure.remedy.as_str() {
            "" => writeln!(out),
            remedy => writeln!(out, " ({})", one_line(remedy)),
        };
    }
}

fn list(tallies: &[Tally]) -> String {
    let one = |tally: &Tally| format!("{} {}", one_line(&tally.name), tally.count);
    tallies.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The datasets that were not read to their end.
pub(super) fn incomplete(receipt: &Receipt) -> Vec<&str> {
    let datasets = receipt.datasets.iter().filter(|dataset| !is_satisfied(dataset.completeness));
    datasets.map(|dataset| dataset.dataset.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Completeness, Failure};

    #[test]
    fn columns_are_aligned_and_reasons_named() {
        let dataset = DatasetReceipt {
            dataset: "devices".into(),
            strategy: "list".into(),
            reason: String::new(),
            completeness: Completeness::Partial,
            received: 12,
            emitted: 9,
            events: vec![Tally { name: "device".into(), count: 9 }, Tally { name: "ip_address".into(), count: 3 }],
            filtered: vec![Tally { name: "stale".into(), count: 3 }],
            rejected: vec![],
            duplicates: 0,
            tolerated: vec![],
            pages: 2,
            calls: 3,
            waits: 1,
            waited_ms: 5000,
            bytes: 2048,
            failure: Some(Failure { message: "page 3:\n500".into(), remedy: "run again".into(), retry_after_ms: None }),
        };
        let receipt = Receipt {
            run: "r".into(),
            started_at: String::new(),
            finished_at: String::new(),
            sign_in_calls: 1,
            datasets: vec![dataset],
            checkpoint: String::new(),
        };
        let expected = "\
dataset  result   received  emitted  filtered  rejected  duplicates  pages  calls  waits     bytes
devices  partial        12        9         3         0           0      2      3      1  2.00 KiB
devices: events: device 9, ip_address 3
devices: filtered: stale 3
devices: partial: page 3: 500 (run again)
";
        assert_eq!(render(&receipt), expected);
        assert_eq!(incomplete(&receipt), ["devices"]);
    }
}
