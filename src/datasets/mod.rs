//! The datasets that can be read, one file each: endpoint, permission, paging, wire record, events.
//!
//! Adding a dataset means one file and one row in [`ALL`].

mod spec;

pub mod cves;
pub mod device_users;
pub mod devices;
pub mod recommendations;
pub mod software;
pub mod vulnerabilities;

pub use crate::auth::Permission;
pub use spec::{
    Catalogue, Changes, DAY_MS, DatasetName, DatasetSpec, MapFn, MapScope, Outcome, PERIOD_MS, Paging, Route, Strategy,
    StrategySpec, Subject,
};

/// Every dataset, in the order of reading: devices come before rows that refer to them.
pub static ALL: [&DatasetSpec; 6] =
    [&devices::SPEC, &device_users::SPEC, &software::SPEC, &vulnerabilities::SPEC, &cves::SPEC, &recommendations::SPEC];

/// Every request that any strategy makes.
pub fn routes() -> impl Iterator<Item = Route> {
    let first = ALL.into_iter().flat_map(|spec| spec.strategies).flat_map(StrategySpec::routes);
    first.chain(std::iter::once(vulnerabilities::MORE_CHANGES))
}
