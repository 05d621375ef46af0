//! What is known not to hold yet, with the reason. Each is counted and printed in every report; none is forgotten.

use super::Property;

/// A weakness of the source that is known.
struct Gap {
    name: &'static str,
    is: fn(Property, Option<&str>, Option<&str>, &str) -> bool,
}

const GAPS: [Gap; 2] = [
    // An account is emitted again after a restart, from whichever row mentions it next. Its content hash leaves the time
    // of that row out, its body has it as `time`.
    Gap {
        name: "the body of an account has the time of the row that mentions it first",
        is: |property, dataset, key, detail| {
            let is_account = key.is_some_and(|key| !key.contains('/'));
            property == Property::StableReplay
                && dataset == Some("device_users")
                && is_account
                && detail.contains("another body")
        },
    },
    // The list of devices is read again after a restart, for requests about each of them. If that fails, the account of
    // the first, complete reading is changed.
    Gap {
        name: "devices that were complete are partial when they cannot be read again after a restart",
        is: |property, dataset, _, detail| {
            property == Property::SnapshotEnd
                && dataset == Some("devices")
                && detail.contains("the receipt says that it is not complete")
        },
    },
];

/// The name of the gap that explains a violation.
pub(super) fn known(
    property: Property,
    dataset: Option<&str>,
    key: Option<&str>,
    detail: &str,
) -> Option<&'static str> {
    GAPS.iter().find(|gap| (gap.is)(property, dataset, key, detail)).map(|gap| gap.name)
}
