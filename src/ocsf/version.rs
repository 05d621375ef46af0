//! Which OCSF release brought the attributes that older ones lack.
//!
//! Bodies are written for the newest release; an attribute listed here is left out for older ones. Everything else
//! that is written is legal since 1.5.0, and not deprecated in any release.

use defender_rows::event::OcsfVersion;

/// `resources[].role` and `.role_id`.
pub const RESOURCE_ROLE: OcsfVersion = OcsfVersion::V1_6;
/// Observables of type 47, a device's identifier.
pub const OBSERVABLE_DEVICE_UID: OcsfVersion = OcsfVersion::V1_6;
/// `metadata.original_event_uid`.
pub const ORIGINAL_EVENT_UID: OcsfVersion = OcsfVersion::V1_7;
/// `metadata.log_format`.
pub const LOG_FORMAT: OcsfVersion = OcsfVersion::V1_7;
/// Account type 19, an account of Active Directory.
pub const ACTIVE_DIRECTORY_ACCOUNT: OcsfVersion = OcsfVersion::V1_8;
/// `hw_info.cpu_info_list`, for which `cpu_architecture_id`, `cpu_bits` and `cpu_type` beside it are deprecated.
pub const CPU_INFO_LIST: OcsfVersion = OcsfVersion::V1_9;
/// `metadata.processed_time` for the time of reading, as `logged_time` came to be the arrival at the last destination.
pub const PROCESSED_TIME: OcsfVersion = OcsfVersion::V1_9;
/// `resources[].criticality_id`; before it `criticality` is the word of the source.
pub const CRITICALITY_ID: OcsfVersion = OcsfVersion::V1_9;
