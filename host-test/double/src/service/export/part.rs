//! Which rows a file has.

use crate::api::Partition;
use crate::model::Tenant;
use crate::period::Period;
use crate::terms::Terms;

/// Which rows a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Those of a range of devices; the last range has no end.
    Devices { first: u32, end: Option<u32> },
    /// Those of a device group.
    Group(u32),
}

/// Devices of a file where the terms do not say how many files there are.
const DEVICES_PER_FILE: u32 = 5000;

/// Files of an export where the terms do not say how many there are, at least.
const LEAST_FILES: u32 = 4;

/// The files of an export.
pub(super) fn parts(tenant: &Tenant, terms: &Terms, partition: Partition, period: Period) -> Vec<Part> {
    match partition {
        Partition::Groups => {
            // 0 stands for no group.
            std::iter::once(0).chain(tenant.groups().iter().map(|group| group.id)).map(Part::Group).collect()
        }
        Partition::Devices => {
            // Records that are gone have no rows, and the older ones are gone: only the listed ones are shared out.
            let listed: Vec<u32> = tenant.devices(period).map(|device| device.index()).collect();
            let count = u32::try_from(listed.len()).unwrap_or(u32::MAX);
            let files = terms.export_files.unwrap_or_else(|| count.div_ceil(DEVICES_PER_FILE).max(LEAST_FILES)).max(1);
            let start = |file: u32| {
                let at = u64::from(count) * u64::from(file) / u64::from(files);
                usize::try_from(at).ok().and_then(|at| listed.get(at)).copied()
            };
            (0..files)
                .map(|file| {
                    // The first range has no begin and the last one no end: nothing can fall between them.
                    let first = if file == 0 { 0 } else { start(file).unwrap_or(u32::MAX) };
                    Part::Devices { first, end: if file + 1 < files { start(file + 1) } else { None } }
                })
                .collect()
        }
    }
}
