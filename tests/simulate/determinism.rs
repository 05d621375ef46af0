//! The same seed is the same simulation: twice, on any number of threads, on any machine. `BLESS=1` writes the golden
//! file anew.

use source_host::simulate::{Options, Report, simulate_all};
use source_host::testing::embedded;
use std::num::NonZeroUsize;
use std::path::Path;

fn run(threads: usize) -> Report {
    let component = embedded().expect("the built-in component is one");
    let threads = NonZeroUsize::new(threads).expect("a thread");
    simulate_all(1..=8, &Options::default(), &component, threads, |_| {})
}

#[test]
fn a_seed_gives_the_same_bytes_everywhere() {
    let (one, two) = (run(1), run(2));
    assert_eq!(one.hash, two.hash, "two simulations of the same seeds differ");
    assert_eq!(one.total().events, two.total().events);
    assert_eq!(one.total().virtual_time, two.total().virtual_time);

    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/simulation.txt"));
    let actual = format!("{one}");
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, &actual).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}; run with BLESS=1"));
    assert_eq!(expected, actual, "events or requests changed; if they are meant to, run with BLESS=1");
}
