//! What the services document, as tables that import nothing above them: hosts, calls, permissions, quotas and pages.
//!
//! | file | facts |
//! |---|---|
//! | `cloud` | which host is which service |
//! | `resource` | what has permissions and licences of its own |
//! | `permission` | what an application can hold |
//! | `quota` | how often an API may be called |
//! | `route`, `defender`, `graph`, `table` | every call, with its permission, quota, paging and rows |
//! | `hunting` | tables of advanced hunting and their columns |
//! | `time` | how times are written |

mod cloud;
mod defender;
mod graph;
mod hunting;
mod permission;
mod quota;
mod resource;
mod route;
mod rows;
mod table;
pub(crate) mod time;

pub use cloud::{Cloud, Site};
pub(crate) use defender::{SNAPSHOT_MOST, SNAPSHOT_PAGE};
#[cfg(test)]
pub(crate) use hunting::TABLES;
pub(crate) use hunting::{Table, Type, hunting_table};
pub use quota::{Family, HOUR, MINUTE, Quota, Quotas};
pub use resource::{Feature, Resource};
pub(crate) use route::{Content, Finder, HuntStyle, Partition, Route};
pub(crate) use table::{Found, all_roles, expanded, families, find, is_permission, permissions, table};
