//! Whatever goes wrong, and wherever the host is killed: what has to hold, holds. A few seeds, for who has just changed
//! something. `.ci/run` lets the program that is shipped simulate many more, and asks it what they reached.

use source_host::simulate::{Options, simulate_all};
use source_host::testing::embedded;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

#[test]
fn forty_seeds() {
    let component = embedded().expect("the built-in component is one");
    let threads = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let options = Options { strict_quota: true, ..Options::default() };
    let report = simulate_all(1..=40, &options, &component, threads, |_| {});
    let again = |seed| format!("source-host simulate --seeds {seed}..{seed} --days 2 --strict-quota");
    assert!(report.is_good(), "{}", report.to_text(again));
    println!("{}", report.to_text(again));

    // They are worth something only if a lot happened.
    let total = report.total();
    assert_eq!(report.seeds, 40);
    assert!(total.runs > 50 && total.compared > 20_000, "{} runs, {} facts", total.runs, total.compared);
    assert!(total.complete > total.incomplete, "{} complete, {} not", total.complete, total.incomplete);
    assert!(total.incomplete > 5 && total.replayed > 100, "{} not, {} again", total.incomplete, total.replayed);
    assert!(total.refused > 5 && total.readers > 2, "{} second hosts, {} readers", total.refused, total.readers);
    assert!(total.waits > 10 && total.peak_memory > 0);
}
