//! Rows as the services write them: names, types and oddities of the wire, not of the documentation.
//!
//! Each file has the rows of one family of calls as [`Collection`] constants. Below them lie `collection` (what that is),
//! `json` and `time` (writing), `walk` and `each` (from any position, one subject at a time), `device` and `paths`
//! (members that several exports share). `graph` and `hunting` are the rooms of Microsoft Graph and of the tables of
//! advanced hunting.

mod action;
mod advice;
mod alert;
mod antivirus;
mod baseline;
mod certificate;
mod change;
mod collection;
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
pub use collection::{Collection, Open, Position, Query, Rows};
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
