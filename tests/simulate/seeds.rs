//! Whatever goes wrong, and wherever the host is killed: what has to hold, holds.

use source_host::simulate::{Options, simulate_all};
use source_host::testing::embedded;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

#[test]
fn four_hundred_seeds() {
    let component = embedded().expect("the built-in component is one");
    let threads = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let report = simulate_all(1..=400, &Options::default(), &component, threads, |_| {});
    let again = |seed| format!("source-host simulate --seeds {seed}..{seed} --days 2");
    assert!(report.is_good(), "{}", report.to_text(again));
    println!("{}", report.to_text(again));

    // They are worth something only if a lot happened.
    let total = report.total();
    assert_eq!(report.seeds, 400);
    assert!(total.runs > 500 && total.compared > 200_000, "{} runs, {} facts", total.runs, total.compared);
    assert!(total.complete > total.incomplete, "{} complete, {} not", total.complete, total.incomplete);
    assert!(total.incomplete > 50 && total.replayed > 1_000, "{} not, {} again", total.incomplete, total.replayed);
    assert!(total.refused > 50 && total.readers > 20, "{} second hosts, {} readers", total.refused, total.readers);
    assert_eq!(report.coverage.never(), Vec::<String>::new(), "{}", report.coverage);
    assert!(total.waits > 100 && total.peak_memory > 0);
}
