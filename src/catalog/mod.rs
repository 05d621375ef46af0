//! Facts as tables: data sets, the requests that read them with their limits and grants, and clouds. Nothing here does
//! anything, and nothing here knows what is above it.

mod clouds;
pub mod cves;
pub mod device_users;
pub mod devices;
mod names;
pub mod recommendations;
pub mod software;
mod spec;
pub mod vulnerabilities;

pub use clouds::{CLOUDS, Cloud, by_name as cloud};
pub use names::{DatasetName, Strategy};
pub use spec::{Changes, DAY_MS, DatasetSpec, PERIOD_MS, Route, StrategySpec};

/// Every data set, in the order of reading: devices come before rows that refer to them.
pub static ALL: [&DatasetSpec; 6] =
    [&devices::SPEC, &device_users::SPEC, &software::SPEC, &vulnerabilities::SPEC, &cves::SPEC, &recommendations::SPEC];

/// Every request that any strategy makes.
pub fn routes() -> impl Iterator<Item = Route> {
    let first = ALL.into_iter().flat_map(|spec| spec.strategies).flat_map(StrategySpec::routes);
    first.chain(std::iter::once(vulnerabilities::MORE_CHANGES))
}
