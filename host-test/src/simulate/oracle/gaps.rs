//! What is known not to hold yet, with the reason. Each is counted and printed in every report; none is forgotten.

use super::{Property, Run};

/// What a run was like, as far as it explains a gap.
#[derive(Debug, Default)]
pub(super) struct Circumstances {
    /// A fault moved the rows of a collection that is read by offset.
    rows_moved: bool,
}

/// A weakness of the source that is known.
struct Gap {
    name: &'static str,
    is: fn(Property, &Circumstances) -> bool,
}

const GAPS: [Gap; 1] = [
    // `$skip` over a list whose rows move passes some over. Nothing in the answers shows it.
    Gap {
        name: "rows that move while a list is read by offset are passed over",
        is: |property, run| property == Property::NothingLost && run.rows_moved,
    },
];

impl Circumstances {
    /// What a run was like.
    pub(super) fn of(run: &Run) -> Self {
        let is_shift = |fault: Option<&'static str>| fault == Some("shift");
        let rows_moved =
            run.exchanges.iter().filter_map(|(_, entry)| entry.as_ref()).any(|entry| is_shift(entry.fault));
        Self { rows_moved }
    }
}

/// The name of the gap that explains a violation.
pub(super) fn known(property: Property, run: &Circumstances) -> Option<&'static str> {
    GAPS.iter().find(|gap| (gap.is)(property, run)).map(|gap| gap.name)
}
