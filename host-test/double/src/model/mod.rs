//! The tenant: what exists in a period, derived from the seed whenever it is asked for.
//!
//! Everything is a function of the seed, a number and a period. What changes over time is a step function of the period
//! whose steps lie where a draw puts them, so the state of any period is known without the periods before it. A tenant
//! holds its catalogues (groups, products, configurations) and never a row.
//!
//! | file | idea |
//! |---|---|
//! | `shape` | how large a tenant is |
//! | `tenant`, `roster` | the tenant, and the ways to its devices |
//! | `fit` | a tenant is made to have as much as its shape asks for |
//! | `platform`, `names` | tables: operating systems, words |
//! | `lifecycle`, `device`, `posture`, `address`, `machine` | devices and what `/api/machines` says of them |
//! | `group` | device groups |
//! | `identity` | ids of devices |
//! | `moment` | points in time |
//! | `account`, `logon` | accounts of the directory and of devices, and where they log on |
//! | `codebase`, `weakness`, `product`, `catalogue` | products, their releases, and what is wrong with those |
//! | `install`, `finding`, `change` | products on devices, the weaknesses that come with them, and how those change |
//! | `plain` | software without a product code |
//! | `configuration`, `check`, `advice`, `recommendation` | what the tenant should change |
//! | `census`, `survey` | counts over all devices of a period |

mod account;
mod action;
mod address;
mod advice;
mod alert;
mod catalogue;
mod census;
mod change;
mod check;
mod codebase;
mod configuration;
mod device;
mod directory_device;
mod directory_group;
mod finding;
mod fit;
mod group;
mod hardware;
mod identity;
mod install;
mod lifecycle;
mod logon;
mod machine;
mod moment;
mod names;
mod person;
mod plain;
mod platform;
mod posture;
mod product;
mod recommendation;
mod roster;
mod shape;
mod survey;
mod tenant;
#[cfg(test)]
mod tests;
mod weakness;

pub use account::Account;
pub use action::{Action, ActionStatus};
pub use address::Address;
pub(crate) use address::WIRELESS;
pub use advice::Advice;
pub use alert::{Alert, AlertKind, Incident, Investigation, Progress};
pub use catalogue::Catalogue;
pub use census::Census;
pub use change::{Change, Changes, Event};
pub use check::Check;
pub use codebase::CodeBase;
pub use configuration::Configuration;
pub use device::{Device, Onboarding};
pub use directory_device::DirectoryDevice;
pub use directory_group::{DirectoryGroup, GroupKind, Member};
pub use finding::Finding;
pub use group::Group;
pub use hardware::Hardware;
pub use install::Install;
pub use lifecycle::Life;
pub use logon::{Logon, Who};
pub use machine::VirtualMachine;
pub use moment::Moment;
pub use person::{Person, Standing};
pub use plain::PlainSoftware;
pub use platform::{Family, OsRelease, Platform};
pub use product::Product;
pub use shape::Shape;
pub use tenant::Tenant;
pub use weakness::{Exploit, Severity, Weakness, WeaknessId};
