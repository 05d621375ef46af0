//! What is known not to hold yet, with the reason. Each is counted and printed in every report; none is forgotten.

use super::{Oracle, Property, Run};
use crate::simulate::reading::{Dataset, Strategy};

/// What a run was like, as far as it explains a gap.
#[derive(Debug, Default)]
pub(super) struct Circumstances {
    /// A fault moved the rows of a collection that is read by offset.
    rows_moved: bool,
    /// The list of devices was read again after a restart, and some of it could not be.
    roster_failed: bool,
    /// Datasets that are read device by device.
    per_device: Vec<&'static str>,
}

/// A violation, as far as it matters here.
struct Case<'a> {
    property: Property,
    dataset: &'a str,
    key: &'a str,
    detail: &'a str,
    run: &'a Circumstances,
}

/// A weakness of the source that is known.
struct Gap {
    name: &'static str,
    is: fn(&Case<'_>) -> bool,
}

const GAPS: [Gap; 4] = [
    // An account is emitted again after a restart, from whichever row mentions it next. Its content hash leaves the time
    // of that row out, its body has it as `time`.
    Gap {
        name: "the body of an account has the time of the row that mentions it first",
        is: |case| {
            case.property == Property::StableReplay
                && case.dataset == "device_users"
                && !case.key.contains('/')
                && case.detail.contains("another body")
        },
    },
    // The list of devices is read again after a restart, for requests about each of them. If that fails, the account of
    // the first, complete reading is changed.
    Gap {
        name: "devices that were complete are partial when they cannot be read again after a restart",
        is: |case| {
            case.property == Property::SnapshotEnd
                && case.dataset == "devices"
                && case.detail.contains("the receipt says that it is not complete")
        },
    },
    // The same, seen from a dataset that was in the middle of its devices: it goes on with those that were read.
    Gap {
        name: "a dataset that goes on after a restart does not notice that devices could not be read again",
        is: |case| {
            case.property == Property::NothingLost
                && case.run.roster_failed
                && case.run.per_device.contains(&case.dataset)
        },
    },
    // `$skip` over a list whose rows move passes some over. Nothing in the answers shows it.
    Gap {
        name: "rows that move while a list is read by offset are passed over",
        is: |case| case.property == Property::NothingLost && case.run.rows_moved,
    },
];

impl Circumstances {
    /// What a run was like.
    pub(super) fn of(oracle: &Oracle, run: &Run) -> Self {
        let faults = |name: &str| {
            run.exchanges.iter().any(|(_, entry)| entry.as_ref().is_some_and(|entry| entry.fault == Some(name)))
        };
        let is_bad = |dataset: Option<Dataset>, status: Option<u16>, ended: bool, fault: bool| {
            dataset == Some(Dataset::Devices) && (status != Some(200) || !ended || fault)
        };
        let roster_failed = run.lives > 1
            && run.exchanges.iter().any(|(exchange, entry)| {
                let fault = entry.as_ref().is_some_and(|entry| entry.fault.is_some());
                is_bad(exchange.dataset, exchange.status, exchange.ended, fault)
            });
        let per_device = oracle.reading.0.iter().filter(|(_, strategy)| *strategy == Strategy::PerDevice);
        Self {
            rows_moved: faults("shift"),
            roster_failed,
            per_device: per_device.map(|(dataset, _)| dataset.name()).collect(),
        }
    }
}

/// The name of the gap that explains a violation.
pub(super) fn known(
    property: Property,
    dataset: Option<&str>,
    key: Option<&str>,
    detail: &str,
    run: &Circumstances,
) -> Option<&'static str> {
    let (dataset, key) = (dataset.unwrap_or_default(), key.unwrap_or_default());
    let case = Case { property, dataset, key, detail, run };
    GAPS.iter().find(|gap| (gap.is)(&case)).map(|gap| gap.name)
}
