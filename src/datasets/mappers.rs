//! Which function turns the rows of which data set into events.

use super::mapping::MapFn;
use super::{cves, device_users, devices, recommendations, software, vulnerabilities};
use crate::catalog::{DatasetName, Strategy};

/// The mapper of the rows that a way of reading a data set gives.
#[must_use]
pub fn mapper(dataset: DatasetName, way: Strategy) -> MapFn {
    match (dataset, way) {
        (DatasetName::Devices, _) => devices::map,
        (DatasetName::DeviceUsers, Strategy::Hunting) => device_users::hunting::map,
        (DatasetName::DeviceUsers, _) => device_users::map,
        (DatasetName::Software, _) => software::map,
        (DatasetName::Vulnerabilities, Strategy::PerDevice) => vulnerabilities::per_device::map,
        (DatasetName::Vulnerabilities, _) => vulnerabilities::map,
        (DatasetName::Cves, _) => cves::map,
        (DatasetName::Recommendations, Strategy::PerRecommendation) => recommendations::on_device::map_reference,
        (DatasetName::Recommendations, Strategy::PerDevice) => recommendations::on_device::map_own,
        (DatasetName::Recommendations, _) => recommendations::catalogue::map,
    }
}

/// The mapper of a list whose rows are events of their own and the subjects of further requests.
#[derive(Clone, Copy, Debug)]
pub struct ListMapper {
    /// Turns one row of it into events.
    pub map: MapFn,
    /// The identifier in a row that goes into the path of further requests.
    pub subject_id: fn(row: &str) -> Option<String>,
}

/// The mapper of the list of a data set, if there is one.
#[must_use]
pub fn list_mapper(dataset: DatasetName) -> Option<ListMapper> {
    match dataset {
        DatasetName::Recommendations => {
            Some(ListMapper { map: recommendations::catalogue::map, subject_id: recommendations::subject_id })
        }
        _ => None,
    }
}
