//! Rows as the services write them: names, types and oddities of the wire, not of the documentation.
//!
//! Each file has the rows of one family of calls as [`Collection`] constants. Below them lie `json` and `time` (writing),
//! `walk` and `each` (from any position, one subject at a time), `device` and `paths` (members that several exports
//! share). `graph` and `hunting` are the rooms of Microsoft Graph and of the tables of advanced hunting.

mod action;
mod advice;
mod alert;
mod antivirus;
mod baseline;
mod certificate;
mod change;
mod configuration;
mod device;
mod each;
mod entity;
mod extension;
mod finding;
mod firmware;
mod gathering;
mod graph;
mod hunting;
mod incident;
mod indicator;
mod inventory;
mod json;
mod kb;
mod logon;
mod machine;
mod pair;
mod paths;
mod plain;
mod product;
mod reference;
mod remediation;
mod score;
mod shard;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod time;
mod walk;
mod weakness;

pub use action::{INVESTIGATIONS, MACHINE_ACTIONS};
pub use advice::{MACHINE_RECOMMENDATIONS, RECOMMENDATIONS};
pub use alert::{ALERTS, ALERTS_WITH_EVIDENCE, MACHINE_ALERTS};
pub use antivirus::ANTIVIRUS;
pub use baseline::{BASELINE_CONFIGURATIONS, BASELINE_PROFILES, BASELINES};
pub use certificate::CERTIFICATES;
pub use change::VULNERABILITY_CHANGES;
pub use configuration::SECURE_CONFIGURATION;
pub use entity::{ALERT_DOMAINS, ALERT_FILES, ALERT_IPS, ALERT_MACHINE, ALERT_USER, USER_ALERTS, USER_MACHINES};
pub use extension::BROWSER_EXTENSIONS;
pub use finding::VULNERABILITY_EXPORT;
pub use firmware::HARDWARE_FIRMWARE;
pub use gathering::INFO_GATHERING;
pub use graph::{
    DIRECTORY_DEVICE_CHANGES, DIRECTORY_DEVICES, GROUP_CHANGES, GROUP_MEMBERS, GROUPS, GROUPS_WITH_MEMBERS,
    MANAGED_DEVICES, ORGANIZATION, SECURE_SCORES, SECURITY_ALERTS, SECURITY_INCIDENTS, SECURITY_INCIDENTS_WITH_ALERTS,
    USER_CHANGES, USERS,
};
pub use hunting::{
    DEVICE_INFO, DEVICE_LOGON_EVENTS, DEVICE_NETWORK_INFO, DEVICE_TVM_SECURE_CONFIGURATION_ASSESSMENT,
    DEVICE_TVM_SOFTWARE_INVENTORY, DEVICE_TVM_SOFTWARE_VULNERABILITIES, IDENTITY_INFO,
};
pub use incident::INCIDENTS;
pub use indicator::INDICATORS;
pub use inventory::SOFTWARE_INVENTORY;
pub use kb::{MACHINE_MISSING_KBS, SOFTWARE_MISSING_KBS};
pub use logon::LOGON_USERS;
pub use machine::{MACHINE, MACHINES};
pub use pair::MACHINES_VULNERABILITIES;
pub use plain::NON_CPE_SOFTWARE;
pub use product::{MACHINE_SOFTWARE, RECOMMENDATION_SOFTWARE, SOFTWARE, SOFTWARE_DISTRIBUTIONS};
pub use reference::{RECOMMENDATION_MACHINES, SOFTWARE_MACHINES, TASK_MACHINES, VULNERABILITY_MACHINES};
pub use remediation::REMEDIATION_TASKS;
pub use score::{CONFIGURATION_SCORE, EXPOSURE_BY_GROUP, EXPOSURE_SCORE};
pub use shard::Shard;
pub use weakness::{
    MACHINE_VULNERABILITIES, RECOMMENDATION_VULNERABILITIES, SOFTWARE_VULNERABILITIES, VULNERABILITIES,
};

use crate::model::Tenant;
use crate::period::Period;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a row stands in its collection: before `row` of `subject` (a device, or whatever the collection walks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Position {
    /// Number of the subject.
    pub subject: u32,
    /// Number of the row within it.
    pub row: u32,
}

/// What is read of a collection.
#[derive(Debug, Clone, Copy)]
pub struct Query<'q> {
    /// State of the tenant.
    pub period: Period,
    /// Earliest period of a collection of changes; the same as `period` for all others.
    pub since: Period,
    /// Id in the path (a device, a recommendation, a CVE); empty where there is none.
    pub subject: &'q str,
    /// Where to start.
    pub from: Position,
}

/// Rows of a collection, in its order.
pub trait Rows: Send {
    /// Appends the next row to `out` as one JSON object, and says where the row after it stands. Nothing at the end.
    fn next(&mut self, out: &mut Vec<u8>) -> Option<Position>;

    /// Passes over devices outside of a shard where it can, so that their rows are never made: a tenant of a million
    /// devices is read in as many queries as it takes, each of which would make all of them. What comes may still have
    /// rows of others.
    fn narrow(&mut self, _shard: Shard) {}
}

/// A list or a single object that a service gives out.
#[derive(Debug, Clone, Copy)]
pub struct Collection {
    /// Name in `@odata.context`, behind `$metadata#`.
    pub context: &'static str,
    /// Opens it; nothing if there is no such subject.
    pub open: Open,
}

/// Opens a collection.
pub type Open = fn(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>>;
