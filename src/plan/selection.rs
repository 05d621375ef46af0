//! Which devices have to be known before a data set is read.

use crate::catalog::devices;
use crate::config::{Config, Selection};

/// The devices, read only to know them.
#[must_use]
pub fn roster_selection() -> Selection {
    let strategy = &devices::SPEC.strategies[0];
    Selection { dataset: &devices::SPEC, wanted: strategy.name, strategy, baseline_days: 0 }
}

/// Whether devices have to be known before a dataset can be read.
#[must_use]
pub fn needs_machines(selection: &Selection, config: &Config) -> bool {
    let is_devices = selection.dataset.name == devices::SPEC.name;
    let counts = selection.may_ask_devices() && config.reads_devices();
    let can_be_filtered = selection.dataset.on_devices && config.filters.needs_machine_records();
    !is_devices && (counts || selection.strategy.needs_devices() || can_be_filtered)
}
