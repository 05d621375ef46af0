//! Which OCSF release brought the attributes that older ones lack.
//!
//! Bodies are written for the newest release; an attribute listed here is left out for older ones. Everything else
//! that is written is legal since 1.5.0.

use defender_rows::event::OcsfVersion;

/// `resources[].role` and `.role_id`.
pub const RESOURCE_ROLE: OcsfVersion = OcsfVersion::V1_6;
/// Observables of type 47, a device's identifier.
pub const OBSERVABLE_DEVICE_UID: OcsfVersion = OcsfVersion::V1_6;
/// `metadata.original_event_uid`.
pub const ORIGINAL_EVENT_UID: OcsfVersion = OcsfVersion::V1_7;
/// `metadata.log_format`.
pub const LOG_FORMAT: OcsfVersion = OcsfVersion::V1_7;
