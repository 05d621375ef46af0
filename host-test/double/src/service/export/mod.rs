//! Exports as files: links that are good for a while, and the files behind them.

mod blob;
mod link;

pub(super) use blob::{Storage, answer};
pub(super) use link::{Keys, links};

use crate::model::Tenant;
use crate::period::Period;
use crate::service::route::Partition;
use crate::service::terms::Terms;

/// Which rows a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
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
fn parts(tenant: &Tenant, terms: &Terms, partition: Partition, period: Period) -> Vec<Part> {
    match partition {
        Partition::Groups => {
            // 0 stands for no group.
            std::iter::once(0).chain(tenant.groups().iter().map(|group| group.id)).map(Part::Group).collect()
        }
        Partition::Devices => {
            let devices = tenant.device_count(period);
            let files = terms.export_files.unwrap_or_else(|| devices.div_ceil(DEVICES_PER_FILE).max(LEAST_FILES));
            let size = devices.div_ceil(files.max(1)).max(1);
            (0..files.max(1))
                .map(|file| {
                    let first = file.saturating_mul(size);
                    Part::Devices { first, end: (file + 1 < files).then(|| first.saturating_add(size)) }
                })
                .collect()
        }
    }
}
