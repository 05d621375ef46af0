//! A run and its plan as a table in Markdown.

use source_host::contract::{Report, completeness_name};
use source_host::simulate::Rehearsed;
use std::fmt::Write as _;
use std::time::Duration;

const HEAD: &str = "| dataset | strategy | result | calls | planned | downloads | rows | planned | minutes | planned | 429 |\n\
                    |---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";

/// The table of a run, and a line on what it took here.
pub(crate) fn render(day: u32, plan: &Report, run: &Rehearsed, real: Duration) -> String {
    let mut out = format!("Day {day}:\n\n{HEAD}");
    let mut sums = [0_u64; 4];
    let mut planned = [Some(0_u64); 3];
    for account in &run.receipt.datasets {
        let estimate = plan.estimates.iter().find(|estimate| estimate.dataset == account.dataset);
        let estimates = [
            estimate.and_then(|estimate| estimate.calls),
            estimate.and_then(|estimate| estimate.rows),
            estimate.and_then(|estimate| estimate.minutes),
        ];
        let (mut downloads, mut refused, mut took) = (0, 0, Duration::ZERO);
        for traffic in run.traffic.iter().filter(|traffic| traffic.dataset == account.dataset) {
            (downloads, refused) = (downloads + traffic.downloads, refused + traffic.refused);
            took += traffic.took;
        }
        let _ = writeln!(
            out,
            "| `{}` | `{}` | {} | {} | {} | {downloads} | {} | {} | {:.1} | {} | {refused} |",
            account.dataset,
            account.strategy,
            completeness_name(account.completeness),
            thousands(account.calls),
            number(estimates[0]),
            thousands(account.received),
            number(estimates[1]),
            took.as_secs_f64() / 60.0,
            number(estimates[2]),
        );
        for (sum, part) in sums.iter_mut().zip([account.calls, downloads, account.received, refused]) {
            *sum += part;
        }
        for (sum, part) in planned.iter_mut().zip(estimates) {
            *sum = sum.zip(part).map(|(sum, part)| sum + part);
        }
    }
    let _ = writeln!(
        out,
        "| all | | | **{}** | {} | {} | {} | {} | **{:.1}** | {} | {} |\n",
        thousands(sums[0]),
        number(planned[0]),
        sums[1],
        thousands(sums[2]),
        number(planned[1]),
        run.elapsed.as_secs_f64() / 60.0,
        number(planned[2]),
        sums[3],
    );
    let bytes: u64 = run.receipt.datasets.iter().map(|account| account.bytes).sum();
    let _ = writeln!(
        out,
        "{} MB of bodies, {:.1} MiB of linear memory, {:.0} s on this machine, {} sign-ins.\n",
        thousands(bytes / 1_000_000),
        run.peak_memory_bytes as f64 / f64::from(1 << 20),
        real.as_secs_f64(),
        run.receipt.sign_in_calls,
    );
    out
}

/// A planned number.
fn number(number: Option<u64>) -> String {
    number.map_or_else(|| "?".to_owned(), thousands)
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
