//! The longest records that may be taken fit into the memory that is said to be enough, or are refused before a run.

use super::generated;
use crate::support::dataset;
use crate::support::service::{MACHINES, handmade_behind, harness, page};
use source_host::contract::SourceError;
use source_host::engine::CallError;
use source_host::runner::RunError;
use source_host::testing::{FakeTransport, TestRun};

const MIB: usize = 1 << 20;
/// The memory of a component by default.
const MEMORY: u64 = 64 << 20;
/// A member that is most of a record: its name, how it begins, what it repeats, how it ends.
type Filling = (&'static str, &'static str, &'static str, &'static str);

/// What costs more than others: escapes, lists of little, of nothing, of addresses.
const FILLINGS: [Filling; 8] = [
    ("newColumn", "\"", "x", "\""),
    ("newColumn", "\"", "\\u0001", "\""),
    ("newColumn", "[", "1,", "1]"),
    ("vmMetadata", "[", "[],", "[]]"),
    ("machineTags", "[", "\"a\",", "\"b\"]"),
    ("ipAddresses", "[", "{},", "{}]"),
    ("ipAddresses", "[", r#"{"ipAddress":"1.1.1.1"},"#, "{}]"),
    ("rbacGroupName", "\"", "\\u00e9", "\""),
];

/// A device of at most so many bytes, and hardly fewer.
fn device(number: usize, length: usize, (member, begin, unit, end): Filling) -> String {
    let head = format!(r#"{{"id":"{number:040x}","computerDnsName":"pc-{number}","{member}":{begin}"#);
    let count = (length - head.len() - end.len() - 1) / unit.len();
    format!("{head}{}{end}}}", unit.repeat(count))
}

/// Devices with rows that are as long as they may be, and one that is longer.
fn run(most: usize, memory_bytes: u64, filling: Filling) -> TestRun {
    const ROWS: usize = 4;
    let row = move |number: usize| device(number, if number == 2 { most + MIB } else { most }, filling);
    let rest = vec![page(&[&row(ROWS - 1)], None), page(&[], None)];
    let network = FakeTransport::new().in_turn("GET", "$skip=", rest).on("GET", MACHINES, generated(ROWS, row));
    let harness = harness(&handmade_behind(network)).datasets(&["devices"]).discard_events();
    let harness = harness.set(&format!("limits.max_record_bytes={most}")).set("limits.max_rejected_percent=100");
    harness.memory_bytes(memory_bytes).run()
}

fn holds(most: usize, memory_bytes: u64, filling: Filling) {
    let run = run(most, memory_bytes, filling);
    let error = run.error.as_ref().map(ToString::to_string);
    assert_eq!(error, None, "{filling:?} in {memory_bytes} bytes");
    let account = dataset(&run, "devices");
    let rejected: Vec<_> = account.rejected.iter().map(|tally| (tally.name.as_str(), tally.count)).collect();
    assert_eq!((account.emitted, rejected), (3, vec![("too_large", 1)]), "{filling:?}");
}

#[test]
fn records_of_three_mebibytes_fit_into_the_memory_of_every_host() {
    for filling in FILLINGS {
        holds(3 * MIB, MEMORY, filling);
    }
}

#[test]
fn the_longest_records_fit_into_the_memory_that_is_named() {
    const MOST: usize = 16 * MIB;
    let refused = run(MOST, MEMORY, FILLINGS[0]);
    let Some(RunError::Call(CallError::Source(SourceError::InvalidConfig(error)))) = refused.error else {
        panic!("{:?}", refused.error)
    };
    assert!(error.message.contains("`limits.max_record_bytes` is 16777216"), "{}", error.message);
    let (_, rest) = error.remedy.split_once("Raise the memory of the component to ").expect("the memory");
    let named = rest.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
    // The worst of them, which takes the longest.
    for filling in [FILLINGS[0], FILLINGS[2]] {
        holds(MOST, named, filling);
    }
}
