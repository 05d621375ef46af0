//! Rows as the services write them: names, types and oddities of the wire, not of the documentation.
//!
//! Each file has the rows of one family of calls as [`Collection`] constants. Below them lie `json` and `time` (writing),
//! `walk` (from any position, one subject at a time), `device` and `paths` (members that several exports share).

mod advice;
mod change;
mod configuration;
mod device;
mod finding;
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
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod time;
mod walk;
mod weakness;

pub use advice::{MACHINE_RECOMMENDATIONS, RECOMMENDATIONS};
pub use change::VULNERABILITY_CHANGES;
pub use configuration::SECURE_CONFIGURATION;
pub use finding::VULNERABILITY_EXPORT;
pub use inventory::SOFTWARE_INVENTORY;
pub use kb::MACHINE_MISSING_KBS;
pub use logon::LOGON_USERS;
pub use machine::{MACHINE, MACHINES};
pub use pair::MACHINES_VULNERABILITIES;
pub use plain::NON_CPE_SOFTWARE;
pub use product::{MACHINE_SOFTWARE, RECOMMENDATION_SOFTWARE, SOFTWARE, SOFTWARE_DISTRIBUTIONS};
pub use reference::{RECOMMENDATION_MACHINES, SOFTWARE_MACHINES, VULNERABILITY_MACHINES};
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
